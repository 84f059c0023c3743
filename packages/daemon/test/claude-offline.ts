import { type ScenarioInput, startMessagesApi } from '@breakglass/lab/messages-api';
import { claudeHarness } from './claude-harness.ts';

/** For tests: the real CLI, offline. Its API is the lab's stand-in. */
export async function offline(scenario: ScenarioInput | string, env: Record<string, string> = {}) {
  const stack = new AsyncDisposableStack();
  const api = stack.use(await startMessagesApi({ scenario }));
  const credentials = { ANTHROPIC_BASE_URL: api.url, ANTHROPIC_API_KEY: 'sk-stand-in' };
  const harness = stack.use(await claudeHarness({ ...credentials, ...env }));
  return { api, harness, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

export const hello: ScenarioInput = { name: 'hello', steps: [{ reply: [{ text: 'hello there' }] }] };

/** One answer with these Bash calls in it, then one that ends the turn. */
export const bash = (...commands: string[]): ScenarioInput => ({
  name: 'bash',
  steps: [
    { when: { tool_result: '' }, reply: [{ text: 'done' }] },
    { reply: [{ text: 'I look.' }, ...commands.map((command) => ({ tool: 'Bash', input: { command } }))] },
  ],
});
