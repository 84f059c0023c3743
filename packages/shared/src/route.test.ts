import { describe, expect, it } from 'vitest';
import { MUTATING_VERBS, VERB_EFFECTS, VERBS } from './power.ts';
import { PRESETS, titleOf } from './preset.ts';
import { PROBLEMS, ProblemError, problem } from './problem.ts';
import { fillPath, type Route, routes } from './route.ts';

const table: Route[] = Object.values(routes);

describe('the route table', () => {
  it('names each method and path once', () => {
    const addresses = table.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(addresses).size).toBe(addresses.length);
  });

  it('has a parameter for each name in a path, and no others', () => {
    for (const { path, params } of table) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(Object.keys(params?.shape ?? {})).toEqual(named);
    }
  });

  it('asks for credentials for all that is under /api, and has nothing that needs them elsewhere', () => {
    for (const { path, auth } of table) expect([path, auth]).toEqual([path, path.startsWith('/api/')]);
  });
});

describe('fillPath', () => {
  it('encodes each value as one segment', () => {
    expect(fillPath('/api/pve/{verb}', { verb: '../x?y' })).toBe('/api/pve/..%2Fx%3Fy');
  });

  it('refuses a path with a name that has no value', () => {
    expect(() => fillPath('/api/session/{id}/stream', {})).toThrow('needs "id"');
  });
});

describe('problems', () => {
  it('are RFC 9457 objects with their extension members', () => {
    const busy = new ProblemError('verb-running', 'Wait.', { extra: { by: 'viktor' } });
    expect(problem.parse(JSON.parse(JSON.stringify(busy)))).toEqual({
      type: 'verb-running',
      title: PROBLEMS['verb-running'].title,
      status: 409,
      detail: 'Wait.',
      by: 'viktor',
    });
  });

  it('can have another status than their table says', () => {
    expect(new ProblemError('invalid', 'No JSON.', { status: 400 }).toJSON().status).toBe(400);
  });
});

describe('the verbs', () => {
  it('are listed in alphabetical order, as existing clients get them', () => {
    expect(VERBS).toEqual([...VERBS].sort());
    expect(MUTATING_VERBS).toEqual([...MUTATING_VERBS].sort());
  });

  it('have an effect each', () => {
    expect(Object.keys(VERB_EFFECTS).sort()).toEqual([...VERBS]);
  });
});

describe('the title of a session', () => {
  it.each([
    ['  the first line\nand more', 'the first line'],
    ['x'.repeat(80), 'x'.repeat(80)],
    ['🦊'.repeat(81), `${'🦊'.repeat(79)}…`],
    [PRESETS[0]?.prompt ?? '', 'triage: what is wrong?'],
    [' \n ', null],
  ])('%j', (prompt, title) => {
    expect(titleOf(prompt)).toBe(title);
  });
});
