import { type SafeText, safe, sanitize, sanitizeLine, sliceSafe } from '../text/sanitize.ts';

/** Longer summaries are cut: they stand on one line. In code units. */
const SUMMARY_MAX = 300;

/** The members of a tool's input that say what it does, by what they are worth. */
const TELLING = ['command', 'file_path', 'path', 'pattern', 'query', 'url', 'description'] as const;

/** What a tool call does, on one line: its command, file or pattern, else its whole input. */
export function toolSummary(input: unknown): SafeText {
  const telling = TELLING.flatMap((name) => {
    const value = isRecord(input) ? input[name] : undefined;
    return typeof value === 'string' && value !== '' ? [value] : [];
  });
  const line = sanitizeLine(telling[0] ?? (typeof input === 'string' ? input : compact(input)));
  return line.length > SUMMARY_MAX ? safe`${sliceSafe(line, 0, SUMMARY_MAX)}…` : line;
}

/** The whole input of a tool call: one line for each member, longer text below its name. */
export function toolInput(input: unknown): SafeText {
  if (!isRecord(input)) return sanitize(typeof input === 'string' ? input : compact(input));
  const members = Object.entries(input).map(([name, value]) => {
    const text = typeof value === 'string' ? value : compact(value);
    return text.includes('\n') ? `${name}:\n${text}` : `${name}: ${text}`;
  });
  return sanitize(members.join('\n'));
}

function compact(value: unknown): string {
  if (value === undefined || (isRecord(value) && Object.keys(value).length === 0)) return '';
  return JSON.stringify(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
