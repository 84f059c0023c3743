/** A tool's output that fits into an event. `bytes` is the size of the whole, in UTF-8. */
export interface BoundedOutput {
  output: string;
  bytes: number;
  truncated: boolean;
}

export const OUTPUT_MAX_BYTES = 256 * 1024;

/**
 * Cuts the middle out of what is too long: the head says what it is, the tail how it ended. Never cuts a
 * character.
 */
export function boundOutput(text: string, maxBytes = OUTPUT_MAX_BYTES): BoundedOutput {
  const whole = Buffer.from(text);
  const bytes = whole.length;
  if (bytes <= maxBytes) return { output: text, bytes, truncated: false };
  const half = Math.floor(maxBytes / 2);
  const head = whole.subarray(0, startOfCharacter(whole, half));
  const tail = whole.subarray(startOfCharacter(whole, bytes - half));
  const left = bytes - head.length - tail.length;
  return { output: `${head}\n… ${left} bytes left out …\n${tail}`, bytes, truncated: true };
}

/** A tool's input that fits into an event: itself, or the beginning and the end of its JSON. */
export function boundInput(input: unknown): unknown {
  const { output, truncated } = boundOutput(JSON.stringify(input) ?? 'null');
  return truncated ? { truncated: output } : input;
}

/** The first index at or after `index` that does not continue a UTF-8 character. */
function startOfCharacter(bytes: Uint8Array, index: number): number {
  let at = index;
  while (((bytes[at] ?? 0) & 0xc0) === 0x80) at += 1;
  return at;
}
