import { findPreset, PRESET_NAMES, PRESETS, type PresetName } from '@breakglass/shared';

/** Words that point to a runbook. The first list with a hit wins: from the particular to the general. */
const KEYWORDS: readonly [PresetName, RegExp][] = [
  ['qemu', /\b(qemu|wedged|hypervisor|cycle|reset|frozen)\b/i],
  ['memory', /\b(memory|ram|oom|swap)\b/i],
  ['disk', /\b(disk|space|inodes?|full|df)\b/i],
  ['services', /\b(services?|units?|systemd|systemctl|daemon|failed)\b/i],
  ['triage', /\b(triage|wrong|slow|sick|help|diagnos\w*|check|trouble|status|what)\b/i],
];

/** Pure: the runbook that a prompt asks for, or null where it can't be told. */
export function chooseRunbook(prompt: string): PresetName | null {
  const trimmed = prompt.trim();
  const exact = PRESETS.find((preset) => preset.prompt === trimmed);
  if (exact) return exact.name;
  const [firstWord = ''] = trimmed.replace(/^\//, '').split(/\s/, 1);
  const named = findPreset(firstWord.toLowerCase());
  if (named) return named.name;
  return KEYWORDS.find(([, words]) => words.test(trimmed))?.[0] ?? null;
}

/** Said before the triage where a prompt asks for no runbook that is known. */
export const NOT_UNDERSTOOD =
  'No model is used here, so your words were not understood; this is the triage, which only looks. ' +
  `The runbooks: ${PRESET_NAMES.map((name) => `/${name}`).join(', ')}.`;
