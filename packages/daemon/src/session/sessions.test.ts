import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Event, EventBody } from '@breakglass/shared';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Agent, AgentTurn } from './agent.ts';
import { type EventLog, openEventLog } from './event-log.ts';
import { Sessions, type SessionsOptions } from './sessions.ts';

let directory: string;
let log: EventLog;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sessions-'));
  log = openEventLog(join(directory, 'events.sqlite'));
});

afterEach(async () => {
  await log.close();
  await rm(directory, { recursive: true, force: true });
});

/** An agent that does what a test says, and keeps the turns it was given. */
function scripted(run: (turn: AgentTurn) => AsyncIterable<EventBody>): Agent & { turns: AgentTurn[] } {
  const turns: AgentTurn[] = [];
  return {
    kind: 'runbook',
    turns,
    run: (turn) => {
      turns.push(turn);
      return run(turn);
    },
    check: async () => ({ ok: true, detail: 'scripted' }),
  };
}

const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

const patient = () =>
  scripted(async function* ({ signal }) {
    yield { kind: 'text', text: 'working' };
    await untilAborted(signal);
  });

function open(agent: Agent, options: Partial<SessionsOptions> = {}): Sessions {
  return new Sessions({
    log,
    agent,
    maxConcurrentTurns: 2,
    turnTimeoutMs: 60_000,
    now: () => new Date(),
    newId: randomUUID,
    endLeftovers: async () => undefined,
    onError: (error) => {
      throw error;
    },
    ...options,
  });
}

const ask = (prompt: string) => ({ prompt, model: null, operator: 'viktor' });

async function events(sessionId: string): Promise<Event[]> {
  const rows = await log.read(sessionId, -1, 10_000);
  return rows.map(({ json }) => JSON.parse(json));
}

const kinds = async (sessionId: string) => (await events(sessionId)).map(({ kind }) => kind);

const turnEnded = (sessionId: string) => expect.poll(() => kinds(sessionId)).toContain('turn_end');

