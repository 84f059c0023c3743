import type { EventBody } from '@breakglass/shared';

/** One prompt for an agent, with all that the agent needs to know of its session. */
export interface AgentTurn {
  /** The session's id, also the id the agent resumes its own conversation by. */
  sessionId: string;
  /** Marks the turn's processes: every one of them carries `BREAKGLASS_TURN=<turnId>` in its environment. */
  turnId: string;
  prompt: string;
  /** Null for the configured default. */
  model: string | null;
  /** Whether an earlier turn of this session opened the agent's conversation. */
  resume: boolean;
  /**
   * What happened since the agent's last turn that it can't know (verbs that operators ran, an interrupted
   * call). Goes before the prompt, marked as coming from the daemon.
   */
  briefing: string | null;
  /** Aborted when the turn is cancelled, out of time, or the daemon goes away. */
  signal: AbortSignal;
}

/**
 * What runs a turn.
 *
 * The iterable of `run` ends only when everything that the turn started has ended, also after an abort and
 * when its reader leaves early. It never yields `user`, `cancelled` or `turn_end`: those are the turn's own.
 * Expected failures are `error` events, one sentence with the next step; it throws only for bugs.
 */
export interface Agent {
  readonly kind: 'claude' | 'runbook';
  run(turn: AgentTurn): AsyncIterable<EventBody>;
  /** Could a turn run now? For readiness; bounded, cached by the agent. */
  check(): Promise<{ ok: boolean; detail: string }>;
}

/** The name of the environment variable that marks a turn's processes. */
export const TURN_MARKER = 'BREAKGLASS_TURN';
