import { Box } from 'ink';
import { useCallback, useSyncExternalStore } from 'react';
import type { Api } from '../client/api.ts';
import type { Clock } from '../client/clock.ts';
import { panesOf } from '../state/panes.ts';
import type { Screen } from '../state/screen.ts';
import type { Store } from '../state/store.ts';
import { span } from '../text/line.ts';
import type { SafeText } from '../text/sanitize.ts';
import { footerLine } from './footer-line.ts';
import { headerLines } from './header-lines.ts';
import { MainPane } from './MainPane.tsx';
import { noticeLines } from './notice-line.ts';
import { PromptLine } from './PromptLine.tsx';
import { Row, Rows } from './Rows.tsx';
import { useAttachment } from './use-attachment.ts';
import { type FindSession, useEffects } from './use-effects.ts';
import { useKeyboard } from './use-keyboard.ts';
import { useScreenSize, useTicks } from './use-surroundings.ts';

export interface AppProps {
  store: Store<Screen>;
  api: Api;
  clock: Clock;
  /** Which session is attached first. */
  find: FindSession;
}

/** The screen: header, middle, notice, prompt, keys. */
export function App({ store, api, clock, find }: AppProps) {
  const screen = useSyncExternalStore(store.subscribe, store.read);
  useScreenSize(store);
  useTicks(store, clock);
  useEffects(store, api, clock, find);
  useAttachment(store, api, clock, screen.session?.id ?? null);
  useKeyboard(store, clock);
  const onConfirmPainted = useCallback(() => {
    store.dispatch({ type: 'confirm-painted', now: clock.now() });
  }, [store, clock]);

  const { header, notice } = panesOf(screen);
  const rule = [span('─'.repeat(screen.columns) as SafeText, 'dim')];
  const top = [...headerLines(screen), rule].slice(0, header);
  return (
    <Box flexDirection="column" width={screen.columns} height={screen.rows}>
      <Rows lines={top} height={header} />
      <MainPane screen={screen} onConfirmPainted={onConfirmPainted} />
      <Rows lines={noticeLines(screen)} height={notice} />
      <PromptLine screen={screen} />
      <Row line={footerLine(screen)} />
    </Box>
  );
}
