import {
  type AuditRecord,
  isMutating,
  MUTATING_VERBS,
  ProblemError,
  type Target,
  type Verb,
  type VerbOutput,
  type VerbResult,
} from '@breakglass/shared';
import { Capture } from '../process/capture.ts';
import { type Outcome, start } from '../process/run.ts';
import { type Ssh, sshArgv } from '../process/ssh.ts';
import type { AuditTrail } from './audit.ts';
import { interpret, isUnknown } from './outcome.ts';
import { lookAtVm } from './vm-look.ts';

export interface PowerOptions {
  ssh: Pick<Ssh, 'configFile'>;
  env: Record<string, string>;
  target: Target;
  verbTimeoutMs: number;
  audit: AuditTrail;
  now(): Date;
  newId(): string;
  onError(error: unknown, what: string): void;
}

/** Hears of every job that begins (without a result) or ends. */
export type JobListener = (job: PowerJob, result: VerbResult | null) => void;

/** Who asked for a verb. */
export interface Requester {
  operator: string;
  /** The address that the request came from. */
  from: string;
  /** Why, in the operator's words. */
  reason?: string;
}

/** A verb that runs, or ran. It goes on whoever watches. */
export interface PowerJob {
  id: string;
  verb: Verb;
  by: string;
  since: string;
  /** Never rejects: a verb that failed is a result too. */
  result: Promise<VerbResult>;
  /** Output from the beginning, then as it comes. @returns a function that stops listening */
  listen(listener: (output: VerbOutput) => void): () => void;
}

/** Half a MiB from each end of a stream. */
const CAPTURE_LIMIT = 512 * 1024;
const BROADCAST_LIMIT = 4 * 1024 * 1024;

/**
 * The power path: a verb, its audit records, its ssh. Needs no session, no agent, no event log, no disk.
 */
export class Power {
  readonly #options: PowerOptions;
  readonly #running = new Set<PowerJob>();
  readonly #listeners = new Set<JobListener>();
  #closing = false;

  constructor(options: PowerOptions) {
    this.#options = options;
  }

  /** Listeners are told and not asked: nothing waits for them, and what they throw stops no verb. */
  listen(listener: JobListener): void {
    this.#listeners.add(listener);
  }

