/**
 * The control sequences of ECMA-48 (section 5.4, 5.6) in their 7 and 8 bit forms, whole or cut off.
 * The parts are kept apart because the pattern as one line can't be read by anybody.
 */

const ESC = '\u001b';
const BEL = '\u0007';
/** What ends a control string: BEL (as xterm has it) or ST. */
const TERMINATOR = `(?:${BEL}|${ESC}\\\\|\u009c)`;

/** OSC, DCS, APC, PM, SOS: titles, clipboard, hyperlinks, images, queries. */
const STRING_OPENER = `(?:${ESC}[\\]PX^_]|[\u0090\u0098\u009d-\u009f])`;
/** CAN, SUB and ESC abort a string. So does a line feed here: a string never closed must not hide what follows. */
const STRING_BODY = `[^${BEL}\u0018\u001a${ESC}\u009c\\n]*`;
const CONTROL_STRING = `${STRING_OPENER}${STRING_BODY}${TERMINATOR}?`;

/** CSI: colours, cursor, erasing, modes. */
const CONTROL_SEQUENCE = `(?:${ESC}\\[|\u009b)[0-?]*[ -/]*[@-~]?`;

/** Everything else that ESC begins: character sets, full reset. */
const SHORT_ESCAPE = `${ESC}[ -/]*[0-~]?`;

/** Matches every sequence of a text. */
export const ESCAPE_SEQUENCES = new RegExp(`${CONTROL_STRING}|${CONTROL_SEQUENCE}|${SHORT_ESCAPE}`, 'g');

/** Matches what a piece of text ends with, where the next piece may complete it. */
export const UNFINISHED_SEQUENCE = new RegExp(
  `(?:${STRING_OPENER}${STRING_BODY}${ESC}?|(?:${ESC}\\[|\u009b)[0-?]*[ -/]*|${ESC}[ -/]*)$`,
);
