import { expect, it } from 'vitest';
import { DONE, endVerb, fakeDaemon, type Script, writeOutput } from '../../test/fake-daemon.ts';
import { runCli, startCli } from '../../test/run-cli.ts';
import { openStream, sendProblem } from '../../test/wire-server.ts';

const chatty: Script['verb'] = (response) => {
  const stream = openStream(response);
  writeOutput(stream, 'stdout', 'stopping\u001b[2J\n');
  writeOutput(stream, 'stderr', 'slow disk\n');
  endVerb(stream, { ...DONE, stdout: 'stopping\u001b[2J\n', stderr: 'slow disk\n', outcome: 'the VM runs' });
};

it('passes the output on where it belongs, and closes with the outcome', async () => {
  await using daemon = await fakeDaemon({ verb: chatty });
  const { code, stdout, stderr } = await runCli(daemon.url, ['pve', 'cycle', '--yes']);
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: 'stopping\n',
    stderr: 'slow disk\nthe VM runs\n',
  });
  expect(daemon.requests).toEqual(['POST /api/pve/cycle']);
});

it('prints nothing but one JSON document on stdout, whatever the outcome', async () => {
  const result = { ...DONE, exit_code: 22, stdout: 'a\n', warnings: ['no audit trail'] };
  await using daemon = await fakeDaemon({ verb: (response) => endVerb(openStream(response), result) });
  const { code, stdout, stderr } = await runCli(daemon.url, ['pve', 'cycle', '--yes', '--json']);
  expect(JSON.parse(stdout)).toEqual(result);
  expect(stderr).toBe('warning: no audit trail\n');
  expect(code).toBe(1);
});

it('says how it failed and what to do next', async () => {
  await using daemon = await fakeDaemon({
    verb: (response) => endVerb(openStream(response), { ...DONE, exit_code: 22 }),
  });
  const { code, stderr } = await runCli(daemon.url, ['pve', 'cycle', '--yes']);
  expect(stderr).toMatch(/^error: cycle: the VM IS DOWN.*\nhint: run `breakglass pve start`/);
  expect(code).toBe(1);
});

it('does not know the outcome where the connection is lost', async () => {
  await using daemon = await fakeDaemon({
    verb: (response) => openStream(response).write(': x\n\n', () => response.destroy()),
  });
  const { code, stderr } = await runCli(daemon.url, ['pve', 'cycle', '--yes']);
  expect(stderr).toMatch(/outcome is unknown\nhint: .*breakglass pve status/);
  expect(code).toBe(6);
});

it('names who runs the verb that is in the way', async () => {
  await using daemon = await fakeDaemon({
    verb: (response) => sendProblem(response, 409, 'verb-running', 'cycle by eve runs since 02:03'),
  });
  const { code, stderr } = await runCli(daemon.url, ['pve', 'stop', '--yes']);
  expect(stderr).toContain('cycle by eve');
  expect(code).toBe(5);
});

it('leaves at Ctrl-C, and says that the job goes on', async () => {
  await using daemon = await fakeDaemon({
    verb: (response) => writeOutput(openStream(response), 'stdout', 'stopping\n'),
  });
  const { child, seen, ended } = startCli(daemon.url, ['pve', 'cycle', '--yes']);
  await expect.poll(() => seen.stdout).toContain('stopping');
  child.kill('SIGINT');
  const { code, stderr } = await ended;
  expect(stderr).toContain('the job on the host goes on');
  expect(code).toBe(130);
});

it('goes on to the end of a verb when nobody reads its output', async () => {
  await using daemon = await fakeDaemon({
    verb: (response) => {
      const stream = openStream(response);
      for (let line = 0; line < 2000; line++) writeOutput(stream, 'stdout', `${'x'.repeat(200)}\n`);
      endVerb(stream, { ...DONE, exit_code: 3 });
    },
  });
  const { child, ended } = startCli(daemon.url, ['pve', 'cycle', '--yes']);
  child.stdout.destroy();
  expect((await ended).code).toBe(5);
});

it.each([
  ['without a terminal', []],
  ['where asking is forbidden', ['--no-input']],
])('runs nothing unasked %s', async (_name, flags) => {
  await using daemon = await fakeDaemon({});
  const { code, stderr } = await runCli(daemon.url, ['pve', 'stop', ...flags]);
  expect(stderr).toMatch(/nothing was done\nhint: it powers the VM off.*\nhint: .*breakglass pve stop --yes/);
  expect(code).toBe(2);
  expect(daemon.requests).toEqual([]);
});

it('asks nobody for a verb that changes nothing', async () => {
  await using daemon = await fakeDaemon({});
  expect(await runCli(daemon.url, ['pve', 'status'])).toEqual({
    code: 0,
    stdout: '',
    stderr: 'status: done\n',
  });
});

it('explains the verbs and the target', async () => {
  await using daemon = await fakeDaemon({ simulated: true });
  const { stdout } = await runCli(daemon.url, ['pve', 'verbs']);
  expect(stdout).toMatch(/^SIMULATED VM 102 \(devvm\)\ncycle {6}powers the VM off/);
});

it('knows no other verb', async () => {
  await using daemon = await fakeDaemon({});
  const { code, stderr } = await runCli(daemon.url, ['pve', 'status; reboot', '--yes']);
  expect(stderr).toContain('verbs: cycle, forensics');
  expect(code).toBe(2);
  expect(daemon.requests).toEqual([]);
});
