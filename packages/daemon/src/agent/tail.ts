import type { Readable } from 'node:stream';

/** Drains a stream and keeps its last bytes. Call the result to get them as text, trimmed. */
export function tailOf(stream: Readable, maxBytes: number): () => string {
  let kept = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]).subarray(-maxBytes);
  });
  return () => kept.toString('utf8').trim();
}
