import { expect, it } from 'vitest';
import { asLine, complete, completions, parseSubmission } from './slash.ts';

it.each([
  ['', { type: 'nothing' }],
  ['  \n ', { type: 'nothing' }],
  ['why is it slow?', { type: 'prompt', text: 'why is it slow?' }],
  ['--help me', { type: 'prompt', text: '--help me' }],
  ['//etc/fstab looks wrong', { type: 'prompt', text: '/etc/fstab looks wrong' }],
  ['/triage', { type: 'action', action: 'preset-triage' }],
  ['/cancel', { type: 'action', action: 'cancel-turn' }],
  ['/stop-vm', { type: 'action', action: 'confirm-stop' }],
  ['/cycle', { type: 'action', action: 'confirm-cycle' }],
])('%j', (line, submission) => {
  expect(parseSubmission(line)).toEqual(submission);
});

it.each(['/nonsense', '/etc/fstab', '/cycle now', '/'])('does not send %j', (line) => {
  expect(parseSubmission(line).type).toBe('unknown');
});

it('has no /stop, and names both that may be meant', () => {
  expect(parseSubmission('/stop')).toEqual({
    type: 'unknown',
    why: expect.stringMatching(/\/cancel.*\/stop-vm/),
  });
});

it.each(['stop', 'Cancel', 'cycle', 'reset', 'start'])('does not send the single word %j', (word) => {
  expect(parseSubmission(word)).toEqual({ type: 'unknown', why: expect.stringMatching(/is not sent: \//) });
  expect(parseSubmission(`//${word}`)).toEqual({ type: 'prompt', text: word });
  expect(parseSubmission(asLine(word))).toEqual({ type: 'prompt', text: word });
  expect(parseSubmission(`${word} it`)).toEqual({ type: 'prompt', text: `${word} it` });
});

it('completes as far as it is clear', () => {
  expect(complete('/tri')).toBe('/triage');
  expect(complete('/c')).toBe('/c');
  expect(complete('/s')).toBe('/s');
  expect(complete('/sta')).toBe('/sta');
  expect(complete('/stat')).toBe('/status');
  expect(complete('hello')).toBe('hello');
});

it('offers nothing once the line is no command any more', () => {
  expect(completions('/').length).toBeGreaterThan(10);
  expect(completions('//etc')).toEqual([]);
  expect(completions('/etc/fstab')).toEqual([]);
});
