import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lastAddress, rememberAddress } from './demo-address.ts';
import { tempDir } from './temp-dir.ts';

test('the first demo takes any port and a token of its own', async () => {
  await using dir = await tempDir();
  const file = join(dir.path, 'address.json');
  const [one, two] = [await lastAddress(file), await lastAddress(file)];
  expect(one).toEqual({ port: 0, token: expect.stringMatching(/^[\w-]{32}$/) });
  expect(two.token).not.toBe(one.token);
});

test('the next one has the same address; another port where that one is taken', async () => {
  await using dir = await tempDir();
  const file = join(dir.path, 'demo', 'address.json');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const remembered = { port, token: 'a-token-of-some-length' };
  await rememberAddress(file, remembered);
  expect(await lastAddress(file)).toEqual({ ...remembered, port: 0 });
  await new Promise((resolve) => server.close(resolve));
  expect(await lastAddress(file)).toEqual(remembered);
});

test('a file that is broken counts as none', async () => {
  await using dir = await tempDir();
  const file = join(dir.path, 'address.json');
  await writeFile(file, '{"port": "x"');
  expect(await lastAddress(file)).toMatchObject({ port: 0 });
});
