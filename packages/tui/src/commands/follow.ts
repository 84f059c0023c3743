import type { Event, UnknownEvent } from '@breakglass/shared';
import { ApiError } from '../client/api-error.ts';
import { attach } from '../client/attach.ts';
import { emptyPlain, plain } from '../state/plain.ts';
import { safe, sanitizeLine } from '../text/sanitize.ts';
import type { CommandContext } from './context.ts';
import { print, printJson, say } from './output.ts';

export interface FollowOptions {
  /** The newest id that the caller has already; null for none. */
  after: number | null;
  signal: AbortSignal;
  /** How long the daemon may be away in one piece. */
  patienceMs: number;
}

/**
 * The events of a session as they come, then `caught-up` between those of the past and those of now. What
 * becomes of the connection goes to stderr.
 * @throws ApiError where the daemon refuses the session, or stays away for too long
 */
export async function* follow(
  { api }: Pick<CommandContext, 'api'>,
  sessionId: string,
  { after, signal, patienceMs }: FollowOptions,
): AsyncGenerator<Event | UnknownEvent | 'caught-up'> {
  let lostAt: number | null = null;
  for await (const found of attach(api, sessionId, { after, signal })) {
    switch (found.type) {
      case 'event':
        yield found.event;
        break;
      case 'caught-up':
        yield 'caught-up';
        break;
      case 'malformed':
        say(safe`warning: an event can't be shown: ${sanitizeLine(found.why)}`);
        break;
      case 'log-reset':
        say(safe`warning: the daemon lost the log of this session; here is what there is now`);
        break;
      case 'link':
        if (found.link.state === 'refused') throw found.link.error;
        if (found.link.state === 'waiting') {
          lostAt ??= Date.now();
          if (Date.now() - lostAt >= patienceMs) throw gaveUp(found.link.why);
          say(safe`[${sanitizeLine(found.link.why)}; trying again]`);
        }
        if (found.link.state === 'live' && lostAt !== null) {
          say(safe`[connected again]`);
          lostAt = null;
        }
    }
  }
}

function gaveUp(why: string): ApiError {
  return new ApiError('unreachable', `gave up waiting for the daemon: ${why}`, {
    hint: 'a turn that runs there goes on; try again when the daemon answers',
  });
}

export interface EventPrinter {
  print(event: Event | UnknownEvent): Promise<void>;
  /** Ends a line of prose that was left open. */
  end(): Promise<void>;
}

/** Prints events on stdout: as text, or each as a line of JSON. */
export function eventPrinter(json: boolean): EventPrinter {
  let state = emptyPlain;
  return {
    async print(event) {
      if (json) return printJson(event);
      const next = plain(state, event);
      state = next.plain;
      if (next.text !== '') await print(next.text);
    },
    async end() {
      if (state.midLine) await print(safe`\n`);
      state = { ...state, midLine: false };
    },
  };
}
