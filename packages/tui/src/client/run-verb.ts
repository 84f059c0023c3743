import {
  EVENT_STREAM,
  fillPath,
  routes,
  type Verb,
  type VerbOutput,
  type VerbResult,
  verbOutput,
  verbResult,
} from '@breakglass/shared';
import { type Asked, mediaType, readAnswer } from './answer.ts';
import { ApiError } from './api-error.ts';
import type { Connection } from './connection.ts';
import { readFrames } from './frames.ts';
import { parseJson } from './parse-json.ts';

/** Longer than any verb may take on the host. */
const VERB_MS = 660_000;

export interface RunVerbOptions {
  /** Ends the view, never the verb. */
  signal?: AbortSignal;
  onOutput?: (output: VerbOutput) => void;
}

/** Runs a verb to its end and hands its output on as it comes. */
export async function runVerb(
  connection: Connection,
  asked: Asked,
  verb: Verb,
  { signal, onOutput }: RunVerbOptions = {},
): Promise<VerbResult> {
  const deadline = AbortSignal.timeout(VERB_MS);
  const response = await connection.send({
    method: routes.runVerb.method,
    path: fillPath(routes.runVerb.path, { verb }),
    headers: { accept: EVENT_STREAM },
    streams: true,
    signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
  });
  const streams = mediaType(response) === EVENT_STREAM;
  try {
    if (!streams) return await readAnswer(response, routes.runVerb.responses, asked);
    const result = await readResult(response.body, onOutput);
    if (result !== null) return result;
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (error instanceof ApiError && !(error.kind === 'protocol' && error.status === 200)) throw error;
    throw outcomeUnknown(
      verb,
      deadline.aborted ? 'no result within 11 minutes' : 'the connection was lost',
      error,
    );
  }
  throw outcomeUnknown(verb, 'the stream ended');
}

/** The result, or null where the stream ends without one that can be read. A broken piece of output must not cost the outcome. */
async function readResult(
  body: AsyncIterable<Uint8Array>,
  onOutput: RunVerbOptions['onOutput'],
): Promise<VerbResult | null> {
  for await (const { event, data } of readFrames(body)) {
    if (event === 'output') {
      const output = verbOutput.safeParse(parseJson(data));
      if (output.success) onOutput?.(output.data);
    }
    if (event === 'result') {
      const result = verbResult.safeParse(parseJson(data));
      return result.success ? result.data : null;
    }
  }
  return null;
}

function outcomeUnknown(verb: Verb, why: string, cause?: unknown): ApiError {
  return new ApiError('unknown', `${why} before ${verb} had reported its end: the outcome is unknown`, {
    hint: 'the job on the host goes on by itself: run `breakglass pve status`, and repeat nothing before',
    cause,
  });
}
