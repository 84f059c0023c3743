import { readFile } from 'node:fs/promises';

/** What an agent is told to be: the front matter and the body of `agents/<name>.md`. */
export interface AgentDefinition {
  description: string;
  /** The tools that it may see, and no others. */
  tools: readonly string[];
  prompt: string;
}

/** @throws {Error} with the file and the next step, where it can't be read or says too little */
export async function readAgentFile(file: string): Promise<AgentDefinition> {
  let source: string;
  try {
    source = await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`The agent file ${file} can't be read (${code}). Check BREAKGLASS_AGENT.`);
  }
  const definition = parseAgentFile(source);
  if (definition === null) {
    throw new Error(
      `The agent file ${file} needs a front matter with "description" and "tools", and a body.`,
    );
  }
  return definition;
}

/**
 * Pure. Front matter is flat `name: value` lines between two `---`, as the CLI's own agent files have it;
 * `tools` is a list with commas. Null where something is missing.
 */
export function parseAgentFile(source: string): AgentDefinition | null {
  const match = /^---\r?\n(.*?)\r?\n---\r?\n(.*)$/s.exec(source);
  if (!match) return null;
  const [, front = '', body = ''] = match;
  const pairs = front.split(/\r?\n/).map((line) => /^(\w+):\s*(.*?)\s*$/.exec(line));
  const field = (name: string) =>
    pairs.find((pair) => pair?.[1] === name)?.[2]?.replace(/^(["'])(.*)\1$/, '$2');
  const description = field('description');
  const tools = field('tools')
    ?.split(',')
    .map((tool) => tool.trim());
  const prompt = body.trim();
  if (!description || !tools || tools.includes('') || prompt === '') return null;
  return { description, tools, prompt };
}
