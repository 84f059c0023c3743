"""Who asks: the address of the peer of the sshd above us, from the kernel. The environment would say it too, but
nothing is read from there."""

import os
import re
from pathlib import Path

_DEPTH = 12
_ESTABLISHED = '01'


def caller() -> str:
    """`192.0.2.7:51234`, or `this host`. For people only: nothing is decided by it."""
    pid = os.getpid()
    for _ in range(_DEPTH):
        stat = _read(f'/proc/{pid}/stat')
        head, _, tail = stat.rpartition(')')
        if not tail or pid <= 1:
            break
        if head.partition('(')[2].startswith('sshd'):
            peer = _peer(pid)
            if peer:
                return peer
        pid = int(tail.split()[1])
    return 'this host'


def _peer(pid: int) -> str | None:
    sockets = set()
    try:
        for fd in os.listdir(f'/proc/{pid}/fd'):
            target = re.fullmatch(r'socket:\[(\d+)\]', os.readlink(f'/proc/{pid}/fd/{fd}'))
            if target:
                sockets.add(target[1])
    except OSError:
        return None
    for table in ('tcp', 'tcp6'):
        for line in _read(f'/proc/{pid}/net/{table}').splitlines()[1:]:
            fields = line.split()
            if len(fields) > 9 and fields[9] in sockets and fields[3] == _ESTABLISHED:
                return _address(fields[2])
    return None


def _address(text: str) -> str:
    """The kernel prints addresses as words of 32 bits in the machine's byte order, little-endian on amd64."""
    words, _, port = text.partition(':')
    raw = b''.join(bytes.fromhex(words[at : at + 8])[::-1] for at in range(0, len(words), 8))
    if len(raw) == 16 and raw.startswith(b'\0' * 10 + b'\xff\xff'):
        raw = raw[12:]
    if len(raw) == 4:
        return f'{".".join(map(str, raw))}:{int(port, 16)}'
    groups = [raw[at : at + 2].hex().lstrip('0') or '0' for at in range(0, 16, 2)]
    return f'[{":".join(groups)}]:{int(port, 16)}'


def _read(path: str) -> str:
    try:
        return Path(path).read_text('utf-8', 'replace')
    except OSError:
        return ''
