import type { Bash, ExecResult } from 'just-bash';
import { complaint } from './devvm/answer.ts';
import { bootMachine, newDisk } from './devvm/boot.ts';
import type { Machine } from './devvm/machine.ts';
import { createShell } from './devvm/shell.ts';
import type { CommandIo, Reachability } from './ssh-server.ts';
import type { Story } from './stories/story.ts';
import { guestPower, readVm } from './vm-state.ts';

/** From power-on to a working sshd, before `speed` divides it. */
const BOOT_MS = 6_000;

interface Booted {
  boot: number;
  machine: Machine;
  shell: Bash;
}

/** The guest of the simulated VM: what its sshd does, given what the hypervisor's files say of it. */
export class DevvmHost {
  readonly #vmDir: string;
  readonly #story: Story;
  readonly #speed: number;
  readonly #disk;
  #booted: Promise<Booted> | null = null;
  #boot = 0;

  constructor(vmDir: string, story: Story, speed: number) {
    this.#vmDir = vmDir;
    this.#story = story;
    this.#speed = speed;
    this.#disk = newDisk(story);
  }

  async reachability(): Promise<Reachability> {
    const vm = await readVm(this.#vmDir);
    if (vm.silent) return 'hangs';
    const up = Date.now() - vm.bootedAt;
    return vm.status === 'stopped' || up < BOOT_MS / this.#speed ? 'resets' : 'serves';
  }

  async run(command: string, io: CommandIo): Promise<number> {
    const { machine, shell } = await this.#current();
    const result = await execute(shell, command, io.signal);
    await io.write(Buffer.from(result.stdout, result.stdoutKind === 'bytes' ? 'latin1' : 'utf8'));
    await io.writeError(result.stderr);
    const { wanted } = machine;
    machine.wanted = null;
    if (wanted !== null) await guestPower(this.#vmDir, wanted);
    return result.exitCode;
  }

  /** The machine of the present boot. It is made when somebody first looks, on the disk of the boots before. */
  async #current(): Promise<Booted> {
    const vm = await readVm(this.#vmDir);
    if (this.#booted === null || this.#boot !== vm.boots) {
      // A boot that nobody could look at still happened: its journal is what the next one finds.
      if (this.#boot === 0 && vm.boots > 1) await this.#start(1, vm.bootedAt - 3 * 24 * 60 * 60_000);
      this.#boot = vm.boots;
      this.#booted = this.#start(vm.boots, vm.bootedAt);
    }
    return this.#booted;
  }

  async #start(boot: number, bootedAt: number): Promise<Booted> {
    const machine = await bootMachine(this.#disk, boot, bootedAt, this.#story);
    return { boot, machine, shell: createShell(machine) };
  }
}

/** The emulator gives up on a script whose write fails. A full disk is the machine's fault, not the lab's. */
async function execute(shell: Bash, command: string, signal: AbortSignal): Promise<ExecResult> {
  try {
    return await shell.exec(command, { signal, rawScript: true });
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('ENOSPC')) throw error;
    return complaint('bash: write error: No space left on device\n');
  }
}
