import type { Target, VmState } from '@breakglass/shared';
import { lookAtVm, type VmLookOptions } from './vm-look.ts';

export interface VmWatchOptions extends Omit<VmLookOptions, 'signal'> {
  target: Target;
  /** 0 never looks. */
  intervalMs: number;
  now(): Date;
  /** Does anybody want to know? Nobody attached, no polling. */
  wanted(): boolean;
  runningVerb(): VmState['running_verb'];
}

const SLOW_MS = 5000;
const BACK_OFF_MAX = 8;

type Sighting = Pick<VmState, 'state' | 'observed_at' | 'problem'>;

/**
 * Looks at the VM's state for all clients together, with the read-only verb, and less often while the host
 * is slow or does not answer.
 */
export class VmWatch {
  readonly #options: VmWatchOptions;
  readonly #listeners = new Set<(state: VmState) => void>();
  #seen: Sighting = { state: 'unknown', observed_at: null, problem: null };
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | null = null;
  #backOff = 1;
  #lookedAt = Number.NEGATIVE_INFINITY;
  readonly #closed = new AbortController();

  constructor(options: VmWatchOptions) {
    this.#options = options;
    this.#schedule();
  }

  get state(): VmState {
    const { target, runningVerb } = this.#options;
    return { target, ...this.#seen, running_verb: runningVerb() };
  }

  /** @returns a function that stops listening */
  listen(listener: (state: VmState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells everybody the present state, for what changed beside the VM, such as a verb that began. */
  announce(): void {
    for (const listener of this.#listeners) listener(this.state);
  }

  /** Looks now, unless it is looking already. Never rejects. */
  look(): Promise<void> {
    if (this.#closed.signal.aborted || this.#options.intervalMs === 0) return Promise.resolve();
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  /** Looks unless what was seen is fresh: however many clients come, a slow host is asked no more often. */
  freshen(): Promise<void> {
    const fresh = performance.now() - this.#lookedAt < this.#options.intervalMs * this.#backOff;
    return fresh ? Promise.resolve() : this.look();
  }

  close(): void {
    this.#closed.abort();
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    const { intervalMs, wanted } = this.#options;
    if (intervalMs === 0 || this.#closed.signal.aborted) return;
    this.#timer = setTimeout(async () => {
      if (wanted()) await this.look();
      this.#schedule();
    }, intervalMs * this.#backOff).unref();
  }

  async #lookOnce(): Promise<void> {
    const { state, problem, durationMs } = await lookAtVm({
      ...this.#options,
      signal: this.#closed.signal,
    });
    const slow = state === null || durationMs > SLOW_MS;
    this.#backOff = slow ? Math.min(this.#backOff * 2, BACK_OFF_MAX) : 1;
    this.#seen =
      state === null
        ? { ...this.#seen, problem }
        : { state, observed_at: this.#options.now().toISOString(), problem: null };
    this.#lookedAt = performance.now();
    this.announce();
  }
}
