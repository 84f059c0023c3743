import { expect, it } from 'vitest';
import type { Effect, Message } from './message.ts';
import { createStore } from './store.ts';

const tick = (now: number): Message => ({ type: 'tick', now });
/** Counts by the time of ticks; asks to leave at each odd one. */
const store = () =>
  createStore(0, (count: number, message) => ({
    state: message.type === 'tick' ? count + message.now : count,
    effects: message.type === 'tick' && message.now % 2 === 1 ? [{ type: 'exit' }] : [],
  }));

it('folds messages at once and tells only about changes', () => {
  const counter = store();
  const seen: number[] = [];
  const stop = counter.subscribe(() => seen.push(counter.read()));
  counter.dispatch(tick(2));
  counter.dispatch({ type: 'started' });
  counter.dispatch(tick(4));
  stop();
  counter.dispatch(tick(8));
  expect(seen).toEqual([2, 6]);
  expect(counter.read()).toBe(14);
});

it('keeps effects until somebody carries them out, in order', () => {
  const counter = store();
  const done: Effect[] = [];
  counter.dispatch(tick(1));
  const stop = counter.onEffect((effect) => done.push(effect));
  expect(done).toHaveLength(1);
  counter.dispatch(tick(3));
  expect(done).toHaveLength(2);
  stop();
  counter.dispatch(tick(5));
  expect(done).toHaveLength(2);
});

it('folds what an effect dispatches before it returns', () => {
  const counter = store();
  counter.onEffect(() => counter.dispatch(tick(10)));
  counter.dispatch(tick(1));
  expect(counter.read()).toBe(11);
});
