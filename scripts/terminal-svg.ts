import headless, { type IBufferCell, type Terminal } from '@xterm/headless';

/** Draws a terminal's screen as an SVG picture. */

const CELL = { width: 8.4, height: 18 };
const MARGIN = 14;
const BACKGROUND = '#16181d';
const FOREGROUND = '#d7dae0';

/** The sixteen colours, in the order of their codes. */
const PALETTE = [
  ...['#2b2f37', '#e5534b', '#57ab5a', '#c69026', '#539bf5', '#b083f0', '#39c5cf', '#adbac7'],
  ...['#768390', '#ff938a', '#6bc46d', '#daaa3f', '#6cb6ff', '#dcbdfb', '#56d4dd', '#ffffff'],
];

/**
 * @param title what the picture shows, for those who can't see it
 * @param screen what `tmux capture-pane -e -p` printed
 */
export async function terminalSvg(
  title: string,
  screen: string,
  columns: number,
  rows: number,
): Promise<string> {
  const emulator = new headless.Terminal({ cols: columns, rows, allowProposedApi: true });
  const text = screen.replace(/\n$/, '').replaceAll('\n', '\r\n');
  await new Promise<void>((resolve) => emulator.write(text, resolve));
  const lines = Array.from({ length: rows }, (_, row) => drawRow(emulator, row, columns));
  emulator.dispose();
  const width = Math.round(columns * CELL.width + 2 * MARGIN);
  const height = Math.round(rows * CELL.height + 2 * MARGIN);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="${FOREGROUND}" xml:space="preserve">`,
    ...lines.flat(),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

interface Run {
  column: number;
  text: string;
  style: string;
  background: string | null;
  cells: number;
}

function drawRow(emulator: Terminal, row: number, columns: number): string[] {
  const line = emulator.buffer.active.getLine(row);
  const runs: Run[] = [];
  for (let column = 0; column < columns; column += 1) {
    const cell = line?.getCell(column);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const { style, background } = styleOf(cell);
    const last = runs.at(-1);
    const text = cell.getChars() || ' ';
    if (last?.style === style && last.background === background) {
      last.text += text;
      last.cells += cell.getWidth();
    } else {
      runs.push({ column, text, style, background, cells: cell.getWidth() });
    }
  }
  return runs.flatMap((run) => drawRun(run, row));
}

function drawRun({ column, text, style, background, cells }: Run, row: number): string[] {
  const x = (MARGIN + column * CELL.width).toFixed(1);
  const top = MARGIN + row * CELL.height;
  const width = (cells * CELL.width).toFixed(1);
  const drawn: string[] = [];
  if (background !== null) {
    drawn.push(`<rect x="${x}" y="${top}" width="${width}" height="${CELL.height}" fill="${background}"/>`);
  }
  if (text.trim() !== '') {
    drawn.push(`<text x="${x}" y="${top + 13}" textLength="${width}"${style}>${escapeXml(text)}</text>`);
  }
  return drawn;
}

function styleOf(cell: IBufferCell): { style: string; background: string | null } {
  let foreground = colour(cell.isFgDefault(), cell.isFgRGB(), cell.getFgColor());
  let background = colour(cell.isBgDefault(), cell.isBgRGB(), cell.getBgColor());
  if (cell.isInverse()) [foreground, background] = [background ?? BACKGROUND, foreground ?? FOREGROUND];
  const style = [
    foreground === null ? '' : ` fill="${foreground}"`,
    cell.isBold() ? ' font-weight="bold"' : '',
    cell.isDim() ? ' opacity="0.65"' : '',
    cell.isItalic() ? ' font-style="italic"' : '',
    cell.isUnderline() ? ' text-decoration="underline"' : '',
  ].join('');
  return { style, background };
}

function colour(isDefault: boolean, isRgb: boolean, value: number): string | null {
  if (isDefault) return null;
  if (isRgb) return `#${value.toString(16).padStart(6, '0')}`;
  const basic = PALETTE[value];
  if (basic !== undefined) return basic;
  if (value >= 232) return grey(8 + (value - 232) * 10);
  const level = (step: number) => (step === 0 ? 0 : 55 + step * 40);
  const cube = value - 16;
  const parts = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map(level);
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

function grey(level: number): string {
  return `#${level.toString(16).padStart(2, '0').repeat(3)}`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
