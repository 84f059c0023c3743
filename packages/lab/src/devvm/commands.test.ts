import { expect, test } from 'vitest';
import { healthy } from '../stories/healthy.ts';
import { bootMachine, newDisk } from './boot.ts';
import { createShell } from './shell.ts';

async function shell() {
  const machine = await bootMachine(newDisk(healthy), 1, Date.now() - 3_600_000, healthy);
  const bash = createShell(machine);
  return { machine, run: (command: string) => bash.exec(command) };
}

test.each([
  ['free -h -w --si', /^Mem:/m],
  ['free -g -t', /^Swap:/m],
  ['vmstat 1 2', /swpd/],
  ['df -i /', /IUse%/],
  ['df -hT -x tmpfs', /ext4/],
  ['df -k /var/log/x', /\/dev\/sda1/],
  ['dmesg --level=err,warn; dmesg -H | tail -1', /kvm/],
  ['journalctl -k -b --no-pager -q | head -1', /Linux version/],
  ['journalctl -b 0 -u nginx -u ssh --since "2 hours ago"', /Started nginx/],
  ['journalctl -xeu nginx.service | cat', /Started nginx/],
  ['journalctl -n2 -r -o cat', /Start/],
  ['journalctl --list-boots; journalctl -b -7', /No entries/],
  ['ps -ef | head -3', /\/sbin\/init/],
  ['ps axo pid,ppid,%mem,rss,stat,etime,cmd --sort=-rss --no-headers | head -2', /java/],
  ['ps -p 1 -o args=', /^\/sbin\/init\n$/],
  ['ps faux | wc -l', /1\d/],
  ['ps -C nginx -o pid,comm', /nginx/],
  ['top -bn1 | head -5', /load average/],
  [
    'systemctl list-units --type=service --state=running --no-pager',
    /redis-server\.service +loaded active running/,
  ],
  ['systemctl show nginx -p ActiveState,SubState', /^ActiveState=active\nSubState=running\n$/],
  ['systemctl cat nginx', /ExecStart/],
  ['systemctl', /loaded units listed/],
  ['systemctl status', /State: running/],
  ['ss -tlnp | grep 5432', /postgresql/],
  ['uname -r; uname -a; nproc; lscpu | head -1; hostname -f', /6\.1\.0/],
  ['sudo -n -u root -- whoami; whoami', /^root\nbreakglass\n$/],
  ["sudo FOO=1 sh -c 'echo $FOO'", /^1\n$/],
  ['sudo -l', /NOPASSWD/],
  ['nice -n 10 ionice -c 3 echo x', /^x\n$/],
  ['bash -lc "echo x"', /^x\n$/],
  ['printf "1K a\\n2G b\\n3M c\\n" | sort -hr | head -1', /^2G b\n$/],
  ['du -sh /var/log/* | sort -h | tail -1', /17M\t\/var\/log\/journal/],
  ['cat /proc/loadavg /proc/pressure/memory', /avg10=0\.00/],
  ['pgrep -a nginx; pgrep -f postgres', /nginx/],
])('%s', async (command, expected) => {
  const { run } = await shell();
  const { stdout, stderr } = await run(command);
  expect(stdout).toMatch(expected);
  expect(stderr).toBe('');
});

test.each([
  ['systemctl restart nosuch', 5, 'Unit nosuch.service not found'],
  ['systemctl status nosuch', 4, 'could not be found'],
  ['systemctl frobnicate', 1, 'Unknown command verb'],
  ['kill 999999', 1, 'No such process'],
  ['kill', 2, 'usage'],
  ['pkill nosuch', 1, ''],
  ['du /nosuch', 1, 'No such file'],
  ['nosuchcommand', 127, 'command not found'],
  ['sudo', 1, 'usage'],
])('%s fails as it should', async (command, code, message) => {
  const { run } = await shell();
  const { exitCode, stderr } = await run(command);
  expect(exitCode).toBe(code);
  expect(stderr).toContain(message);
});

test('a service that is killed comes back if its unit says so; one that is told to end does not', async () => {
  const { run } = await shell();
  await run('sudo pkill -9 redis-server; sudo kill $(pgrep nginx); sudo kill -9 $(pgrep node)');
  expect((await run('systemctl is-active redis-server nginx devserver')).stdout).toBe(
    'active\ninactive\nfailed\n',
  );
  expect((await run('systemctl is-system-running')).stdout).toBe('degraded\n');
  await run('sudo systemctl reset-failed');
  expect((await run('systemctl is-system-running')).stdout).toBe('running\n');
});

test('signals that end nothing end nothing, and the kernel threads are out of reach', async () => {
  const { run } = await shell();
  const before = (await run('ps -eo pid=')).stdout;
  await run('kill -0 1; kill -HUP $(pgrep nginx); sudo kill -9 1 2; sudo pkill -9 kswapd');
  expect((await run('ps -eo pid=')).stdout).toBe(before);
});

test('a reboot is wanted, not done: the host does it', async () => {
  const { machine, run } = await shell();
  await run('sudo shutdown -r now');
  expect(machine.wanted).toBe('reboot');
  await run('sudo systemctl poweroff');
  expect(machine.wanted).toBe('poweroff');
});
