import { type Command, defineCommand } from 'just-bash';
import { answer, complaint, table } from '../answer.ts';
import { HARDWARE, type Machine } from '../machine.ts';
import { readOptions } from '../options.ts';
import { humanSize } from '../size-text.ts';
import { duCommand } from './du.ts';

/** df, du, truncate, lsblk. */
export function diskCommands(machine: Machine): Command[] {
  return [
    defineCommand('df', async (args) => answer(df(machine, args))),
    duCommand(machine),
    defineCommand('truncate', async (args, context) => {
      const options = readOptions(args, ['s', 'size']);
      const size = parseSize(options.value('s', 'size') ?? '');
      if (size === null || options.operands.length === 0)
        return complaint("truncate: you must specify '--size' and a file\n");
      for (const operand of options.operands)
        await machine.disk.fs.resize(context.fs.resolvePath(context.cwd, operand), size);
      return answer('');
    }),
    defineCommand('lsblk', async () => answer(LSBLK)),
  ];
}

interface FileSystem {
  device: string;
  type: string;
  mount: string;
  sizeKb: number;
  usedKb: number;
  availableKb: number;
  inodes: number;
  inodesUsed: number;
}

function df(machine: Machine, args: string[]): string {
  const options = readOptions(args, ['t', 'x', 'B']);
  const wanted = options.operands;
  const excluded = options.values('x');
  const systems = fileSystems(machine)
    .filter((system) => wanted.length === 0 || wanted.some((path) => mountOf(machine, path) === system.mount))
    .filter((system) => !excluded.includes(system.type));
  const human = options.has('h', 'H', 'human-readable');
  const head = options.has('i', 'inodes')
    ? ['Inodes', 'IUsed', 'IFree', 'IUse%']
    : [human ? ' Size' : '1K-blocks', ' Used', human ? 'Avail' : 'Available', 'Use%'];
  const size = (kb: number) =>
    human ? humanSize(kb * 1024) : String(options.has('m') ? Math.ceil(kb / 1024) : kb);
  const numbers = (system: FileSystem) => {
    if (!options.has('i', 'inodes')) {
      const percent = Math.ceil((100 * system.usedKb) / Math.max(1, system.usedKb + system.availableKb));
      return [size(system.sizeKb), size(system.usedKb), size(system.availableKb), `${percent}%`];
    }
    const { inodes, inodesUsed } = system;
    if (inodes === 0) return ['0', '0', '0', '-'];
    return [
      String(inodes),
      String(inodesUsed),
      String(inodes - inodesUsed),
      `${Math.ceil((100 * inodesUsed) / inodes)}%`,
    ];
  };
  const type = (text: string) => (options.has('T', 'print-type') ? [text] : []);
  const rows = systems.map((system) => [
    system.device,
    ...type(system.type),
    ...numbers(system),
    system.mount,
  ]);
  const header = ['Filesystem'.padEnd(14), ...type('Type'), ...head, 'Mounted on'];
  return table([header, ...rows], new Set(options.has('T', 'print-type') ? [0, 1, 6] : [0, 5]));
}

function fileSystems(machine: Machine): FileSystem[] {
  const root = machine.rootDisk();
  const tmpfs = (mount: string, sizeKb: number, usedKb: number): FileSystem => ({
    device: mount === '/dev' ? 'udev' : 'tmpfs',
    type: mount === '/dev' ? 'devtmpfs' : 'tmpfs',
    mount,
    sizeKb,
    usedKb,
    availableKb: sizeKb - usedKb,
    inodes: 2_046_715,
    inodesUsed: 612,
  });
  return [
    tmpfs('/dev', 8_160_412, 0),
    tmpfs('/run', 1_637_372, 988),
    { device: '/dev/sda1', type: 'ext4', mount: '/', ...root, inodes: 3_145_728, inodesUsed: 412_306 },
    tmpfs('/dev/shm', 8_186_860, 1_024),
    {
      device: '/dev/sda15',
      type: 'vfat',
      mount: '/boot/efi',
      sizeKb: 126_678,
      usedKb: 11_840,
      availableKb: 114_838,
      inodes: 0,
      inodesUsed: 0,
    },
  ];
}

function mountOf(machine: Machine, path: string): string {
  const mounts = fileSystems(machine).map((system) => system.mount);
  const within = mounts.filter((mount) => path === mount || path.startsWith(`${mount}/`));
  return within.sort((left, right) => right.length - left.length)[0] ?? '/';
}

/** `0`, `100M`, `2G` in bytes; null for anything else. */
export function parseSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)B?$/i.exec(text);
  if (match === null) return null;
  return Number(match[1]) * 1024 ** ' KMGT'.indexOf((match[2] || ' ').toUpperCase());
}

const LSBLK = `NAME    MAJ:MIN RM  SIZE RO TYPE MOUNTPOINTS
sda       8:0    0   ${Math.round(HARDWARE.rootKb / 1024 / 1024) + 1}G  0 disk
├─sda1    8:1    0   ${Math.round(HARDWARE.rootKb / 1024 / 1024)}G  0 part /
└─sda15   8:15   0  124M  0 part /boot/efi
`;