describe('a turn', () => {
  it('stands in the log from its prompt to its end', async () => {
    const sessions = open(
      scripted(async function* ({ prompt }) {
        yield { kind: 'text', text: 'you said ' };
        yield { kind: 'text', text: prompt };
      }),
    );
    const id = await sessions.create();
    await sessions.prompt(id, ask('hello'));
    await turnEnded(id);
    const [user, text, end] = await events(id);
    expect(user).toMatchObject({ id: 0, kind: 'user', text: 'hello', operator: 'viktor' });
    expect(text).toMatchObject({ id: 1, kind: 'text', text: 'you said hello' });
    expect(end).toMatchObject({ id: 2, kind: 'turn_end' });
  });

  it('is the only one of its session', async () => {
    const sessions = open(patient());
    const id = await sessions.create();
    await sessions.prompt(id, ask('one'));
    await expect(sessions.prompt(id, ask('two'))).rejects.toMatchObject({
      type: 'turn-running',
      status: 409,
    });
    expect(await sessions.list()).toMatchObject([{ session_id: id, turn: 'running' }]);
    await sessions.cancel(id, 'viktor');
    expect(await sessions.list()).toMatchObject([{ session_id: id, turn: 'idle' }]);
  });

  it('is one of two prompts that arrive at once', async () => {
    const sessions = open(patient());
    const id = await sessions.create();
    const asked = await Promise.allSettled([
      sessions.prompt(id, ask('one')),
      sessions.prompt(id, ask('two')),
    ]);
    expect(asked.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await sessions.cancel(id, 'viktor');
    expect((await kinds(id)).filter((kind) => kind === 'user')).toHaveLength(1);
  });

  it('counts against the limit of the whole daemon', async () => {
    const sessions = open(patient(), { maxConcurrentTurns: 1 });
    const [one, two] = [await sessions.create(), await sessions.create()];
    await sessions.prompt(one, ask('one'));
    await expect(sessions.prompt(two, ask('two'))).rejects.toMatchObject({
      type: 'too-many-turns',
      extra: { limit: 1, running: [one] },
    });
    await sessions.cancel(one, 'viktor');
    await sessions.prompt(two, ask('two'));
    await sessions.cancel(two, 'viktor');
  });

  it('ends with who cancelled it', async () => {
    const sessions = open(patient());
    const id = await sessions.create();
    await sessions.prompt(id, ask('go'));
    expect(await sessions.cancel(id, 'anna')).toBe(true);
    expect((await events(id)).slice(-2)).toMatchObject([
      { kind: 'cancelled', operator: 'anna' },
      { kind: 'turn_end' },
    ]);
    expect(await sessions.cancel(id, 'anna')).toBe(false);
  });

  it('can be cancelled the moment it was asked for', async () => {
    const sessions = open(patient());
    const id = await sessions.create();
    const asked = sessions.prompt(id, ask('go'));
    await expect.poll(async () => (await sessions.list())[0]?.turn).toBe('running');
    expect(await sessions.cancel(id, 'viktor')).toBe(true);
    await asked;
    expect((await kinds(id)).slice(-2)).toEqual(['cancelled', 'turn_end']);
  });

  it('ends with an error when its time is over', async () => {
    const sessions = open(patient(), { turnTimeoutMs: 20 });
    const id = await sessions.create();
    await sessions.prompt(id, ask('go'));
    await turnEnded(id);
    expect((await events(id)).at(-2)).toMatchObject({
      kind: 'error',
      error: expect.stringContaining('longer than'),
    });
  });

  it('ends with an error when the agent breaks', async () => {
    const sessions = open(
      scripted(async function* () {
        yield { kind: 'text', text: 'so far' };
        throw new Error('the agent is broken');
      }),
    );
    const id = await sessions.create();
    await sessions.prompt(id, ask('go'));
    await turnEnded(id);
    expect(await kinds(id)).toEqual(['user', 'text', 'error', 'turn_end']);
  });

  it('resumes the agent’s conversation once there is one', async () => {
    const agent = scripted(async function* ({ sessionId }) {
      yield { kind: 'session', session_id: sessionId };
    });
    const sessions = open(agent);
    const id = await sessions.create();
    for (const prompt of ['one', 'two']) {
      await sessions.prompt(id, ask(prompt));
      await expect.poll(async () => (await sessions.list())[0]?.turn).toBe('idle');
    }
    expect(agent.turns.map(({ resume }) => resume)).toEqual([false, true]);
  });
});

describe('sessions', () => {
  it('that do not exist are a clear problem', async () => {
    const sessions = open(patient());
    await expect(sessions.prompt('nobody', ask('?'))).rejects.toMatchObject({
      type: 'unknown-session',
      status: 404,
    });
    await expect(sessions.cancel('nobody', 'viktor')).rejects.toMatchObject({ type: 'unknown-session' });
  });

  it('close a turn that died with the daemon, end what it left, and tell the agent', async () => {
    const id = randomUUID();
    const ts = new Date().toISOString();
    await log.create(id, ts);
    await log.append({ sessionId: id, ts, entries: [{ kind: 'user', text: 'go' }], openTurn: 'turn-9' });

    const leftovers: string[] = [];
    const agent = scripted(async function* () {});
    const sessions = open(agent, {
      endLeftovers: async (turnId) => {
        leftovers.push(turnId);
      },
    });
    await sessions.recover();
    expect(leftovers).toEqual(['turn-9']);
    expect((await events(id)).slice(1)).toMatchObject([
      { kind: 'notice', code: 'turn-interrupted' },
      { kind: 'turn_end' },
    ]);

    await sessions.prompt(id, ask('go on'));
    await expect.poll(async () => (await sessions.list())[0]?.turn).toBe('idle');
    expect(agent.turns[0]?.briefing).toContain('interrupted');
  });

  /** A session as a killed daemon leaves it. */
  async function interrupted(): Promise<string> {
    const id = randomUUID();
    const ts = new Date().toISOString();
    await log.create(id, ts);
    await log.append({ sessionId: id, ts, entries: [{ kind: 'user', text: 'go' }], openTurn: randomUUID() });
    return id;
  }

  const kinds = async (id: string) => (await events(id)).map(({ kind }) => kind);

  it('close an interrupted turn once, though a prompt and a cancel come while they do', async () => {
    const id = await interrupted();
    const { promise: ended, resolve: release } = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const sessions = open(patient(), {
      endLeftovers: () => {
        asked.resolve();
        return ended;
      },
    });
    const recovered = sessions.recover();
    await asked.promise;
    const cancelled = sessions.cancel(id, 'viktor');
    await log.check();
    const prompted = sessions.prompt(id, ask('go on'));
    await log.check();
    release();
    await Promise.all([recovered, cancelled, prompted]);
    await expect.poll(() => kinds(id)).toEqual(['user', 'notice', 'turn_end', 'user', 'text']);
    await sessions.close(0);
  });

  it('leave a turn alone that was closed and followed by another while they recovered', async () => {
    const [one, two] = [await interrupted(), await interrupted()];
    const { promise: ended, resolve: release } = Promise.withResolvers<void>();
    let calls = 0;
    const sessions = open(
      scripted(async function* () {}),
      { endLeftovers: () => (calls++ === 0 ? ended : Promise.resolve()) },
    );
    const recovered = sessions.recover();
    await expect.poll(() => calls).toBe(1);
    const [first] = await sessions.list();
    const other = first?.session_id === one ? two : one;
    await sessions.prompt(other, ask('go on'));
    await expect.poll(() => sessions.busy).toBe(false);
    release();
    await recovered;
    expect(await kinds(other)).toEqual(['user', 'notice', 'turn_end', 'user', 'turn_end']);
  });

  it('close at a cancel what the log did not see the end of', async () => {
    const id = await interrupted();
    const sessions = open(scripted(async function* () {}));
    expect(await sessions.cancel(id, 'viktor')).toBe(false);
    expect(await kinds(id)).toEqual(['user', 'notice', 'turn_end']);
  });

  it('begin no turn for a prompt that was on its way when they closed', async () => {
    const agent = patient();
    const sessions = open(agent);
    const id = await sessions.create();
    const prompted = sessions.prompt(id, ask('go'));
    await Promise.all([expect(prompted).rejects.toMatchObject({ type: 'shutting-down' }), sessions.close(0)]);
    expect(agent.turns).toEqual([]);
  });

  it('show a verb where somebody is attached, and tell the agent at its next turn only', async () => {
    const agent = scripted(async function* () {});
    const sessions = open(agent);
    const [seen, unseen] = [await sessions.create(), await sessions.create()];
    const presences: unknown[] = [];
    const detach = sessions.attendance.attach(seen, {
      operator: 'anna',
      since: '2026-03-01T00:00:00.000Z',
      onChange: (presence) => presences.push(presence),
    });
    const power = {
      kind: 'power',
      job: 'j',
      verb: 'cycle',
      target: '102',
      by: 'anna',
      state: 'done',
    } as const;
    await sessions.announce({ ...power, exit_code: 0, outcome: 'ok', text: 'done' }, 'anna cycled it');
    expect(await kinds(seen)).toEqual(['power']);
    expect(await kinds(unseen)).toEqual([]);
    await expect
      .poll(() => presences)
      .toEqual([{ attached: [{ operator: 'anna', since: '2026-03-01T00:00:00.000Z' }] }]);

    for (const prompt of ['one', 'two']) {
      await sessions.prompt(seen, ask(prompt));
      await expect.poll(async () => (await sessions.list()).every(({ turn }) => turn === 'idle')).toBe(true);
    }
    expect(agent.turns.map(({ briefing }) => briefing)).toEqual(['anna cycled it', null]);
    detach();
    expect(sessions.attendance.sessions()).toEqual([]);
  });

  it('take nothing new while they close, and end what runs when its time is over', async () => {
    const sessions = open(patient());
    const id = await sessions.create();
    await sessions.prompt(id, ask('go'));
    await sessions.close(10);
    expect((await events(id)).slice(-2)).toMatchObject([
      { kind: 'notice', code: 'turn-interrupted' },
      { kind: 'turn_end' },
    ]);
    await expect(sessions.prompt(id, ask('more'))).rejects.toMatchObject({
      type: 'shutting-down',
      status: 503,
    });
    await expect(sessions.create()).rejects.toMatchObject({ type: 'shutting-down' });
  });
});
