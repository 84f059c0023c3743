import { parseArgs } from 'node:util';

export interface Options {
  has(...names: string[]): boolean;
  value(...names: string[]): string | undefined;
  values(...names: string[]): string[];
  operands: string[];
}

/** Reads a command's arguments leniently: an option nobody knows is taken and ignored. `valued` name those with a value. */
export function readOptions(args: readonly string[], valued: readonly string[] = []): Options {
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: Object.fromEntries(
      valued.map((name) =>
        name.length === 1
          ? [`short-${name}`, { type: 'string' as const, short: name, multiple: true }]
          : [name, { type: 'string' as const, multiple: true }],
      ),
    ),
  });
  const found: [string, string | undefined][] = [];
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'option') found.push([token.name.replace(/^short-/, ''), token.value]);
    if (token.kind === 'positional') operands.push(token.value);
  }
  const values = (names: string[]) =>
    found.flatMap(([name, value]) => (names.includes(name) && value !== undefined ? [value] : []));
  return {
    has: (...names) => found.some(([name]) => names.includes(name)),
    value: (...names) => values(names).at(-1),
    values: (...names) => values(names),
    operands,
  };
}
