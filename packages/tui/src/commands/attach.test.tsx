import { expect, it } from 'vitest';
import { createApi } from '../client/api.ts';
import type { Config } from '../config.ts';
import { EXIT } from '../exit.ts';
import { attachCommand } from './attach.tsx';

const config: Config = {
  url: 'http://127.0.0.1:1',
  token: null,
  source: 'the default',
  context: null,
  simulated: false,
  lookAgain: null,
  color: false,
  term: 'xterm',
  unicode: true,
  warnings: [],
};

it.skipIf(process.stdin.isTTY && process.stdout.isTTY)(
  'says what to use where there is no terminal (needs a test run without one)',
  async () => {
    const api = createApi({ url: config.url, token: null, userAgent: 'test' });
    await expect(attachCommand({ config, api, json: false, noInput: false }, {})).rejects.toMatchObject({
      exitCode: EXIT.usage,
      message: expect.stringContaining('needs a terminal'),
      hint: expect.stringContaining('breakglass logs -f'),
    });
    await api.close();
  },
);
