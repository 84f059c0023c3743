"""The six verbs. Each ends by raising End."""

import time
from pathlib import Path
from typing import NoReturn

from . import forensics, limits, power_off, power_on, preflight, pve, running
from .conf import Conf
from .observe import HEALTHY, Observation, PAUSED, STUCK, UNKNOWN, observe
from .report import say, show
from .result import DONE, INTERNAL, NO_EFFECT, REFUSED, UNHEALTHY, UNKILLABLE, End, Facts
from .tool import Tool, run_all

READING = ('status', 'forensics')
MUTATING = ('reset', 'stop', 'start', 'cycle')


def run(verb: str, conf: Conf, facts: Facts, path: Path) -> NoReturn:
    {
        'status': status,
        'forensics': take_forensics,
        'start': start,
        'stop': stop,
        'reset': reset,
        'cycle': cycle,
    }[verb](conf, facts, path)
    raise End(INTERNAL, 'internal', 'the verb did not say how it ended')


def status(conf: Conf, facts: Facts, path: Path) -> None:
    """Works from the process alone where qm hangs; then it says so."""
    qm, host = pve.Qm(conf.vmid, path), pve.Pve(conf.vmid, path)
    seen = _observe(conf, facts)
    staged = qm.pending
    facts.pending_left = None if staged is None else len(staged)
    show(f'status: {seen.state}\nqmp: {seen.qmp}\npid: {seen.pid or "none"}\nclass: {seen.what}')
    show(f'staged changes: {"unknown" if staged is None else len(staged)}')
    _show_proxmox(conf.vmid, qm, host, seen)
    for note in seen.notes:
        show(f'note: {note}')
    if seen.what == STUCK:
        show(f'The kernel holds QEMU ({seen.describe()}): storage is the likely cause; cycle may not help.')
    elif seen.silent:
        show('QEMU does not answer: reset cannot help, cycle can.')
    elif seen.what == PAUSED:
        show(f'QEMU answers, but the guest does not run: it is {seen.runstate}.')
    if staged:
        show('Staged changes are applied by a stop and start (cycle), never by reset.')
    _show_jobs(conf.vmid)
    raise End(DONE, 'observed')


def take_forensics(conf: Conf, facts: Facts, path: Path) -> None:
    forensics.capture(conf.vmid, path, _observe(conf, facts), last_look=False)
    forensics.print_parts(path)
    raise End(DONE, 'captured')


def start(conf: Conf, facts: Facts, path: Path) -> None:
    cleared = _clear(conf, facts, path)
    seen = _observe(conf, facts)
    if seen.what == STUCK:
        raise End(UNKILLABLE, 'unkillable', f'{seen.describe()}: nothing is started beside it; ask forensics, then cycle')
    if seen.silent:
        raise End(UNHEALTHY, 'unhealthy', 'it runs, but QEMU does not answer; use cycle')
    if seen.what == PAUSED:
        raise End(UNHEALTHY, 'unhealthy', f'its QEMU is there, but {seen.runstate}: {seen.describe()}; use cycle')
    if seen.what == HEALTHY:
        raise End(DONE, 'noop', f'it runs already: {seen.describe()}')
    _check_known(seen)
    if not seen.gone:
        raise End(REFUSED, 'refused', f'{seen.describe()}: nothing is started beside them; use cycle, which ends them')
    forensics.capture(conf.vmid, path, seen, last_look=False)
    power_on.power_on(conf, facts, path, None, cleared.start_limit)
    raise End(DONE, 'started')


def stop(conf: Conf, facts: Facts, path: Path) -> None:
    _clear(conf, facts, path)
    seen = _observe(conf, facts)
    _check_known(seen)
    if seen.gone:
        raise End(DONE, 'noop', 'it is down already')
    forensics.capture(conf.vmid, path, seen, last_look=True)
    power_off.power_off(conf, seen, facts, path)
    facts.saw(_observe(conf, facts))
    raise End(DONE, 'stopped', 'it stays down until start, or until the host boots and its onboot option is set')


