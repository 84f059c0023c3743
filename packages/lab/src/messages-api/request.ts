import { z } from 'zod';

/** The parts of a Messages API request that the stand-in looks at. The rest is kept, unread. */
const content = z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]);

export const messagesRequest = z.looseObject({
  model: z.string(),
  stream: z.boolean().default(false),
  messages: z.array(z.looseObject({ role: z.string(), content })),
  tools: z.array(z.looseObject({ name: z.string() })).default([]),
});
export type MessagesRequest = z.infer<typeof messagesRequest>;

/** A conversation as far as a scenario cares. */
export interface Conversation {
  /** The texts of the user's messages, without what the CLI adds to them (`<system-reminder>`). */
  prompts: string[];
  /** The results of tools in the newest message; empty where that is a prompt. */
  toolResults: string[];
}

/** Pure: what was asked, from a request. */
export function conversationOf({ messages }: MessagesRequest): Conversation {
  const users = messages.filter((message) => message.role === 'user');
  const prompts = users.map((message) => promptOf(message.content)).filter((prompt) => prompt !== '');
  const newest = users.at(-1)?.content ?? '';
  return { prompts, toolResults: typeof newest === 'string' ? [] : newest.flatMap(toolResultOf) };
}

type Content = z.infer<typeof content>;
type Part = Exclude<Content, string>[number];

function promptOf(value: Content): string {
  const texts = typeof value === 'string' ? [value] : value.flatMap(textOf);
  return texts
    .join('\n')
    .replace(/<system-reminder>.*?<\/system-reminder>/gs, '')
    .trim();
}

function textOf(part: Part): string[] {
  return part.type === 'text' && typeof part['text'] === 'string' ? [part['text']] : [];
}

function toolResultOf(part: Part): string[] {
  if (part.type !== 'tool_result') return [];
  const parsed = content.safeParse(part['content']);
  if (!parsed.success) return [''];
  return [typeof parsed.data === 'string' ? parsed.data : parsed.data.flatMap(textOf).join('\n')];
}
