import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { joinSafe, safe, sanitize, sanitizeLine, sliceSafe } from './sanitize.ts';

const ESC = '\u001b';

describe('attacks on the terminal', () => {
  it.each([
    ['sets the title', `a${ESC}]0;owned\u0007b`, 'ab'],
    ['sets the title, ended by ST', `a${ESC}]2;owned${ESC}\\b`, 'ab'],
    ['writes the clipboard', `a${ESC}]52;c;cm0gLXJm\u0007b`, 'ab'],
    ['makes a hyperlink that lies', `${ESC}]8;;http://evil${ESC}\\good${ESC}]8;;${ESC}\\`, 'good'],
    ['moves the cursor', `a${ESC}[2;1H${ESC}[2Kb`, 'ab'],
    ['clears the screen', `${ESC}[2J${ESC}[3Jafter`, 'after'],
    ['asks the terminal to answer', `a${ESC}[6n${ESC}[c${ESC}P$qm${ESC}\\b`, 'ab'],
    ['leaves a colour on', `${ESC}[41;5mred`, 'red'],
    ['switches the character set', `${ESC}(0lqqk`, 'lqqk'],
    ['resets the terminal', `${ESC}cx`, 'x'],
    [
      'uses the 8-bit forms',
      'a\u009b2Jb\u009d0;t\u009cc\u0090q\u009cd\u009eq\u009ce\u009fq\u009cf',
      'abcdef',
    ],
    ['sends APC, PM and SOS', `a${ESC}_x${ESC}\\b${ESC}^y${ESC}\\c${ESC}Xz${ESC}\\d`, 'abcd'],
    ['never ends its string', `a${ESC}]0;hidden\nshown`, 'a\nshown'],
    ['never ends its sequence', `a${ESC}[31`, 'a'],
    ['ends in ESC', `a${ESC}`, 'a'],
    ['hides a sequence in a sequence', `${ESC}]0;${ESC}[31mx`, 'x'],
    ['cancels a sequence with CAN', `${ESC}]0;t\u0018x`, 'x'],
    ['rings, backspaces and deletes', 'a\u0007\b\u007fb', 'ab'],
    ['overwrites its line', 'rm -rf /\rls      ', 'rm -rf /␍ls      '],
    ['reverses the direction', 'user\u202etxt.exe\u2066\u200f', 'usertxt.exe'],
    ['smuggles tags', `hi\u{e0068}\u{e0069}\u{e0101}`, 'hi'],
    ['hides in zero width', 'pa\u200bss\u2060wo\u00adrd\ufeff\u200c', 'password'],
    ['fills with invisible letters', 'a\u3164\u115f\uffa0b', 'ab'],
    ['stacks marks', `Z${'\u0301'.repeat(50)}`, `Z${'\u0301'.repeat(8)}`],
    ['breaks UTF-16', 'a\ud800b\udc00', 'a\ufffdb\ufffd'],
  ])('%s', (_name, raw, shown) => {
    expect(sanitize(raw)).toBe(shown);
  });
});

describe('what people write', () => {
  it.each([
    ['line ends', 'a\r\nb\r\r\nc\rd\r', 'a\nb\nc␍d'],
    ['other line ends', 'a\u2028b\u0085c\fd', 'a\nb\nc\nd'],
    ['tabs stand at their stops', 'PID\tUSER\n12345678\tx', 'PID     USER\n12345678        x'],
    ['accents and scripts', 'naïve 日本語 हिन्दी العربية', 'naïve 日本語 हिन्दी العربية'],
    ['emoji of several parts', '👩🏽‍🚀 👨‍👩‍👧 🏳️‍🌈 ❤️ 1️⃣', '👩🏽‍🚀 👨‍👩‍👧 🏳️‍🌈 ❤️ 1️⃣'],
    ['joiners between letters go', 'a\u200db', 'ab'],
  ])('%s', (_name, raw, shown) => {
    expect(sanitize(raw)).toBe(shown);
  });

  it('keeps one line one line', () => {
    expect(sanitizeLine('\n first\n\n  second\r\nthird\n')).toBe('first ␤ second ␤ third');
  });

  it('builds safe text from safe text', () => {
    expect(safe`${sanitize('a\u0007')} = ${1}`).toBe('a = 1');
    expect(joinSafe([safe`a`, safe`b`], safe`, `)).toBe('a, b');
    expect(sliceSafe(sanitize('a👩'), 0, 2)).toBe('a\ufffd');
  });
});

/** Bytes as a hostile program would send them: mostly random, with openers and invisible characters strewn in. */
function hostileText(): string {
  const spice = [
    ESC,
    `${ESC}]`,
    `${ESC}[`,
    '\u009b',
    '\u009d',
    '\u200d',
    '\ufe0f',
    '👩',
    '\u202e',
    '\t',
    '\r',
    '\ud83d',
  ];
  const bytes = randomBytes(64);
  return Array.from(bytes, (byte) =>
    byte < 96 ? (spice[byte % spice.length] ?? '') : String.fromCharCode(byte < 250 ? byte : byte * 199),
  ).join('');
}

it('leaves nothing dangerous of any input, and nothing to do for a second pass', () => {
  const allowed = /^(?:\n|[^\p{Cc}\p{Cs}\p{Bidi_Control}])*$/u;
  for (let round = 0; round < 5000; round++) {
    const raw = hostileText();
    const once = sanitize(raw);
    expect(once, JSON.stringify(raw)).toMatch(allowed);
    expect(sanitize(once), JSON.stringify(raw)).toBe(once);
    expect(sanitizeLine(raw)).not.toContain('\n');
  }
});

it('takes a megabyte of openers without slowing down', () => {
  for (const opener of [`${ESC}]`, `${ESC}[`, '\u009b1;', '\u200d', '\r', '\u0301', '\n']) {
    expect(sanitizeLine(`${opener.repeat(300_000)}x`).length).toBeLessThan(10);
  }
  expect(sanitizeLine(`a\t${' '.repeat(300_000)}x`).length).toBe(300_009);
});

it('keeps the selector of a keycap, and none after a mere digit', () => {
  expect(sanitize('1\ufe0f\u20e3 2\ufe0f.')).toBe('1\ufe0f\u20e3 2.');
});
