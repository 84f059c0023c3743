import type { Machine } from '../devvm/machine.ts';
import type { Story } from './story.ts';

const GB = 1024 * 1024;

export const oom: Story = {
  name: 'oom',
  title: 'out of memory: a runaway indexer, and the OOM killer shot the dev server',
  cure: 'systemctl restart indexer (or kill its java process), then systemctl restart devserver; a reboot too',
  wedged: false,
  files: {
    '/srv/repos/monorepo/README': 'A very large repository. Imaginary.\n',
  },
  sicken: async (machine) => {
    const indexer = machine.units.get('indexer.service');
    const devserver = machine.units.get('devserver.service');
    if (indexer?.mainPid == null || devserver?.mainPid == null)
      throw new Error('the base system lacks a unit');
    const started = Date.now() - 9 * 60 * 60_000;
    machine.processes.change(indexer.mainPid, {
      startedAt: started,
      busySince: started,
      stat: 'Ssl',
      rssKb: Math.round(14.05 * GB),
      swapKb: Math.round(1.92 * GB),
      cpuPercent: 312,
      load: 11,
    });
    indexer.since = started;
    machine.units.sayOf(
      indexer,
      indexer.mainPid,
      'WARN  heap 13.1 GiB of 14 GiB after full GC, index queue 418233',
      { priority: 4 },
    );
    const kswapd = machine.processes.all().find((process) => process.args === '[kswapd0]');
    if (kswapd !== undefined)
      machine.processes.change(kswapd.pid, {
        cpuPercent: 61,
        busySince: Date.now() - 5_400_000,
        stat: 'R',
        load: 3,
      });
    const victim = devserver.mainPid;
    oomReport(machine, victim, indexer.mainPid);
    machine.units.failed(devserver, 'oom-kill', 'code=killed, status=9/KILL', Date.now() - 412_000, [
      'the request took 48211 ms: event loop blocked',
    ]);
  },
};

/** What the kernel writes when it has to kill: once long ago for a small fish, then for the dev server. */
function oomReport(machine: Machine, victim: number, eater: number): void {
  const report = (secondsAgo: number, pid: number, name: string, rssKb: number) => {
    machine.kernelLog(
      'java invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=0',
      secondsAgo,
      4,
    );
    machine.kernelLog(
      `[${String(eater).padStart(7)}]  1000 ${eater}  5126312  3683123 37748736   503316             0 java`,
      secondsAgo,
    );
    machine.kernelLog(
      `oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task=${name},pid=${pid},uid=1000`,
      secondsAgo,
    );
    machine.kernelLog(
      `Out of memory: Killed process ${pid} (${name}) total-vm:11482140kB, anon-rss:${rssKb}kB, file-rss:0kB, shmem-rss:0kB, UID:1000 pgtables:4096kB oom_score_adj:0`,
      secondsAgo,
      3,
    );
  };
  report(5_210, 2_231, 'esbuild', 388_120);
  report(412, victim, 'node', 1_204_412);
}
