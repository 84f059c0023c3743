import { type Command, defineCommand } from 'just-bash';
import { answer, complaint } from '../answer.ts';
import { nginxProblem } from '../base-system.ts';
import { HARDWARE, type Machine } from '../machine.ts';

/** Small questions about the machine: uname, hostname, nproc, lscpu, ss, id, nginx -t … */
export function systemCommands(machine: Machine): Command[] {
  const fixed = (name: string, text: string) => defineCommand(name, async () => answer(text));
  return [
    defineCommand('uname', async (args) => {
      if (args.length === 0) return answer('Linux\n');
      if (args.includes('-r')) return answer(`${KERNEL}\n`);
      return answer(
        `Linux ${HARDWARE.hostname} ${KERNEL} #1 SMP PREEMPT_DYNAMIC Debian 6.1.158-1 x86_64 GNU/Linux\n`,
      );
    }),
    fixed('hostname', `${HARDWARE.hostname}\n`),
    fixed('nproc', `${HARDWARE.cpus}\n`),
    fixed(
      'lscpu',
      `Architecture:            x86_64\nCPU(s):                  ${HARDWARE.cpus}\nModel name:              QEMU Virtual CPU (simulated)\nHypervisor vendor:       KVM\n`,
    ),
    fixed('systemd-detect-virt', 'kvm\n'),
    fixed('who', ''),
    fixed('sync', ''),
    fixed('docker', ''),
    fixed('last', 'wtmp begins Sun Nov  1 00:00:04 2026\n'),
    fixed(
      'swapon',
      `NAME      TYPE   SIZE   USED PRIO\n/swapfile file     2G ${Math.round(machine.memory().swapUsedKb / 1024)}M   -2\n`,
    ),
    defineCommand('whoami', async (_, context) => answer(`${context.env.get('USER') ?? 'breakglass'}\n`)),
    defineCommand('id', async (args, context) => {
      const root = context.env.get('USER') === 'root';
      if (args.includes('-u')) return answer(root ? '0\n' : '1001\n');
      return answer(
        root
          ? 'uid=0(root) gid=0(root) groups=0(root)\n'
          : 'uid=1001(breakglass) gid=1001(breakglass) groups=1001(breakglass),27(sudo)\n',
      );
    }),
    defineCommand('ss', async () => answer(sockets(machine))),
    defineCommand('nginx', async (args) => {
      if (!args.includes('-t')) return complaint('nginx: use systemctl here\n');
      const problem = await nginxProblem(machine);
      if (problem !== null)
        return complaint(
          `nginx: [emerg] ${problem}\nnginx: configuration file /etc/nginx/nginx.conf test failed\n`,
        );
      return complaint(
        'nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\nnginx: configuration file /etc/nginx/nginx.conf test is successful\n',
        0,
      );
    }),
    ...['reboot', 'poweroff', 'shutdown', 'halt'].map((name) =>
      defineCommand(name, async (args) => {
        machine.wanted = name === 'reboot' || args.includes('-r') ? 'reboot' : 'poweroff';
        return answer('');
      }),
    ),
  ];
}

const KERNEL = '6.1.0-41-amd64';

/** Who listens, as `ss -tlnp`: only units that run do. */
function sockets(machine: Machine): string {
  const ports: Record<string, string> = {
    'ssh.service': '0.0.0.0:22',
    'nginx.service': '0.0.0.0:443',
    'postgresql.service': '127.0.0.1:5432',
    'redis-server.service': '127.0.0.1:6379',
    'devserver.service': '127.0.0.1:3000',
  };
  const lines = machine.units.all().flatMap((unit) => {
    const address = ports[unit.spec.name];
    if (address === undefined || unit.active !== 'active') return [];
    return [
      `LISTEN 0      511    ${address.padStart(20)}      0.0.0.0:*    users:(("${unit.spec.name.replace('.service', '')}",pid=${unit.mainPid},fd=6))\n`,
    ];
  });
  return `State  Recv-Q Send-Q        Local Address:Port  Peer Address:Port Process\n${lines.join('')}`;
}
