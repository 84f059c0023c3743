"""Proxmox's own lock on a VM's configuration: a flock, which dies with its holder. Looked at, never removed."""

import fcntl
import os
import re
import time
from pathlib import Path

from . import limits, places


def wait_free(vmid: int, limit: float) -> bool:
    end = time.monotonic() + limit
    while not free(vmid):
        if time.monotonic() > end:
            return False
        time.sleep(limits.POLL)
    return True


def free(vmid: int) -> bool:
    try:
        fd = os.open(_path(vmid), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
    finally:
        os.close(fd)


def cleaning(vmid: int) -> bool:
    """`qm cleanup` is under way for a QEMU that ended (qemu-server 9.1.13 and later tell by this file)."""
    return os.path.exists(f'{places.QEMU}/{vmid}.cleanup')


def holder(vmid: int) -> str:
    """The process that holds it, in words: `process 4711 (task UPID:…:qmshutdown:102:…)`."""
    try:
        about = os.stat(_path(vmid))
        device = f'{os.major(about.st_dev):02x}:{os.minor(about.st_dev):02x}:{about.st_ino}'
        locks = Path('/proc/locks').read_text()
    except OSError:
        return 'an unknown process'
    for line in locks.splitlines():
        found = re.search(rf'FLOCK\s+\S+\s+WRITE (\d+) {device} ', line)
        if found and '->' not in line:
            return f'process {found[1]} ({_title(found[1])})'
    return 'an unknown process'


def is_power_off(holder_text: str) -> bool:
    """A stop or shutdown of Proxmox that hangs on this very QEMU: its lock goes when QEMU goes."""
    return bool(re.search(r':qm(stop|shutdown):|\bqm (stop|shutdown) ', holder_text))


def _title(pid: str) -> str:
    try:
        words = Path(f'/proc/{pid}/cmdline').read_bytes().rstrip(b'\0').replace(b'\0', b' ')
    except OSError:
        return 'gone'
    return words.decode('ascii', 'replace')[:120]


def _path(vmid: int) -> str:
    return f'{places.CONFIG_LOCKS}/lock-{vmid}.conf'
