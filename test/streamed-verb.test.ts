import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeSsh } from './fake-ssh.ts';
import { startTestDaemon, type TestDaemon } from './harness.ts';

let directory: string;
let daemon: TestDaemon;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'streamed-verb-'));
  daemon = await startTestDaemon({ PATH: await fakeSsh(directory, 'echo "$command"') });
});

afterAll(async () => {
  await daemon.close();
  await rm(directory, { recursive: true, force: true });
});

describe('the output of a verb is', () => {
  it.each([
    ['json', 'buffered', '*/*'],
    ['json', 'buffered', 'application/json'],
    ['json', 'buffered', 'application/json, text/event-stream'],
    ['json', 'buffered', 'text/event-stream;q=0.5, application/json'],
    ['json', 'buffered', 'text/html, application/xhtml+xml, */*;q=0.8'],
    ['json', 'buffered', 'image/png'],
    ['json', 'buffered', 'text/event-stream;q=0'],
    ['event-stream', 'streamed', 'text/event-stream'],
    ['event-stream', 'streamed', 'Text/Event-Stream'],
    ['event-stream', 'streamed', 'text/event-stream, */*'],
    ['event-stream', 'streamed', 'text/event-stream, application/json;q=0.9'],
  ])('%s, %s, for Accept: %s', async (type, _, accept) => {
    const response = await daemon.request('/api/pve/status', { method: 'POST', headers: { accept } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain(type);
    expect(await response.text()).toContain('"stdout":"status\\n"');
  });
});
