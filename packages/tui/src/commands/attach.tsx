import { render } from 'ink';
import { systemClock } from '../client/clock.ts';
import { CommandError, EXIT } from '../exit.ts';
import { initialScreen } from '../state/screen.ts';
import { createStore } from '../state/store.ts';
import { update } from '../state/update.ts';
import { sanitizeLine } from '../text/sanitize.ts';
import { App } from '../ui/App.tsx';
import { keyboardOf } from '../ui/function-keys.ts';
import { ThemeProvider } from '../ui/theme.ts';
import type { CommandContext } from './context.ts';
import { farewell } from './farewell.ts';
import { findWanted } from './wanted-session.ts';

export interface AttachArguments {
  /** An id or the beginning of one. */
  session?: string;
  new?: boolean;
}

/** Exit codes of a process that a signal ended, as a shell counts them. */
const SIGNALLED = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
type Ending = keyof typeof SIGNALLED;

/**
 * The full-screen client. Resolves to the exit code once the terminal is as it was.
 * @throws CommandError without a terminal; ApiError where the session that was named does not exist
 */
export async function attachCommand(context: CommandContext, wanted: AttachArguments): Promise<number> {
  const { config, api } = context;
  requireTerminal(config.term);
  const screen = initialScreen(
    { session: wanted.session ?? null, fresh: wanted.new ?? false },
    systemClock.now(),
  );
  const store = createStore(screen, update);
  // Stays on the terminal behind the screen: what was asked for, should nothing come of it.
  process.stdout.write(`connecting to ${sanitizeLine(api.url)} …\n`);
  using keyboard = keyboardOf(process.stdin);
  const app = render(
    <ThemeProvider value={{ color: config.color, unicode: config.unicode }}>
      <App store={store} api={api} clock={systemClock} find={findWanted} />
    </ThemeProvider>,
    {
      stdin: keyboard,
      interactive: true,
      alternateScreen: true,
      incrementalRendering: true,
      exitOnCtrlC: false,
    },
  );
  using signals = unmountOnSignal(app.unmount);
  store.dispatch({ type: 'started' });
  await app.waitUntilExit();
  process.stdout.write(`${farewell(store.read())}\n`);
  return signals.code() ?? EXIT.ok;
}

function requireTerminal(term: string): void {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new CommandError(
      EXIT.usage,
      'attach draws a full screen and needs a terminal; stdin or stdout is none',
      'breakglass logs -f follows a session as plain lines, breakglass ask "…" runs one prompt',
    );
  }
  if (term === 'dumb') {
    throw new CommandError(
      EXIT.usage,
      'this terminal says TERM=dumb: it can not draw a full screen',
      'set TERM to what it is, or use breakglass logs -f and breakglass ask "…"',
    );
  }
}

/** A signal ends the screen in order, so that the terminal is restored. */
function unmountOnSignal(unmount: () => void): Disposable & { code(): number | null } {
  let code: number | null = null;
  const onSignal = (signal: NodeJS.Signals) => {
    code = SIGNALLED[signal as Ending];
    unmount();
  };
  const signals = Object.keys(SIGNALLED) as Ending[];
  for (const signal of signals) process.on(signal, onSignal);
  // A terminal that goes away without a signal must not leave us drawing into nothing.
  process.stdin.once('end', unmount);
  return {
    code: () => code,
    [Symbol.dispose]() {
      for (const signal of signals) process.off(signal, onSignal);
      process.stdin.off('end', unmount);
    },
  };
}