def cycle(conf: Conf, facts: Facts, path: Path) -> None:
    cleared = _clear(conf, facts, path)
    seen = _observe(conf, facts)
    _check_known(seen)
    forensics.capture(conf.vmid, path, seen, last_look=True)
    if not seen.gone:
        power_off.power_off(conf, seen, facts, path)
    power_on.power_on(conf, facts, path, seen.qemu, cleared.start_limit)
    raise End(DONE, 'recovered')


def reset(conf: Conf, facts: Facts, path: Path) -> None:
    _clear(conf, facts, path)
    seen = _observe(conf, facts)
    if seen.qemu is None:
        raise End(REFUSED, 'refused', 'it does not run; use start')
    forensics.capture(conf.vmid, path, seen, last_look=False)
    if seen.silent:
        raise End(NO_EFFECT, 'no-effect', 'QEMU does not answer, a reset would not reach the guest; use cycle')
    say('reset', 'rebooting the guest in the same QEMU process')
    qm = run_all([Tool(['qm', 'reset', str(conf.vmid)], path / 'qm-reset', reader=False)], limits.RESET)[0]
    if qm.code != 0:
        why = qm.text(2000).strip() or f'no answer within {limits.RESET:g} s'
        raise End(NO_EFFECT, 'no-effect', f'qm reset failed: {why.splitlines()[-1]}; use cycle')
    _verify_reset(conf, facts, seen)
    raise End(DONE, 'reset', f'staged changes were not applied ({facts.pending_left or 0})')


def _verify_reset(conf: Conf, facts: Facts, before: Observation) -> None:
    """The order is taken before it is carried out, and on stalled I/O carrying it out hangs QEMU itself."""
    end = time.monotonic() + limits.RESET_VERIFY
    while True:
        seen = _observe(conf, facts)
        if seen.silent or seen.qemu is None or not seen.qemu.same(before.qemu):
            raise End(NO_EFFECT, 'no-effect', 'the reset was accepted, but QEMU hangs in it: stalled I/O. Use cycle')
        if time.monotonic() > end or seen.what == HEALTHY and time.monotonic() > end - limits.RESET_VERIFY * 0.7:
            return
        time.sleep(limits.POLL)


def _check_known(seen: Observation) -> None:
    if seen.what == UNKNOWN:
        raise End(REFUSED, 'refused', '; '.join(seen.notes))


def _clear(conf: Conf, facts: Facts, path: Path) -> preflight.Cleared:
    cleared = preflight.check(facts.verb, conf, path)
    facts.pending_left = cleared.staged
    return cleared


def _observe(conf: Conf, facts: Facts) -> Observation:
    seen = observe(conf.vmid)
    facts.saw(seen)
    return seen


def _show_proxmox(vmid: int, qm: pve.Qm, host: pve.Pve, seen: Observation) -> None:
    said = qm.status
    if said is None:
        show(f'qm: {qm.problem}; what stands here is from the process itself')
    elif (said == 'stopped') != seen.gone:
        show(f'qm: says {said}; the process says {seen.state}: the process is right')
    try:
        host.read()
    except End as end:
        show(f'host: {end.why}')
        return
    lock = host.config.get('lock') if host.config else None
    show(f'quorum: {"yes" if host.quorate else "no: a start is impossible now"}')
    if host.config is None:
        show(f'host: this host has no VM {vmid}' + (f', node {host.other_node} has' if host.other_node else ''))
    if lock:
        show(f'lock: {lock}')
    if host.ha_state:
        show(f'ha: {host.ha_state}')


def _show_jobs(vmid: int) -> None:
    noted = running.noted(vmid)
    if noted is not None and noted.alive:
        show(f'running: {noted.describe()}')
    elif noted is not None:
        show(f'The last job ended without a result: {noted.describe()}. If the VM is down: VM DOWN, use start.')
    last = running.last(vmid)
    if last:
        show(f'last: {last}')
