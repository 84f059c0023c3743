import { finished, type Readable } from 'node:stream';

/** Drains a stream to its end and keeps its last bytes, as text. Never rejects. */
export function tailOf(stream: Readable, maxBytes: number): Promise<string> {
  let kept = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]).subarray(-maxBytes);
  });
  return new Promise((resolve) => finished(stream, () => resolve(kept.toString('utf8'))));
}
