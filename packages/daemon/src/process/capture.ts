import { StringDecoder } from 'node:string_decoder';

/**
 * Gathers a stream's text within a bound. Of what is too long the beginning and the end are kept: the end
 * of a verb's output is what says how it went.
 */
export class Capture {
  readonly #decoder = new StringDecoder('utf8');
  readonly #limit: number;
  #head = '';
  #tail = '';
  #dropped = 0;

  /** @param limit in UTF-16 units, for the head and for the tail each */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @returns the text that became complete with this chunk, for whoever shows it live */
  write(chunk: Buffer): string {
    return this.#take(this.#decoder.write(chunk));
  }

  /** @returns the text of an incomplete last character, if there was one */
  end(): string {
    return this.#take(this.#decoder.end());
  }

  get text(): string {
    if (this.#dropped === 0) return this.#head + this.#tail;
    return `${this.#head}\n[… ${this.#dropped} characters left out …]\n${this.#tail}`;
  }

  #take(text: string): string {
    const room = this.#limit - this.#head.length;
    this.#head += text.slice(0, room);
    this.#tail += text.slice(room);
    // Cut only now and then: slicing for each chunk would copy the whole tail each time.
    if (this.#tail.length > 2 * this.#limit) {
      this.#dropped += this.#tail.length - this.#limit;
      this.#tail = this.#tail.slice(-this.#limit);
    }
    return text;
  }
}
