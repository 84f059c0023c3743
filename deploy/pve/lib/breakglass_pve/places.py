"""Where things are on a Proxmox VE host. Constants, so that nothing in the environment can move them; only the
test build of packages/lab replaces lines here."""

CONF = '/etc/breakglass-pve.conf'
OWNER = 0  # the uid that must own CONF
PROC = '/proc'
CGROUPS = '/sys/fs/cgroup/qemu.slice'
LEGACY_CGROUPS = '/sys/fs/cgroup/systemd/qemu.slice'  # cgroup v1 and hybrid
QEMU = '/run/qemu-server'  # ID.pid, ID.qmp, ID.cleanup
CONFIG_LOCKS = '/run/lock/qemu-server'  # lock-ID.conf
PVE = '/etc/pve'
BLOCK = '/sys/block'
JOBS = '/run/breakglass'
LOG = '/var/log/breakglass'
PATH = '/usr/sbin:/usr/bin:/sbin:/bin'
WORKER = '/usr/local/lib/breakglass-pve/worker'
