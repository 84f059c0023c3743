import type { Entry } from './entry.ts';

const CHUNK = 256;

/**
 * A list of entries that is never changed, only replaced. An append or a replacement copies one chunk and the list of
 * chunks, not all entries, so that folding a long log stays cheap.
 */
export class EntryList implements Iterable<Entry> {
  static readonly empty = new EntryList([], 0);

  readonly length: number;
  readonly #chunks: readonly (readonly Entry[])[];

  private constructor(chunks: readonly (readonly Entry[])[], length: number) {
    this.#chunks = chunks;
    this.length = length;
  }

  at(index: number): Entry | undefined {
    const from = index < 0 ? this.length + index : index;
    return this.#chunks[Math.floor(from / CHUNK)]?.[from % CHUNK];
  }

  append(entry: Entry): EntryList {
    const last = this.#chunks.at(-1);
    if (last === undefined || last.length === CHUNK) {
      return new EntryList([...this.#chunks, [entry]], this.length + 1);
    }
    return new EntryList(this.#chunks.with(-1, [...last, entry]), this.length + 1);
  }

  /** @throws RangeError where there is no such entry */
  replace(index: number, entry: Entry): EntryList {
    const at = Math.floor(index / CHUNK);
    const chunk = this.#chunks[at];
    if (chunk === undefined) throw new RangeError(`no entry ${index} in a list of ${this.length}`);
    return new EntryList(this.#chunks.with(at, chunk.with(index % CHUNK, entry)), this.length);
  }

  toArray(): Entry[] {
    return this.#chunks.flat();
  }

  *[Symbol.iterator](): Generator<Entry> {
    for (const chunk of this.#chunks) yield* chunk;
  }
}
