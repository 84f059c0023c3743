import { type EventBody, ProblemError, type SessionSummary } from '@breakglass/shared';
import type { Agent } from './agent.ts';
import { Attendance } from './attendance.ts';
import type { EventLog, SessionRecord } from './event-log.ts';
import { startTurn, type Turn } from './turn.ts';

export interface SessionsOptions {
  log: EventLog;
  agent: Agent;
  maxConcurrentTurns: number;
  turnTimeoutMs: number;
  now(): Date;
  /** A new UUID. */
  newId(): string;
  /** Ends what a turn of an earlier life of the daemon left running. */
  endLeftovers(turnId: string): Promise<void>;
  onError(error: unknown, what: string): void;
}

/** The newest verbs that an agent is told of: a prompt has to fit into an argument of a process. */
const BRIEFINGS_MAX = 20;
/** How long an append of a running turn may wait for a slow disk before the turn is given up. */
const TURN_APPEND_DEADLINE_MS = 60_000;

type Entry = EventBody & { operator?: string };

/** The sessions: who may prompt them, what runs in them. The log is their only state that lasts. */
export class Sessions {
  readonly attendance = new Attendance();
  readonly #options: SessionsOptions;
  /** The running turn of each session that has one, from the moment its prompt is accepted. */
  readonly #turns = new Map<string, Promise<Turn | null>>();
  /** What the agent of a session can't know and has not been told. */
  readonly #briefings = new Map<string, string[]>();
  /** Interrupted turns that are being closed: whoever comes second waits for the first. */
  readonly #closings = new Map<string, Promise<void>>();
  #closing = false;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  async create(): Promise<string> {
    this.#refuseWhenClosing();
    const id = this.#options.newId();
    await this.#options.log.create(id, this.#timestamp());
    return id;
  }

  async list(): Promise<SessionSummary[]> {
    const records = await this.#options.log.list();
    return records.map((record) => ({
      session_id: record.session_id,
      title: record.title,
      created_at: record.created_at,
      last_event_at: record.last_event_at,
      last_event_id: record.last_event_id,
      turn: this.#turns.has(record.session_id) ? 'running' : 'idle',
      attached: this.attendance.count(record.session_id),
    }));
  }

  /** @throws {ProblemError} `unknown-session` */
  async find(sessionId: string): Promise<SessionRecord> {
    const record = await this.#options.log.find(sessionId);
    if (record !== null) return record;
    throw new ProblemError(
      'unknown-session',
      `There is no session ${JSON.stringify(sessionId)}. List them (breakglass ls) or make one (breakglass new).`,
    );
  }

  /**
   * Starts a turn; it is in the log when this resolves, and goes on by itself.
   * @throws {ProblemError} `unknown-session`, `turn-running`, `too-many-turns`, `shutting-down`
   */
  async prompt(
    sessionId: string,
    { prompt, model, operator }: { prompt: string; model: string | null; operator: string },
  ): Promise<void> {
    const record = await this.find(sessionId);
    // After the last wait: `close` must see every turn that is begun.
    this.#refuseWhenClosing();
    this.#refuseBusy(sessionId);
    const turn = this.#begin(record, { prompt, model, operator });
    this.#turns.set(sessionId, turn);
    await turn;
  }

  /**
   * Cancels the running turn and waits until all that it started has ended. A turn that has ended, but whose
   * end the log did not take, is closed.
   * @returns false where no turn was running
   */
  async cancel(sessionId: string, operator: string): Promise<boolean> {
    const turn = await this.#turns.get(sessionId)?.catch(() => null);
    if (!turn) {
      const { open_turn } = await this.find(sessionId);
      if (open_turn !== null && !this.#turns.has(sessionId)) await this.#closeInterrupted(sessionId);
      return false;
    }
    turn.end({ type: 'cancelled', by: operator });
    await turn.ended;
    return true;
  }

  /** Is a turn running anywhere? */
  get busy(): boolean {
    return this.#turns.size > 0;
  }

  /**
   * Shows an event in every session that somebody is attached to or that has a turn running, and tells
   * their agents about it at their next turn.
   */
  async announce(entry: Entry, briefing: string | null): Promise<void> {
    const shown = new Set([...this.attendance.sessions(), ...this.#turns.keys()]);
    for (const sessionId of shown) {
      if (briefing !== null) {
        const earlier = this.#briefings.get(sessionId) ?? [];
        this.#briefings.set(sessionId, [...earlier, briefing].slice(-BRIEFINGS_MAX));
      }
    }
    await Promise.all([...shown].map((sessionId) => this.#append(sessionId, [entry])));
  }

  /** Closes turns that died with an earlier life of the daemon. Failing is no reason not to start. */
  async recover(): Promise<void> {
    const records = await this.#options.log.list();
    for (const { session_id: sessionId, open_turn } of records) {
      if (this.#closing) return;
      if (open_turn !== null && !this.#turns.has(sessionId)) await this.#closeInterrupted(sessionId);
    }
  }

  /** Takes no new turns, gives the running ones `graceMs`, then ends them. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    const accepted = await Promise.all([...this.#turns.values()].map((turn) => turn.catch(() => null)));
    const turns = accepted.filter((turn) => turn !== null);
    const overdue = setTimeout(() => {
      for (const turn of turns) turn.end({ type: 'shutdown' });
    }, graceMs);
    await Promise.all(turns.map((turn) => turn.ended));
    clearTimeout(overdue);
  }

  async #begin(
    record: SessionRecord,
    { prompt, model, operator }: { prompt: string; model: string | null; operator: string },
  ): Promise<Turn> {
    const { session_id: sessionId, conversation: resume } = record;
    const turnId = this.#options.newId();
    try {
      if (record.open_turn !== null) await this.#closeInterrupted(sessionId);
      await this.#append(sessionId, [{ kind: 'user', text: prompt, operator }], { openTurn: turnId });
    } catch (error) {
      this.#turns.delete(sessionId);
      throw error;
    }
    const briefing = this.#briefings.get(sessionId)?.join('\n') ?? null;
    this.#briefings.delete(sessionId);
    const turn = startTurn({
      agent: this.#options.agent,
      turn: { sessionId, turnId, prompt, model, resume, briefing },
      timeoutMs: this.#options.turnTimeoutMs,
      append: (bodies) => this.#append(sessionId, bodies, { deadlineMs: TURN_APPEND_DEADLINE_MS }),
      onError: (error) => this.#options.onError(error, 'putting the end of a turn into the log'),
    });
    void turn.ended.then(() => this.#turns.delete(sessionId));
    return turn;
  }

  #closeInterrupted(sessionId: string): Promise<void> {
    const closing =
      this.#closings.get(sessionId) ??
      this.#closeOpenTurn(sessionId).finally(() => this.#closings.delete(sessionId));
    this.#closings.set(sessionId, closing);
    return closing;
  }

  /** Looks again which turn is open: the caller's record may be older than the end of that turn. */
  async #closeOpenTurn(sessionId: string): Promise<void> {
    const turnId = (await this.#options.log.find(sessionId))?.open_turn ?? null;
    if (turnId === null) return;
    await this.#options
      .endLeftovers(turnId)
      .catch((error: unknown) => this.#options.onError(error, 'ending the processes of an interrupted turn'));
    const text =
      'This turn was interrupted: the daemon ended, or could not write its log. Send another prompt to go on.';
    await this.#append(sessionId, [
      { kind: 'notice', level: 'warn', code: 'turn-interrupted', text },
      { kind: 'turn_end' },
    ]);
    this.#briefings.set(sessionId, [
      'Your previous turn was interrupted by trouble of the daemon. A command that was running then may ' +
        'or may not have taken effect: look before you repeat it.',
    ]);
  }

  async #append(
    sessionId: string,
    entries: readonly Entry[],
    { openTurn, deadlineMs }: { openTurn?: string; deadlineMs?: number } = {},
  ): Promise<void> {
    const request = {
      sessionId,
      ts: this.#timestamp(),
      entries,
      ...(openTurn === undefined ? {} : { openTurn }),
    };
    await this.#options.log.append(request, deadlineMs);
  }

  #refuseBusy(sessionId: string): void {
    if (this.#turns.has(sessionId)) {
      throw new ProblemError(
        'turn-running',
        'A turn is running in this session. Wait for its end or cancel it (breakglass cancel), then send again.',
      );
    }
    const { maxConcurrentTurns } = this.#options;
    if (this.#turns.size >= maxConcurrentTurns) {
      throw new ProblemError(
        'too-many-turns',
        `${this.#turns.size} turns are running, the most that this daemon allows ` +
          '(BREAKGLASS_MAX_CONCURRENT_TURNS). Cancel one or wait.',
        { extra: { running: [...this.#turns.keys()], limit: maxConcurrentTurns } },
      );
    }
  }

  #refuseWhenClosing(): void {
    if (!this.#closing) return;
    throw new ProblemError('shutting-down', 'The daemon is shutting down. Try again in a minute.');
  }

  #timestamp(): string {
    return this.#options.now().toISOString();
  }
}
