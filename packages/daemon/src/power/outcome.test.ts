import { describe, expect, it } from 'vitest';
import type { Outcome } from '../process/run.ts';
import { interpret } from './outcome.ts';

const ended: Outcome = {
  exitCode: 0,
  signal: null,
  timedOut: false,
  aborted: false,
  spawnError: null,
  durationMs: 5,
};
const quiet = { stdout: '', stderr: '', deadlineMs: 600_000 };

describe('how a verb ended', () => {
  it.each([
    [0, false, 'fresh QEMU process'],
    [2, true, 'nothing was run'],
    [12, false, 'not healthy'],
    [3, false, 'busy'],
    [10, false, 'before it changed anything'],
    [21, false, 'stuck in the kernel'],
    [22, false, 'THE VM IS DOWN'],
    [24, false, 'Only cycle'],
    [77, false, 'exit code 77'],
  ])('exit code %i', (exitCode, rejected, words) => {
    const result = interpret('cycle', { ...ended, exitCode }, quiet);
    expect(result).toMatchObject({ verb: 'cycle', exit_code: exitCode, rejected });
    expect(result.outcome).toContain(words);
  });

  it('is unknown after a time-out: no exit code, and no advice to repeat it', () => {
    const result = interpret('cycle', { ...ended, exitCode: null, signal: 'SIGKILL', timedOut: true }, quiet);
    expect(result).toMatchObject({ exit_code: null, rejected: false, stderr: 'no end within 600 s\n' });
    expect(result.outcome).toContain('Do not repeat it blindly');
  });

  it('is unknown when ssh lost the host in the middle', () => {
    const stderr = 'client_loop: send disconnect: Broken pipe\r\n';
    const result = interpret('cycle', { ...ended, exitCode: 255 }, { ...quiet, stdout: 'stop: …\n', stderr });
    expect(result.exit_code).toBe(255);
    expect(result.outcome).toContain('unknown');
  });

  it('is nothing when ssh never got in', () => {
    const stderr = 'ssh: connect to host 192.168.1.127 port 22: Connection refused\r\n';
    const result = interpret('cycle', { ...ended, exitCode: 255 }, { ...quiet, stderr });
    expect(result).toMatchObject({ begun: false, outcome: expect.stringContaining('Nothing was run') });
  });

  it.each([
    ['status', 'status: running\nqmp: answering\n', 'The VM is running.'],
    ['status', 'status: running\nqmp: silent\n', 'The VM is running, but its QEMU does not answer'],
    ['status', 'some other words', 'The host answered.'],
    ['stop', 'RESULT verb=stop vmid=102 code=0 outcome=done state=stopped', 'stays down'],
    ['start', 'RESULT verb=start vmid=102 code=0 outcome=noop state=running', 'the VM is running already'],
  ] as const)('is said of a %s that went well: %j', (verb, stdout, words) => {
    expect(interpret(verb, ended, { ...quiet, stdout }).outcome).toContain(words);
  });

  it('is unknown when the connection broke with the same words after the verb had begun', () => {
    const stderr = 'Connection timed out\n';
    const result = interpret(
      'cycle',
      { ...ended, exitCode: 255 },
      { ...quiet, stdout: 'forensics: …\n', stderr },
    );
    expect(result.outcome).toContain('unknown');
  });

  it('is nothing when there is no ssh', () => {
    const spawnError = Object.assign(new Error('spawn ssh ENOENT'), { code: 'ENOENT' });
    const result = interpret('status', { ...ended, exitCode: null, spawnError }, quiet);
    expect(result).toMatchObject({
      exit_code: null,
      outcome: expect.stringContaining('Install an ssh client'),
    });
  });
});
