import { useWindowSize } from 'ink';
import { useEffect } from 'react';
import type { Clock } from '../client/clock.ts';
import type { Screen } from '../state/screen.ts';
import type { Store } from '../state/store.ts';

/** The terminal's size, whenever it changes. */
export function useScreenSize(store: Store<Screen>): void {
  const { columns, rows } = useWindowSize();
  useEffect(() => {
    store.dispatch({ type: 'resized', columns, rows });
  }, [store, columns, rows]);
}

/** A tick each second: the clocks on the screen, and what waits for a time. */
export function useTicks(store: Store<Screen>, clock: Clock): void {
  useEffect(() => {
    const timer = setInterval(() => store.dispatch({ type: 'tick', now: clock.now() }), 1000);
    return () => clearInterval(timer);
  }, [store, clock]);
}
