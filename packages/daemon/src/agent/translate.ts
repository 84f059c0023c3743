import type { EventBody } from '@breakglass/shared';
import { boundInput, boundOutput } from './bounded-output.ts';
import type { ClaudeLine, ToolResultBlock } from './claude-lines.ts';

/** What one line's translation needs of the lines before it. */
export interface Translation {
  model: string | null;
  /** The text block that is being streamed: whose message, and how much of it was shown. */
  streamed: { messageId: string; text: string };
  /** Tool calls without a result yet: call id → the command, or the tool's name. */
  openCalls: ReadonlyMap<string, string>;
  /** Whether the newest event is prose: then another block of prose needs a gap. */
  inProse: boolean;
}

export const freshTranslation: Translation = {
  model: null,
  streamed: { messageId: '', text: '' },
  openCalls: new Map(),
  inProse: false,
};

/** Pure: the events that a line stands for, and the state for the next. `expectedTools` is the agent file's list. */
export function translate(
  state: Translation,
  line: ClaudeLine,
  expectedTools: readonly string[] = [],
): { state: Translation; events: EventBody[] } {
  const { next, events } = step(state, line, expectedTools);
  const last = events.at(-1);
  return { state: last === undefined ? next : { ...next, inProse: last.kind === 'text' }, events };
}

interface Step {
  next: Translation;
  events: EventBody[];
}

function step(state: Translation, line: ClaudeLine, expectedTools: readonly string[]): Step {
  switch (line.type) {
    case 'system':
      return line.subtype === 'init' ? onInit(state, line, expectedTools) : onRetry(state, line);
    case 'stream_event':
      return onStream(state, line.event);
    case 'assistant':
      return onAssistant(state, line);
    case 'user':
      return onToolResults(state, line);
    case 'result':
      return { next: state, events: [resultOf(state, line)] };
    default:
      return { next: state, events: [] };
  }
}

type LineOf<T extends ClaudeLine['type']> = Extract<ClaudeLine, { type: T }>;
type Init = Extract<LineOf<'system'>, { subtype: 'init' }>;
type Retry = Extract<LineOf<'system'>, { subtype: 'api_retry' }>;

function onInit(state: Translation, line: Init, expectedTools: readonly string[]): Step {
  const events: EventBody[] = [{ kind: 'session', session_id: line.session_id }];
  const missing = expectedTools.filter((tool) => !line.tools.includes(tool));
  if (missing.length > 0) {
    const text = `The agent's file asks for tools that this claude CLI does not have: ${missing.join(', ')}.`;
    events.push({ kind: 'notice', level: 'warn', code: 'agent-tools-missing', text });
  }
  return { next: { ...state, model: line.model }, events };
}

function onRetry(state: Translation, { attempt, max_retries, error_status }: Retry): Step {
  const why = error_status ? `fails (${error_status})` : 'does not answer';
  const text =
    `The model's API ${why}, try ${attempt} of ${max_retries}. ` +
    'The power path still works: breakglass pve status.';
  return { next: state, events: [{ kind: 'notice', level: 'warn', code: 'model-retry', text }] };
}

function onStream(state: Translation, event: LineOf<'stream_event'>['event']): Step {
  const { streamed } = state;
  if (event.type === 'message_start') {
    return { next: { ...state, streamed: { messageId: event.message?.id ?? '', text: '' } }, events: [] };
  }
  if (event.type === 'content_block_start') {
    return { next: { ...state, streamed: { ...streamed, text: '' } }, events: [] };
  }
  const delta = event.type === 'content_block_delta' ? event.delta?.text : undefined;
  if (!delta) return { next: state, events: [] };
  const gap = state.inProse && streamed.text === '' ? BLOCK_GAP : '';
  return {
    next: { ...state, streamed: { ...streamed, text: streamed.text + delta } },
    events: [{ kind: 'text', text: gap + delta }],
  };
}

const BLOCK_GAP = '\n\n';

function onAssistant(state: Translation, { message, error }: LineOf<'assistant'>): Step {
  let { openCalls, inProse } = state;
  const shown = message.id === state.streamed.messageId ? state.streamed.text : '';
  const events: EventBody[] = [];
  for (const block of message.content) {
    if (isBlock(block, 'text') && error === undefined) {
      // The whole block again after its deltas: show only what they left out.
      const rest = block.text.startsWith(shown) ? block.text.slice(shown.length) : block.text;
      const gap = inProse && shown === '' ? BLOCK_GAP : '';
      if (rest !== '') events.push({ kind: 'text', text: gap + rest });
    } else if (isBlock(block, 'tool_use')) {
      events.push({ kind: 'tool', call_id: block.id, name: block.name, input: boundInput(block.input) });
      openCalls = new Map(openCalls).set(block.id, commandOf(block));
    }
    inProse = events.at(-1)?.kind === 'text';
  }
  return { next: { ...state, openCalls }, events };
}

function onToolResults(state: Translation, { message }: LineOf<'user'>): Step {
  if (typeof message.content === 'string') return { next: state, events: [] };
  const results = message.content.filter((block) => isBlock(block, 'tool_result'));
  const openCalls = new Map(state.openCalls);
  const events = results.map((block): EventBody => {
    openCalls.delete(block.tool_use_id);
    const is_error = block.is_error ?? false;
    return { kind: 'tool_result', call_id: block.tool_use_id, is_error, ...boundOutput(outputOf(block)) };
  });
  return { next: { ...state, openCalls }, events };
}

function resultOf(state: Translation, line: LineOf<'result'>): EventBody {
  const turns = line.num_turns;
  return {
    kind: 'result',
    is_error: line.is_error,
    result: boundOutput(line.result ?? line.errors?.join('\n') ?? line.subtype).output,
    duration_ms: line.duration_ms ?? null,
    ...(line.total_cost_usd !== undefined && { cost_usd: line.total_cost_usd }),
    ...(turns !== undefined && Number.isInteger(turns) && { turns }),
    ...(state.model !== null && { model: state.model }),
  };
}

type Block = LineOf<'assistant'>['message']['content'][number] | ToolResultBlock;

/** The catch-all block's `type` is any string, so the discriminant alone does not narrow. */
function isBlock<B extends Block, T extends string>(block: B, type: T): block is Extract<B, { type: T }> {
  return block.type === type;
}

function outputOf({ content = '' }: ToolResultBlock): string {
  if (typeof content === 'string') return content;
  return content
    .map((part) => (typeof part['text'] === 'string' ? part['text'] : `[${part.type}]`))
    .join('\n');
}

function commandOf({ name, input }: { name: string; input?: unknown }): string {
  const command = input && typeof input === 'object' && 'command' in input ? input.command : undefined;
  return typeof command === 'string' ? command : name;
}
