import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EventBody } from '@breakglass/shared';
import { type ClaudeOptions, createClaudeAgent } from '../src/agent/claude.ts';
import { type Agent, type AgentTurn, TURN_MARKER } from '../src/session/agent.ts';

/** For tests: a machine of its own in a temporary directory, for the real CLI or for a script in its place. */
export interface ClaudeHarness extends AsyncDisposable {
  dir: string;
  home: string;
  agent(options?: Partial<ClaudeOptions>): Agent;
  /** Writes an executable shell script, a stand-in for the CLI. @returns its path */
  script(body: string): Promise<string>;
}

const REAL_CLAUDE = fileURLToPath(new URL('../../../node_modules/.bin/claude', import.meta.url));

export const AGENT_FILE = `---
name: breakglass
description: Repairs a sick VM.
tools: Bash, Read, Grep, Glob
---

You are the test's agent.
`;

/** Answers like a sick devvm. `slow` never answers. */
const FAKE_SSH = `#!/bin/sh
host=$1; shift
case "$*" in
  "free -h") printf '               total        used\\nMem:           7.8Gi       7.7Gi\\n' ;;
  *dmesg*) echo '[Sun Nov 22 03:00:00 2026] Out of memory: Killed process 4242 (node)' ;;
  slow) sleep 300 & wait ;;
  *) echo "$host ran: $*" ;;
esac
`;

export async function claudeHarness(env: Record<string, string> = {}): Promise<ClaudeHarness> {
  const dir = await mkdtemp(join(tmpdir(), 'claude-test-'));
  const [home, bin] = [join(dir, 'home'), join(dir, 'bin')];
  await Promise.all([mkdir(join(home, '.claude'), { recursive: true }), mkdir(bin)]);
  await writeFile(join(bin, 'ssh'), FAKE_SSH, { mode: 0o755 });
  await writeFile(join(dir, 'breakglass.md'), AGENT_FILE);
  let scripts = 0;
  return {
    dir,
    home,
    agent: (options = {}) =>
      createClaudeAgent({
        bin: REAL_CLAUDE,
        agentName: 'breakglass',
        agentFile: join(dir, 'breakglass.md'),
        model: 'sonnet',
        permissions: 'allow-list',
        sessionsDir: join(dir, 'sessions'),
        env: { PATH: '/usr/bin:/bin', HOME: home, CLAUDE_CODE_MAX_RETRIES: '1', ...env },
        sshBinDir: bin,
        turnTimeoutMs: 25_000,
        verbTimeoutMs: 600_000,
        ...options,
      }),
    async script(body) {
      scripts += 1;
      const path = join(dir, `agent-${scripts}`);
      await writeFile(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
      return path;
    },
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
}

export function newTurn(prompt: string, turn: Partial<AgentTurn> = {}): AgentTurn {
  return {
    sessionId: randomUUID(),
    turnId: randomUUID(),
    prompt,
    model: null,
    resume: false,
    briefing: null,
    signal: new AbortController().signal,
    ...turn,
  };
}

export async function collect(events: AsyncIterable<EventBody>): Promise<EventBody[]> {
  const all: EventBody[] = [];
  for await (const event of events) all.push(event);
  return all;
}

type OfKind<K extends EventBody['kind']> = Extract<EventBody, { kind: K }>;

export function ofKind<K extends EventBody['kind']>(events: readonly EventBody[], kind: K): OfKind<K>[] {
  return events.filter((event): event is OfKind<K> => event.kind === kind);
}

export const proseOf = (events: readonly EventBody[]): string =>
  ofKind(events, 'text')
    .map(({ text }) => text)
    .join('');

export const markerOf = (turn: AgentTurn): string => `${TURN_MARKER}=${turn.turnId}`;
