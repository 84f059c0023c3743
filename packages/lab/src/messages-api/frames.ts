import { randomUUID } from 'node:crypto';
import type { Block } from './scenario.ts';

/** One server-sent event of a streamed message, and the pause before it. */
export interface Frame {
  data: { type: string } & Record<string, unknown>;
  delayMs: number;
}

/** Ends a message that was not broken off. */
export interface MessageEnd {
  stopReason: 'end_turn' | 'tool_use';
  outputTokens: number;
}

/** Pure but for the ids: the events of one answer, in the shapes and the order of the streaming Messages API. */
export function* framesOf(model: string, blocks: readonly Block[]): Generator<Frame, MessageEnd> {
  yield now({ type: 'message_start', message: { ...emptyMessage(model) } });
  yield now({ type: 'ping' });
  let outputTokens = 0;
  for (const [index, block] of blocks.entries()) {
    yield now({ type: 'content_block_start', index, content_block: startOf(block) });
    for (const { delta, delayMs } of deltasOf(block)) {
      outputTokens += 1;
      yield { data: { type: 'content_block_delta', index, delta }, delayMs };
    }
    yield now({ type: 'content_block_stop', index });
  }
  return { stopReason: stopReasonOf(blocks), outputTokens };
}

/** The two events after the last block. */
export function endFrames({ stopReason, outputTokens }: MessageEnd): Frame[] {
  const delta = { stop_reason: stopReason, stop_sequence: null };
  return [
    now({ type: 'message_delta', delta, usage: { output_tokens: outputTokens } }),
    now({ type: 'message_stop' }),
  ];
}

/** The same answer to a request that does not stream. */
export function wholeMessage(model: string, blocks: readonly Block[]) {
  const content = blocks.map((block) =>
    'text' in block ? { type: 'text', text: block.text } : { ...startOf(block), input: block.input },
  );
  return { ...emptyMessage(model), content, stop_reason: stopReasonOf(blocks) };
}

function stopReasonOf(blocks: readonly Block[]): MessageEnd['stopReason'] {
  return blocks.some((block) => 'tool' in block) ? 'tool_use' : 'end_turn';
}

function emptyMessage(model: string) {
  return {
    id: `msg_${randomUUID().replaceAll('-', '')}`,
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 100, output_tokens: 1 },
  };
}

function startOf(block: Block) {
  if ('text' in block) return { type: 'text', text: '' };
  return { type: 'tool_use', id: `toolu_${randomUUID().replaceAll('-', '')}`, name: block.tool, input: {} };
}

function* deltasOf(block: Block): Generator<{ delta: object; delayMs: number }> {
  if ('text' in block) {
    for (const text of pieces(block.text, block.chunk)) {
      yield { delta: { type: 'text_delta', text }, delayMs: block.delay_ms };
    }
    return;
  }
  for (const partial_json of pieces(JSON.stringify(block.input), 24)) {
    yield { delta: { type: 'input_json_delta', partial_json }, delayMs: 0 };
  }
}

/** Cuts between characters, never inside one. */
function* pieces(text: string, length: number): Generator<string> {
  const characters = Array.from(text);
  for (let at = 0; at < characters.length; at += length) yield characters.slice(at, at + length).join('');
}

function now(data: Frame['data']): Frame {
  return { data, delayMs: 0 };
}
