import { isMutating, type Verb, type VerbOutput, type VerbResult } from '@breakglass/shared';
import { type SafeText, safe, sanitize, sliceSafe } from '../text/sanitize.ts';
import { sanitizePiece } from '../text/sanitize-stream.ts';
import { saysQemuIsSilent } from '../text/silent-qemu.ts';
import type { Failure } from './failure.ts';

/** A power verb that was asked for from this screen. Its output is kept to the newest LINES_MAX lines. */
export interface PowerJob {
  /** Counts the jobs of this screen. */
  number: number;
  verb: Verb;
  startedAt: number;
  endedAt: number | null;
  lines: readonly OutputLine[];
  /** Whether the last line still waits for its end. */
  open: boolean;
  /** The raw ends of pieces that were cut inside a sequence, one for each stream. */
  held: Readonly<Record<VerbOutput['stream'], string>>;
  /** Null while it runs. */
  ending: Ending | null;
}

export interface OutputLine {
  stream: VerbOutput['stream'];
  text: SafeText;
}

/**
 * How it ended, in words. `warn`: it was done, and what it says is bad. `unknown`: it may have happened or not.
 * `not-begun`: certainly nothing was run.
 */
export interface Ending {
  level: 'good' | 'warn' | 'bad' | 'unknown' | 'not-begun';
  outcome: SafeText;
  next: SafeText;
}

const LINES_MAX = 2000;
/** A longer line is cut: it is laid out anew with each frame. In code units. */
const LINE_MAX = 4000;

/** ssh lost the host, or the job goes on there without us. */
const UNKNOWN_CODES: ReadonlySet<number> = new Set([31, 255]);

export function startJob(number: number, verb: Verb, now: number): PowerJob {
  const held = { stdout: '', stderr: '' };
  return { number, verb, startedAt: now, endedAt: null, lines: [], open: false, held, ending: null };
}

export function addOutput(job: PowerJob, output: VerbOutput): PowerJob {
  const { stream } = output;
  const { text, held } = sanitizePiece(job.held[stream], output.text);
  const after = { ...job, held: { ...job.held, [stream]: held } };
  if (text === '') return after;
  const last = job.lines.at(-1);
  const [first = '', ...rest] = text.split('\n');
  const continues = job.open && last?.stream === stream;
  const head = continues
    ? [...job.lines.slice(0, -1), line(stream, last.text + first)]
    : [...job.lines, line(stream, first)];
  const lines = [...head, ...rest.map((row) => line(stream, row))];
  const open = lines.at(-1)?.text !== '';
  return { ...after, lines: (open ? lines : lines.slice(0, -1)).slice(-LINES_MAX), open };
}

export function endJob(job: PowerJob, result: VerbResult, now: number): PowerJob {
  const shown = job.lines.length > 0 ? job : showAll(job, result);
  return { ...shown, open: false, endedAt: now, ending: endingOf(job.verb, result) };
}

/** What is known of a verb whose call failed. */
export type FailedAs = 'unknown' | 'not-begun' | 'bad';

export function failJob(job: PowerJob, failure: Failure, level: FailedAs, now: number): PowerJob {
  const next = level === 'unknown' ? LOOK_FIRST : failure.hint;
  const outcome = level === 'not-begun' ? safe`not begun: ${failure.why}` : failure.why;
  return { ...job, open: false, endedAt: now, ending: { level, outcome, next } };
}

const LOOK_FIRST = safe`press i: ask for the state before anything else`;

/** A daemon that does not stream sends all of it with the result. */
function showAll(job: PowerJob, result: VerbResult): PowerJob {
  const out = addOutput(job, { stream: 'stdout', text: result.stdout });
  return addOutput({ ...out, open: false }, { stream: 'stderr', text: result.stderr });
}

function endingOf(verb: Verb, result: VerbResult): Ending {
  const warnings = (result.warnings ?? []).map((warning) => ` ${sanitize(warning)}`).join('');
  const said = result.outcome === undefined ? null : sanitize(result.outcome + warnings);
  const code = result.exit_code;
  if (result.begun === false) {
    const outcome = said ?? safe`not begun: the host was not reached`;
    return { level: 'not-begun', outcome, next: safe`mend the way to the host, then ask for it again` };
  }
  if (code === 0) {
    const outcome = said ?? safe`${sanitize(verb)} done`;
    return saysQemuIsSilent(outcome)
      ? { level: 'warn', outcome, next: safe`press c: cycle starts a fresh QEMU` }
      : { level: 'good', outcome, next: afterwards(verb) };
  }
  if (code === null || UNKNOWN_CODES.has(code)) {
    const outcome =
      said ?? safe`the outcome of ${sanitize(verb)} is unknown: the host did not answer to the end`;
    return { level: 'unknown', outcome, next: LOOK_FIRST };
  }
  if (result.rejected) {
    return {
      level: 'bad',
      outcome: said ?? safe`the host refused ${sanitize(verb)}; nothing was changed`,
      next: safe``,
    };
  }
  const outcome = said ?? safe`${sanitize(verb)} failed with exit code ${code}`;
  return { level: 'bad', outcome, next: safe`read the output above; press i: ask for the state` };
}

function afterwards(verb: Verb): SafeText {
  if (!isMutating(verb)) return safe``;
  return verb === 'stop'
    ? safe`the VM is down and stays down; ^X u starts it`
    : safe`check that the VM answers: ^X 1 runs the triage`;
}

function line(stream: VerbOutput['stream'], text: string): OutputLine {
  const clean = sanitize(text);
  if (clean.length <= LINE_MAX) return { stream, text: clean };
  return { stream, text: safe`${sliceSafe(clean, 0, LINE_MAX)}…` };
}
