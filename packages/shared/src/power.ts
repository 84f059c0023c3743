import { z } from 'zod';

/** The power verbs, in alphabetical order, as `GET /api/pve/verbs` lists them. */
export const VERBS = ['cycle', 'forensics', 'reset', 'start', 'status', 'stop'] as const;

export const verb = z.enum(VERBS);
export type Verb = z.infer<typeof verb>;

/** The verbs that change the VM's state: they need a confirmation and run forensics first. */
export const MUTATING_VERBS = ['cycle', 'reset', 'start', 'stop'] as const satisfies readonly Verb[];
export type MutatingVerb = (typeof MUTATING_VERBS)[number];

export function isVerb(value: string): value is Verb {
  return (VERBS as readonly string[]).includes(value);
}

export function isMutating(value: Verb): value is MutatingVerb {
  return (MUTATING_VERBS as readonly Verb[]).includes(value);
}

/** One line for each verb, for menus, confirmations and help: what it does to the VM. */
export const VERB_EFFECTS: Record<Verb, string> = {
  status: 'asks the hypervisor for the state of the VM; changes nothing',
  forensics: 'captures the state of the VM on the host; changes nothing',
  start: 'powers the VM on',
  stop: 'powers the VM off, hard, and leaves it down',
  reset: 'reboots the guest in the same QEMU process; no help if QEMU itself is wedged',
  cycle: 'powers the VM off, hard, then starts a fresh QEMU; cures a wedged QEMU',
};

/** A VM that verbs may act on. */
export const target = z.object({
  id: z.string(),
  name: z.string(),
  /** True in the lab: nothing real is behind it. */
  simulated: z.boolean(),
});
export type Target = z.infer<typeof target>;

export const verbList = z.object({
  verbs: z.array(verb),
  mutating: z.array(verb),
  targets: z.array(target),
});
export type VerbList = z.infer<typeof verbList>;

/** `reason` goes into the audit trail: why the verb was run, in the operator's words. */
export const verbQuery = z.object({
  reason: z.string().max(500, 'must be at most 500 characters').optional(),
});

/** How a verb ended, buffered. `exit_code` is null where the outcome is unknown (a time-out, no ssh). */
export const verbResult = z.object({
  verb: z.string(),
  exit_code: z.int().nullable(),
  stdout: z.string(),
  stderr: z.string(),
  /** The host refused the verb; nothing was run. */
  rejected: z.boolean(),
  /** One sentence: how it ended and what to do next. */
  outcome: z.string().optional(),
  /** False where it is certain that nothing was run, because the host was never reached. */
  begun: z.boolean().optional(),
  /** What went wrong beside the verb, such as an audit trail that could not be written. */
  warnings: z.array(z.string()).optional(),
});
export type VerbResult = z.infer<typeof verbResult>;

/** A piece of a streamed verb's output. Travels as the named event `output`. */
export const verbOutput = z.object({ stream: z.enum(['stdout', 'stderr']), text: z.string() });
export type VerbOutput = z.infer<typeof verbOutput>;

/** What the daemon last saw of a VM. Travels as the named event `vm` and answers `GET /api/pve/state`. */
export const vmState = z.object({
  target,
  /** Proxmox's word (`running`, `stopped`, `paused` …), or `unknown` before the first answer. */
  state: z.string(),
  /** When that was seen; null before the first answer. */
  observed_at: z.iso.datetime().nullable(),
  /** Why the newest look failed; null when it did not. */
  problem: z.string().nullable(),
  /** The mutating verb that runs now, if any. */
  running_verb: z.object({ job: z.string(), verb, by: z.string(), since: z.iso.datetime() }).nullable(),
});
export type VmState = z.infer<typeof vmState>;
