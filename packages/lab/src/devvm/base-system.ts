import type { Machine } from './machine.ts';
import type { NewProcess } from './process-table.ts';
import type { BigFile } from './sized-fs.ts';
import type { UnitSpec } from './unit.ts';

/** The healthy machine that every story starts from: a small Debian 12 with what developers keep on theirs. */

const MB = 1024;

export const KERNEL_PROCESSES: readonly NewProcess[] = [
  { pid: 1, ppid: 0, args: '/sbin/init', stat: 'Ss', rssKb: 12_640 },
  { pid: 2, ppid: 0, args: '[kthreadd]', stat: 'S', rssKb: 0 },
  { pid: 16, ppid: 2, args: '[ksoftirqd/0]', stat: 'S', rssKb: 0 },
  { pid: 91, ppid: 2, args: '[kswapd0]', stat: 'S', rssKb: 0 },
  { pid: 174, ppid: 2, args: '[jbd2/sda1-8]', stat: 'S', rssKb: 0 },
];

export const BASE_UNITS: readonly UnitSpec[] = [
  unit('systemd-journald', 'Journal Service', '/lib/systemd/systemd-journald', 'root', 48),
  unit('systemd-logind', 'User Login Management', '/lib/systemd/systemd-logind', 'root', 8),
  unit('dbus', 'D-Bus System Message Bus', '/usr/bin/dbus-daemon --system --nofork', 'messagebus', 6),
  unit('cron', 'Regular background program processing daemon', '/usr/sbin/cron -f', 'root', 3),
  unit('ssh', 'OpenBSD Secure Shell server', 'sshd: /usr/sbin/sshd -D [listener]', 'root', 9),
  unit('qemu-guest-agent', 'QEMU Guest Agent', '/usr/sbin/qemu-ga', 'root', 7),
  unit('redis-server', 'Advanced key-value store', '/usr/bin/redis-server 127.0.0.1:6379', 'redis', 64),
  {
    ...unit(
      'nginx',
      'A high performance web server',
      '/usr/sbin/nginx -g daemon on; master_process on;',
      'root',
      22,
    ),
    check: checkNginx,
  },
  {
    ...unit(
      'postgresql',
      'PostgreSQL RDBMS',
      '/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15',
      'postgres',
      310,
    ),
    check: checkPostgres,
  },
  {
    ...unit(
      'devserver',
      'Remote development server',
      '/usr/bin/node /opt/devserver/server.js --port 3000',
      'dev',
      420,
    ),
    restart: 'no',
    check: checkDevserver,
  },
  unit(
    'indexer',
    'Code search indexer',
    '/usr/bin/java -Xmx14g -jar /opt/indexer/indexer.jar /srv/repos',
    'dev',
    780,
  ),
];

export const NGINX_SITE = '/etc/nginx/sites-enabled/dev';

export const BASE_FILES: Record<string, string | BigFile> = {
  '/etc/hostname': 'devvm-lab\n',
  '/etc/motd': 'devvm-lab is SIMULATED: a breakglass lab. Nothing here is a real machine.\n',
  '/etc/debian_version': '12.12\n',
  '/etc/os-release':
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n',
  '/etc/passwd':
    'root:x:0:0:root:/root:/bin/bash\nbreakglass:x:1001:1001::/home/breakglass:/bin/bash\ndev:x:1000:1000::/home/dev:/bin/bash\n',
  '/etc/fstab':
    '/dev/sda1 / ext4 errors=remount-ro 0 1\n/dev/sda15 /boot/efi vfat umask=0077 0 1\n/swapfile none swap sw 0 0\n',
  [NGINX_SITE]:
    'server {\n  listen 443 ssl;\n  server_name dev.lab;\n  location / {\n    proxy_pass http://127.0.0.1:3000;\n  }\n}\n',
  '/opt/devserver/server.js': '// The development server of the lab.\n',
  '/home/dev/README': 'Work in progress lives here. Unsaved work of the lab is imaginary.\n',
  '/home/breakglass/.profile': '',
  '/var/log/dpkg.log': '2026-11-02 06:25:11 status installed nginx:amd64 1.22.1-9\n',
  '/var/log/journal/system.journal': { content: 'LPKSHHRH', size: 16 * 1024 * 1024 },
  '/var/lib/postgresql/15/base.tar': { content: 'PGDMP', size: 1_900 * 1024 * 1024 },
  '/tmp/.keep': '',
};

function unit(name: string, description: string, exec: string, user: string, megabytes: number): UnitSpec {
  return { name: `${name}.service`, description, exec, user, rssKb: megabytes * MB, restart: 'on-failure' };
}

/** What `nginx -t` finds in the site's configuration; null when it is good. */
export async function nginxProblem(machine: Machine): Promise<string | null> {
  const text = await machine.disk.fs.readFile(NGINX_SITE).catch(() => null);
  if (text === null) return `open() "${NGINX_SITE}" failed (2: No such file or directory)`;
  const lines = text.split('\n');
  const bad = lines.findIndex((line) => /^\s*proxy_(?!pass\b)\w+/.test(line));
  if (bad < 0) return null;
  const directive = lines[bad]?.trim().split(/\s/)[0] ?? '';
  return `unknown directive "${directive}" in ${NGINX_SITE}:${bad + 1}`;
}

async function checkNginx(machine: Machine) {
  const problem = await nginxProblem(machine);
  if (problem === null) return null;
  const lines = [`nginx: [emerg] ${problem}`, 'nginx: configuration file /etc/nginx/nginx.conf test failed'];
  return { lines, status: 1 };
}

async function checkPostgres(machine: Machine) {
  if (machine.rootDisk().availableKb > 64 * MB) return null;
  const lines = [
    'LOG:  starting PostgreSQL 15.14 (Debian 15.14-0+deb12u1) on x86_64-pc-linux-gnu',
    'FATAL:  could not write lock file "postmaster.pid": No space left on device',
  ];
  return { lines, status: 1 };
}

async function checkDevserver(machine: Machine) {
  if (machine.memory().availableKb > 1_000 * MB) return null;
  machine.kernelLog(
    'Out of memory: Killed process (node) total-vm:11482140kB, UID:1000 oom_score_adj:0',
    0,
    3,
  );
  return {
    lines: ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'],
    status: 134,
  };
}
