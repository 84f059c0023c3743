"""The worker: one mutating verb as a job, from the lock to the result. Nobody needs to watch it, and nothing that
a lost connection sends can end it between stop and start."""

import os
import signal
import time
from pathlib import Path
from typing import NoReturn

from . import conf as configuration
from . import job, report, running, verbs
from .report import say
from .result import BUSY, INTERNAL, End, Facts, line


def main(verb: str, directory: str, who: str) -> int:
    path = Path(directory)
    if not job.claim(path):
        return 0
    _survive(path)
    facts = Facts(verb, job=path.name)
    try:
        _run(facts, path, who)
    except End as reached:
        end = reached
    except Exception as error:
        end = End(INTERNAL, 'internal', f'a fault of breakglass-pve: {error!r}; ask status')
    if end.why:
        say(verb, end.why)
    result = line(facts, end.code, end.outcome)
    if facts.vmid is not None and end.code != BUSY:
        running.ended(facts.vmid, result)
    job.finish(path, result)
    return 0


def _survive(path: Path) -> None:
    """Handlers, not SIG_IGN: what is ignored stays ignored in the programs we start, QEMU included."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    log = os.open(path / 'log', os.O_WRONLY | os.O_APPEND)
    for fd in (1, 2):
        os.dup2(log, fd)
    os.close(log)


def _run(facts: Facts, path: Path, who: str) -> NoReturn:
    conf = configuration.read()
    facts.vmid = conf.vmid
    lock = running.take_lock(conf.vmid)
    if lock is None:
        raise End(BUSY, 'busy', f'{running.holder(conf.vmid)} runs now; wait, or ask status')
    me = running.Running(
        verb=facts.verb,
        who=who,
        since=time.strftime('%H:%M:%SZ', time.gmtime()),
        phase='preflight',
        job=path.name,
        pid=os.getpid(),
        start=running.process_start(os.getpid()),
    )
    running.note(conf.vmid, me)

    def in_phase(phase: str) -> None:
        if me.phase != phase:
            me.phase = phase
            running.note(conf.vmid, me)

    report.on_phase(in_phase)
    verbs.run(facts.verb, conf, facts, path)
