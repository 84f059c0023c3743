import { PassThrough, type Readable } from 'node:stream';
import { within } from './within.ts';

/** A pipe that is open but silent this long after its process has gone is held by a stray. */
const SILENT_MS = 500;

/**
 * A child's pipe, copied with backpressure into a stream that always ends cleanly: also when the pipe itself
 * never closes, because something that the child left behind holds it.
 */
export class OutputPipe {
  readonly output = new PassThrough();
  readonly #source: Readable;
  readonly #closed: Promise<void>;
  #bytes = 0;
  #open = true;

  constructor(source: Readable) {
    this.#source = source;
    this.#closed = new Promise((resolve) => {
      source.once('close', () => {
        this.#open = false;
        resolve();
      });
    });
    source.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length;
    });
    source.on('error', () => source.destroy());
    source.pipe(this.output);
  }

  /**
   * To be called once the process has gone. Waits for the rest of its output as long as there is some and
   * the reader takes it, or until `limit`; what is unread at the limit is lost.
   */
  async finish(limit: AbortSignal): Promise<void> {
    for (let seen = -1; this.#open && !limit.aborted; ) {
      if (seen === this.#bytes && !this.#backlog) break;
      seen = this.#bytes;
      await within(this.#closed, SILENT_MS);
    }
    this.#source.unpipe(this.output);
    this.#source.destroy();
    this.output.end();
  }

  get #backlog(): boolean {
    return this.output.readableLength + this.output.writableLength + this.#source.readableLength > 0;
  }
}
