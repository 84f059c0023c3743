"""A mutating verb as a job of the host: it survives the loss of its caller, of SSH and of the daemon.

    JOBS/ID/<utc>-<verb>-<random>/   log, result (the RESULT line, written last), claimed, and what tools said
"""

import os
import secrets
import shutil
import subprocess
import sys
import time
from pathlib import Path

from . import limits, places, running
from .result import BUSY, INTERNAL, VIEW_ENDED, End, Facts, line
from .tool import Tool, run_all


def create(vmid: int, verb: str) -> Path:
    name = f'{time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())}-{verb}-{secrets.token_hex(3)}'
    path = running.directory(vmid) / name
    try:
        path.mkdir(parents=True, mode=0o700)
        (path / 'log').touch()
    except OSError as error:
        raise End(INTERNAL, 'internal', f'{path} can not be made ({error.strerror}); is {places.JOBS} full?') from None
    return path


def launch(path: Path, verb: str, who: str) -> None:
    """Starts the worker in a cgroup of its own, so that the end of the SSH session can't take it along.

    Where systemd does not answer in time, in a session of its own. If systemd starts it later after all, `claim`
    lets only one of the two go on.
    """
    argv = [places.WORKER, verb, str(path), who]
    unit = f'breakglass-{path.parent.name}-{path.name}'
    how = ['systemd-run', f'--unit={unit}', '--collect', '--no-block', '--quiet']
    asked = run_all([Tool([*how, *argv], path / 'systemd-run', reader=True)], limits.SYSTEMD_RUN)[0]
    if asked.code == 0:
        return
    try:
        subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd='/',
            env={'PATH': places.PATH, 'LC_ALL': 'C'},
            start_new_session=True,
        )
    except OSError as error:
        raise End(INTERNAL, 'internal', f'{places.WORKER} can not be started: {error.strerror}') from None


def claim(path: Path) -> bool:
    try:
        os.close(os.open(path / 'claimed', os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        (path / 'claimed').write_text(f'{os.getpid()} {running.process_start(os.getpid())}')
        return True
    except FileExistsError:
        return False


def finish(path: Path, result: str) -> None:
    """The result becomes visible whole, and after everything else of the log."""
    new = path / 'result.new'
    try:
        new.write_text(f'{result}\n')
    finally:
        if new.exists():
            os.replace(new, path / 'result')


def follow(path: Path, facts: Facts) -> int:
    """Shows the job's log as it grows, then its result. The worker never waits for us, nor do we change it.

    @returns the exit code of the job, or 31 where this view ended first
    """
    end = time.monotonic() + limits.VIEW
    spoke = began = time.monotonic()
    with open(path / 'log', 'rb') as log:
        while True:
            result = _result(path)
            dead = result is None and _worker_died(path, time.monotonic() - began)
            text = log.read()
            if text:
                sys.stdout.buffer.write(text)
                sys.stdout.buffer.flush()
                spoke = time.monotonic()
            if result is not None:
                code = _show(result)
                if code == BUSY:
                    shutil.rmtree(path, ignore_errors=True)  # it never was a job
                return code
            if dead and _result(path) is None:
                return _ended_without_result(facts)
            now = time.monotonic()
            if now > end:
                print(f'... the job {path.name} goes on without this view; look later: status')
                return _show(line(facts, VIEW_ENDED, 'goes-on'))
            if now - spoke > limits.HEARTBEAT:
                print(f'... {now - began:.0f} s', flush=True)
                spoke = now
            time.sleep(limits.POLL)


def _result(path: Path) -> str | None:
    try:
        return (path / 'result').read_text().strip()
    except OSError:
        return None


def _worker_died(path: Path, waited: float) -> bool:
    try:
        pid, start = (path / 'claimed').read_text().split()
    except (OSError, ValueError):
        return waited > 2 * limits.SYSTEMD_RUN + limits.HEARTBEAT  # it never began
    return running.process_start(int(pid)) != int(start)


def _ended_without_result(facts: Facts) -> int:
    noted = running.noted(facts.vmid or 0)
    phase = f' in phase {noted.phase}' if noted and noted.job == facts.job else ''
    print(f'The worker ended without a result{phase}: the VM may be down. Ask status, then start.')
    return _show(line(facts, INTERNAL, 'lost'))


def _show(result: str) -> int:
    print(result, flush=True)
    code = next((word[5:] for word in result.split() if word.startswith('code=')), '')
    return int(code) if code.isdigit() else INTERNAL
