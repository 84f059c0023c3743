import { EXIT } from '../exit.ts';
import { safe, sanitizeLine } from '../text/sanitize.ts';
import type { CommandContext } from './context.ts';
import { findRunningSession, findSession, shortId } from './find-session.ts';
import { printJson, say } from './output.ts';

/** Cancels a turn. Has nothing to do with the VM: that is `pve stop`. */
export async function cancel({ api, json }: CommandContext, prefix?: string): Promise<number> {
  const session = prefix === undefined ? await findRunningSession(api) : await findSession(api, prefix);
  const cancelled = session !== null && (await api.cancel(session.session_id));
  if (json) await printJson({ session_id: session?.session_id ?? null, cancelled });
  else if (session === null) say(safe`no turn is running: nothing to cancel`);
  else {
    const id = sanitizeLine(shortId(session.session_id));
    say(
      cancelled
        ? safe`cancelled the turn of session ${id}; the VM was not touched`
        : safe`no turn is running in session ${id}`,
    );
  }
  return EXIT.ok;
}
