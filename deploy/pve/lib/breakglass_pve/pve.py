"""What Proxmox's files under /etc/pve and its qm say. Both may hang, so each is read by a process of its own."""

import re
from pathlib import Path

from . import limits, places
from .result import HOST_SICK, End
from .tool import Tool, run_all


class Configuration:
    """The VM's file, of the running state: what stands before the first [section]."""

    def __init__(self, text: str):
        self._values: dict[str, str] = {}
        for line in text.splitlines():
            if line.startswith('['):
                break
            key, colon, value = line.partition(':')
            if colon:
                self._values[key] = value.strip()

    def get(self, key: str) -> str | None:
        return self._values.get(key)

    @property
    def launch_seconds(self) -> int:
        """What Proxmox grants QEMU to come up (Helpers.pm, config_aware_timeout), without its rarer additions."""
        memory = re.search(r'\d+', self.get('memory') or '')
        seconds = max(30, int(memory[0]) // 1024 if memory else 30)
        if self.get('hugepages'):
            seconds = max(150, seconds)
        return seconds * 4 if any(key.startswith('hostpci') for key in self._values) else seconds


class Pve:
    """One look at /etc/pve. Begins at once and is read later, so that looks can overlap."""

    def __init__(self, vmid: int, scratch: Path):
        readers = {
            'local': ['stat', '-c', '%A', f'{places.PVE}/local'],
            'config': ['cat', f'{places.PVE}/qemu-server/{vmid}.conf'],
            'ha': ['cat', f'{places.PVE}/ha/resources.cfg'],
            'vms': ['cat', f'{places.PVE}/.vmlist'],
        }
        self._vmid = vmid
        self._text: dict[str, str | None] = {}
        self._tools = {name: Tool(argv, scratch / f'pve-{name}', reader=True) for name, argv in readers.items()}

    def read(self) -> 'Pve':
        """Raises End with 30 where it does not answer in time."""
        run_all(list(self._tools.values()), limits.READ_PVE)
        if any(tool.code is None for tool in self._tools.values()):
            raise End(
                HOST_SICK,
                'host-sick',
                f'{places.PVE} does not answer within {limits.READ_PVE:g} s (pmxcfs hangs?); go to a shell on the host',
            )
        self._text = {name: tool.text() if tool.code == 0 else None for name, tool in self._tools.items()}
        return self

    @property
    def quorate(self) -> bool:
        """Proxmox's own sign: without quorum the owner may not write (Cluster.pm, check_cfs_quorum)."""
        mode = self._text['local']
        return mode is not None and mode[2:3] == 'w'

    @property
    def config(self) -> Configuration | None:
        text = self._text['config']
        return None if text is None else Configuration(text)

    @property
    def other_node(self) -> str | None:
        found = re.search(rf'"{self._vmid}"\s*:\s*{{[^}}]*"node"\s*:\s*"([\w.-]+)"', self._text['vms'] or '')
        return found[1] if found else None

    @property
    def ha_state(self) -> str | None:
        """The state that HA is asked to keep, or None: HA leaves this VM alone."""
        for section in re.split(r'\n(?=\S)', self._text['ha'] or ''):
            if re.match(rf'vm:\s*{self._vmid}\s*$', section.partition('\n')[0]):
                state = re.search(r'^\s+state\s+(\w+)', section, re.MULTILINE)
                wanted = state[1] if state else 'started'
                return None if wanted == 'ignored' else wanted
        return None


class Qm:
    """What `qm status` and `qm pending` say. Begins at once and is read later, as Pve."""

    def __init__(self, vmid: int, scratch: Path):
        self._status = Tool(['qm', 'status', str(vmid)], scratch / 'qm-status', reader=True)
        self._pending = Tool(['qm', 'pending', str(vmid)], scratch / 'qm-pending', reader=True)

    @property
    def status(self) -> str | None:
        text = _answer(self._status)
        found = re.search(r'^status: ([\w-]+)', text) if text is not None else None
        return found[1] if found else None

    @property
    def pending(self) -> list[str] | None:
        """The staged changes, as `new key: value` and `del key`. None where qm does not tell."""
        text = _answer(self._pending)
        if text is None:
            return None
        return [line for line in text.splitlines() if line.startswith(('new ', 'del '))]

    @property
    def problem(self) -> str:
        if self._pending.code is None:
            return f'qm does not answer within {limits.QM_READ:g} s'
        said = self._pending.text(500).strip().splitlines()
        return f'qm does not work: {said[-1] if said else f"exit code {self._pending.code}"}'


def _answer(tool: Tool) -> str | None:
    run_all([tool], limits.QM_READ)
    return tool.text() if tool.code == 0 else None
