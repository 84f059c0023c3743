import { type Event, findPreset, PRESET_NAMES, type UnknownEvent } from '@breakglass/shared';
import { ApiError } from '../client/api-error.ts';
import { CommandError, EXIT, type ExitCode } from '../exit.ts';
import { safe, sanitizeLine } from '../text/sanitize.ts';
import type { CommandContext } from './context.ts';
import { findSession, shortId } from './find-session.ts';
import { eventPrinter, follow } from './follow.ts';
import { catchInterrupt } from './interrupt.ts';
import { print, printJson, say, stdoutClosed } from './output.ts';

export interface AskOptions {
  prompt: string | undefined;
  preset: string | undefined;
  /** The beginning of a session's id; undefined for a new session. */
  session: string | undefined;
  model: string | undefined;
  /** Start the turn and leave. */
  detach: boolean;
}

/** Sends one prompt, prints its turn, and ends as the turn ended. */
export async function ask(context: CommandContext, options: AskOptions): Promise<number> {
  const { api, json } = context;
  const prompt = promptOf(options);
  const { id, after } = await sessionFor(context, options.session);
  await api.prompt(id, { prompt, model: options.model ?? null });
  if (!options.detach) return followTurn(context, { id, after, prompt }).catch(turnLost);
  if (json) await printJson({ session_id: id, status: 'started' });
  else await print(safe`${sanitizeLine(id)}\n`);
  return EXIT.ok;
}

function promptOf({ prompt, preset }: AskOptions): string {
  if (preset === undefined && prompt !== undefined && prompt.trim() !== '') return prompt;
  if (preset === undefined || prompt !== undefined) {
    throw new CommandError(
      EXIT.usage,
      'ask needs either a prompt or --preset, and not both',
      `presets: ${PRESET_NAMES.join(', ')}`,
    );
  }
  const found = findPreset(preset);
  if (found !== undefined) return found.prompt;
  throw new CommandError(EXIT.usage, `there is no preset "${preset}"`, `presets: ${PRESET_NAMES.join(', ')}`);
}

async function sessionFor({ api }: CommandContext, prefix: string | undefined) {
  if (prefix !== undefined) {
    const { session_id: id, last_event_id: last } = await findSession(api, prefix);
    return { id, after: last < 0 ? null : last };
  }
  const id = await api.createSession();
  say(safe`session ${sanitizeLine(shortId(id))}`);
  return { id, after: null };
}

/** A daemon that restarts is back by then; a script must not wait for ever for one that is not. */
const PATIENCE_MS = 5 * 60_000;

/** Prints the turn that the prompt began. Leaving, by Ctrl-C or a closed pipe, does not end it. */
async function followTurn(
  context: CommandContext,
  { id, after, prompt }: { id: string; after: number | null; prompt: string },
): Promise<number> {
  using interrupt = catchInterrupt();
  const signal = AbortSignal.any([interrupt.signal, stdoutClosed]);
  const printer = eventPrinter(context.json);
  let turn: TurnSoFar = 'not-begun';
  for await (const event of follow(context, id, { after, signal, patienceMs: PATIENCE_MS })) {
    if (event === 'caught-up') continue;
    const ours = turn !== 'not-begun';
    turn = advance(turn, event, prompt);
    if (ours || (context.json && turn !== 'not-begun')) await printer.print(event);
    if (ours && event.kind === 'turn_end') return turnExit(turn);
  }
  await printer.end();
  const short = sanitizeLine(shortId(id));
  say(
    safe`[detached; the turn goes on: \`breakglass logs -f ${short}\` shows it, \`breakglass cancel ${short}\` ends it]`,
  );
  return EXIT.interrupted;
}

/** The turn had begun: where the daemon stays away, nobody knows how it ended. */
function turnLost(error: unknown): never {
  if (!(error instanceof ApiError) || error.kind !== 'unreachable') throw error;
  throw new ApiError('unknown', error.message, { hint: error.hint, cause: error });
}

/** What is known of our turn. `open` has no result yet, and stays so where the turn is cut off. */
type TurnSoFar = 'not-begun' | 'open' | 'done' | 'failed' | 'cancelled';

function advance(turn: TurnSoFar, event: Event | UnknownEvent, prompt: string): TurnSoFar {
  if (turn === 'not-begun') return event.kind === 'user' && event.text === prompt ? 'open' : turn;
  if (turn === 'cancelled' || event.kind === 'cancelled') return 'cancelled';
  if (turn === 'failed' || event.kind === 'error') return 'failed';
  if (event.kind === 'result') return event.is_error ? 'failed' : 'done';
  return turn;
}

function turnExit(turn: TurnSoFar): ExitCode {
  if (turn === 'done') return EXIT.ok;
  if (turn === 'cancelled') say(safe`error: the turn was cancelled`);
  if (turn === 'open') say(safe`error: the turn was cut off before it had a result`);
  return EXIT.failed;
}
