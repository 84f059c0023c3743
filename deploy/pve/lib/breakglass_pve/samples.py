"""The parts of forensics that are no program of the host. Each runs as a process of its own, which may hang."""

import sys
import time
from pathlib import Path

from . import limits, places, qmp

_PROCESS = ('status', 'wchan', 'stack', 'io', 'limits', 'cgroup', 'sched')
_THREAD = ('comm', 'stat', 'wchan', 'stack')
_HOST = ('pressure/cpu', 'pressure/io', 'pressure/memory', 'loadavg', 'meminfo', 'diskstats')
_SCOPE = ('io.pressure', 'memory.pressure', 'cpu.pressure', 'io.stat', 'memory.current', 'memory.events', 'cgroup.events')
_THREADS = 64


def process(_vmid: str, pid: str) -> int:
    """Twice, for what moves and what stands still."""
    root = Path(places.PROC, pid)
    for again in range(2):
        print(f'== sample {again + 1}')
        for name in _PROCESS:
            _show(root / name)
        try:
            threads = sorted(root.glob('task/[0-9]*'), key=lambda path: int(path.name))
        except OSError:
            threads = []
        for thread in threads[:_THREADS]:
            for name in _THREAD:
                _show(thread / name)
        _pause(again)
    return 0


def host(vmid: str) -> int:
    for again in range(2):
        print(f'== sample {again + 1}')
        for name in _HOST:
            _show(Path(places.PROC, name))
        for name in _SCOPE:
            _show(Path(places.CGROUPS, f'{vmid}.scope', name))
        # In flight for good: the host's storage hangs. None in flight: the stall is inside QEMU.
        for path in sorted(Path(places.BLOCK).glob('*/inflight')):
            _show(path)
        _pause(again)
    return 0


def monitor(vmid: str) -> int:
    """Block statistics twice: a guest that computes while no disk finishes anything has stalled I/O."""
    for name in ('query-status', 'query-blockstats', 'query-block-jobs', 'query-jobs', 'query-blockstats'):
        if name == 'query-block-jobs':
            time.sleep(limits.SAMPLE_GAP)
        try:
            print(f'{name}: {qmp.ask(int(vmid), name)[0]}', flush=True)
        except qmp.Silent as error:
            print(f'{name}: no answer ({error})', flush=True)
            return 1
    return 0


def screen(vmid: str) -> int:
    """The console as a PNG in the job's directory, which is this process's output. QEMU writes it as root."""
    file = Path(f'/proc/self/fd/{sys.stdout.fileno()}').resolve().with_name('screen.png')
    try:
        reply = qmp.command(int(vmid), 'screendump', {'filename': str(file), 'format': 'png'})
    except qmp.Silent as error:
        print(f'no answer ({error})')
        return 1
    print(reply)
    return 0 if 'return' in reply else 1


def _show(path: Path) -> None:
    try:
        text = path.read_text('utf-8', 'replace').rstrip('\n\0')
    except FileNotFoundError:
        return
    except OSError as error:
        text = f'({error.strerror})'
    print(f'-- {path}\n{text}', flush=True)


def _pause(again: int) -> None:
    if not again:
        time.sleep(limits.SAMPLE_GAP)
