import { EXIT } from '../exit.ts';
import type { CommandContext } from './context.ts';
import { findSession, findUsualSession } from './find-session.ts';
import { eventPrinter, follow } from './follow.ts';
import { catchInterrupt } from './interrupt.ts';
import { stdoutClosed } from './output.ts';

/** How long the daemon may be away while it sends what there is. With `-f` it may be away for ever. */
const PATIENCE_MS = 30_000;

/** Prints a session's log; with `-f` also what comes, until Ctrl-C. Attaches as a reader, so it changes nothing. */
export async function logs(
  context: CommandContext,
  { session: prefix, follow: goOn }: { session: string | undefined; follow: boolean },
): Promise<number> {
  const { api, json } = context;
  const session = prefix === undefined ? await findUsualSession(api) : await findSession(api, prefix);
  using interrupt = catchInterrupt();
  const signal = AbortSignal.any([interrupt.signal, stdoutClosed]);
  const patienceMs = goOn ? Number.POSITIVE_INFINITY : PATIENCE_MS;
  const printer = eventPrinter(json);
  for await (const found of follow(context, session.session_id, { after: null, signal, patienceMs })) {
    if (found !== 'caught-up') await printer.print(found);
    else if (!goOn) break;
  }
  await printer.end();
  return interrupt.signal.aborted ? EXIT.interrupted : EXIT.ok;
}
