"""Starts the VM, only ever when nothing of the old one is left: two QEMUs on one disk destroy it. Then looks whether
it really runs."""

import time
from pathlib import Path

from . import limits, pve
from .conf import Conf
from .observe import HEALTHY, Observation, observe, present
from .process import Process
from .report import say
from .result import DOWN, UNKILLABLE, UNVERIFIED, VIEW_ENDED, End, Facts
from .tool import Tool

# What passes by itself: systemd has not yet forgotten the old scope, or Proxmox cleans up behind the old QEMU.
_PASSING = ('timeout waiting on systemd', "can't lock file", 'already loaded', 'UnitExists')
_TRIES = 3


def power_on(conf: Conf, facts: Facts, scratch: Path, old: Process | None, limit: float) -> None:
    """Raises End with 21, 22, 23 or 31 unless a new QEMU runs and answers."""
    for attempt in range(_TRIES):
        now = present(conf.vmid, old)
        if not now.gone:
            facts.saw(now)
            raise End(UNKILLABLE, 'unkillable', f'{now.describe()} is still there; nothing is started beside it')
        say('start', 'a fresh QEMU' + (f', try {attempt + 1} of {_TRIES}' if attempt else ''))
        failure = _qm_start(conf.vmid, scratch / f'qm-start-{attempt + 1}', limit)
        if failure is None:
            break
        say('start', f'qm start failed: {failure}')
        passing = any(sign in failure for sign in _PASSING)
        if not passing or attempt + 1 == _TRIES:
            raise _failed(conf.vmid, facts, failure, old)
        time.sleep(limits.START_RETRY_GAP)
    _verify(conf, facts, scratch, old)


def _qm_start(vmid: int, out: Path, limit: float) -> str | None:
    """None when it worked, or else the reason. At the deadline qm is left alone: it may be about to succeed."""
    end = time.monotonic() + limit
    qm = Tool(['qm', 'start', str(vmid)], out, reader=False)
    while qm.code is None:
        if time.monotonic() > end:
            raise End(
                VIEW_ENDED, 'goes-on', f'qm start has not ended within {limit:g} s and goes on; ask status'
            )
        time.sleep(limits.POLL)
    text = qm.text(4000).strip()
    if qm.code == 0 or f'VM {vmid} already running' in text:
        return None
    # The line that tells, which need not be the last.
    lines = [line for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if any(sign in line for sign in _PASSING)]
    return (telling or lines or [f'exit code {qm.code}'])[-1]


def _failed(vmid: int, facts: Facts, failure: str, old: Process | None) -> End:
    now = present(vmid, old)
    facts.saw(now)
    if now.gone:
        return End(DOWN, 'start-failed', f'THE VM IS DOWN: {failure}. Mend that, then try start again')
    if now.qemu is not None and not now.qemu.same(old):
        return End(UNVERIFIED, 'unverified', f'qm start failed ({failure}), but {now.describe()} is there; ask status')
    return End(UNKILLABLE, 'unkillable', f'THE VM IS DOWN, and {now.describe()} is in its way: {failure}')


def _verify(conf: Conf, facts: Facts, scratch: Path, old: Process | None) -> None:
    end = time.monotonic() + limits.VERIFY
    now = observe(conf.vmid)
    while now.what != HEALTHY or now.qemu is None or now.qemu.same(old):
        facts.saw(now)
        if now.gone:
            raise End(DOWN, 'start-failed', 'THE VM IS DOWN: it was started and ended at once; look at its log')
        if time.monotonic() > end:
            raise End(UNVERIFIED, 'unverified', f'started, but not well: {now.describe()}; ask status')
        time.sleep(limits.POLL)
        now = observe(conf.vmid)
    _stays_up(conf.vmid, facts, now)
    facts.saw(now)
    say('start', f'QEMU {now.pid} is running')
    left = pve.Qm(conf.vmid, scratch).pending
    facts.pending_left = None if left is None else len(left)
    for change in left or []:
        say('start', f'still staged, could not be applied: {change}')


def _stays_up(vmid: int, facts: Facts, now: Observation) -> None:
    end = time.monotonic() + limits.STAYS_UP
    while time.monotonic() < end:
        later = present(vmid)
        if later.gone or later.qemu is None or not later.qemu.same(now.qemu):
            facts.saw(later)
            raise End(DOWN, 'start-failed', 'THE VM IS DOWN: it was started and ended at once; look at its log')
        time.sleep(limits.POLL)
