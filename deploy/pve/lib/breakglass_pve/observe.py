"""What is there of the VM, by cgroup, process and QMP. Touches neither qm nor /etc/pve, so it works when they hang.
At most about 10 s, for a silent QEMU."""

from dataclasses import dataclass
from pathlib import Path

from . import limits, places, process, qmp, scope, tool
from .process import Process, Thread

GONE = 'GONE'  # nothing is left: the only state in which a start is safe
HEALTHY = 'HEALTHY'  # QMP says running
PAUSED = 'PAUSED'  # QMP answers something else: paused, io-error, prelaunch …
QMP_DEAD = 'QMP_DEAD'  # QEMU is there and does not answer
STUCK = 'STUCK'  # as QMP_DEAD, and the kernel holds it: a zombie leader, or threads in D
LEFTOVER = 'LEFTOVER'  # no QEMU, but another process in its scope
UNKNOWN = 'UNKNOWN'  # the cgroup can't be read


@dataclass(frozen=True)
class Observation:
    what: str
    qemu: Process | None = None
    runstate: str | None = None
    stuck: tuple[Thread, ...] = ()
    left: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def gone(self) -> bool:
        return self.what == GONE

    @property
    def silent(self) -> bool:
        return self.what in (QMP_DEAD, STUCK)

    @property
    def pid(self) -> int | None:
        return self.qemu.pid if self.qemu else None

    @property
    def state(self) -> str:
        """In Proxmox's words. A QEMU that does not answer is running, as far as anybody can tell."""
        if self.gone:
            return 'stopped'
        return self.runstate or ('running' if self.qemu else 'unknown')

    @property
    def qmp(self) -> str:
        return 'none' if self.qemu is None else 'silent' if self.runstate is None else 'answering'

    def describe(self) -> str:
        if self.qemu is None:
            return {GONE: 'no QEMU', UNKNOWN: 'the cgroup can not be read'}.get(
                self.what, f'no QEMU, but processes {", ".join(map(str, self.left))} in its scope'
            )
        parts = [f'QEMU {self.pid}', f'QMP {self.runstate or "silent"}']
        if self.qemu.state in 'ZX':
            parts.append('leader is a zombie')
        if self.stuck:
            where = sorted({thread.wchan for thread in self.stuck if thread.wchan not in ('', '0')})
            parts.append(f'{len(self.stuck)} threads in D' + (f': {", ".join(where[:4])}' if where else ''))
        return ', '.join(parts)


def present(vmid: int, known: Process | None = None) -> Observation:
    """As observe, without asking QMP: quick enough for a poll. `known` counts as there until it has really ended."""
    within = scope.read(vmid)
    if within.populated is None:
        return Observation(UNKNOWN, notes=('the cgroup of the VM can not be read; is /sys/fs/cgroup mounted?',))
    qemu, notes = _find(vmid, within, known)
    if qemu is not None:
        all_threads = process.threads(qemu.pid)
        stuck = tuple(thread for thread in all_threads if thread.state == 'D')
        held = bool(stuck) or qemu.state in 'ZX'
        return Observation(STUCK if held else QMP_DEAD, qemu, None, stuck, within.pids, notes)
    if within.populated:
        return Observation(LEFTOVER, left=within.pids, notes=notes)
    return Observation(GONE, notes=notes)


def observe(vmid: int, known: Process | None = None) -> Observation:
    seen = present(vmid, known)
    if seen.qemu is None or seen.qemu.state in 'ZX':
        return seen
    runstate = qmp.runstate(vmid)
    if runstate is None:
        # It may have ended while it was asked.
        return present(vmid, known)
    what = HEALTHY if runstate == 'running' else PAUSED
    return Observation(what, seen.qemu, runstate, seen.stuck, seen.left, seen.notes)


def _find(vmid: int, within: scope.Scope, known: Process | None) -> tuple[Process | None, tuple[str, ...]]:
    for pid in within.pids:
        found = process.look(pid)
        if found is not None and process.is_qemu(found):
            return found, _pid_file_notes(vmid, pid)
    if known is not None and process.alive(known):
        return process.look(known.pid), ()
    recorded = _recorded(vmid)
    found = process.look(recorded) if recorded else None
    if found is None:
        return None, ()
    if process.is_qemu(found) and process.in_scope(found.pid, vmid) and process.alive(found):
        return found, ('the pid file is right, but the cgroup does not list its process',)
    return None, (f'the pid file names process {found.pid} ({found.comm}), which is not this VM: left alone',)


def _pid_file_notes(vmid: int, pid: int) -> tuple[str, ...]:
    recorded = _recorded(vmid)
    if recorded == pid:
        return ()
    what = 'is missing' if recorded is None else f'says {recorded}'
    return (f'the pid file {what}, the cgroup has QEMU {pid}: the cgroup is right',)


def _recorded(vmid: int) -> int | None:
    try:
        text = Path(places.QEMU, f'{vmid}.pid').read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None


def names_vm(pid: int, vmid: int, out: Path) -> bool | None:
    """Whether the command line has `-id VMID`. None where it can't be read in time: that takes QEMU's memory lock."""
    it = tool.run(['cat', f'{places.PROC}/{pid}/cmdline'], out, limits.CMDLINE)
    try:
        words = out.read_bytes().split(b'\0') if it.code == 0 else []
    except OSError:
        words = []
    if len(words) < 2:
        return None
    return any(pair == (b'-id', str(vmid).encode()) for pair in zip(words, words[1:]))
