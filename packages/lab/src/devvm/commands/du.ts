import { type Command, defineCommand } from 'just-bash';
import { complaint } from '../answer.ts';
import type { Machine } from '../machine.ts';
import { readOptions } from '../options.ts';
import { humanSize } from '../size-text.ts';
import type { SizedFs } from '../sized-fs.ts';

const BLOCK = 4096;

/** du, with the sizes that the files claim. */
export function duCommand(machine: Machine): Command {
  return defineCommand('du', async (args, context) => {
    const options = readOptions(args, ['d', 'max-depth', 't', 'exclude', 'B']);
    const depth = options.has('s', 'summarize')
      ? 0
      : Number(options.value('d', 'max-depth') ?? Number.POSITIVE_INFINITY);
    const human = options.has('h', 'human-readable');
    const megabytes = options.has('m');
    const show = (bytes: number) => {
      if (human) return humanSize(bytes);
      return String(options.has('b', 'bytes') ? bytes : Math.ceil(bytes / (megabytes ? 1024 ** 2 : 1024)));
    };
    const output: string[] = [];
    const missing: string[] = [];
    let total = 0;
    for (const operand of options.operands.length > 0 ? options.operands : ['.']) {
      const path = context.fs.resolvePath(context.cwd, operand);
      if (!(await machine.disk.fs.exists(path))) {
        missing.push(`du: cannot access '${operand}': No such file or directory\n`);
        continue;
      }
      const walk = {
        fs: machine.disk.fs,
        depth,
        files: options.has('a', 'all'),
        print: (bytes: number, name: string) => output.push(`${show(bytes)}\t${name}\n`),
      };
      total += await measure(walk, path, operand, 0);
    }
    if (options.has('c', 'total')) output.push(`${show(total)}\ttotal\n`);
    return complaint(missing.join(''), missing.length > 0 ? 1 : 0, output.join(''));
  });
}

interface Walk {
  fs: SizedFs;
  depth: number;
  files: boolean;
  print: (bytes: number, name: string) => void;
}

/** Bytes under a path, in whole blocks; prints what is not too deep, children first. */
async function measure(walk: Walk, path: string, name: string, level: number): Promise<number> {
  const stat = await walk.fs.lstat(path);
  if (!stat.isDirectory) {
    const bytes = Math.ceil(stat.size / BLOCK) * BLOCK;
    if (level === 0 || (walk.files && level <= walk.depth)) walk.print(bytes, name);
    return bytes;
  }
  let bytes = BLOCK;
  if (path !== '/proc') {
    for (const child of await walk.fs.readdir(path)) {
      const base = path === '/' ? '' : path;
      bytes += await measure(walk, `${base}/${child}`, `${name.replace(/\/$/, '')}/${child}`, level + 1);
    }
  }
  if (level <= walk.depth) walk.print(bytes, name);
  return bytes;
}
