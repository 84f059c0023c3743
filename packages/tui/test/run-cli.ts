import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('./cli-process.ts', import.meta.url));

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  child: ChildProcessByStdio<null, Readable, Readable>;
  /** What it has printed so far. */
  seen: { stdout: string; stderr: string };
  ended: Promise<Ended>;
}

/** Starts the client as a process of its own, without a terminal, with nothing of our environment. */
export function startCli(url: string, args: readonly string[], env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      BREAKGLASS_URL: url,
      BREAKGLASS_TOKEN: 't',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const seen = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    seen.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    seen.stderr += text;
  });
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, ...seen })));
  return { child, seen, ended };
}

export function runCli(url: string, args: readonly string[], env?: Record<string, string>): Promise<Ended> {
  return startCli(url, args, env).ended;
}
