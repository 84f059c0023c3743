import { Box } from 'ink';
import { useEffect } from 'react';
import { panesOf, visibleLines } from '../state/panes.ts';
import type { Screen } from '../state/screen.ts';
import { span } from '../text/line.ts';
import { safe } from '../text/sanitize.ts';
import { confirmLines } from './confirm-lines.ts';
import { FRAME_COLUMNS, FRAME_ROWS, Frame } from './Frame.tsx';
import { helpLines } from './help-lines.ts';
import { panelLines } from './panel-lines.ts';
import { pickerLines } from './picker-lines.ts';
import { Rows } from './Rows.tsx';

interface MainPaneProps {
  screen: Screen;
  /** Called once a confirmation was painted: from then on it counts how long to stay deaf. */
  onConfirmPainted: () => void;
}

/** In fewer rows than this a question is worth more than its border. */
const FRAMED_ROWS_MIN = 6;

/** What has the middle of the screen: a question, a dialog, or the transcript. */
export function MainPane({ screen, onConfirmPainted }: MainPaneProps) {
  const { main: height } = panesOf(screen);
  const { columns: width, confirmation } = screen;
  const asked = confirmation !== null && confirmation.paintedAt === null;
  useEffect(() => {
    if (asked) onConfirmPainted();
  }, [asked, onConfirmPainted]);
  if (confirmation !== null) {
    if (height < FRAMED_ROWS_MIN) {
      return <Rows lines={confirmLines(screen, confirmation, width, height)} height={height} />;
    }
    const lines = confirmLines(screen, confirmation, width - FRAME_COLUMNS, height - FRAME_ROWS);
    return (
      <Box height={height} flexDirection="column" justifyContent="center" flexShrink={0} overflow="hidden">
        <Frame danger lines={lines} width={width} height={Math.min(height, lines.length + FRAME_ROWS)} />
      </Box>
    );
  }
  const lines = dialogLines(screen, width - FRAME_COLUMNS, height - FRAME_ROWS);
  if (lines !== null) return <Frame lines={lines} width={width} height={height} />;
  return <Rows lines={transcriptLines(screen)} height={height} />;
}

function dialogLines(screen: Screen, width: number, height: number) {
  const { dialog } = screen;
  switch (dialog?.type) {
    case 'panel':
      return panelLines(screen, width, height);
    case 'picker':
      return pickerLines(screen, width, height);
    case 'help': {
      const all = helpLines(width);
      const from = Math.min(dialog.scroll, Math.max(0, all.length - height));
      return all.slice(from, from + height);
    }
    default:
      return null;
  }
}

function transcriptLines(screen: Screen) {
  const lines = visibleLines(screen);
  if (lines.length > 0 || screen.link.state !== 'live') return lines;
  return [[], [span(safe`  Nothing here yet. Say what is wrong, or press ^X 1 for the triage.`, 'dim')]];
}
