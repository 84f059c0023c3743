import { expect, test } from 'vitest';
import {
  readDf,
  readFailedUnits,
  readFree,
  readLargest,
  readOomKills,
  readQmpAnswers,
  readTopProcess,
  readVmState,
} from './outputs.ts';

test('free -m', () => {
  const output = `               total        used        free      shared  buff/cache   available
Mem:            7936        7700         120          12         116          90
Swap:           2048        2048           0
`;
  expect(readFree(output)).toEqual({ totalMb: 7936, availableMb: 90, swapTotalMb: 2048, swapFreeMb: 0 });
  expect(readFree('bash: free: command not found')).toBeNull();
  expect(readFree('')).toBeNull();
});

test('df -h and df -i: only what holds data, also where there are no inodes', () => {
  const output = `Filesystem      Size  Used Avail Use% Mounted on
udev            3.9G     0  3.9G   0% /dev
tmpfs           794M  794M     0 100% /run
/dev/sda1        40G   40G     0 100% /
/dev/sdb1       100G   10G   90G  10% /var/lib/my data
/dev/loop3       64M   64M     0 100% /snap/core
none               -     -     -    - /proc
`;
  expect(readDf(output)).toEqual([
    { mount: '/', percent: 100 },
    { mount: '/var/lib/my data', percent: 10 },
  ]);
});

test('systemctl --failed', () => {
  const output = `  UNIT                LOAD   ACTIVE SUB    DESCRIPTION
● nginx.service       loaded failed failed A web server that failed before
● var-lib-x.mount     loaded failed failed /var/lib/x
* app@1.service       loaded failed failed App 1

3 loaded units listed.
`;
  expect(readFailedUnits(output)).toEqual(['nginx.service', 'var-lib-x.mount', 'app@1.service']);
  expect(readFailedUnits('  UNIT LOAD ACTIVE SUB DESCRIPTION\n0 loaded units listed.\n')).toEqual([]);
});

test('a unit name that is not one never becomes part of a command', () => {
  expect(readFailedUnits('● $(reboot).service loaded failed failed x')).toEqual([]);
  expect(readFailedUnits('● a;reboot.service loaded failed failed x')).toEqual([]);
  expect(readFailedUnits('● -H.service loaded failed failed x').every((unit) => !unit.startsWith('-'))).toBe(
    true,
  );
});

test('ps aux', () => {
  const output = `USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND
dev         4242 97.0 88.5 9876543 7100000 ?     Rl   02:11  55:12 node --max-old-space-size=9000 server.js
root           1  0.0  0.1 168000 11000 ?        Ss   Nov21   0:04 /sbin/init
`;
  expect(readTopProcess(output)).toEqual({
    pid: 4242,
    memoryPercent: 88.5,
    command: 'node --max-old-space-size=9000 server.js',
  });
  expect(readTopProcess('')).toBeNull();
});

test('OOM kills in dmesg', () => {
  const output = `[Sun Nov 22 03:00:00 2026] node invoked oom-killer: gfp_mask=0x1100
[Sun Nov 22 03:00:00 2026] Out of memory: Killed process 4242 (node) total-vm:9876543kB
[Sun Nov 22 03:01:00 2026] Memory cgroup out of memory: Killed process 17 (java) total-vm:1kB
`;
  expect(readOomKills(output)).toEqual(['node', 'java']);
  expect(readOomKills('all is well')).toEqual([]);
});

test('the answers of the host script', () => {
  expect(readVmState('status: running\nqmp: silent\npid: 12\n')).toBe('running');
  expect(readVmState('RESULT verb=status vmid=102 code=0 outcome=ok state=stopped qmp=none')).toBe('stopped');
  expect(readVmState('')).toBeNull();
  expect(readQmpAnswers('status: running\nqmp: silent\n')).toBe(false);
  expect(readQmpAnswers('status: running\nqmp: answering\n')).toBe(true);
  expect(readQmpAnswers('status: stopped\nqmp: none\n')).toBeNull();
});

test('readLargest finds the deepest directory that holds most of it', () => {
  const du = '30G\t/var\n29G\t/var/log\n25G\t/var/log/devserver\n4.0G\t/var/log/journal\n1.1G\t/home\n';
  expect(readLargest(du)).toEqual({ path: '/var/log/devserver', size: '25G' });
  expect(readLargest('12K\t/home\n')).toEqual({ path: '/home', size: '12K' });
  expect(readLargest('du: cannot read\n')).toBeNull();
});
