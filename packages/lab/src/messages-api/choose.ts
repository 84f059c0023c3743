import type { Conversation } from './request.ts';
import type { Block, Matcher, Scenario, Step } from './scenario.ts';

/** Pure: the first step that fits and is not used up, or null. `used` counts uses by the step's index. */
export function chooseStep(
  { steps }: Scenario,
  conversation: Conversation,
  used: readonly number[],
): { step: Step; index: number } | null {
  const index = steps.findIndex(
    (step, at) => (used[at] ?? 0) < (step.times ?? Number.POSITIVE_INFINITY) && fits(step, conversation),
  );
  const step = steps[index];
  return step === undefined ? null : { step, index };
}

/** Pure: a block with its `{{names}}` filled in from the conversation. */
export function fill(block: Block, { prompts, toolResults }: Conversation): Block {
  if (!('text' in block)) return block;
  const values: Record<string, string> = {
    first_prompt: prompts[0] ?? '',
    prompt: prompts.at(-1) ?? '',
    prompts: String(prompts.length),
    tool_result: toolResults.join('\n'),
  };
  return { ...block, text: block.text.replace(/\{\{(\w+)\}\}/g, (whole, name) => values[name] ?? whole) };
}

function fits({ when }: Step, { prompts, toolResults }: Conversation): boolean {
  if (when.tool_result !== undefined) {
    const { tool_result } = when;
    return toolResults.some((result) => matches(tool_result, result));
  }
  if (when.prompt === undefined) return true;
  return toolResults.length === 0 && matches(when.prompt, prompts.at(-1) ?? '');
}

function matches(matcher: Matcher, value: string): boolean {
  return typeof matcher === 'string' ? value.includes(matcher) : new RegExp(matcher.regex, 'is').test(value);
}
