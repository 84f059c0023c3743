import type { ExecResult } from 'just-bash';

/** A command that went well. */
export function answer(stdout: string): ExecResult {
  return { stdout, stderr: '', exitCode: 0 };
}

/** A command that did not: its message and exit status. */
export function complaint(stderr: string, exitCode = 1, stdout = ''): ExecResult {
  return { stdout, stderr, exitCode };
}

/** Rows as columns: the first `left` ones flush left, the others flush right, the last one as it is. */
export function table(rows: readonly (readonly string[])[], left: ReadonlySet<number>, gap = 1): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        if (column === row.length - 1 && left.has(column)) return cell;
        return left.has(column) ? cell.padEnd(width) : cell.padStart(width);
      })
      .join(' '.repeat(gap));
  return rows.map((row) => `${line(row)}\n`).join('');
}
