"""A process by its identity: pid and start time, so that a reused pid is another process (proc(5), field 22)."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from . import places


@dataclass(frozen=True)
class Process:
    pid: int
    start: int
    comm: str
    state: str

    def same(self, other: 'Process | None') -> bool:
        return other is not None and (self.pid, self.start) == (other.pid, other.start)


@dataclass(frozen=True)
class Thread:
    comm: str
    state: str
    wchan: str


def look(pid: int) -> Process | None:
    """None where there is no such process. Reads nothing that takes the memory lock of a sick process."""
    return _parse(pid, _read(f'{pid}/stat'))


def threads(pid: int) -> list[Thread]:
    try:
        names = os.listdir(f'{places.PROC}/{pid}/task')
    except OSError:
        return []
    seen = [(_parse(pid, _read(f'{pid}/task/{name}/stat')), name) for name in names if name.isdigit()]
    return [
        Thread(it.comm, it.state, _read(f'{pid}/task/{name}/wchan').strip('\0\n'))
        for it, name in seen
        if it is not None
    ]


def alive(process: Process) -> bool:
    """The same process still has a thread that is not dead. Its leader may be a zombie while others still run."""
    now = look(process.pid)
    if not process.same(now) or now is None:
        return False
    return now.state not in 'ZX' or any(thread.state not in 'ZX' for thread in threads(process.pid))


def in_scope(pid: int, vmid: int) -> bool:
    paths = (line.split(':', 2)[-1] for line in _read(f'{pid}/cgroup').splitlines())
    return any(f'{path}/'.startswith(f'/qemu.slice/{vmid}.scope/') for path in paths)


def is_qemu(process: Process) -> bool:
    return process.comm == 'kvm' or process.comm.startswith('qemu-')


def kill(process: Process, vmid: int) -> bool:
    """SIGKILL to exactly this QEMU of this VM. False where it is not that any more.

    The pidfd is opened before the last look, so the pid can not be reused in between.
    """
    try:
        fd = os.pidfd_open(process.pid)
    except OSError:
        return False
    try:
        if not process.same(look(process.pid)) or not in_scope(process.pid, vmid):
            return False
        signal.pidfd_send_signal(fd, signal.SIGKILL)
        return True
    except OSError:
        return False
    finally:
        os.close(fd)


def _parse(pid: int, text: str) -> Process | None:
    # The name in parentheses may itself contain spaces and parentheses: the last one closes it.
    head, closing, tail = text.rpartition(')')
    fields = tail.split()
    if not closing or len(fields) < 20:
        return None
    return Process(pid, int(fields[19]), head.partition('(')[2], fields[0])


def _read(path: str) -> str:
    try:
        return Path(places.PROC, path).read_text('utf-8', 'replace')
    except OSError:
        return ''
