/** One line of a byte stream, without its LF; or only its size, where it was longer than the bound. */
export type Line = { kind: 'line'; text: string } | { kind: 'too-long'; bytes: number };

const LF = 0x0a;
const DEFAULT_MAX_BYTES = 32 * 1024 * 1024;

/**
 * Cuts bytes into lines at LF and nowhere else (JSON may hold U+2028 and bare CR). Chunks may end anywhere,
 * also inside a UTF-8 character; what is not UTF-8 becomes U+FFFD. The last line needs no LF; an empty rest
 * is no line.
 *
 * Bound: at most `maxBytes` of one line are held. A longer line is counted, dropped and yielded as `too-long`.
 */
export async function* readLines(
  source: AsyncIterable<Uint8Array>,
  maxBytes = DEFAULT_MAX_BYTES,
): AsyncGenerator<Line> {
  const pending = new PendingLine(maxBytes);
  for await (const chunk of source) {
    let from = 0;
    for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, from)) {
      pending.add(chunk.subarray(from, at));
      yield pending.take();
      from = at + 1;
    }
    pending.add(chunk.subarray(from));
  }
  if (pending.bytes > 0) yield pending.take();
}

/** The line that has not ended yet. Decoded only as a whole, so no character is ever cut. */
class PendingLine {
  bytes = 0;
  #pieces: Uint8Array[] = [];
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.bytes += piece.length;
    if (this.bytes > this.#maxBytes) this.#pieces = [];
    else this.#pieces.push(piece);
  }

  take(): Line {
    const { bytes } = this;
    const pieces = this.#pieces;
    this.bytes = 0;
    this.#pieces = [];
    if (bytes > this.#maxBytes) return { kind: 'too-long', bytes };
    return { kind: 'line', text: Buffer.concat(pieces).toString('utf8') };
  }
}
