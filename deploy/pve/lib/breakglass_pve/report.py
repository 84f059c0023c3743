"""What a person reads while a verb runs: one line a phase, `HH:MM:SSZ phase: text`, on stdout."""

import sys
import time
from typing import Callable

_listeners: list[Callable[[str], None]] = []


def say(phase: str, text: str) -> None:
    show(f'{time.strftime("%H:%M:%SZ", time.gmtime())} {phase}: {text}')
    for listener in _listeners:
        listener(phase)


def show(text: str) -> None:
    """A full disk under the log must not stop a recovery."""
    try:
        sys.stdout.write(text + '\n')
        sys.stdout.flush()
    except OSError:
        pass


def on_phase(listener: Callable[[str], None]) -> None:
    _listeners.append(listener)
