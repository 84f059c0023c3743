import { ESCAPE_SEQUENCES } from './escape-sequences.ts';

/**
 * Foreign text made safe for a terminal. `SafeText` comes only from here: whatever is drawn or printed and
 * did not start its life in this program's source passes through `sanitize` or `sanitizeLine` first.
 *
 * The result holds no control character but `\n`, no bidirectional control and nothing invisible, so it can
 * neither move the cursor, talk to the terminal, nor look different from what it says. Sanitising twice
 * changes nothing.
 */

declare const safeBrand: unique symbol;
export type SafeText = string & { readonly [safeBrand]: true };

/** Text of several lines. CRLF becomes LF, a tab spaces, a lone CR (which would overwrite its line) `␍`. */
export function sanitize(raw: string): SafeText {
  if (PLAIN.test(raw)) return raw as SafeText;
  const visible = raw
    .toWellFormed()
    .replace(ESCAPE_SEQUENCES, '')
    .replace(LINE_BREAKS, '\n')
    .replace(CARRIAGE_RETURNS, markOverwrite)
    .replace(CONTROLS, '')
    .replace(INVISIBLE, keepEmoji)
    .replace(STACKED_MARKS, (marks) => Array.from(marks).slice(0, MARKS_MAX).join(''));
  return (visible.includes('\t') ? expandTabs(visible) : visible) as SafeText;
}

/** Text of one line: line breaks become `␤`, those at either end go. */
export function sanitizeLine(raw: string): SafeText {
  return sanitize(raw)
    .trim()
    .replace(/(?<! ) *\n[ \n]*/g, ' ␤ ') as SafeText;
}

/** A template of our own words around text that is safe already. */
export function safe(strings: TemplateStringsArray, ...values: readonly (SafeText | number)[]): SafeText {
  return String.raw({ raw: strings }, ...values) as SafeText;
}

/** Safe texts in a row are safe. */
export function joinSafe(parts: readonly SafeText[], separator: SafeText = safe``): SafeText {
  return parts.join(separator) as SafeText;
}

/** With spaces up to a width in code units: for columns of ASCII. */
export function padSafe(text: SafeText, width: number): SafeText {
  return text.padEnd(width) as SafeText;
}

/** A part of a safe text, by code units; a surrogate pair cut in two becomes U+FFFD. */
export function sliceSafe(text: SafeText, start: number, end?: number): SafeText {
  return text.slice(start, end).toWellFormed() as SafeText;
}

/** Nothing to do for most of what comes: printable ASCII and line feeds. */
const PLAIN = /^[\x20-\x7e\n]*$/;

/** CRLF (also CRCRLF, as nested terminals make it), VT, FF, NEL and the separators of Unicode. */
const LINE_BREAKS = /(?<!\r)\r+\n|[\v\f\x85\u2028\u2029]/g;

const CARRIAGE_RETURNS = /\r+/g;

/** Carriage returns at the end have nothing to overwrite, and go. */
function markOverwrite(run: string, at: number, whole: string): string {
  return at + run.length === whole.length ? '' : '␍';
}

/** C0, DEL and C1, but for the two that text is made with. */
const CONTROLS = /(?![\n\t])\p{Cc}/gu;

/** What takes no room or changes the direction: bidi controls, tags, zero-width characters, fillers, selectors. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\ufff9-\ufffb]+/gu;

const MARKS_MAX = 8;
/** More combining marks on one letter than any script needs: they would paint over the lines around it. */
const STACKED_MARKS = new RegExp(`\\p{M}{${MARKS_MAX + 1},}`, 'gu');

const EMOJI_BEFORE = /\p{Emoji}$/u;
const PICTURE_AFTER = /^\p{Extended_Pictographic}/u;
const VARIATION_16 = '\ufe0f';
const JOINER = '\u200d';
const KEYCAP = '\u20e3';

/** Of a run of invisible characters, what makes an emoji of its neighbours: VS16, ZWJ or both. */
function keepEmoji(run: string, at: number, whole: string): string {
  const before = whole.slice(Math.max(0, at - 4), at);
  if (!EMOJI_BEFORE.test(before)) return '';
  // A digit is an emoji only as a keycap; else its selector would only confuse widths.
  if (/[0-9#*]$/.test(before) && whole[at + run.length] !== KEYCAP) return '';
  const joins = PICTURE_AFTER.test(whole.slice(at + run.length, at + run.length + 2));
  if (run === VARIATION_16) return run;
  return joins && (run === JOINER || run === VARIATION_16 + JOINER) ? run : '';
}

const TAB_STOP = 8;

function expandTabs(text: string): string {
  return text
    .split('\n')
    .map((line) => line.split('\t').reduce((done, cell) => done.padEnd(nextStop(done.length)) + cell))
    .join('\n');
}

function nextStop(column: number): number {
  return (Math.floor(column / TAB_STOP) + 1) * TAB_STOP;
}
