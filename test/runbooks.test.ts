import { join } from 'node:path';
import { type Lab, type StoryName, startLab } from '@breakglass/lab';
import { PRESETS } from '@breakglass/shared';
import { describe, expect, it, vi } from 'vitest';
import { type Attached, startTestDaemon, type TestDaemon, temporaryDirectory } from './harness.ts';

/** The runbooks and the verbs on real ssh, against each kind of sick machine. No model anywhere. */

async function incident(story: StoryName) {
  const stack = new AsyncDisposableStack();
  const directory = stack.use(await temporaryDirectory());
  const lab: Lab = stack.use(await startLab({ dir: join(directory.path, 'lab'), story, speed: 20 }));
  const daemon = stack.use(await startTestDaemon({ BREAKGLASS_SSH_CONFIG: lab.sshConfigFile }));
  const id = await daemon.newSession();
  const operator = stack.use(await daemon.attach(id));
  return {
    lab,
    daemon,
    operator,
    /** Sends a preset's prompt and waits for the end of its turn. @returns the prose of that turn */
    run: async (preset: string) => runPreset(daemon, id, operator, preset),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function runPreset(
  daemon: TestDaemon,
  id: string,
  operator: Attached,
  preset: string,
): Promise<string> {
  const prompt = PRESETS.find(({ name }) => name === preset)?.prompt ?? '';
  const before = operator.events.length;
  const ends = () => operator.events.slice(before).some(({ kind }) => kind === 'turn_end');
  expect(await daemon.post(`/api/session/${id}/prompt`, { prompt })).toMatchObject({ status: 200 });
  await vi.waitUntil(ends, { timeout: 60_000 });
  const turn = operator.events.slice(before);
  expect(turn.map(({ kind }) => kind)).not.toContain('error');
  expect(turn.at(-2)).toMatchObject({ kind: 'result' });
  return turn.map((event) => (event.kind === 'text' ? event.text : '')).join('');
}

describe.concurrent('each runbook finds what it is for', { timeout: 90_000 }, () => {
  it.each([
    ['oom', 'triage', /memory is used up[\s\S]*OOM/i],
    ['oom', 'memory', /java/],
    ['disk', 'disk', /100 %|is full/i],
    ['service', 'services', /nginx[\s\S]*redis|redis[\s\S]*nginx/],
    ['wedged', 'triage', /does not answer/i],
    ['wedged', 'qemu', /cycle/],
    ['healthy', 'triage', /nothing|healthy|well|in order/i],
  ] as const)('%s: %s', async (story, preset, verdict) => {
    await using place = await incident(story);
    expect(await place.run(preset)).toMatch(verdict);
  });
});

describe('the verbs, on the real host script', { timeout: 90_000 }, () => {
  it('run each, with forensics before each that mutates', async () => {
    await using place = await incident('healthy');
    const verb = async (name: string) => (await place.daemon.post(`/api/pve/${name}`)).body;
    expect(await verb('status')).toMatchObject({
      exit_code: 0,
      stdout: expect.stringContaining('status: running'),
    });
    expect(await verb('forensics')).toMatchObject({
      exit_code: 0,
      stdout: expect.stringContaining('forensics: saved'),
    });
    const { generation } = await place.lab.vmState();
    for (const [name, state] of [
      ['reset', 'running'],
      ['stop', 'stopped'],
      ['start', 'running'],
      ['cycle', 'running'],
    ] as const) {
      const result = await verb(name);
      expect(result).toMatchObject({
        exit_code: 0,
        rejected: false,
        stdout: expect.stringContaining(`state=${state}`),
      });
      expect(result).toMatchObject({ stdout: expect.stringMatching(/forensics: saved[\s\S]*RESULT/) });
      expect((await place.lab.vmState()).status).toBe(state);
    }
    expect((await place.lab.vmState()).generation).toBe(generation + 2);
    const shown = () =>
      place.operator.events.flatMap((event) =>
        event.kind === 'power' ? [`${event.verb} ${event.state}`] : [],
      );
    await expect
      .poll(shown)
      .toEqual(
        ['forensics', 'reset', 'stop', 'start', 'cycle'].flatMap((name) => [
          `${name} running`,
          `${name} done`,
        ]),
      );
  });

  it('cure a wedged QEMU by a cycle, and by nothing less; the agent is told', async () => {
    await using place = await incident('wedged');
    expect((await place.daemon.post('/api/pve/reset')).body).toMatchObject({ exit_code: 24 });
    expect((await place.daemon.post('/api/pve/cycle')).body).toMatchObject({ exit_code: 0 });
    await expect.poll(() => place.run('triage'), { timeout: 60_000 }).not.toMatch(/does not answer/i);
  });
});
