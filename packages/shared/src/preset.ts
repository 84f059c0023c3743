/** The presets: ready prompts for the known failures. Each has a runbook of the same name. */

export const PRESET_NAMES = ['triage', 'memory', 'disk', 'services', 'qemu'] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

export interface Preset {
  name: PresetName;
  /** A few words for a menu. */
  title: string;
  /** What is sent to the agent. */
  prompt: string;
}

export const PRESETS: readonly Preset[] = [
  {
    name: 'triage',
    title: 'what is wrong?',
    prompt:
      'The devvm is in trouble. Find out what is wrong: reachability, load, memory, disk, failed services, ' +
      'kernel messages. Change nothing yet. End with the most likely cause and the one next step you propose.',
  },
  {
    name: 'memory',
    title: 'out of memory',
    prompt:
      'Suspect memory exhaustion on the devvm. Find what eats the memory and what the OOM killer did, ' +
      'free memory with the least harm (ask before ending anything that holds unsaved work), and verify.',
  },
  {
    name: 'disk',
    title: 'disk full',
    prompt:
      'Suspect a full disk on the devvm. Find which file system is full (bytes or inodes) and what fills it, ' +
      'free space with the least harm (logs and caches first, never user data), and verify.',
  },
  {
    name: 'services',
    title: 'dead services',
    prompt:
      'Check the services of the devvm. Find failed or hung units and why they failed, repair and restart ' +
      'them, and verify that they stay up.',
  },
  {
    name: 'qemu',
    title: 'wedged QEMU',
    prompt:
      'Suspect that QEMU itself is wedged. Compare what the hypervisor says (ssh pve status, ssh pve ' +
      'forensics) with whether the devvm answers. Say whether reset can help or only cycle can, and why, ' +
      'before anything is powered off.',
  },
];

/** The preset of this name, if there is one. */
export function findPreset(name: string): Preset | undefined {
  return PRESETS.find((preset) => preset.name === name);
}

const TITLE_LENGTH = 80;

/**
 * A session's title, from its first prompt: the name of a preset, or the first line, short enough for a list.
 * Null where the prompt has no words.
 */
export function titleOf(prompt: string): string | null {
  const trimmed = prompt.trim();
  const preset = PRESETS.find((candidate) => candidate.prompt === trimmed);
  if (preset !== undefined) return `${preset.name}: ${preset.title}`;
  const characters = [...(trimmed.split('\n', 1)[0] ?? '')];
  if (characters.length === 0) return null;
  if (characters.length <= TITLE_LENGTH) return characters.join('');
  return `${characters.slice(0, TITLE_LENGTH - 1).join('')}…`;
}
