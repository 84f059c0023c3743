import { expect, it } from 'vitest';
import { layoutProse } from './markdown.ts';
import { sanitize } from './sanitize.ts';

const rows = (text: string, width = 40) =>
  layoutProse(sanitize(text), width).map((line) => line.map((part) => part.text).join(''));
const styled = (text: string) =>
  layoutProse(sanitize(text), 80)
    .flat()
    .filter(({ style }) => style !== 'plain')
    .map(({ text: words, style }) => `${style}:${words}`);

it('shows very long prose as it was written', () => {
  const long = '**word** '.repeat(5000);
  expect(styled(long)).toEqual([]);
  expect(rows(long, 80)[0]).toMatch(/^\*\*word\*\*/);
});

it('styles what an agent uses', () => {
  expect(styled('## Cause\n\nthe **OOM killer** ended *java*, see `dmesg`')).toEqual([
    'heading:Cause',
    'bold:OOM killer',
    'italic:java',
    'code:dmesg',
  ]);
});

it('lays out lists, also nested and numbered ones', () => {
  expect(rows('- one\n  - inner\n- two')).toEqual(['• one', '  • inner', '• two']);
  expect(rows('3. three\n4. four')).toEqual(['3. three', '4. four']);
  expect(rows('- [x] done\n- [ ] open')).toEqual(['• [x] done', '• [ ] open']);
  expect(rows('- a long item that has to wrap', 16)).toEqual(['• a long item', '  that has to', '  wrap']);
});

it('keeps code as it is, and single line breaks', () => {
  expect(rows('```sh\nfree -m\n  df -h\n```')).toEqual(['  free -m', '    df -h']);
  expect(rows('one\ntwo')).toEqual(['one', 'two']);
});

it('shows tables and HTML as they were written', () => {
  expect(rows('| a | b |\n|---|---|\n| 1 | 2 |')).toEqual(['| a | b |', '|---|---|', '| 1 | 2 |']);
  expect(rows('a <b>c</b> &lt;')).toEqual(['a <b>c</b> &lt;']);
});

it('shows where a link leads', () => {
  expect(rows('[your bank](http://evil.example)', 80)).toEqual(['your bank <http://evil.example>']);
  expect(rows('https://a.example', 80)).toEqual(['https://a.example']);
});

it('lets no control character in through an entity', () => {
  const attack = 'a &#27;[2J &#x1b;]0;title&#7; &#155;31m `&#27;` [x](http://e/&#27;[2J) &#8238;b';
  for (const row of rows(attack, 200)) expect(row).toMatch(/^[\x20-\x7e]*$/);
});

it('survives prose that is not finished yet', () => {
  const whole = '## A\n\n- **b** `c`\n\n```sh\nx\n```\n\n1. [d](e) | f |';
  for (let end = 0; end <= whole.length; end += 1) expect(() => rows(whole.slice(0, end), 10)).not.toThrow();
});

it('shows prose that the lexer can not take as it is', () => {
  expect(rows('>'.repeat(5000), 100).join('')).toContain('>>>>');
});
