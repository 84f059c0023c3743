"""How a verb ends: an exit code, an outcome word, a reason. The codes are part of docs/pve-host.md."""

from dataclasses import dataclass, field

DONE = 0
REJECTED = 2
BUSY = 3
REFUSED = 10
UNHEALTHY = 12
STOP_FAILED = 20
UNKILLABLE = 21
DOWN = 22
UNVERIFIED = 23
NO_EFFECT = 24
HOST_SICK = 30
VIEW_ENDED = 31
INTERNAL = 70


class End(Exception):
    """Ends the verb. Raised from anywhere, caught once, turned into the RESULT line."""

    def __init__(self, code: int, outcome: str, why: str = ''):
        super().__init__(why)
        self.code, self.outcome, self.why = code, outcome, why


@dataclass
class Facts:
    """What the RESULT line tells beside the code; filled in while the verb runs. None is shown as nothing."""

    verb: str
    vmid: int | None = None
    state: str = 'unknown'
    qmp: str = 'unknown'
    old_pid: int | None = None
    pid: int | None = None
    killed: str = 'no'
    pending_left: int | None = None
    job: str = ''
    seen: bool = field(default=False, repr=False)

    def saw(self, observation) -> None:
        self.state, self.qmp, self.pid = observation.state, observation.qmp, observation.pid
        if not self.seen:
            self.old_pid, self.seen = observation.pid, True


def line(facts: Facts, code: int, outcome: str) -> str:
    pairs = {
        'verb': facts.verb,
        'vmid': facts.vmid,
        'code': code,
        'outcome': outcome,
        'state': facts.state,
        'qmp': facts.qmp,
        'old_pid': facts.old_pid,
        'pid': facts.pid,
        'killed': facts.killed,
        'pending_left': facts.pending_left,
        'job': facts.job,
    }
    return 'RESULT ' + ' '.join(f'{name}={"" if value is None else value}' for name, value in pairs.items())
