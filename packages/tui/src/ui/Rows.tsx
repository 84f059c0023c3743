import { Box, Text } from 'ink';
import { memo } from 'react';
import type { Line } from '../text/line.ts';
import { glyphs, lookOf, useTheme } from './theme.ts';

/** One row of the terminal; what does not fit is cut. */
export const Row = memo(function Row({ line }: { line: Line }) {
  const theme = useTheme();
  if (line.length === 0) return <Text> </Text>;
  return (
    <Text wrap="truncate-end">
      {line.map(({ text, style }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the spans of a line have no other identity
        <Text key={index} {...lookOf(style, theme)}>
          {glyphs(text, theme)}
        </Text>
      ))}
    </Text>
  );
});

/** Exactly `height` rows: the lines, and empty rows below them. */
export function Rows({ lines, height }: { lines: readonly Line[]; height: number }) {
  return (
    <Box flexDirection="column" height={height} flexShrink={0} overflow="hidden">
      {lines.slice(0, height).map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row of the screen is its own identity
        <Row key={index} line={line} />
      ))}
    </Box>
  );
}
