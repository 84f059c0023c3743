import { setTimeout as wait } from 'node:timers/promises';
import { sessionList } from '@breakglass/shared';

export interface IdleOptions {
  url: string;
  token: string;
  /** Resolve once nobody was attached and no turn ran for this long. */
  idleMs: number;
  intervalMs: number;
  signal: AbortSignal;
}

const REQUEST_LIMIT_MS = 10_000;

/** Resolves when the daemon has been idle for long enough, or does not answer for as long; rejects on abort. */
export async function untilIdle(options: IdleOptions): Promise<void> {
  let lastBusy = Date.now();
  while (Date.now() - lastBusy < options.idleMs) {
    await wait(options.intervalMs, undefined, { signal: options.signal });
    if (await isBusy(options)) lastBusy = Date.now();
  }
}

async function isBusy({ url, token, signal }: IdleOptions): Promise<boolean> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_LIMIT_MS)]);
  try {
    const response = await fetch(`${url}/api/session`, {
      headers: { authorization: `Bearer ${token}` },
      signal: limit,
    });
    const { sessions } = sessionList.parse(await response.json());
    return sessions.some((session) => session.attached > 0 || session.turn === 'running');
  } catch {
    return false;
  }
}
