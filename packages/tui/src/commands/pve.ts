import {
  isMutating,
  isVerb,
  type MutatingVerb,
  type Target,
  VERB_EFFECTS,
  VERBS,
  type Verb,
} from '@breakglass/shared';
import { CommandError, EXIT } from '../exit.ts';
import { joinSafe, padSafe, type SafeText, safe, sanitizeLine } from '../text/sanitize.ts';
import { sanitizePiece } from '../text/sanitize-stream.ts';
import { canAsk, confirm, type Question } from './confirm.ts';
import type { CommandContext } from './context.ts';
import { catchInterrupt } from './interrupt.ts';
import { print, printJson, say } from './output.ts';
import { verbOutcome } from './verb-outcome.ts';

/** Runs a power verb on the host: live output, then one line about how it ended. */
export async function pve(context: CommandContext, word: string, { yes }: { yes: boolean }): Promise<number> {
  if (word === 'verbs') return listVerbs(context);
  if (!isVerb(word)) {
    throw new CommandError(
      EXIT.usage,
      `there is no verb "${word}"`,
      `verbs: ${VERBS.join(', ')}; also: pve verbs`,
    );
  }
  if (isMutating(word) && !yes) await getConfirmation(context, word);
  return run(context, word);
}

async function listVerbs({ api, json }: CommandContext): Promise<number> {
  const list = await api.verbs();
  if (json) await printJson(list);
  else {
    const verbs = list.verbs.map((verb) => safe`${padSafe(sanitizeLine(verb), 10)} ${effectOf(verb)}\n`);
    await print(safe`${nameTargets(list.targets)}\n${joinSafe(verbs)}`);
  }
  return EXIT.ok;
}

/** @throws CommandError where there is nobody to ask, or the answer is no */
async function getConfirmation({ api, noInput }: CommandContext, verb: MutatingVerb): Promise<void> {
  if (noInput || !canAsk()) {
    throw new CommandError(
      EXIT.usage,
      `${verb} changes the VM and there is nobody to ask: nothing was done`,
      `it ${VERB_EFFECTS[verb]}\nif that is what you want: breakglass pve ${verb} --yes`,
    );
  }
  const { targets } = await api.verbs();
  const asked = question(verb, targets);
  if (await confirm(asked)) return;
  throw new CommandError(EXIT.refused, `not confirmed ("${asked.yes}" was wanted): nothing was done`);
}

/** Stop leaves the VM down, and several targets are easily mixed up: both want the name typed. */
function question(verb: MutatingVerb, targets: readonly Target[]): Question {
  const [only] = targets;
  const asked = safe`${capital(verb)} ${nameTargets(targets)}? It ${effectOf(verb)}.`;
  if (only === undefined || (verb !== 'stop' && targets.length === 1)) {
    return { text: asked, prompt: safe`${capital(verb)} it? [y/N] `, yes: 'y' };
  }
  const prompt = safe`Type ${sanitizeLine(only.name)} to ${sanitizeLine(verb)} it; anything else: no > `;
  return { text: asked, prompt, yes: only.name };
}

function nameTargets(targets: readonly Target[]): SafeText {
  if (targets.length === 0) return safe`the VM`;
  const named = targets.map(({ id, name, simulated }) => {
    const label = simulated ? safe`SIMULATED ` : safe``;
    return safe`${label}VM ${sanitizeLine(id)} (${sanitizeLine(name)})`;
  });
  return joinSafe(named, safe`, `);
}

function effectOf(verb: Verb): SafeText {
  return sanitizeLine(VERB_EFFECTS[verb]);
}

function capital(verb: MutatingVerb): SafeText {
  return sanitizeLine(verb.charAt(0).toUpperCase() + verb.slice(1));
}

async function run({ api, json }: CommandContext, verb: Verb): Promise<number> {
  using interrupt = catchInterrupt();
  const show = outputWriter();
  try {
    const result = await api.runVerb(verb, {
      signal: interrupt.signal,
      ...(json ? {} : { onOutput: ({ stream, text }) => show(stream, text) }),
    });
    const outcome = verbOutcome(result);
    for (const warning of result.warnings ?? []) say(safe`warning: ${sanitizeLine(warning)}`);
    if (json) await printJson(result);
    else if (outcome.exitCode === EXIT.ok) say(sanitizeLine(outcome.said));
    else throw new CommandError(outcome.exitCode, outcome.said, outcome.hint);
    return outcome.exitCode;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    throw new CommandError(
      EXIT.interrupted,
      `left before ${verb} had reported its end; the job on the host goes on`,
      'run `breakglass pve status` to see what became of it',
    );
  }
}

/** Passes the host's output on to our own stdout and stderr, made safe. */
function outputWriter(): (stream: 'stdout' | 'stderr', text: string) => void {
  const held = { stdout: '', stderr: '' };
  return (stream, piece) => {
    const { text, held: rest } = sanitizePiece(held[stream], piece);
    held[stream] = rest;
    if (stream === 'stdout') void print(text);
    else process.stderr.write(text);
  };
}
