import { EXIT } from '../exit.ts';
import { safe, sanitizeLine } from '../text/sanitize.ts';
import type { CommandContext } from './context.ts';
import { print, printJson } from './output.ts';

/** Makes a session and prints its id. */
export async function newSession({ api, json }: CommandContext): Promise<number> {
  const id = await api.createSession();
  if (json) await printJson({ session_id: id });
  else await print(safe`${sanitizeLine(id)}\n`);
  return EXIT.ok;
}
