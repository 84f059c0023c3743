"""Saves what the next step would destroy. Decides nothing, fails nothing, and is never waited for beyond its
deadline: every part is a process of its own that writes to a file of its own, all at the same time."""

import sys
from pathlib import Path

from . import limits, places
from .observe import Observation
from .plain import plain
from .report import say, show
from .tool import Tool, run_all

_SHOWN = 4000  # characters of each part that a caller of the verb `forensics` gets to see


def capture(vmid: int, path: Path, seen: Observation, *, last_look: bool) -> None:
    """`last_look`: QEMU is going to be ended, so also what may disturb it is tried."""
    say('forensics', f'the state of VM {vmid} before anything is changed')
    parts = path / 'forensics'
    try:
        parts.mkdir(mode=0o700, exist_ok=True)
        (parts / 'observed').write_text('\n'.join((seen.what, seen.describe(), *seen.notes)) + '\n')
    except OSError as error:
        say('forensics', f'could not be saved ({error.strerror}); going on without')
        return
    named = _plan(vmid, seen, last_look)
    tools = [Tool(argv, parts / _file(name), reader=True) for name, argv in named]
    run_all(tools, limits.FORENSICS)
    late = [name for (name, _), tool in zip(named, tools) if tool.code is None]
    for name in late:
        _append(parts / _file(name), '(timed out)\n')
    got, there = sum(tool.code == 0 for tool in tools), sum(tool.error is None for tool in tools)
    say('forensics', f'{got} of {there} parts' + (f'; timed out: {", ".join(late)}' if late else ''))
    save(vmid, path)


def save(vmid: int, path: Path) -> None:
    """Copies the job to the disk, where it survives a reboot. In a process of its own: the disk may be the patient."""
    copy = run_all([Tool(_part('archive', str(vmid), str(path)), path / 'archive', reader=True)], limits.ARCHIVE)[0]
    if copy.code == 0:
        say('forensics', f'saved to {places.LOG}/{vmid}/{path.name}')
    else:
        why = copy.text().strip() or f'no end within {limits.ARCHIVE:g} s'
        say('forensics', f'could not be saved to {places.LOG} ({why}); kept in {path} until the next boot')


def print_parts(path: Path) -> None:
    """What is not installed here has written nothing."""
    for file in sorted((path / 'forensics').iterdir()):
        with open(file, 'rb') as part:
            text = plain(part.read(_SHOWN)).rstrip()
        if text:
            show(f'--- {file.name.replace("_", " ")}\n{text}')


def _plan(vmid: int, seen: Observation, last_look: bool) -> list[tuple[str, list[str]]]:
    id_ = str(vmid)
    plan = [
        ('qm status --verbose', ['qm', 'status', id_, '--verbose']),
        ('qm config --current', ['qm', 'config', id_, '--current']),
        ('qm pending', ['qm', 'pending', id_]),
        ('kernel log', ['journalctl', '-k', '-n', '200', '--no-pager']),
        ('scope log', ['journalctl', '-u', f'{id_}.scope', '-n', '200', '--no-pager']),
        ('tasks', ['cat', '/var/log/pve/tasks/active']),
        ('ha-manager status', ['ha-manager', 'status']),
        ('pvecm status', ['pvecm', 'status']),
        ('zpool status', ['zpool', 'status', '-x']),
        ('lvs', ['lvs']),
        ('ceph status', ['ceph', '-s', '--connect-timeout', '3']),
        ('pvesm status', ['pvesm', 'status']),
        ('host', _part('host', id_)),
    ]
    if seen.qemu is not None:
        plan.append(('process', _part('process', id_, str(seen.qemu.pid))))
        plan.append(('command line', ['cat', f'{places.PROC}/{seen.qemu.pid}/cmdline']))
        plan.append(('monitor', _part('monitor', id_)))
        if last_look and seen.runstate is not None:
            plan.append(('screen', _part('screen', id_)))
    return plan


def _part(name: str, *arguments: str) -> list[str]:
    return [sys.executable, '-IB', places.WORKER, 'part', name, *arguments]


def _file(name: str) -> str:
    return name.replace(' ', '_')


def _append(path: Path, text: str) -> None:
    try:
        with open(path, 'a') as file:
            file.write(text)
    except OSError:
        pass
