import {
  type EventBody,
  isMutating,
  type Target,
  VERB_EFFECTS,
  type Verb,
  type VerbResult,
} from '@breakglass/shared';

/** What the sessions need to know of a power verb that runs, or ran. */
export interface VerbReport {
  id: string;
  verb: Verb;
  by: string;
}

/**
 * A power verb as a session shows it, and as the agent of that session is told about it.
 * @param result null while it runs
 */
export function powerEvent(
  { id, verb, by }: VerbReport,
  target: Target,
  result: VerbResult | null,
): { event: Extract<EventBody, { kind: 'power' }>; briefing: string | null } {
  const common = { kind: 'power' as const, job: id, verb, target: target.id, by };
  if (result === null) {
    const text = `${by} runs ${verb} on VM ${target.id} (${target.name}): ${VERB_EFFECTS[verb]}.`;
    return {
      event: { ...common, state: 'running', exit_code: null, outcome: null, text },
      briefing: isMutating(verb)
        ? `The operator ${by} began "${verb}" on VM ${target.id} (${target.name}): what you see may be the middle of it.`
        : null,
    };
  }
  const outcome = outcomeWord(result);
  const text = result.outcome ?? `${verb} ended with exit code ${result.exit_code}.`;
  return {
    event: {
      ...common,
      state: result.rejected ? 'refused' : 'done',
      exit_code: result.exit_code,
      outcome,
      text,
    },
    briefing: isMutating(verb)
      ? `Meanwhile the operator ${by} ran "${verb}" on VM ${target.id} (${target.name}). ${text}`
      : null,
  };
}

function outcomeWord({ exit_code, rejected, begun }: VerbResult): string {
  if (rejected) return 'rejected';
  if (begun === false) return 'not-begun';
  if (exit_code === 0) return 'ok';
  return exit_code === null || exit_code === 255 ? 'unknown' : 'failed';
}
