import {
  isVerb,
  MUTATING_VERBS,
  ProblemError,
  routes,
  type Target,
  VERBS,
  type VerbOutput,
  type VerbResult,
} from '@breakglass/shared';
import type { Response, Router } from 'express';
import type { AuditTrail } from '../power/audit.ts';
import type { Power, PowerJob } from '../power/power.ts';
import type { VmWatch } from '../power/vm-watch.ts';
import { operatorOf } from './operator.ts';
import { mount, wantsEvents } from './route.ts';
import { SseStream } from './sse.ts';

export interface PowerRoutesOptions {
  power: Power;
  vm: VmWatch;
  audit: AuditTrail;
  target: Target;
  keepAliveMs: number;
}

const AUDIT_DEFAULT = 100;

/** The verbs, buffered or streamed. A client that leaves never ends a verb. */
export function mountPower(
  router: Router,
  { power, vm, audit, target, keepAliveMs }: PowerRoutesOptions,
): void {
  mount(router, routes.verbs, () => ({
    verbs: [...VERBS],
    mutating: [...MUTATING_VERBS],
    targets: [target],
  }));

  mount(router, routes.vmState, () => vm.state);

  mount(router, routes.audit, async ({ query }) => ({
    records: await audit.newest(query.limit ?? AUDIT_DEFAULT),
  }));

  mount(router, routes.runVerb, async ({ params, query, request, response }) => {
    const { name, address } = operatorOf(request);
    if (!isVerb(params.verb)) {
      throw new ProblemError(
        'unknown-verb',
        `There is no verb ${JSON.stringify(params.verb.slice(0, 64))}. The verbs are: ${VERBS.join(', ')}.`,
      );
    }
    const requester = { operator: name, from: address };
    const { reason } = query;
    const job = power.run(params.verb, reason === undefined ? requester : { ...requester, reason });
    if (wantsEvents(request)) await stream(job, new SseStream(response, keepAliveMs));
    else sendResult(response, await job.result);
    return undefined;
  });
}

async function stream(job: PowerJob, events: SseStream): Promise<void> {
  const backlog: VerbOutput[] = [];
  const { signal } = events;
  let wake = () => {};
  const unlisten = job.listen((output) => {
    backlog.push(output);
    wake();
  });
  let result: VerbResult | null = null;
  void job.result.then((ended) => {
    result = ended;
    wake();
  });
  signal.addEventListener('abort', () => wake());
  while (!signal.aborted && (result === null || backlog.length > 0)) {
    const batch = joinOutput(backlog.splice(0));
    for (const output of batch) await events.send('output', output);
    if (batch.length > 0 || result !== null) continue;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  unlisten();
  if (result !== null) await events.send('result', result);
  events.end();
}

/** Joins neighbours of one stream, so that a slow reader costs few frames. Pure. */
function joinOutput(outputs: readonly VerbOutput[]): VerbOutput[] {
  const joined: VerbOutput[] = [];
  for (const output of outputs) {
    const last = joined.at(-1);
    if (last?.stream === output.stream)
      joined[joined.length - 1] = { ...last, text: last.text + output.text };
    else joined.push(output);
  }
  return joined;
}

function sendResult(response: Response, result: VerbResult): void {
  response.status(result.exit_code === 0 ? 200 : 502).json(result);
}
