import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startTestDaemon, type TestDaemon, TOKEN } from './harness.ts';

const attachedTo = async (daemon: TestDaemon) => {
  const { body } = await daemon.get('/api/session');
  return (body as { sessions: { attached: number }[] }).sessions[0]?.attached;
};

/** A request as bytes, for what no HTTP client would do. */
const bytesOf = (method: string, path: string) =>
  `${method} ${path} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`;

describe('a client', () => {
  it('that only asks for the head gets it, and its connection goes on', async () => {
    await using daemon = await startTestDaemon();
    const id = await daemon.newSession();
    const socket = connect(Number(new URL(daemon.url).port), '127.0.0.1');
    let answers = '';
    socket.on('data', (chunk) => {
      answers += chunk;
    });
    socket.write(bytesOf('HEAD', `/api/session/${id}/stream`) + bytesOf('GET', '/health'));
    await expect.poll(() => answers).toMatch(/text\/event-stream.*"status":"ok"/s);
    expect(await attachedTo(daemon)).toBe(0);
    socket.destroy();
  });
});
