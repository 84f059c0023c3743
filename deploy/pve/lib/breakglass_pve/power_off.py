"""Ends the VM's QEMU, first by `qm stop` (an orderly quit flushes QEMU's own caches), then by SIGKILL. The proof is
an empty cgroup, never the exit code of qm. No SIGTERM by hand: it hits the same wall as quit."""

import re
import time
from pathlib import Path

from . import config_lock, limits, process, scope
from .conf import Conf
from .observe import GONE, Observation, names_vm, present
from .process import Process
from .report import say
from .result import REFUSED, STOP_FAILED, UNKILLABLE, End, Facts
from .tool import Tool


def power_off(conf: Conf, seen: Observation, facts: Facts, scratch: Path) -> None:
    """Returns only when nothing of the VM is left. Raises End with 10, 20 or 21; nothing is started then."""
    stopping = _Stop(conf, seen, facts, scratch)
    stopping.run()
    say('stop', f'{_name(seen.qemu)} is gone')
    stopping.wait_for_proxmox()


class _Stop:
    def __init__(self, conf: Conf, seen: Observation, facts: Facts, scratch: Path):
        self._conf, self._seen, self._facts, self._scratch = conf, seen, facts, scratch
        self._known = seen.qemu
        self._began = time.monotonic()
        self._qm = self._qm_stop(['--overrule-shutdown', '1'])

    def run(self) -> None:
        limit = min(self._conf.kill_after, limits.KILL_AFTER_SILENT if self._seen.silent else self._conf.kill_after)
        say('stop', f'asking {_name(self._known)} to quit; SIGKILL after {limit:g} s')
        if self._gone_within(limit, watch_qm=True):
            return
        now = present(self._conf.vmid, self._known)
        if now.gone:
            return
        say('stop', f'still there after {self._age:.0f} s ({now.describe()}) - sending SIGKILL')
        self._facts.killed = 'sigkill' if self._kill(now.qemu) else 'no'
        if self._gone_within(limits.SCOPE_KILL_AFTER):
            return
        say('stop', 'still there - sending SIGKILL to all of its scope')
        if scope.kill_all(self._conf.vmid):
            self._facts.killed = 'scope'
        if not self._gone_within(limits.GIVE_UP_AFTER - limits.SCOPE_KILL_AFTER):
            self._give_up()

    def wait_for_proxmox(self) -> None:
        """Proxmox cleans up after a QEMU that ended, under its lock; a start in that time would fail."""
        end = time.monotonic() + limits.QM_STOP_END
        while self._qm.code is None and time.monotonic() < end:
            time.sleep(limits.POLL)
        if self._qm.code is None:
            say('stop', f'qm stop has not ended {limits.QM_STOP_END:g} s after QEMU; left alone')
        for line in self._qm.text(2000).splitlines():
            say('stop', f'qm: {line}')
        end = time.monotonic() + limits.CLEANUP
        while config_lock.cleaning(self._conf.vmid) or not config_lock.free(self._conf.vmid):
            if time.monotonic() > end:
                say('stop', f'{config_lock.holder(self._conf.vmid)} still holds the configuration; going on')
                return
            time.sleep(limits.POLL)

    @property
    def _age(self) -> float:
        return time.monotonic() - self._began

    def _qm_stop(self, options: list[str]) -> Tool:
        argv = ['qm', 'stop', str(self._conf.vmid), '--timeout', '15', *options]
        return Tool(argv, self._scratch / 'qm-stop', reader=False)

    def _gone_within(self, limit: float, watch_qm: bool = False) -> bool:
        end = time.monotonic() + limit
        told = False
        while True:
            if present(self._conf.vmid, self._known).what == GONE:
                return True
            if watch_qm and not told and self._qm.code not in (None, 0):
                told = not self._again_without_option()
                if told:
                    self._judge_failure()
            if time.monotonic() > end:
                return False
            time.sleep(limits.POLL)

    def _again_without_option(self) -> bool:
        """qemu-server before 8.1.2 does not know --overrule-shutdown."""
        if not re.search(r'unknown option: overrule-shutdown', self._qm.text(), re.IGNORECASE):
            return False
        self._qm = self._qm_stop([])
        return True

    def _judge_failure(self) -> None:
        text = self._qm.text(2000).strip()
        last = text.splitlines()[-1] if text else f'exit code {self._qm.code}'
        say('stop', f'qm stop failed: {last}')
        if 'VM is locked' in text:
            raise End(REFUSED, 'refused', f'{last}. Nothing was changed')
        if "can't lock file" not in text:
            raise End(STOP_FAILED, 'stop-failed', f'qm stop failed ({last}) and QEMU lives; go to a shell on the host')
        say('stop', 'another operation holds its lock; QEMU is ended without qm')

    def _kill(self, qemu: Process | None) -> bool:
        if qemu is None:
            return False
        if names_vm(qemu.pid, self._conf.vmid, self._scratch / 'cmdline') is False:
            say('stop', f'process {qemu.pid} is in the scope, but its command line is of another VM: not killed')
            return False
        return process.kill(qemu, self._conf.vmid)

    def _give_up(self) -> None:
        now = present(self._conf.vmid, self._known)
        self._facts.saw(now)
        for thread in now.stuck[:8]:
            say('stop', f'thread {thread.comm} is in state {thread.state} at {thread.wchan or "?"}')
        if now.stuck or (now.qemu is not None and now.qemu.state in 'ZX'):
            raise End(
                UNKILLABLE,
                'unkillable',
                'the kernel holds QEMU (above), no signal can end it, and nothing was started. Mend the storage it '
                'waits for; if that is impossible only a reboot of the host helps, which ends its other VMs too',
            )
        raise End(
            STOP_FAILED, 'stop-failed', f'{now.describe()} after SIGKILL; nothing was started; go to a shell on the host'
        )


def _name(qemu: Process | None) -> str:
    return f'QEMU {qemu.pid}' if qemu else 'what is left of the VM'
