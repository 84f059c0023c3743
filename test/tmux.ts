import { execFile, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { expect } from 'vitest';

const run = promisify(execFile);

/** Is there a tmux? Tests that need a real terminal say so in their titles. */
export const hasTmux = (() => {
  try {
    execFileSync('tmux', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

export interface TerminalOptions {
  columns: number;
  rows: number;
  /** The whole environment, but for what tmux adds. */
  env: Record<string, string>;
  cwd: string;
}

/** A real pseudo-terminal, in a tmux server of its own. */
export class Terminal implements AsyncDisposable {
  readonly #server = `breakglass-test-${randomUUID()}`;

  private constructor() {}

  /** Opens a terminal with a shell in it. */
  static async open({ columns, rows, env, cwd }: TerminalOptions): Promise<Terminal> {
    const terminal = new Terminal();
    const variables = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    const size = ['-x', String(columns), '-y', String(rows)];
    const shell = [
      'env',
      '-i',
      ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
      'bash',
      '--norc',
    ];
    await terminal.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, '-c', cwd, ...variables, ...shell);
    await terminal.#tmux('set-option', '-g', 'escape-time', '0');
    return terminal;
  }

  /** Types text as it is. */
  async type(text: string): Promise<void> {
    await this.#tmux('send-keys', '-l', '--', text);
  }

  /** Presses keys, by tmux's names: `Enter`, `C-x`, `Escape`, `PageUp`. */
  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.#tmux('send-keys', '--', key);
  }

  /** What is on the screen. @param colours with its escape sequences */
  async screen(colours = false): Promise<string> {
    return this.#tmux('capture-pane', '-p', ...(colours ? ['-e'] : []));
  }

  /** Waits until the screen shows something, and returns the screen. */
  async shows(what: string | RegExp, timeout = 20_000): Promise<string> {
    const pattern = typeof what === 'string' ? expect.stringContaining(what) : expect.stringMatching(what);
    await expect.poll(() => this.screen(), { timeout, interval: 50 }).toEqual(pattern);
    return this.screen();
  }

  /** Waits until the screen does not show something any more. */
  async hides(what: string): Promise<string> {
    await expect.poll(() => this.screen(), { timeout: 20_000, interval: 50 }).not.toContain(what);
    return this.screen();
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux('kill-server').catch(() => undefined);
  }

  async #tmux(...args: string[]): Promise<string> {
    const { stdout } = await run('tmux', ['-L', this.#server, ...args], { timeout: 10_000 });
    return stdout;
  }
}
