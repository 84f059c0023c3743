import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mutations, sickHost } from './sick-host.ts';

/** QEMU's monitor in its moods, and what reset makes of them. Numbers: see cases.test.ts. */

describe.concurrent('a QMP', { timeout: 120_000 }, () => {
  it('#28 that another client holds for a while is not taken for dead', async () => {
    await using host = await sickHost({ QMP: 1, QMP_GAP: 1.5 });
    const other = connect(join(host.dir, 'qemu', '102.qmp'));
    await once(other, 'data');
    const status = host.run('status');
    // Its first look gets no greeting while this connection stands.
    setTimeout(() => other.destroy(), 1800);
    expect((await status).result).toMatchObject({ qmp: 'answering' });
  });

  it.each(['junk', 'error'])('#29 that sends %s is understood, within bounds', async (mode) => {
    await using host = await sickHost();
    await host.set('qmp', mode);
    expect((await host.run('status')).result).toMatchObject({ qmp: 'answering' });
  });

  it.each(['silent', 'mute'])('#29 that is %s is silent', async (mode) => {
    await using host = await sickHost();
    await host.set('qmp', mode);
    expect((await host.run('status')).result).toMatchObject({ qmp: 'silent', state: 'running' });
  });

  it('#30 that is dead gets no reset; a reset that kills it is no success; a stopped VM gets none', async () => {
    await using host = await sickHost();
    await host.set('qmp', 'silent');
    expect(await host.run('reset')).toMatchObject({ code: 24, result: { outcome: 'no-effect' } });
    expect(await mutations(host)).toEqual([]);
    await host.set('qmp', 'ok');
    await host.qm(`[[ $1 == reset ]] && { echo silent >'${host.dir}/vm/102/qmp'; exit 0; }`);
    expect(await host.run('reset')).toMatchObject({
      code: 24,
      stdout: expect.stringContaining('stalled I/O'),
    });
    expect((await host.run('stop')).code).toBe(0);
    expect((await host.run('reset')).code).toBe(10);
  });
});
