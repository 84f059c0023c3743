import { expect, it } from 'vitest';
import { BINDINGS, chordLabel, hintsFor, matchKey, type Situation, type Where } from './keys.ts';

const prompt: Situation = { focus: 'prompt', leader: false, empty: false };
const PLACES = [...new Set(BINDINGS.map(({ where }) => where))];

it.each(PLACES)('binds a key once in "%s"', (where: Where) => {
  const keys = BINDINGS.filter((binding) => binding.where === where).flatMap((binding) => binding.keys);
  expect(keys).toEqual([...new Set(keys)]);
});

it('leaves alone what tmux, screen, flow control, telnet and mosh need', () => {
  const keys = BINDINGS.flatMap((binding) => binding.keys);
  for (const taken of ['ctrl+b', 'ctrl+s', 'ctrl+q', 'ctrl+\\', 'ctrl+^', 'ctrl+]'])
    expect(keys).not.toContain(taken);
  expect(keys.filter((key) => key.startsWith('alt+') || key.startsWith('meta+'))).toEqual([]);
});

it('never has one key for cancelling the turn and for stopping the VM', () => {
  const stops = BINDINGS.filter(({ action }) => action === 'confirm-stop');
  expect(stops.map(chordLabel)).toEqual(['^X s', 's']);
  for (const { help } of BINDINGS.filter(({ action }) => /turn/.test(action)))
    expect(help).not.toContain('stop');
});

it('reads the leader from anywhere but a confirmation', () => {
  for (const focus of ['prompt', 'reading', 'panel', 'picker', 'help'] as const) {
    expect(matchKey('ctrl+x', { ...prompt, focus })).toBe('leader');
  }
  expect(matchKey('ctrl+x', { ...prompt, focus: 'confirm' })).toBeNull();
});

it.each([
  ['c', 'confirm-cycle'],
  ['r', 'confirm-reset'],
  ['s', 'confirm-stop'],
  ['u', 'confirm-start'],
  ['p', 'open-panel'],
  ['1', 'preset-triage'],
  ['5', 'preset-qemu'],
  ['l', 'open-picker'],
  ['n', 'new-session'],
  ['d', 'detach'],
  ['?', 'open-help'],
] as const)('the leader and %s: %s', (key, action) => {
  expect(matchKey(key, { ...prompt, leader: true })).toBe(action);
});

it('has no meaning for an unknown key after the leader, nor for letters in the prompt', () => {
  expect(matchKey('z', { ...prompt, leader: true })).toBeNull();
  expect(matchKey('enter', { ...prompt, leader: true })).toBeNull();
  expect(matchKey('c', prompt)).toBeNull();
});

it('asks for help and detaches only on an empty prompt line', () => {
  expect(matchKey('?', { ...prompt, empty: true })).toBe('open-help');
  expect(matchKey('?', prompt)).toBeNull();
  expect(matchKey('ctrl+d', { ...prompt, empty: true })).toBe('detach');
  expect(matchKey('ctrl+d', prompt)).toBe('delete-forward');
  for (const focus of ['panel', 'picker', 'help'] as const)
    expect(matchKey('ctrl+d', { ...prompt, focus })).toBe('detach');
});

it('only moves, folds or copies with letters while reading', () => {
  const reading = { ...prompt, focus: 'reading' as const };
  const actions = 'abcdefghijklmnopqrstuvwxyzO'.split('').map((key) => matchKey(key, reading));
  expect([...new Set(actions.filter((action) => action !== null))].toSorted()).toEqual(
    ['back', 'line-down', 'line-up', 'times', 'top', 'unfold', 'unfold-all'].toSorted(),
  );
});

it('answers a confirmation with y alone', () => {
  const confirm = { ...prompt, focus: 'confirm' as const };
  expect(matchKey('y', confirm)).toBe('yes');
  expect(matchKey('enter', confirm)).toBeNull();
  expect(matchKey('y', { ...prompt, focus: 'confirm-name' })).toBeNull();
});

it('shows after the leader what the leader reaches', () => {
  expect(hintsFor({ ...prompt, leader: true }).every(({ where }) => where === 'leader')).toBe(true);
  expect(hintsFor({ ...prompt, leader: true }).map(({ hint }) => hint)).toContain('cycle');
});
