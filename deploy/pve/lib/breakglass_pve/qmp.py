"""QEMU's monitor, with a deadline at every byte. One connection at a time is QEMU's limit, and Proxmox needs it
for `quit`, so a conversation is short and always closed."""

import json
import socket
import time

from . import limits, places

_MAX_BYTES = 4 * 1024 * 1024


class Silent(Exception):
    """No answer in time, or nobody there."""


def ask(vmid: int, *commands: str) -> list[dict]:
    """The reply to each command, an error reply included. Raises Silent."""
    return _converse(vmid, [(name, {}) for name in commands])


def command(vmid: int, name: str, arguments: dict) -> dict:
    """As `ask`, for one command with arguments."""
    return _converse(vmid, [(name, arguments)])[0]


def runstate(vmid: int) -> str | None:
    """QEMU's own word (running, paused, io-error …) or None: silent, and silent again a moment later."""
    for attempt in range(2):
        if attempt:
            time.sleep(limits.QMP_GAP)
        try:
            reply = ask(vmid, 'query-status')[0]
        except Silent:
            continue
        # An error is an answer too: QEMU is alive.
        status = reply.get('return', {}).get('status') if isinstance(reply.get('return'), dict) else None
        return status if isinstance(status, str) and status.replace('-', '').isalnum() else 'unknown'
    return None


def _converse(vmid: int, commands: list[tuple[str, dict]]) -> list[dict]:
    end = time.monotonic() + limits.QMP
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            _wait(connection, end)
            connection.connect(f'{places.QEMU}/{vmid}.qmp')
            lines = _Lines(connection, end)
            if 'QMP' not in lines.next():
                raise Silent('it greets with something else')
            return [_execute(lines, connection, *each) for each in (('qmp_capabilities', {}), *commands)][1:]
        except OSError as error:
            raise Silent(error.strerror or str(error)) from None


def _execute(lines: '_Lines', connection: socket.socket, name: str, arguments: dict) -> dict:
    _wait(connection, lines.end)
    request = {'execute': name, 'id': name, **({'arguments': arguments} if arguments else {})}
    connection.sendall(json.dumps(request).encode() + b'\n')
    while True:
        reply = lines.next()
        if reply.get('id') == name and ('return' in reply or 'error' in reply):
            return reply


class _Lines:
    """JSON objects, one a line. What is no object, and events, are skipped; the total size is bounded."""

    def __init__(self, connection: socket.socket, end: float):
        self.end = end
        self._connection = connection
        self._rest = b''
        self._bytes = 0

    def next(self) -> dict:
        while True:
            line, found, rest = self._rest.partition(b'\n')
            if not found:
                self._receive()
                continue
            self._rest = rest
            try:
                value = json.loads(line)
            except ValueError:
                continue
            if isinstance(value, dict) and 'event' not in value:
                return value

    def _receive(self) -> None:
        _wait(self._connection, self.end)
        chunk = self._connection.recv(65536)
        self._bytes += len(chunk)
        if not chunk or self._bytes > _MAX_BYTES:
            raise Silent('it closed' if not chunk else 'it says too much')
        self._rest += chunk


def _wait(connection: socket.socket, end: float) -> None:
    left = end - time.monotonic()
    if left <= 0:
        raise Silent('no answer in time')
    connection.settimeout(left)
