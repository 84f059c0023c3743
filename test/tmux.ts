import { execFile, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const LOOK_MS = 50;

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
  shows(what: string | RegExp, timeoutMs = 20_000): Promise<string> {
    const fits = (screen: string) => (typeof what === 'string' ? screen.includes(what) : what.test(screen));
    return this.#until(fits, `shows ${what}`, timeoutMs);
  }

  /** Waits until the screen does not show something any more, and returns the screen. */
  hides(what: string, timeoutMs = 20_000): Promise<string> {
    return this.#until((screen) => !screen.includes(what), `hides ${what}`, timeoutMs);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux('kill-server').catch(() => undefined);
  }

  async #until(fits: (screen: string) => boolean, what: string, timeoutMs: number): Promise<string> {
    const end = performance.now() + timeoutMs;
    for (;;) {
      const screen = await this.screen();
      if (fits(screen)) return screen;
      if (performance.now() > end)
        throw new Error(`${timeoutMs / 1000} s, and no screen that ${what}:\n${screen}`);
      await sleep(LOOK_MS);
    }
  }

  async #tmux(...args: string[]): Promise<string> {
    const { stdout } = await run('tmux', ['-L', this.#server, ...args], { timeout: 10_000 });
    return stdout;
  }
}
