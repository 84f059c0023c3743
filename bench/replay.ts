import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDaemon } from '@breakglass/daemon';
import { readConfig } from '@breakglass/daemon/config';
import { pino } from 'pino';
import { openEventLog } from '../packages/daemon/src/session/event-log.ts';

/**
 * What a long session costs whoever attaches to it: `npm run bench`. Figures of one run on one machine; look at the
 * ratios between the rows.
 */

const TOKEN = 'token-for-the-bench';
const SIZES = [100, 10_000, 100_000];
const BATCH = 500;

const directory = await mkdtemp(join(tmpdir(), 'breakglass-bench-'));
const sessions = await fill(join(directory, 'events.sqlite'));
const config = readConfig({
  PATH: process.env['PATH'],
  API_BEARER_TOKEN: TOKEN,
  BREAKGLASS_LISTEN: '127.0.0.1:0',
  BREAKGLASS_DATA_DIR: directory,
  BREAKGLASS_AGENT_KIND: 'runbook',
  BREAKGLASS_VM_POLL_SECONDS: '0',
});
const daemon = await startDaemon(config, pino({ level: 'silent' }));
try {
  for (const id of sessions.values()) await attach(id, '?follow=false'); // warm up
  print(
    'events',
    'first event',
    'whole replay',
    'events/s',
    'newest only',
    'memory for one that never reads',
  );
  for (const [size, id] of sessions) {
    const replay = await attach(id, '?follow=false');
    const newest = await attach(id, `?follow=false&after=${size - 2}`);
    const memory = await neverRead(id);
    const rate = Math.round(size / (replay.whole / 1000));
    print(size, ms(replay.first), ms(replay.whole), rate, ms(newest.whole), `${memory.toFixed(1)} MiB`);
  }
} finally {
  await daemon.close();
  await rm(directory, { recursive: true, force: true });
}

async function fill(file: string): Promise<Map<number, string>> {
  const log = openEventLog(file);
  const filled = new Map<number, string>();
  for (const size of SIZES) {
    const sessionId = randomUUID();
    const ts = new Date().toISOString();
    await log.create(sessionId, ts);
    const text = 'Almost nothing is left of the memory; the kernel ended two processes for want of it. ';
    for (let left = size; left > 0; left -= BATCH) {
      const entries = Array.from({ length: Math.min(BATCH, left) }, () => ({ kind: 'text', text }) as const);
      await log.append({ sessionId, ts, entries }, 60_000);
    }
    filled.set(size, sessionId);
  }
  await log.close();
  return filled;
}

/** Milliseconds from the request to the first bytes and to the end of the stream. */
async function attach(id: string, query: string): Promise<{ first: number; whole: number }> {
  const begun = performance.now();
  const response = await fetch(`${daemon.url}/api/session/${id}/stream${query}`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  let first = Number.NaN;
  for await (const _ of response.body ?? []) {
    if (Number.isNaN(first)) first = performance.now() - begun;
  }
  return { first, whole: performance.now() - begun };
}

/** How much the process grows, in MiB, by a client that asks for the whole session and reads nothing of it. */
async function neverRead(id: string): Promise<number> {
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const { hostname, port } = new URL(daemon.url);
  const socket = createConnection({ host: hostname, port: Number(port) }).pause();
  socket.write(
    `GET /api/session/${id}/stream HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`,
  );
  // Time enough for a whole replay, had it been read.
  await sleep(1000);
  globalThis.gc?.();
  const grown = process.memoryUsage().rss - before;
  socket.destroy();
  return grown / 1024 / 1024;
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}

function print(...cells: readonly unknown[]): void {
  process.stdout.write(`${cells.map((cell) => String(cell).padEnd(14)).join('  ')}\n`);
}
