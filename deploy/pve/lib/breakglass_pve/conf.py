"""Which VM this key is for. Read from a file that root alone can write; parsed, never executed."""

import os
import re
import stat
from dataclasses import dataclass

from . import limits, places
from .result import REFUSED, End

_BOUNDS = {'VMID': (100, 999_999_999), 'KILL_AFTER': (5, 120), 'FORCE_STOP_WITHOUT_PVE': (0, 1)}


@dataclass(frozen=True)
class Conf:
    vmid: int
    kill_after: float = limits.KILL_AFTER  # seconds from `qm stop` to SIGKILL
    force_stop_without_pve: bool = False  # `stop` although /etc/pve hangs


def read() -> Conf:
    """The file has lines KEY=digits and comments; anything else is refused, also a key that nobody knows.

    Raises End with 10.
    """
    try:
        fd = os.open(places.CONF, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise _refused(f'cannot be read ({error.strerror}); write it as docs/pve-host.md says') from None
    with open(fd, 'rb') as file:
        about = os.fstat(fd)
        if not stat.S_ISREG(about.st_mode) or about.st_uid != places.OWNER:
            raise _refused('is not a regular file owned by root; chown it')
        if about.st_mode & 0o022:
            raise _refused('is writable by others; chmod 644 it')
        text = file.read(4096).decode('ascii', 'replace')
    values = _parse(text)
    if 'VMID' not in values:
        raise _refused('has no line VMID=<number>')
    return Conf(
        vmid=values['VMID'],
        kill_after=values.get('KILL_AFTER', Conf.kill_after),
        force_stop_without_pve=values.get('FORCE_STOP_WITHOUT_PVE') == 1,
    )


def _parse(text: str) -> dict[str, int]:
    values: dict[str, int] = {}
    for number, line in enumerate(text.split('\n'), 1):
        if not line or line.startswith('#'):
            continue
        match = re.fullmatch(r'([A-Z_]+)=(0|[1-9][0-9]{0,8})', line)
        if match is None or match[1] not in _BOUNDS or match[1] in values:
            raise _refused(f'line {number} is not one of {", ".join(_BOUNDS)}, once, with a plain number')
        low, high = _BOUNDS[match[1]]
        values[match[1]] = int(match[2])
        if not low <= values[match[1]] <= high:
            raise _refused(f'line {number}: {match[1]} must be {low} to {high}')
    return values


def _refused(why: str) -> End:
    return End(REFUSED, 'refused', f'{places.CONF} {why}')
