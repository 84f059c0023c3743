"""The root part as sudo starts it: one verb, no other input. Reading verbs run here; mutating ones run as a job that
is only watched from here."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from . import conf as configuration
from . import job, places, running, verbs
from .caller import caller
from .report import say
from .result import INTERNAL, REJECTED, VIEW_ENDED, End, Facts, line


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in (*verbs.READING, *verbs.MUTATING):
        known = ' '.join((*verbs.READING, *verbs.MUTATING))
        print(f'breakglass-pve: not a verb; nothing was run. Verbs: {known}', file=sys.stderr)
        return REJECTED
    facts = Facts(arguments[0])
    try:
        try:
            return _run(facts)
        except End as end:
            return _conclude(facts, end)
        except BrokenPipeError:
            raise
        except Exception as error:
            return _conclude(facts, End(INTERNAL, 'internal', f'a fault of breakglass-pve: {error!r}'))
    except BrokenPipeError:
        # Our caller went away. The job, if there is one, goes on.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return VIEW_ENDED


def _conclude(facts: Facts, end: End) -> int:
    if end.why:
        say(facts.verb, end.why)
    print(line(facts, end.code, end.outcome), flush=True)
    return end.code


def _run(facts: Facts) -> int:
    conf = configuration.read()
    facts.vmid = conf.vmid
    _make_place(conf.vmid)
    if facts.verb == 'status':
        return _look(conf, facts)
    path = job.create(conf.vmid, facts.verb)
    facts.job = path.name
    if facts.verb == 'forensics':
        return verbs.run(facts.verb, conf, facts, path)
    job.launch(path, facts.verb, caller())
    return job.follow(path, facts)


def _look(conf: configuration.Conf, facts: Facts) -> int:
    try:
        scratch = Path(tempfile.mkdtemp(prefix='.look-', dir=running.directory(conf.vmid)))
    except OSError as error:
        raise End(INTERNAL, 'internal', f'nothing can be written in {places.JOBS} ({error.strerror})') from None
    try:
        return verbs.run(facts.verb, conf, facts, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _make_place(vmid: int) -> None:
    try:
        os.makedirs(running.directory(vmid), mode=0o700, exist_ok=True)
    except OSError as error:
        raise End(INTERNAL, 'internal', f'{places.JOBS} can not be made ({error.strerror})') from None
