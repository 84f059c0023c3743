import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventBody } from '@breakglass/shared';
import { readLines } from '../process/lines.ts';
import { type Outcome, start } from '../process/run.ts';
import { type Agent, type AgentTurn, TURN_MARKER } from '../session/agent.ts';
import { type AgentDefinition, readAgentFile } from './agent-file.ts';
import { type ClaudeSettings, claudeArgv, claudeEnvironment, type Opening } from './claude-argv.ts';
import { checkClaude } from './claude-check.ts';
import { explainEnding, openingFailed, remoteMayContinue } from './claude-ending.ts';
import { parseClaudeLine } from './claude-lines.ts';
import { tailOf } from './tail.ts';
import { freshTranslation, type Translation, translate } from './translate.ts';

export interface ClaudeOptions extends ClaudeSettings {
  /** The path of `agents/<name>.md`. */
  agentFile: string;
  /** Each session's turns run in `<sessionsDir>/<session id>`: the CLI finds its conversations by directory. */
  sessionsDir: string;
  turnTimeoutMs: number;
}

/** An agent that is the claude CLI: one process for each turn. */
export function createClaudeAgent(options: ClaudeOptions): Agent {
  return {
    kind: 'claude',
    run: (turn) => run(options, turn),
    check: checkClaude(options.bin, options.env),
  };
}

async function* run(options: ClaudeOptions, turn: AgentTurn): AsyncGenerator<EventBody> {
  const cwd = join(options.sessionsDir, turn.sessionId);
  let definition: AgentDefinition;
  try {
    definition = await readAgentFile(options.agentFile);
    await makeDirectory(cwd);
  } catch (error) {
    return yield { kind: 'error', error: (error as Error).message };
  }
  const opening: Opening = turn.resume ? 'resume' : 'new';
  const attempt = (how: Opening) => runOnce(options, { turn, definition, cwd, opening: how });
  if (!(yield* attempt(opening))) return;
  // A first turn that failed may have opened the conversation, or not: only the CLI knows.
  if (opening === 'new') yield* attempt('resume');
  else {
    const text = 'The agent has lost its memory of this session and starts anew. The log above is complete.';
    yield { kind: 'notice', level: 'warn', code: 'agent-memory-lost', text };
    yield* attempt('new');
  }
}

async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(
      `The agent's directory ${path} can't be made (${code}). Check that disk, or BREAKGLASS_SESSIONS_DIR.`,
    );
  }
}

interface Attempt {
  turn: AgentTurn;
  definition: AgentDefinition;
  cwd: string;
  opening: Opening;
}

/** @returns whether it failed only because the conversation has to be opened the other way */
async function* runOnce(
  options: ClaudeOptions,
  { turn, definition, cwd, opening }: Attempt,
): AsyncGenerator<EventBody, boolean> {
  const left = new AbortController();
  const signal = AbortSignal.any([turn.signal, left.signal]);
  const child = start(claudeArgv(options, definition, turn, opening), {
    env: claudeEnvironment(options),
    cwd,
    deadlineMs: options.turnTimeoutMs,
    signal,
    politeSignal: 'SIGINT', // the one signal on which the CLI ends its tools itself
    marker: `${TURN_MARKER}=${turn.turnId}`,
  });
  const stderr = tailOf(child.stderr, STDERR_BYTES);
  let state = freshTranslation;
  // The CLI answers an interrupt with made-up tool results: what was open has to be seen before that.
  let openAtAbort: Translation['openCalls'] = new Map();
  const onAbort = (): void => {
    openAtAbort = state.openCalls;
  };
  signal.addEventListener('abort', onAbort);
  let result: EventBody | null = null;
  let garbage = 0;
  try {
    for await (const raw of readLines(child.stdout)) {
      const line = raw.kind === 'line' ? parseClaudeLine(raw.text) : ({ type: 'garbage' } as const);
      if (line.type === 'garbage') garbage += 1;
      const { state: next, events } = translate(state, line, definition.tools);
      state = next;
      for (const event of events) {
        // Held back until the exit: the CLI may still write, and may have to be started the other way.
        if (event.kind === 'result') result = event;
        else yield event;
      }
    }
    const outcome = await child.ended;
    const ending = { outcome, result, stderr: (await stderr).trim(), bin: options.bin };
    if (openingFailed(opening, ending)) return true;
    if (garbage > 0) yield garbageNotice(garbage);
    if (interrupted(outcome)) yield* remoteMayContinue(outcome.aborted ? openAtAbort : state.openCalls);
    yield* explainEnding(ending);
    return false;
  } finally {
    signal.removeEventListener('abort', onAbort);
    left.abort(); // does something only where the reader left early, or on a bug
    await child.ended;
  }
}

const STDERR_BYTES = 8 * 1024;

function interrupted({ aborted, timedOut }: Outcome): boolean {
  return aborted || timedOut;
}

function garbageNotice(count: number): EventBody {
  const lines = count === 1 ? '1 line' : `${count} lines`;
  const text = `${lines} of the claude CLI's output could not be understood and were left out. Is its version 2.1?`;
  return { kind: 'notice', level: 'warn', code: 'agent-garbage', text };
}
