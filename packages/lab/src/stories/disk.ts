import type { Story } from './story.ts';

const GB = 1024 ** 3;

export const disk: Story = {
  name: 'disk',
  title: 'the disk is full: a debug log nobody rotates, and PostgreSQL is down',
  cure: 'truncate or remove /var/log/devserver/debug.log (journalctl --vacuum-size frees less), then systemctl restart postgresql',
  wedged: false,
  files: {
    '/var/log/devserver/debug.log': {
      content: '2026-11-21T02:11:08Z DEBUG watcher: rescan of 418233 files\n'.repeat(40),
      size: Math.round(24.6 * GB),
    },
    '/var/log/journal/archived-1.journal': { content: 'LPKSHHRH', size: 2 * GB },
    '/var/log/journal/archived-2.journal': { content: 'LPKSHHRH', size: Math.round(1.9 * GB) },
  },
  sicken: async (machine) => {
    const postgresql = machine.units.get('postgresql.service');
    const devserver = machine.units.get('devserver.service');
    if (postgresql === undefined || devserver?.mainPid == null)
      throw new Error('the base system lacks a unit');
    machine.kernelLog(
      'EXT4-fs warning (device sda1): ext4_dx_add_entry:2511: inode #131073: comm node: Directory index full!',
      8_000,
      4,
    );
    const at = Date.now() - 3_900_000;
    machine.units.failed(postgresql, 'exit-code', 'code=exited, status=1/FAILURE', at, [
      'PANIC:  could not write to file "pg_wal/xlogtemp.1042": No space left on device',
    ]);
    machine.units.sayOf(devserver, devserver.mainPid, 'ENOSPC: no space left on device, write', {
      priority: 3,
    });
  },
};
