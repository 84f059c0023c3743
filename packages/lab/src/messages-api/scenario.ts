import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/**
 * What the stand-in answers, as data: a list of steps. The first step whose `when` fits the newest message of a
 * request gives the answer. Scenario files lie in `packages/lab/scenarios`.
 */

/** A substring, or `{regex}` (flags `is`). */
const matcher = z.union([z.string(), z.strictObject({ regex: z.string() })]);
export type Matcher = z.infer<typeof matcher>;

const textBlock = z.strictObject({
  /** May hold `{{first_prompt}}`, `{{prompt}}`, `{{prompts}}` (how many) and `{{tool_result}}`. */
  text: z.string(),
  /** Characters in one delta. */
  chunk: z.int().positive().default(16),
  /** Pause before each delta. */
  delay_ms: z.number().nonnegative().default(0),
});

const toolBlock = z.strictObject({ tool: z.string(), input: z.record(z.string(), z.unknown()) });

/** What an answer is made of. Two tool blocks in one answer are parallel calls. */
const block = z.union([textBlock, toolBlock]);
export type Block = z.infer<typeof block>;

/** An answer that goes wrong. `stall`, `drop` and `malformed` come after the step's own blocks. */
const fault = z.union([
  z.strictObject({ status: z.int().min(400).max(599), message: z.string().default('simulated fault') }),
  /** Not even headers. */
  z.strictObject({ silent: z.literal(true) }),
  z.strictObject({ stall: z.literal(true) }),
  z.strictObject({ drop: z.literal(true) }),
  z.strictObject({ malformed: z.literal(true) }),
]);
export type Fault = z.infer<typeof fault>;

const step = z.strictObject({
  when: z
    .strictObject({
      /** The newest message is a prompt that fits. */
      prompt: matcher.optional(),
      /** The newest message holds a tool's result that fits. */
      tool_result: matcher.optional(),
    })
    .default({}),
  /** After this many uses the step is passed over. */
  times: z.int().positive().optional(),
  reply: z.array(block).default([]),
  fault: fault.optional(),
});
export type Step = z.infer<typeof step>;

export const scenario = z.strictObject({ name: z.string(), steps: z.array(step).min(1) });
export type Scenario = z.infer<typeof scenario>;
/** A scenario as it is written, with its defaults left out. */
export type ScenarioInput = z.input<typeof scenario>;

/**
 * Reads `packages/lab/scenarios/<name>.json`.
 * @throws {Error} that names the file and what is wrong with it
 */
export async function readScenario(name: string): Promise<Scenario> {
  const file = new URL(`../../scenarios/${name}.json`, import.meta.url);
  const parsed = scenario.safeParse(JSON.parse(await readFile(file, 'utf8')));
  if (!parsed.success) throw new Error(`${file.pathname}:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
