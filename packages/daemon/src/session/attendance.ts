import type { Presence } from '@breakglass/shared';

interface Attachment {
  operator: string;
  since: string;
  onChange(presence: Presence): void;
}

/** Who is attached to which session. Not history: it is never logged, and a restart forgets it. */
export class Attendance {
  readonly #attached = new Map<string, Set<Attachment>>();

  /** @returns a function that detaches */
  attach(sessionId: string, attachment: Attachment): () => void {
    const attached = this.#attached.get(sessionId) ?? new Set();
    this.#attached.set(sessionId, attached.add(attachment));
    this.#announce(sessionId);
    return () => {
      if (!attached.delete(attachment)) return;
      if (attached.size === 0) this.#attached.delete(sessionId);
      this.#announce(sessionId);
    };
  }

  count(sessionId: string): number {
    return this.#attached.get(sessionId)?.size ?? 0;
  }

  /** The sessions that somebody is attached to. */
  sessions(): string[] {
    return [...this.#attached.keys()];
  }

  #announce(sessionId: string): void {
    const attached = [...(this.#attached.get(sessionId) ?? [])];
    const presence = { attached: attached.map(({ operator, since }) => ({ operator, since })) };
    for (const { onChange } of attached) onChange(presence);
  }
}
