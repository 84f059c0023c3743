import { type Command, decodeBytesToUtf8, defineCommand, type ResolvedCommandContext } from 'just-bash';
import { answer, complaint } from '../answer.ts';
import { parseSize } from './disk.ts';

/** What the emulator's own commands lack, and what people type all day: find -xdev, sort -h, bash -l. */
export function gapCommands(): Command[] {
  return [
    defineCommand('find', (args, context) =>
      original(
        context,
        args.filter((word) => word !== '-xdev' && word !== '-mount'),
      ),
    ),
    defineCommand('bash', (args, context) => original(context, withoutLogin(args))),
    defineCommand('sort', async (args, context) => {
      const flags = args.filter((word) => /^-[a-z]+$/.test(word)).join('');
      if (!flags.includes('h') || args.some((word) => word.startsWith('-k'))) return original(context, args);
      const files = args.filter((word) => !word.startsWith('-'));
      const texts = await Promise.all(
        files.map((file) => context.fs.readFile(context.fs.resolvePath(context.cwd, file))),
      );
      const text = files.length > 0 ? texts.join('') : decodeBytesToUtf8(context.stdin);
      return answer(sortBySize(text, flags.includes('r')));
    }),
  ];
}

async function original(context: ResolvedCommandContext, args: string[]) {
  return (await context.origCommand?.(args)) ?? complaint('not available in this emulated shell\n', 127);
}

/** `-lc` is `-c`, and `-l` is nothing: there is no profile to read. */
function withoutLogin(args: string[]): string[] {
  return args.flatMap((word, index) => {
    if (index > 1 || !/^-[a-z]*l[a-z]*$/.test(word)) return [word];
    return word === '-l' ? [] : [word.replace('l', '')];
  });
}

/** Lines by the size they begin with, such as `1.5G`. */
function sortBySize(text: string, reverse: boolean): string {
  const lines = text.split('\n').filter((line) => line !== '');
  const size = (line: string) => parseSize(line.trim().split(/\s/)[0] ?? '') ?? 0;
  const sorted = lines.toSorted((left, right) => size(left) - size(right) || (left < right ? -1 : 1));
  return (reverse ? sorted.reverse() : sorted).map((line) => `${line}\n`).join('');
}
