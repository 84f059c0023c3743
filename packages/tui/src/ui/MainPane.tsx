import { Box } from 'ink';
import { useEffect } from 'react';
import { wordsOfFailure } from '../state/failure.ts';
import { panesOf, visibleLines } from '../state/panes.ts';
import { refusalOf, type Screen } from '../state/screen.ts';
import { type Line, type Style, span, wrap } from '../text/line.ts';
import { type SafeText, safe } from '../text/sanitize.ts';
import { confirmLines } from './confirm-lines.ts';
import { FRAME_COLUMNS, FRAME_ROWS, Frame } from './Frame.tsx';
import { helpPage } from './help-lines.ts';
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
    case 'help':
      return helpPage(dialog.scroll, width, height);
    default:
      return null;
  }
}

/** An empty transcript says why, or how to begin. */
function transcriptLines(screen: Screen): Line[] {
  const lines = visibleLines(screen);
  if (lines.length > 0) return lines;
  const room = Math.max(1, screen.columns - 4);
  const indented = (words: SafeText, style: Style) =>
    wrap([span(words, style)], room).map((row): Line => [span(safe`  `), ...row]);
  const why = screen.failure === null ? refusalOf(screen) : wordsOfFailure(screen.failure);
  if (why !== null)
    return [[], ...indented(safe`No session: ${why}`, 'bad'), [], ...indented(WITHOUT, 'dim')];
  return screen.link.state === 'live' ? [[], ...indented(BEGIN, 'dim')] : [];
}

const BEGIN = safe`Nothing here yet. Say what is wrong, or press ^X 1 for the triage. ^X p is power.`;
const WITHOUT = safe`^X p: the power panel works without a session; Enter there tries again.`;
