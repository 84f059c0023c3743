"""The VM's systemd scope, by its cgroup. It alone knows whether anything of the VM is left: `qm status` says
"stopped" of a QEMU that was killed but still hangs in the kernel, and so does the pid file."""

import errno
from dataclasses import dataclass
from pathlib import Path

from . import places


@dataclass(frozen=True)
class Scope:
    populated: bool | None  # None: the cgroup can't be read
    pids: tuple[int, ...]


def read(vmid: int) -> Scope:
    for path in _paths(vmid):
        try:
            events = (path / 'cgroup.events').read_text()
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENODEV):
                continue
            return Scope(None, ())
        return Scope('populated 1' in events.splitlines(), _pids(path))
    return Scope(*_legacy(vmid))


def kill_all(vmid: int) -> bool:
    """SIGKILL to every process in the scope at once (cgroup.kill, Linux 5.14)."""
    for path in _paths(vmid):
        try:
            # Never created: on a kernel without it this must fail.
            with open(path / 'cgroup.kill', 'r+') as file:
                file.write('1')
            return True
        except OSError:
            continue
    return False


def _paths(vmid: int) -> list[Path]:
    return [Path(places.CGROUPS, f'{vmid}.scope')]


def _legacy(vmid: int) -> tuple[bool, tuple[int, ...]]:
    """cgroup v1 has no cgroup.events: populated is whoever stands in cgroup.procs."""
    pids = _pids(Path(places.LEGACY_CGROUPS, f'{vmid}.scope'))
    return bool(pids), pids


def _pids(path: Path) -> tuple[int, ...]:
    try:
        return tuple(int(word) for word in (path / 'cgroup.procs').read_text().split())
    except OSError:
        return ()
