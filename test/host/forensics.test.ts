import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jobDirectory, sickHost } from './sick-host.ts';

/** Evidence is taken, and never in the way. Numbers: see cases.test.ts. */

describe.concurrent('forensics', { timeout: 120_000 }, () => {
  it('#25 go on past tools that hang, ignore SIGTERM, write a gigabyte, fail or are missing', async () => {
    await using host = await sickHost({ FORENSICS: 3 });
    await host.tool('pvesm', `trap '' TERM; sleep 300`);
    await host.tool('lvs', 'exec head -c 1G /dev/zero');
    await host.tool('zpool', 'echo broken; exit 1');
    const { code, stdout } = await host.run('cycle');
    expect(code).toBe(0);
    expect(stdout).toMatch(/timed out: pvesm status/);
    const parts = join(await jobDirectory(host, 'cycle'), 'forensics');
    expect((await stat(join(parts, 'lvs'))).size).toBeLessThanOrEqual(256 * 1024);
    expect(await readFile(join(parts, 'zpool_status'), 'utf8')).toBe('broken\n');
    expect(await readFile(join(parts, 'pvesm_status'), 'utf8')).toBe('(timed out)\n');
  });

  it('#26 do not wait for a part in uninterruptible sleep', async () => {
    await using host = await sickHost({ FORENSICS: 3 });
    // The parent of a vfork is in D until its child ends; the child, in a session of its own, gets no SIGKILL.
    const vfork = `import ctypes\nlibc = ctypes.PyDLL(None)\nif libc.vfork() == 0:\n    libc.setsid()\n    libc.sleep(30)\n    libc._exit(0)`;
    await host.tool('lvs', `exec python3 -Ic '${vfork}'`);
    const { code, stdout } = await host.run('cycle');
    expect(code).toBe(0);
    expect(stdout).toMatch(/timed out: lvs/);
  });

  it('#27 that can not be saved on disk say so, and the verb goes on', async () => {
    await using host = await sickHost();
    await rm(join(host.dir, 'log'), { recursive: true });
    await writeFile(join(host.dir, 'log'), 'a file, so that nobody can write below, root included');
    expect(await host.run('cycle')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('could not be saved'),
    });
  });
});
