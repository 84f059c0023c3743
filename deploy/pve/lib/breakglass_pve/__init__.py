"""The root part of breakglass-pve: observes, powers off and powers on one VM of a Proxmox VE host."""
