import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import express, { type Response } from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SseStream } from './sse.ts';

/** A request that has arrived, from both sides. Its client does not read before it is told to. */
async function open(): Promise<{ response: Response; client: Socket }> {
  const app = express();
  const arrived = Promise.withResolvers<Response>();
  app.use((_request, response) => arrived.resolve(response));
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  client.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  return { response: await arrived.promise, client };
}

const isFull = (response: ServerResponse) => response.writableNeedDrain;
const much = Array.from({ length: 16 }, (_, id) => ({ id, json: JSON.stringify('x'.repeat(1024 * 1024)) }));

describe('a stream of server-sent events', () => {
  it('knows that its client has gone, also when it went before', async () => {
    const { response, client } = await open();
    const closed = once(response, 'close');
    client.destroy();
    await closed;
    const stream = new SseStream(response, 1000);
    expect(stream.signal.aborted).toBe(true);
    await stream.send('caught-up', {});
  });

  it('waits for a client that does not read, and then keeps only the newest of what may be skipped', async () => {
    const { response, client } = await open();
    const stream = new SseStream(response, 1000);
    const sent = stream.sendEvents(much);
    expect(isFull(response)).toBe(true);
    const before = response.writableLength;
    for (let count = 0; count < 1000; count += 1) stream.offer('presence', { count });
    expect(response.writableLength).toBe(before);
    let received = '';
    client.on('data', (chunk) => {
      received += chunk;
    });
    client.resume();
    await sent;
    await expect.poll(() => received.match(/"count":\d+/g)).toEqual(['"count":999']);
    expect(received.match(/^id: \d+$/gm)).toHaveLength(much.length);
    stream.end();
  });

  it('stops waiting when the client goes', async () => {
    const { response, client } = await open();
    const stream = new SseStream(response, 1000);
    const sent = stream.sendEvents(much);
    expect(isFull(response)).toBe(true);
    client.destroy();
    await sent;
    await expect.poll(() => stream.signal.aborted).toBe(true);
  });
});
