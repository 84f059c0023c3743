import { Box } from 'ink';
import type { Line } from '../text/line.ts';
import { Rows } from './Rows.tsx';
import { borderOf, useTheme } from './theme.ts';

/** The columns and rows that a frame takes from what is in it. */
export const FRAME_COLUMNS = 4;
export const FRAME_ROWS = 2;

interface FrameProps {
  lines: readonly Line[];
  width: number;
  height: number;
  /** Whether it is a question that can do harm. */
  danger?: boolean;
}

/** A bordered box of exactly `width` by `height`. */
export function Frame({ lines, width, height, danger = false }: FrameProps) {
  const theme = useTheme();
  return (
    <Box width={width} height={height} paddingX={1} flexShrink={0} {...borderOf(danger, theme)}>
      <Rows lines={lines} height={Math.max(0, height - FRAME_ROWS)} />
    </Box>
  );
}
