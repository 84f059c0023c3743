"""Which job runs for a VM, and how the last one ended. The lock decides; the files beside it are for people.

    JOBS/ID/lock     flock, held by the worker as long as it lives and inherited by nobody
    JOBS/ID/running  what the holder is doing (JSON); without a living holder a job that ended without a result
    JOBS/ID/last     the RESULT line of the last job
"""

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from . import limits, places


@dataclass
class Running:
    verb: str
    who: str
    since: str
    phase: str
    job: str
    pid: int
    start: int

    @property
    def alive(self) -> bool:
        """Of the machine's own /proc: a worker is never simulated."""
        return process_start(self.pid) == self.start

    def describe(self) -> str:
        return f'{self.verb} by {self.who} since {self.since}, in phase {self.phase}'


def directory(vmid: int) -> Path:
    return Path(places.JOBS, str(vmid))


def take_lock(vmid: int) -> int | None:
    """A descriptor that holds the lock until this process ends (close-on-exec), or None: another holds it."""
    fd = os.open(directory(vmid) / 'lock', os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    return fd


def note(vmid: int, running: Running) -> None:
    _replace(directory(vmid) / 'running', json.dumps(asdict(running)))


def ended(vmid: int, result: str) -> None:
    _replace(directory(vmid) / 'last', f'{result}\n')
    (directory(vmid) / 'running').unlink(missing_ok=True)


def noted(vmid: int) -> Running | None:
    try:
        return Running(**json.loads((directory(vmid) / 'running').read_text()))
    except (OSError, ValueError, TypeError):
        return None


def last(vmid: int) -> str | None:
    try:
        return (directory(vmid) / 'last').read_text().strip() or None
    except OSError:
        return None


def holder(vmid: int) -> str:
    """Who holds the lock. Its note may be a moment behind the lock."""
    end = time.monotonic() + limits.BUSY_INFO
    while True:
        running = noted(vmid)
        if running is not None and running.alive:
            return running.describe()
        if time.monotonic() > end:
            return 'another verb'
        time.sleep(limits.POLL / 4)


def process_start(pid: int) -> int:
    """0 where there is no such process, or only what is left of it."""
    try:
        fields = Path(f'/proc/{pid}/stat').read_text('utf-8', 'replace').rpartition(')')[2].split()
    except OSError:
        return 0
    return 0 if fields[0] in 'ZX' else int(fields[19])


def _replace(path: Path, text: str) -> None:
    try:
        new = path.with_name(f'{path.name}.{os.getpid()}')
        new.write_text(text)
        os.replace(new, path)
    except OSError:
        pass  # a full /run: the lock still holds, only the telling is lost