  /** The mutating verb that runs now. */
  get mutating(): PowerJob | null {
    return [...this.#running].find((job) => isMutating(job.verb)) ?? null;
  }

  /**
   * Starts a verb on the host.
   * @throws {ProblemError} `verb-running`: one mutating verb at a time. The host has a lock of its own.
   *   `shutting-down`: a verb that nobody would see the end of is not begun.
   */
  run(verb: Verb, requester: Requester): PowerJob {
    if (this.#closing) {
      throw new ProblemError(
        'shutting-down',
        `The daemon is shutting down; "${verb}" was not begun. Try again in a minute.`,
      );
    }
    const other = this.mutating;
    if (other !== null && isMutating(verb)) throw this.#busy(verb, other);
    const broadcast = new Broadcast();
    const job: PowerJob = {
      id: this.#options.newId(),
      verb,
      by: requester.operator,
      since: this.#options.now().toISOString(),
      listen: (listener) => broadcast.listen(listener),
      result: Promise.resolve()
        .then(() => this.#perform(job, requester, broadcast))
        .catch((error: unknown) => this.#broken(verb, error)),
    };
    this.#running.add(job);
    this.#announce(job, null);
    void job.result.then((result) => {
      this.#running.delete(job);
      this.#announce(job, result);
    });
    return job;
  }

  /** Begins no more verbs. Resolves when none runs any more, or after `graceMs`; what still runs goes on. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    const { promise: overdue, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, graceMs);
    await Promise.race([Promise.all([...this.#running].map((job) => job.result)), overdue]);
    clearTimeout(timer);
  }

  async #perform(job: PowerJob, requester: Requester, broadcast: Broadcast): Promise<VerbResult> {
    const { audit, target, now, verbTimeoutMs } = this.#options;
    const record: AuditRecord = {
      ts: job.since,
      job: job.id,
      state: 'asked',
      verb: job.verb,
      target: target.id,
      ...requester,
    };
    const warnings = [await audit.record(record)];
    const { outcome, stdout, stderr } = await this.#ssh(job.verb, broadcast);
    const ended = interpret(job.verb, outcome, { stdout, stderr, deadlineMs: verbTimeoutMs });
    const result = isUnknown(ended) ? await this.#lookAfter(ended) : ended;
    const closing: AuditRecord = {
      ...record,
      ts: now().toISOString(),
      state: 'ended',
      exit_code: result.exit_code,
      ...(result.outcome === undefined ? {} : { outcome: result.outcome }),
      duration_ms: Math.round(outcome.durationMs),
    };
    warnings.push(await audit.record(closing));
    const said = [...new Set(warnings.filter((warning) => warning !== null))];
    return said.length === 0 ? result : { ...result, warnings: said };
  }

  /** Of a verb whose outcome is unknown: what the host says now. Asked once, never repeated. */
  async #lookAfter(result: VerbResult): Promise<VerbResult> {
    if (!MUTATING_VERBS.some((verb) => verb === result.verb)) return result;
    const { state, problem } = await lookAtVm(this.#options);
    const now =
      state === null ? `The host does not answer now (${problem}).` : `The host says now: ${state}.`;
    return { ...result, outcome: `${result.outcome} ${now}` };
  }

  async #ssh(
    verb: Verb,
    broadcast: Broadcast,
  ): Promise<{ outcome: Outcome; stdout: string; stderr: string }> {
    const { ssh, env, verbTimeoutMs } = this.#options;
    const running = start(sshArgv(ssh, 'pve', [verb]), { env, deadlineMs: verbTimeoutMs });
    const captures = { stdout: new Capture(CAPTURE_LIMIT), stderr: new Capture(CAPTURE_LIMIT) };
    for (const stream of ['stdout', 'stderr'] as const) {
      const show = (text: string) => text !== '' && broadcast.send({ stream, text });
      running[stream].on('data', (chunk: Buffer) => show(captures[stream].write(chunk)));
      running[stream].on('end', () => show(captures[stream].end()));
    }
    const outcome = await running.ended;
    return { outcome, stdout: captures.stdout.text, stderr: captures.stderr.text };
  }

  /** A fault of our own must not leave the verb running for ever, and so lock the others. */
  #broken(verb: Verb, error: unknown): VerbResult {
    this.#options.onError(error, `running ${verb}`);
    const outcome = 'The daemon failed, and the outcome is unknown. Look first: breakglass pve status.';
    return { verb, exit_code: null, stdout: '', stderr: `${error}\n`, rejected: false, outcome };
  }

  #announce(job: PowerJob, result: VerbResult | null): void {
    for (const listener of this.#listeners) {
      try {
        listener(job, result);
      } catch (error) {
        this.#options.onError(error, 'telling of a verb');
      }
    }
  }

  #busy(verb: Verb, other: PowerJob): ProblemError {
    const { target } = this.#options;
    return new ProblemError(
      'verb-running',
      `${other.by} runs "${other.verb}" on VM ${target.id} since ${other.since}; "${verb}" was not begun. ` +
        'Wait for its end, then look: breakglass pve status.',
      { extra: { job: other.id, verb: other.verb, by: other.by, since: other.since } },
    );
  }
}

/** Output for any number of listeners, each from the beginning. What exceeds the bound is not shown live. */
class Broadcast {
  readonly #past: VerbOutput[] = [];
  readonly #listeners = new Set<(output: VerbOutput) => void>();
  #size = 0;

  send(output: VerbOutput): void {
    if (this.#size > BROADCAST_LIMIT) return;
    this.#size += output.text.length;
    const shown =
      this.#size > BROADCAST_LIMIT
        ? { ...output, text: `${output.text}\n[… no more is shown live …]\n` }
        : output;
    this.#past.push(shown);
    for (const listener of this.#listeners) listener(shown);
  }

  listen(listener: (output: VerbOutput) => void): () => void {
    for (const output of this.#past) listener(output);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
