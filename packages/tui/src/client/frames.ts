import { createParser, type EventSourceMessage } from 'eventsource-parser';

/** No frame is larger: the daemon cuts the output of a tool far below. In UTF-16 code units. */
const FRAME_MAX = 16 * 1024 * 1024;

/** The event name under which a comment is passed on: the daemon's keep-alives are comments. */
export const COMMENT = ':';

/** A peer that sends a frame over the limit. What came before it was delivered. */
export class FrameTooLarge extends Error {
  override readonly name = 'FrameTooLarge';
}

/** Bytes of an event stream as its frames, wherever the bytes are cut. A frame without its end is dropped. */
export async function* readFrames(
  bytes: AsyncIterable<Uint8Array>,
  maxBufferSize: number = FRAME_MAX,
): AsyncGenerator<EventSourceMessage> {
  const decoder = new TextDecoder();
  let frames: EventSourceMessage[] = [];
  let tooLarge = false;
  const parser = createParser({
    maxBufferSize,
    onEvent: (frame) => frames.push(frame),
    onComment: () => frames.push({ event: COMMENT, id: undefined, data: '' }),
    onError: (error) => {
      tooLarge ||= error.type === 'max-buffer-size-exceeded';
    },
  });
  for await (const chunk of bytes) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    const ready = frames;
    frames = [];
    yield* ready;
    if (tooLarge) throw new FrameTooLarge(`a frame is larger than ${maxBufferSize} characters`);
  }
}
