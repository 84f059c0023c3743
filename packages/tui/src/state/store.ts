import type { Effect, Message, Update } from './message.ts';

/**
 * The state of the screen and those who wait for it to change. Messages are folded in at once, in order; effects
 * go to `onEffect` in order, and wait where there is none yet.
 */
export interface Store<State> {
  /** The newest state; the same object until something changes. */
  read(): State;
  dispatch(message: Message): void;
  /** Calls back after each change; the result ends that. */
  subscribe(changed: () => void): () => void;
  /** Sets who carries the effects out; the result unsets it. */
  onEffect(carryOut: (effect: Effect) => void): () => void;
}

export function createStore<State>(
  initial: State,
  update: (state: State, message: Message) => Update<State>,
): Store<State> {
  let state = initial;
  let waiting: readonly Effect[] = [];
  let performer: ((effect: Effect) => void) | null = null;
  const subscribers = new Set<() => void>();

  const flush = () => {
    if (performer === null) return;
    const due = waiting;
    waiting = [];
    for (const effect of due) performer(effect);
  };
  return {
    read: () => state,
    dispatch(message) {
      const next = update(state, message);
      const changed = next.state !== state;
      state = next.state;
      waiting = [...waiting, ...next.effects];
      if (changed) for (const notify of subscribers) notify();
      flush();
    },
    subscribe(changed) {
      subscribers.add(changed);
      return () => subscribers.delete(changed);
    },
    onEffect(carryOut) {
      performer = carryOut;
      flush();
      return () => {
        performer = null;
      };
    },
  };
}
