import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { EVENT_STREAM } from '@breakglass/shared';
import type { Response } from 'express';

/** A client that has not read for this long is given up. */
const STUCK_MS = 5 * 60_000;

/**
 * The only writer of server-sent events (WHATWG HTML, section 9.2). It holds what the socket's buffer holds
 * and no more: `send` waits for room, `offer` keeps only the newest of each name until there is room.
 */
export class SseStream {
  readonly #response: Response;
  readonly #gone = new AbortController();
  readonly #offered = new Map<string, string>();
  readonly #keepAliveMs: number;
  #keepAlive: NodeJS.Timeout | undefined;

  /** Sends the headers at once, so that a quiet stream is seen to be open. */
  constructor(response: Response, keepAliveMs: number) {
    this.#response = response;
    this.#keepAliveMs = keepAliveMs;
    response.status(200).set({
      'Content-Type': EVENT_STREAM,
      'Cache-Control': 'no-cache, no-transform',
      // nginx buffers an answer unless it is told not to.
      'X-Accel-Buffering': 'no',
    });
    response.flushHeaders();
    response.socket?.setNoDelay(true);
    response.once('close', () => this.#gone.abort());
    response.on('error', () => this.#gone.abort());
    response.on('drain', () => this.#flushOffered());
    this.#gone.signal.addEventListener('abort', () => clearTimeout(this.#keepAlive));
    this.#armKeepAlive();
    // It may have gone while its session was looked up: then `close` has been emitted already.
    if (response.destroyed) this.#gone.abort();
  }

  /** Aborts when the client has gone or the stream was ended. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** Writes events of a log, as default messages with their ids, and waits until there is room for more. */
  async sendEvents(rows: readonly { id: number; json: string }[]): Promise<void> {
    await this.#write(rows.map(({ id, json }) => `id: ${id}\ndata: ${json}\n\n`).join(''));
  }

  /** Writes a named event without an id, and waits until there is room for more. */
  async send(name: string, data: unknown): Promise<void> {
    await this.#write(namedFrame(name, data));
  }

  /** Writes a named event of which only the newest matters: now, or when the client reads again. */
  offer(name: string, data: unknown): void {
    const frame = namedFrame(name, data);
    if (this.#response.writableNeedDrain) this.#offered.set(name, frame);
    else this.#put(frame);
  }

  end(): void {
    this.#gone.abort();
    this.#response.end();
  }

  async #write(frames: string): Promise<void> {
    this.#put(frames);
    if (this.signal.aborted || !this.#response.writableNeedDrain) return;
    const settled = new AbortController();
    const stop = AbortSignal.any([this.signal, settled.signal]);
    const drained = once(this.#response, 'drain', { signal: stop }).then(() => true);
    const stuck = sleep(STUCK_MS, false, { signal: stop, ref: false });
    const room = await Promise.race([drained, stuck]).catch(() => true);
    settled.abort();
    await Promise.allSettled([drained, stuck]);
    if (!room) this.#response.destroy();
  }

  #flushOffered(): void {
    const frames = [...this.#offered.values()].join('');
    this.#offered.clear();
    if (frames !== '') this.#put(frames);
  }

  #put(frames: string): void {
    if (this.signal.aborted) return;
    this.#response.write(frames);
    this.#armKeepAlive();
  }

  #armKeepAlive(): void {
    clearTimeout(this.#keepAlive);
    if (this.signal.aborted) return;
    this.#keepAlive = setTimeout(() => {
      if (this.#response.writableNeedDrain) this.#armKeepAlive();
      else this.#put(': keep-alive\n\n');
    }, this.#keepAliveMs).unref();
  }
}

/** Frame names are our own literals, and JSON has no line breaks: neither can break the frame. */
function namedFrame(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
