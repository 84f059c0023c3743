"""What must be known before anything is changed, because a VM that is stopped and can't be started again is worse
than a sick one. About 15 s at most. Nothing is repaired here, and no lock is ever taken away."""

from dataclasses import dataclass
from pathlib import Path

from . import config_lock, limits, pve
from .conf import Conf
from .report import say
from .result import HOST_SICK, REFUSED, End

_STARTS = ('start', 'cycle')


@dataclass(frozen=True)
class Cleared:
    staged: int | None  # changes; None where nobody knows
    start_limit: float = limits.START


def check(verb: str, conf: Conf, scratch: Path) -> Cleared:
    """Raises End with 10 or 30."""
    say('preflight', f'may {verb} be tried on VM {conf.vmid}?')
    qm = pve.Qm(conf.vmid, scratch)
    try:
        host = pve.Pve(conf.vmid, scratch).read()
    except End as end:
        if end.code == HOST_SICK and verb == 'stop' and conf.force_stop_without_pve:
            say('preflight', f'{end.why}. FORCE_STOP_WITHOUT_PVE=1: going on')
            return Cleared(None)
        raise
    _check_quorum(verb, host)
    config = _check_config(conf.vmid, host)
    if verb != 'reset' and host.ha_state is not None:
        raise _refused(
            f'HA keeps this VM {host.ha_state}, and would work against us; '
            f'use ha-manager on the host, or "ha-manager set vm:{conf.vmid} --state ignored" first'
        )
    _check_lock(conf.vmid)
    staged = qm.pending
    if staged is None:
        raise End(HOST_SICK, 'host-sick', f'{qm.problem}; go to a shell on the host')
    for change in staged:
        say('preflight', f'staged: {change}')
    return Cleared(len(staged), limits.START + limits.START_EXTRA * (config.launch_seconds - 30))


def _check_quorum(verb: str, host: pve.Pve) -> None:
    if host.quorate:
        return
    if verb in _STARTS:
        raise _refused('the cluster has no quorum, so a start is impossible now, and a stop could not be undone')
    say('preflight', f'the cluster has no quorum; {verb} works, but a start would not')


def _check_config(vmid: int, host: pve.Pve) -> pve.Configuration:
    config = host.config
    if config is None:
        node = host.other_node
        raise _refused(f'VM {vmid} is on node {node}, not here' if node else f'this host has no VM {vmid}')
    if config.get('template') == '1':
        raise _refused(f'VM {vmid} is a template')
    lock = config.get('lock')
    if lock == 'suspended' or config.get('vmstate'):
        raise _refused(f'VM {vmid} is suspended: it would resume from its saved memory. Use Proxmox for that')
    if lock:
        raise _refused(
            f'VM is locked ({lock}): a {lock} runs, or died half-way. Wait, or end it in Proxmox; '
            'removing such a lock can destroy data, so it is never done here'
        )
    return config


def _check_lock(vmid: int) -> None:
    if config_lock.free(vmid):
        return
    holder = config_lock.holder(vmid)
    say('preflight', f'{holder} holds the lock of the configuration')
    if config_lock.is_power_off(holder) or config_lock.wait_free(vmid, limits.CONFIG_LOCK):
        return
    raise _refused(f'{holder} has held the lock of the configuration for {limits.CONFIG_LOCK:g} s: wait for its end')


def _refused(why: str) -> End:
    return End(REFUSED, 'refused', why)
