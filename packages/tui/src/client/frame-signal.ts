import { goingAway, parseEvent, presence, vmState } from '@breakglass/shared';
import type { EventSourceMessage } from 'eventsource-parser';
import type { AttachSignal } from './attach.ts';
import { COMMENT } from './frames.ts';
import { parseJson } from './parse-json.ts';

/** What a frame of a session's stream says; null for a named event that this version does not know. */
export function frameSignal({
  event,
  id,
  data,
}: EventSourceMessage): Exclude<AttachSignal, { type: 'link' }> | null {
  if (event === COMMENT) return { type: 'alive' };
  if (event === 'caught-up') return { type: 'caught-up' };
  if (event === 'log-reset') return { type: 'log-reset' };
  const json = parseJson(data);
  if (event === undefined || event === 'message') return eventSignal(json, id);
  if (event === 'going-away') {
    return {
      type: 'going-away',
      reason: goingAway.safeParse(json).data?.reason ?? 'the daemon ends the stream',
    };
  }
  if (event === 'presence') {
    const parsed = presence.safeParse(json);
    return parsed.success ? { type: 'presence', presence: parsed.data } : malformed('presence');
  }
  if (event === 'vm') {
    const parsed = vmState.safeParse(json);
    return parsed.success ? { type: 'vm', vm: parsed.data } : malformed('vm');
  }
  return null;
}

/** An event of the log. Where it can't be read, the id of its frame still moves the cursor past it. */
function eventSignal(
  json: unknown,
  frameId: string | undefined,
): AttachSignal & { type: 'event' | 'malformed' } {
  const event = parseEvent(json);
  if (event.kind !== 'malformed') return { type: 'event', event };
  const id = frameId !== undefined && /^\d{1,15}$/.test(frameId) ? Number(frameId) : event.id;
  return { type: 'malformed', id, why: json === undefined ? 'it is not JSON' : event.why };
}

function malformed(name: string): AttachSignal & { type: 'malformed' } {
  return { type: 'malformed', id: null, why: `a "${name}" frame does not have its shape` };
}
