import { PRESETS } from '@breakglass/shared';
import { expect, test } from 'vitest';
import { chooseRunbook } from './runbook-choice.ts';

test.each(PRESETS)(
  'the preset $name chooses its own runbook: by its prompt, its name, its command',
  ({ name, prompt }) => {
    expect(chooseRunbook(prompt)).toBe(name);
    expect(chooseRunbook(` ${prompt}\n`)).toBe(name);
    expect(chooseRunbook(name)).toBe(name);
    expect(chooseRunbook(`/${name} please`)).toBe(name);
    expect(chooseRunbook(name.toUpperCase())).toBe(name);
  },
);

test.each([
  ['why is the swap gone?', 'memory'],
  ['no space left on device', 'disk'],
  ['nginx.service has failed', 'services'],
  ['it is frozen', 'qemu'],
  ['what is wrong?', 'triage'],
  ['sing a song', null],
  ['', null],
])('"%s" → %s', (prompt, name) => {
  expect(chooseRunbook(prompt)).toBe(name);
});
