import { describe, expect, it } from 'vitest';
import { toolInput, toolSummary } from './tool-summary.ts';

describe('the summary', () => {
  it.each<[string, unknown, string]>([
    ['is the command', { command: 'df -h\nfree', description: 'look' }, 'df -h ␤ free'],
    ['is the file', { file_path: '/etc/fstab', limit: 5 }, '/etc/fstab'],
    ['is the pattern before the description', { pattern: 'oom', description: 'x' }, 'oom'],
    ['is the whole input where nothing tells more', { a: 1, b: [2] }, '{"a":1,"b":[2]}'],
    ['is the text where the input is one', 'uptime', 'uptime'],
    ['is empty where there is none', undefined, ''],
    ['is empty for an empty input', {}, ''],
    ['does not take a null for an object', null, 'null'],
  ])('%s', (_name, input, expected) => {
    expect(toolSummary(input)).toBe(expected);
  });

  it('stays on one line of bounded length', () => {
    expect(toolSummary({ command: 'x'.repeat(5000) })).toHaveLength(301);
  });
});

it('shows the whole input, longer text below its name', () => {
  expect(toolInput({ command: 'a\nb', timeout: 5, nested: { x: 1 } })).toBe(
    'command:\na\nb\ntimeout: 5\nnested: {"x":1}',
  );
  expect(toolInput([1, 'a'])).toBe('[1,"a"]');
});
