/** Whether a verb that went well found a QEMU that does not answer: the daemon's sentence, or the host's own line. */
export function saysQemuIsSilent(outcome: string): boolean {
  return /QEMU does not answer|\bqmp[=:] ?silent\b/.test(outcome);
}
