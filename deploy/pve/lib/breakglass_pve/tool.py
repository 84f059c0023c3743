"""Runs a program of the host. It may hang in the kernel and ignore SIGKILL, so it is polled and abandoned, never
waited for; its output goes to a file, so no pipe can hold us or it. It inherits neither our lock nor our
environment, and a caller who goes away takes nothing from it."""

import os
import resource
import signal
import subprocess
import time
from pathlib import Path

from . import limits, places
from .plain import plain

_CAP = 256 * 1024
_ENV = {'PATH': places.PATH, 'LC_ALL': 'C', 'HOME': '/root'}


class Tool:
    """A started program. A reader may be killed when it is late, and its output is capped; what changes the VM
    is neither: half a `qm stop` is worse than a slow one, and QEMU would inherit the cap on its disk images."""

    def __init__(self, argv: list[str], out: Path, *, reader: bool):
        self.argv, self.out, self.reader = argv, out, reader
        self.error: str | None = None
        self.began = time.monotonic()
        self._child: subprocess.Popen | None = None
        with open(out, 'wb') as file:
            try:
                self._child = subprocess.Popen(
                    argv,
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=file,
                    cwd='/',
                    env=_ENV,
                    start_new_session=True,
                    executable=_find(argv[0]),
                    preexec_fn=_capped if reader else None,
                )
            except OSError as error:
                self.error = f'{argv[0]}: {error.strerror}'

    @property
    def code(self) -> int | None:
        """None while it runs; 127 where it could not be started; 128 + N after signal N."""
        if self._child is None:
            return 127
        code = self._child.poll()
        return code if code is None or code >= 0 else 128 - code

    def text(self, limit: int = _CAP) -> str:
        """What it has written so far, without control characters that a terminal would obey."""
        if self.error is not None:
            return self.error + '\n'
        try:
            with open(self.out, 'rb') as file:
                return plain(file.read(limit))
        except OSError as error:
            return f'(its output can not be read: {error.strerror})\n'

    def abandon(self) -> None:
        if self.reader and self.code is None and self._child is not None:
            try:
                os.killpg(self._child.pid, signal.SIGKILL)
            except OSError:
                pass  # gone in the meantime


def run(argv: list[str], out: Path, limit: float) -> Tool:
    """A reader, for at most `limit` seconds. Its code is None where it was abandoned."""
    return run_all([Tool(argv, out, reader=True)], limit)[0]


def run_all(tools: list[Tool], limit: float) -> list[Tool]:
    """Waits for each until `limit` seconds after its own start."""
    while any(tool.code is None and time.monotonic() < tool.began + limit for tool in tools):
        time.sleep(limits.POLL / 4)
    late = [tool for tool in tools if tool.code is None]
    for tool in late:
        tool.abandon()
    return tools


def _find(name: str) -> str:
    """subprocess would look in our own PATH, not in the one of the child."""
    if '/' in name:
        return name
    for directory in places.PATH.split(':'):
        if os.access(f'{directory}/{name}', os.X_OK):
            return f'{directory}/{name}'
    raise FileNotFoundError(2, 'not installed', name)


def _capped() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (_CAP, _CAP))
