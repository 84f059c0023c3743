import type { Target, VmState } from '@breakglass/shared';
import { Capture } from '../process/capture.ts';
import { describeOutcome, start } from '../process/run.ts';
import { type Ssh, sshArgv } from '../process/ssh.ts';

export interface VmWatchOptions {
  ssh: Pick<Ssh, 'configFile'>;
  env: Record<string, string>;
  target: Target;
  /** 0 never looks. */
  intervalMs: number;
  now(): Date;
  /** Does anybody want to know? Nobody attached, no polling. */
  wanted(): boolean;
  runningVerb(): VmState['running_verb'];
}

const LOOK_DEADLINE_MS = 20_000;
const SLOW_MS = 5000;
const BACK_OFF_MAX = 8;
const OUTPUT_LIMIT = 16 * 1024;

type Sighting = Pick<VmState, 'state' | 'observed_at' | 'problem'>;

/**
 * Looks at the VM's state for all clients together, with the read-only verb, and less often while the host
 * is slow or does not answer. `qm status` calls a wedged VM running: this is what the hypervisor says, not
 * a diagnosis.
 */
export class VmWatch {
  readonly #options: VmWatchOptions;
  readonly #listeners = new Set<(state: VmState) => void>();
  #seen: Sighting = { state: 'unknown', observed_at: null, problem: null };
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | null = null;
  #backOff = 1;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #closed = false;

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
    if (this.#closed || this.#options.intervalMs === 0) return Promise.resolve();
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
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    const { intervalMs, wanted } = this.#options;
    if (intervalMs === 0 || this.#closed) return;
    this.#timer = setTimeout(async () => {
      if (wanted()) await this.look();
      this.#schedule();
    }, intervalMs * this.#backOff).unref();
  }

  async #lookOnce(): Promise<void> {
    const { ssh, env, now } = this.#options;
    const running = start(sshArgv(ssh, 'pve', ['status']), { env, deadlineMs: LOOK_DEADLINE_MS });
    const stdout = new Capture(OUTPUT_LIMIT);
    const stderr = new Capture(OUTPUT_LIMIT);
    running.stdout.on('data', (chunk: Buffer) => stdout.write(chunk));
    running.stderr.on('data', (chunk: Buffer) => stderr.write(chunk));
    const outcome = await running.ended;
    const state = outcome.exitCode === 0 ? parseStatus(stdout.text) : null;
    const slow = state === null || outcome.durationMs > SLOW_MS;
    this.#backOff = slow ? Math.min(this.#backOff * 2, BACK_OFF_MAX) : 1;
    this.#seen =
      state === null
        ? { ...this.#seen, problem: lastLine(stderr.text) || describeOutcome('ssh pve status', outcome) }
        : { state, observed_at: now().toISOString(), problem: null };
    this.#lookedAt = performance.now();
    this.announce();
  }
}

/** Proxmox's word for the state, from the output of `qm status` wherever it stands in it. Pure. */
export function parseStatus(output: string): string | null {
  return /^status: ([a-z-]{1,32})\s*$/m.exec(output)?.[1] ?? null;
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
}
