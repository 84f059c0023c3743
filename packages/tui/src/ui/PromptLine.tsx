import { useCursor } from 'ink';
import { draftOf, panesOf } from '../state/panes.ts';
import { focusOf, type Screen } from '../state/screen.ts';
import { windowOf } from '../text/draft.ts';
import { span } from '../text/line.ts';
import { safe } from '../text/sanitize.ts';
import { Rows } from './Rows.tsx';

/** The draft with the terminal's own cursor in it, so that input methods know where to open. */
export function PromptLine({ screen }: { screen: Screen }) {
  const { header, main, notice, prompt } = panesOf(screen);
  const { rows, cursor } = windowOf(draftOf(screen), prompt);
  const typing = focusOf(screen) === 'prompt' && !screen.leader;
  const { setCursorPosition } = useCursor();
  setCursorPosition(typing ? { x: cursor.column + 2, y: header + main + notice + cursor.row } : undefined);
  const style = typing ? 'plain' : 'dim';
  const lines = rows.map((text, index) => [
    span(index === 0 ? safe`❯ ` : safe`  `, 'accent'),
    span(text, style),
  ]);
  return <Rows lines={lines} height={prompt} />;
}
