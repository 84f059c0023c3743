import { expect, test } from 'vitest';
import { bootMachine, newDisk } from '../devvm/boot.ts';
import { createShell } from '../devvm/shell.ts';
import { STORY_NAMES, type StoryName, storyOf } from './index.ts';

/** The first boot of a story's machine, and what a command prints there. */
async function sickMachine(name: StoryName) {
  const story = storyOf(name);
  const disk = newDisk(story);
  const boot = async (count: number) => {
    const machine = await bootMachine(disk, count, Date.now() - 3_600_000, story);
    const shell = createShell(machine);
    return async (command: string) => {
      const { stdout, stderr, exitCode } = await shell.exec(command);
      return { stdout, stderr, exitCode };
    };
  };
  return { run: await boot(1), reboot: () => boot(2) };
}

test.each(STORY_NAMES)('%s: the first look is what people know from Debian', async (name) => {
  const { run } = await sickMachine(name);
  expect((await run('uptime')).stdout).toMatch(
    /^ \d\d:\d\d:\d\d up .*, {2}0 users, {2}load average: [\d.]+, [\d.]+, [\d.]+\n$/,
  );
  expect((await run('free -m')).stdout).toMatch(/^Mem: +15989 +\d+ +\d+ +\d+ +\d+ +\d+$/m);
  expect((await run('df -h')).stdout).toMatch(/^\/dev\/sda1 +48G +\d+G +[\d.]+[GM]? +\d+% \/$/m);
  expect((await run('cat /etc/motd')).stdout).toContain('SIMULATED');
  expect((await run('systemctl --failed')).exitCode).toBe(0);
});

test('oom: memory, processes, top and the unit agree on who eats it', async () => {
  const { run } = await sickMachine('oom');
  const [pid = ''] = (await run('pgrep java')).stdout.split('\n');
  expect((await run('ps aux --sort=-%mem | sed -n 2p')).stdout).toContain(` ${pid} `);
  expect((await run('top -b -n1 | sed -n 8p')).stdout).toContain(pid);
  expect((await run('systemctl status indexer')).stdout).toContain(`Main PID: ${pid} (java)`);
  const [, available] = /MemAvailable: +(\d+)/.exec((await run('cat /proc/meminfo')).stdout) ?? [];
  expect(Number(available)).toBeLessThan(700_000);
  expect((await run('journalctl -p err -n 50 --no-pager')).stdout).toContain('Out of memory: Killed process');

  expect((await run(`sudo kill -9 ${pid}`)).exitCode).toBe(0);
  const freed = /^Mem: +\d+ +(\d+)/m.exec((await run('free -m')).stdout)?.[1];
  expect(Number(freed)).toBeLessThan(3_000);
  expect((await run('systemctl is-active indexer')).stdout).toBe('active\n');
  expect(await run('sudo systemctl restart devserver')).toMatchObject({ exitCode: 0 });
  expect((await run('systemctl --failed')).stdout).toContain('0 loaded units listed.');
});

test('oom: a reboot cures it too', async () => {
  const { reboot } = await sickMachine('oom');
  expect((await (await reboot())('systemctl is-system-running')).stdout).toBe('running\n');
});

test.each([
  ['truncate', 'sudo truncate -s 0 /var/log/devserver/debug.log'],
  ['an empty redirection', '> /var/log/devserver/debug.log'],
  ['rm', 'sudo rm -f /var/log/devserver/debug.log'],
  ['rm of the directory', 'sudo rm -rf /var/log/devserver'],
  ['journalctl', 'sudo journalctl --vacuum-size=100M'],
])('disk: %s frees space, and then PostgreSQL starts', async (_what, command) => {
  const { run } = await sickMachine('disk');
  expect((await run('df / | tail -1')).stdout).toMatch(/ 0 100% \/\n$/);
  expect((await run('sudo systemctl restart postgresql')).exitCode).toBe(1);
  expect((await run('journalctl -u postgresql -n 9')).stdout).toContain('No space left on device');
  expect(await run(command)).toMatchObject({ exitCode: 0 });
  expect((await run('df / | tail -1')).stdout).not.toContain('100%');
  expect(await run('sudo systemctl restart postgresql')).toMatchObject({ exitCode: 0 });
});

test('disk: du and find lead to the file, and moving it elsewhere on the disk frees nothing', async () => {
  const { run, reboot } = await sickMachine('disk');
  expect((await run('du -xh --max-depth=3 / 2>/dev/null | sort -rh | grep log/devserver')).stdout).toBe(
    '25G\t/var/log/devserver\n',
  );
  expect((await run('find / -xdev -type f -size +5G')).stdout).toBe('/var/log/devserver/debug.log\n');
  await run('mv /var/log/devserver/debug.log /tmp/');
  expect((await run('ls -lh /tmp/debug.log')).stdout).toContain('25G');
  expect((await run('df / | tail -1')).stdout).toContain('100%');
  expect((await (await reboot())('df / | tail -1')).stdout).toContain('100%');
});

test('service: nginx starts once its configuration is mended, redis at once', async () => {
  const { run } = await sickMachine('service');
  expect(
    (await run('systemctl --failed --no-legend')).stdout.match(/\w+\.service|redis-server/g),
  ).toHaveLength(2);
  expect((await run('systemctl status nginx')).stdout).toContain(
    'unknown directive "proxy_passs" in /etc/nginx/sites-enabled/dev:5',
  );
  expect(await run('sudo systemctl restart nginx')).toMatchObject({ exitCode: 1 });
  expect(await run('sudo systemctl restart redis-server')).toMatchObject({ exitCode: 0 });
  await run("sudo sed -i 's/proxy_passs/proxy_pass/' /etc/nginx/sites-enabled/dev");
  expect(await run('sudo nginx -t')).toMatchObject({ exitCode: 0 });
  expect(await run('sudo systemctl restart nginx')).toMatchObject({ exitCode: 0 });
  expect((await run('systemctl is-system-running')).stdout).toBe('running\n');
});
