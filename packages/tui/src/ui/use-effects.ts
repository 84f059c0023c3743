import type { SessionSummary } from '@breakglass/shared';
import { type SuspendTerminal, useApp } from 'ink';
import { useEffect } from 'react';
import type { Api } from '../client/api.ts';
import { ApiError } from '../client/api-error.ts';
import type { Clock } from '../client/clock.ts';
import type { Failure } from '../state/failure.ts';
import type { Effect, Message, Wanted } from '../state/message.ts';
import type { FailedAs } from '../state/power-job.ts';
import type { Screen } from '../state/screen.ts';
import type { Store } from '../state/store.ts';
import { sanitizeLine } from '../text/sanitize.ts';

/** How long after a failed start the next try is made. */
const RETRY_MS = 5000;

/** The session to attach to; or those to choose from; or why the program ends: what was named is not there. */
export type Found =
  | { id: string; title: string | null }
  | { sessions: readonly SessionSummary[] }
  | { error: Error };

/** Decides which session is meant, and makes one where that is meant. Rejects where the daemon can't say. */
export type FindSession = (api: Api, wanted: Wanted, now: number) => Promise<Found>;

/** Carries out what the screen asks of the world. Each answer comes back as a message. */
export function useEffects(store: Store<Screen>, api: Api, clock: Clock, find: FindSession): void {
  const { exit, suspendTerminal } = useApp();
  useEffect(() => {
    const left = new AbortController();
    const world: World = {
      api,
      clock,
      find,
      signal: left.signal,
      exit,
      suspend: handOver(suspendTerminal),
      screen: store.read,
      tell: (message) => {
        if (!left.signal.aborted) store.dispatch(message);
      },
    };
    const silence = store.onEffect((effect) => {
      carryOut(effect, world).catch((error: unknown) =>
        world.tell({ type: 'failed', failure: failureOf(error) }),
      );
    });
    return () => {
      silence();
      left.abort();
    };
  }, [store, api, clock, find, exit, suspendTerminal]);
}

interface World {
  api: Api;
  clock: Clock;
  find: FindSession;
  signal: AbortSignal;
  exit: (result?: unknown) => void;
  suspend: (whileAway: () => void) => Promise<void>;
  screen: () => Screen;
  tell: (message: Message) => void;
}

/** Rejects only where the terminal can't be handed over. */
async function carryOut(effect: Effect, world: World): Promise<void> {
  switch (effect.type) {
    case 'open':
      return open(effect.wanted, world);
    case 'create-session':
      return answer(world, async (api) => ({ type: 'opened', id: await api.createSession(), title: null }));
    case 'list-sessions':
      return answer(world, async (api) => ({ type: 'sessions', sessions: await api.listSessions() }));
    case 'prompt':
      return prompt(effect, world);
    case 'cancel':
      return answer(world, async (api) => ({
        type: 'cancel-answered',
        cancelled: await api.cancel(effect.session),
      }));
    case 'look-at-vm':
      return lookAtVm(world);
    case 'run-verb':
      return runVerb(effect, world);
    case 'redraw':
      return world.suspend(() => {});
    case 'suspend':
      // The whole group, as the terminal would: a launcher in front of us has to stop too.
      return world.suspend(() => void process.kill(0, 'SIGTSTP'));
    case 'exit':
      return world.exit();
  }
}

/** Hands the terminal over, one at a time: Ctrl-L held down asks again before the first is done. */
function handOver(suspendTerminal: SuspendTerminal): World['suspend'] {
  let away = false;
  return async (whileAway) => {
    if (away) return;
    away = true;
    try {
      await suspendTerminal(whileAway);
    } finally {
      away = false;
    }
  };
}

async function answer({ api, tell }: World, ask: (api: Api) => Promise<Message>): Promise<void> {
  try {
    tell(await ask(api));
  } catch (error) {
    tell({ type: 'failed', failure: failureOf(error) });
  }
}

/** An answer that comes late changes nothing: the operator may have chosen or made a session meanwhile. */
async function open(wanted: Wanted, { api, clock, find, screen, tell, exit }: World): Promise<void> {
  const before = screen().session;
  try {
    const found = await find(api, wanted, clock.now());
    if (screen().session !== before) return;
    if ('error' in found) return exit(found.error);
    if ('sessions' in found) return tell({ type: 'no-session', sessions: found.sessions });
    tell({ type: 'opened', id: found.id, title: found.title === null ? null : sanitizeLine(found.title) });
  } catch (error) {
    if (screen().session !== before) return;
    const again = error instanceof ApiError && (error.retryable || error.kind === 'unreachable');
    const retryAt = again ? clock.now() + RETRY_MS : null;
    tell({ type: 'open-failed', failure: failureOf(error), retryAt });
  }
}

async function prompt({ session, text }: Effect & { type: 'prompt' }, { api, tell }: World): Promise<void> {
  try {
    await api.prompt(session, { prompt: text });
  } catch (error) {
    const unsure = error instanceof ApiError && error.kind === 'unknown';
    tell({ type: 'prompt-refused', text, failure: failureOf(error), unsure });
  }
}

/** Fails quietly while there is no session: the reason of that stands on the screen already. */
async function lookAtVm({ api, tell, screen }: World): Promise<void> {
  try {
    const [{ targets }, vm] = await Promise.all([api.verbs(), api.vmState()]);
    tell({ type: 'targets', targets });
    tell({ type: 'vm', vm });
  } catch (error) {
    if (screen().session !== null) tell({ type: 'failed', failure: failureOf(error) });
  }
}

async function runVerb(
  { verb, job }: Effect & { type: 'run-verb' },
  { api, clock, signal, tell }: World,
): Promise<void> {
  try {
    const result = await api.runVerb(verb, {
      signal,
      onOutput: (output) => tell({ type: 'job-output', job, output }),
    });
    tell({ type: 'job-ended', job, result, now: clock.now() });
  } catch (error) {
    tell({ type: 'job-failed', job, failure: failureOf(error), level: failedAs(error), now: clock.now() });
  }
}

/** Who was not reached, or did not let us in, has run nothing. */
const NOT_BEGUN: readonly string[] = ['unreachable', 'denied', 'sign-on', 'busy', 'refused', 'not-found'];

function failedAs(error: unknown): FailedAs {
  if (!(error instanceof ApiError)) return 'bad';
  if (error.kind === 'unknown') return 'unknown';
  return NOT_BEGUN.includes(error.kind) ? 'not-begun' : 'bad';
}

function failureOf(error: unknown): Failure {
  const why = sanitizeLine(error instanceof Error ? error.message : String(error));
  if (!(error instanceof ApiError)) return { why, hint: sanitizeLine('') };
  const refused = error.kind === 'denied' || error.kind === 'sign-on';
  return { why, hint: sanitizeLine(error.hint), refused };
}
