import type { BoxProps, TextProps } from 'ink';
import { createContext, useContext } from 'react';
import type { Style } from '../text/line.ts';

/** How meaning looks. Colour is never alone: what it says is also said by a word or a sign. */
export interface Theme {
  color: boolean;
  /** False where the locale has ASCII only: our own signs are then replaced by plain ones. */
  unicode: boolean;
}

const ThemeContext = createContext<Theme>({ color: true, unicode: true });
export const ThemeProvider = ThemeContext.Provider;

export function useTheme(): Theme {
  return useContext(ThemeContext);
}

type Look = Pick<TextProps, 'color' | 'bold' | 'dimColor' | 'italic'>;

const COLORED: Record<Style, Look> = {
  plain: {},
  dim: { dimColor: true },
  bold: { bold: true },
  italic: { italic: true },
  code: { color: 'cyan' },
  heading: { bold: true, color: 'magenta' },
  prompt: { bold: true },
  tool: { bold: true },
  good: { color: 'green' },
  warn: { color: 'yellow' },
  bad: { color: 'red', bold: true },
  accent: { color: 'blueBright' },
  key: { bold: true },
};

/** Weight only: also without colour, headings and keys stand out. */
const PLAIN: Partial<Record<Style, Look>> = {
  bold: { bold: true },
  heading: { bold: true },
  prompt: { bold: true },
  tool: { bold: true },
  bad: { bold: true },
  key: { bold: true },
};

export function lookOf(style: Style, { color }: Theme): Look {
  return color ? COLORED[style] : (PLAIN[style] ?? {});
}

/** A question that can do harm has a red border, and a double one where there is no colour. */
export function borderOf(danger: boolean, { color, unicode }: Theme): BoxProps {
  const borderStyle = unicode ? (danger ? 'double' : 'round') : 'classic';
  return color ? { borderStyle, borderColor: danger ? 'red' : 'blueBright' } : { borderStyle };
}

/** Our signs and their stand-ins: all one column wide, so that nothing moves. */
const STAND_INS: Readonly<Record<string, string>> = {
  '❯': '>',
  '▸': '>',
  '✓': '+',
  '✗': 'x',
  '■': '#',
  '⏻': '!',
  '●': '*',
  '○': 'o',
  '•': '*',
  '·': '-',
  '│': '|',
  '─': '-',
  '…': '~',
  '↑': '^',
  '↓': 'v',
  '␤': '/',
  '␍': '/',
};
const SIGNS = new RegExp(`[${Object.keys(STAND_INS).join('')}]`, 'g');

export function glyphs(text: string, { unicode }: Theme): string {
  return unicode ? text : text.replace(SIGNS, (sign) => STAND_INS[sign] ?? '?');
}
