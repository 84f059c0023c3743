import type { Presence } from '@breakglass/shared';

interface Attachment {
  operator: string;
  since: string;
  onChange(presence: Presence): void;
}

/** Changes within this time are told together: many clients that come at once are not told of each other one by one. */
const GATHER_MS = 50;

/** Who is attached to which session. Not history: it is never logged, and a restart forgets it. */
export class Attendance {
  readonly #attached = new Map<string, Set<Attachment>>();
  readonly #changed = new Set<string>();

  /** @returns a function that detaches */
  attach(sessionId: string, attachment: Attachment): () => void {
    const attached = this.#attached.get(sessionId) ?? new Set();
    this.#attached.set(sessionId, attached.add(attachment));
    this.#change(sessionId);
    return () => {
      if (!attached.delete(attachment)) return;
      if (attached.size === 0) this.#attached.delete(sessionId);
      this.#change(sessionId);
    };
  }

  count(sessionId: string): number {
    return this.#attached.get(sessionId)?.size ?? 0;
  }

  /** The sessions that somebody is attached to. */
  sessions(): string[] {
    return [...this.#attached.keys()];
  }

  #change(sessionId: string): void {
    if (this.#changed.has(sessionId)) return;
    this.#changed.add(sessionId);
    setTimeout(() => {
      this.#changed.delete(sessionId);
      this.#announce(sessionId);
    }, GATHER_MS).unref();
  }

  #announce(sessionId: string): void {
    const attached = [...(this.#attached.get(sessionId) ?? [])];
    const presence = { attached: attached.map(({ operator, since }) => ({ operator, since })) };
    for (const { onChange } of attached) onChange(presence);
  }
}
