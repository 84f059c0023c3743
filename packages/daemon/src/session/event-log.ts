import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { ProblemError } from '@breakglass/shared';
import type { Append, Row, SessionRecord } from './database.ts';
import type { LogCall, LogReply, LogRequest } from './log-worker.ts';

export type { Append, Row, SessionRecord } from './database.ts';

/**
 * The sessions and their events, append-only. An append is committed before it resolves, and only then
 * can anybody read it. Every call fails with the problem `log-unavailable` where the disk does not serve it
 * in time; none blocks this thread.
 */
export interface EventLog {
  create(sessionId: string, createdAt: string): Promise<void>;
  find(sessionId: string): Promise<SessionRecord | null>;
  /** The one used last first. */
  list(): Promise<SessionRecord[]>;
  /** @returns the id of the last event; null where there is no such session */
  append(request: Append, deadlineMs?: number): Promise<number | null>;
  /**
   * The events after `after` (-1 for all), oldest first, at most `limit`; fewer where they are long, and none
   * only where there are none.
   */
  read(sessionId: string, after: number, limit: number): Promise<Row[]>;
  /**
   * Resolves at the next append to the session, or when `signal` aborts. Arm it before the read that finds
   * nothing, or an append in between is missed.
   */
  growth(sessionId: string, signal: AbortSignal): Growth;
  /** Does the log answer? For readiness. */
  check(): Promise<{ ok: boolean; detail: string }>;
  close(): Promise<void>;
}

export interface Growth extends Disposable {
  readonly grown: Promise<void>;
}

const CALL_DEADLINE_MS = 5000;
const CHECK_DEADLINE_MS = 3000;
const CLOSE_DEADLINE_MS = 2000;

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Opens the log in a worker thread. Never fails: a file that can't be opened fails the calls, each with why. */
export function openEventLog(file: string): EventLog {
  return new WorkerLog(file);
}

class WorkerLog implements EventLog {
  readonly #file: string;
  readonly #pending = new Map<number, Pending>();
  readonly #waiting = new Map<string, Set<() => void>>();
  #worker: Worker | null = null;
  #seq = 0;
  #closed = false;

  constructor(file: string) {
    this.#file = file;
  }

  async create(sessionId: string, createdAt: string): Promise<void> {
    await this.#call({ op: 'create', sessionId, createdAt });
  }

  find(sessionId: string): Promise<SessionRecord | null> {
    return this.#call<SessionRecord | null>({ op: 'find', sessionId });
  }

  list(): Promise<SessionRecord[]> {
    return this.#call<SessionRecord[]>({ op: 'list' });
  }

  async append(request: Append, deadlineMs = CALL_DEADLINE_MS): Promise<number | null> {
    const lastId = await this.#call<number | null>({ op: 'append', request }, deadlineMs);
    this.#wake(request.sessionId);
    return lastId;
  }

  read(sessionId: string, after: number, limit: number): Promise<Row[]> {
    return this.#call<Row[]>({ op: 'read', sessionId, after, limit });
  }

  growth(sessionId: string, signal: AbortSignal): Growth {
    const { promise: grown, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    const waiting = this.#waiting.get(sessionId) ?? new Set();
    this.#waiting.set(sessionId, waiting.add(wake));
    if (signal.aborted) wake();
    else signal.addEventListener('abort', wake);
    const dispose = () => {
      signal.removeEventListener('abort', wake);
      waiting.delete(wake);
      if (waiting.size === 0 && this.#waiting.get(sessionId) === waiting) this.#waiting.delete(sessionId);
    };
    return { grown, [Symbol.dispose]: dispose };
  }

  async check(): Promise<{ ok: boolean; detail: string }> {
    try {
      await this.#call({ op: 'open' }, CHECK_DEADLINE_MS);
      return { ok: true, detail: 'the event log answers' };
    } catch (error) {
      return { ok: false, detail: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Ends the thread once what was asked before is done, or after a bound. */
  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker !== null) await this.#call({ op: 'open' }, CLOSE_DEADLINE_MS).catch(() => undefined);
    this.#closed = true;
    this.#worker = null;
    if (worker === null) return;
    // A thread that is stuck in the kernel can't be ended; nobody waits for it.
    await Promise.race([worker.terminate(), sleep(CLOSE_DEADLINE_MS, undefined, { ref: false })]);
  }

  #wake(sessionId: string): void {
    for (const wake of this.#waiting.get(sessionId) ?? []) wake();
  }

  #wakeAll(): void {
    for (const sessionId of this.#waiting.keys()) this.#wake(sessionId);
  }

  async #call<T>(call: LogCall, deadlineMs = CALL_DEADLINE_MS): Promise<T> {
    const worker = this.#thread();
    const seq = this.#seq++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const overdue = setTimeout(() => {
      this.#pending.delete(seq);
      reject(unavailable(`the disk did not answer within ${deadlineMs / 1000} s`));
    }, deadlineMs);
    this.#pending.set(seq, { resolve, reject });
    const request: LogRequest = { ...call, seq, notAfter: Date.now() + deadlineMs };
    worker.postMessage(request);
    return promise.finally(() => clearTimeout(overdue)) as Promise<T>;
  }

  #thread(): Worker {
    if (this.#worker !== null) return this.#worker;
    if (this.#closed) throw unavailable('it was closed');
    const worker = new Worker(new URL('./log-worker.ts', import.meta.url), {
      workerData: { file: this.#file },
    });
    // The thread may hang on a dead disk for ever; that must not keep the process alive.
    worker.unref();
    worker.on('message', (reply: LogReply) => this.#settle(reply));
    worker.on('error', (error) => this.#lost(worker, String(error)));
    worker.on('exit', () => this.#lost(worker, 'its thread ended'));
    this.#worker = worker;
    return worker;
  }

  #settle(reply: LogReply): void {
    const pending = this.#pending.get(reply.seq);
    this.#pending.delete(reply.seq);
    // Given up, but done: an append that was slow to commit is there all the same, and has to be shown.
    if (pending === undefined) this.#wakeAll();
    else if ('error' in reply) pending.reject(unavailable(reply.error));
    else pending.resolve(reply.value);
  }

  /** A thread that died is replaced by the next call. */
  #lost(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    for (const pending of this.#pending.values()) pending.reject(unavailable(why));
    this.#pending.clear();
  }
}

function unavailable(why: string): ProblemError {
  return new ProblemError(
    'log-unavailable',
    `The event log can't be used (${why}). Check the disk of the data directory. ` +
      'The power verbs work without it: breakglass pve status.',
  );
}
