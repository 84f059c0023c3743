import { useInput, usePaste } from 'ink';
import type { Clock } from '../client/clock.ts';
import type { Screen } from '../state/screen.ts';
import type { Store } from '../state/store.ts';
import { situationOf } from './footer-line.ts';
import { type KeyPress, toKeyPresses } from './key-press.ts';
import { matchKey } from './keys.ts';

/** Keys and pastes to messages. Each key is matched against the state that the key before it left. */
export function useKeyboard(store: Store<Screen>, clock: Clock): void {
  useInput((input, key) => {
    for (const pressed of toKeyPresses(input, key)) take(store, pressed, clock.now());
  });
  usePaste((text) => take(store, { type: 'paste', text }, clock.now()));
}

function take(store: Store<Screen>, pressed: KeyPress, now: number): void {
  if (pressed.type === 'paste') {
    store.dispatch({ type: 'pasted', text: pressed.text, now });
    return;
  }
  const { key } = pressed;
  const action = matchKey(key, situationOf(store.read()));
  if (action !== null) store.dispatch({ type: 'action', action, now });
  else if (isCharacter(key)) store.dispatch({ type: 'typed', text: key, now });
  else store.dispatch({ type: 'unbound', key, now });
}

function isCharacter(key: string): boolean {
  return [...key].length === 1;
}
