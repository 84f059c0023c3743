import { expect, it } from 'vitest';
import { safe } from '../text/sanitize.ts';
import type { Entry } from './entry.ts';
import { EntryList } from './entry-list.ts';

const entry = (id: number): Entry => ({ type: 'error', id, ts: '', text: safe`` });
const ids = (list: EntryList) => Array.from(list, ({ id }) => id);

it('keeps its order over many chunks, and every older list as it was', () => {
  let list = EntryList.empty;
  const older = Array.from({ length: 1000 }, (_, id) => {
    list = list.append(entry(id));
    return list;
  });
  expect(ids(list)).toEqual(Array.from({ length: 1000 }, (_, id) => id));
  expect(
    older.every((one, i) => one.length === i + 1 && one.at(-1)?.id === i && one.at(i + 1) === undefined),
  ).toBe(true);
  const replaced = list.replace(300, entry(-1));
  expect(replaced.at(300)?.id).toBe(-1);
  expect(list.at(300)?.id).toBe(300);
  expect(replaced.at(299)).toBe(list.at(299));
  expect(replaced.toArray()).toHaveLength(1000);
});

it('has nothing outside its ends', () => {
  const list = EntryList.empty.append(entry(7));
  expect([list.at(-1)?.id, list.at(-2), list.at(1), EntryList.empty.at(-1)]).toEqual([
    7,
    undefined,
    undefined,
    undefined,
  ]);
  expect(() => EntryList.empty.replace(0, entry(1))).toThrow(/no entry 0/);
});
