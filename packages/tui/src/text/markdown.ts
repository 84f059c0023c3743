import { lexer, type Token, type Tokens } from 'marked';
import { type Line, type Span, type Style, span, wrap } from './line.ts';
import { type SafeText, safe, sanitize } from './sanitize.ts';

/**
 * Prose as rows. Only what an agent's prose needs is styled: headings, lists, emphasis, code, quotes; tables
 * and HTML are shown as they were written. Single line breaks are kept. Prose that is no sensible markdown is
 * shown unstyled.
 */
export function layoutProse(prose: SafeText, width: number): Line[] {
  if (prose.length > STYLED_MAX) return wrap([span(prose)], width);
  try {
    return blocks(lexer(prose), width);
  } catch (error) {
    // A few thousand nested quotes overflow the stack of the lexer. Foreign text must not end the screen.
    if (error instanceof Error) return wrap([span(prose)], width);
    throw error;
  }
}

/** Longer prose is shown unstyled: it is laid out anew with each delta. In code units. */
const STYLED_MAX = 32 * 1024;

function blocks(tokens: readonly Token[], width: number): Line[] {
  return tokens.flatMap((token) => block(token, width));
}

function block(token: Token, width: number): Line[] {
  switch (token.type) {
    case 'space':
      return [[]];
    case 'heading':
      return wrap(inline(token, 'heading'), width);
    case 'list':
      return list(token as Tokens.List, width);
    case 'blockquote':
      return prefixed(blocks(token.tokens ?? [], width - 2), '│ ');
    case 'code':
      return prefixed(wrap([span(clean(token['text']), 'code')], width - 2), '  ');
    case 'hr':
      return [[span(sanitize('─'.repeat(Math.min(width, 24))), 'dim')]];
    case 'paragraph':
    case 'text':
      return wrap(inline(token, 'plain'), width);
    default:
      return wrap([span(clean(token.raw.trimEnd()))], width);
  }
}

function list(token: Tokens.List, width: number): Line[] {
  return token.items.flatMap((item, index) => {
    const sign = token.ordered ? `${Number(token.start) + index}. ` : '• ';
    const first = sign + (item.task ? `[${item.checked ? 'x' : ' '}] ` : '');
    const content = item.tokens.filter(({ type }) => type !== 'checkbox');
    const rows = blocks(content, width - first.length).filter((row) => item.loose || row.length > 0);
    return prefixed(rows, ' '.repeat(first.length), first);
  });
}

function prefixed(rows: readonly Line[], prefix: string, first: string = prefix): Line[] {
  const style: Style = 'dim';
  return rows.map((row, index) => [span(sanitize(index === 0 ? first : prefix), style), ...row]);
}

/** The inline tokens of a block as spans; `style` is what surrounds them. */
function inline(token: Token, style: Style): Span[] {
  const inner = 'tokens' in token ? token.tokens : undefined;
  switch (token.type) {
    case 'codespan':
      return [span(clean(token['text']), 'code')];
    case 'br':
      return [span(safe`\n`, style)];
    case 'link':
      return link(token as Tokens.Link, style);
    case 'image':
    case 'html':
      return [span(clean(token.raw), style)];
  }
  const own = token.type === 'strong' ? 'bold' : token.type === 'em' ? 'italic' : style;
  if (inner !== undefined) return inner.flatMap((child) => inline(child, own));
  return [span(clean('text' in token ? token.text : token.raw), style)];
}

/** A link shows where it leads: its text alone could say anything. */
function link(token: Tokens.Link, style: Style): Span[] {
  const text = token.tokens.flatMap((child) => inline(child, style));
  if (token.text === token.href || `mailto:${token.text}` === token.href) return text;
  return [...text, span(clean(` <${token.href}>`), 'dim')];
}

/** The lexer decodes entities (`&#27;` is an Escape), so what it returns is foreign again. */
function clean(text: unknown): SafeText {
  return sanitize(typeof text === 'string' ? text : '');
}
