#!/bin/bash
# Installs breakglass-pve on a Proxmox VE host, as root:
#   install.sh VMID KEY.pub [FROM]   FROM: the addresses the key may come from, as in sshd(8), "from=". Again: updates
#   install.sh --remove              takes everything away again, except for the evidence in /var/log/breakglass
# Every file is put in its place whole. Nothing is changed in what Proxmox owns, and no VM is touched.
set -euo pipefail
HERE=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
readonly HERE
umask 022


readonly FRONT=/usr/local/bin/breakglass-pve
readonly ROOT_PART=/usr/local/sbin/breakglass-pve-root
readonly LIBRARY=/usr/local/lib/breakglass-pve
readonly CONF=/etc/breakglass-pve.conf
readonly SUDOERS=/etc/sudoers.d/breakglass
readonly SSHD=/etc/ssh/sshd_config.d/breakglass.conf
readonly KEYS=/etc/ssh/authorized_keys.d/breakglass

main() {
  ((EUID == 0)) || fail 'run it as root'
  case ${1-} in
    --remove) remove ;;
    *[!0-9]* | '' | 0*) fail 'usage: install.sh VMID KEY.pub [FROM] | install.sh --remove' ;;
    *) check "$@" && install_all "$@" ;;
  esac
}

check() {
  local program
  [[ -d /etc/pve ]] || fail 'this is no Proxmox VE host: there is no /etc/pve'
  for program in /usr/bin/python3 /usr/sbin/visudo /usr/bin/logger; do
    [[ -x $program ]] || fail "$program is missing: apt install $(package "$program")"
  done
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' || fail 'Python 3.9 or later is needed (Proxmox VE 7 has it)'
  [[ $1 =~ ^[1-9][0-9]{2,8}$ ]] || fail "$1 is no VM id"
  [[ -e /etc/pve/qemu-server/$1.conf ]] || fail "this node has no VM $1"
  ssh-keygen -lf "${2:?the public key is missing}" >/dev/null || fail "$2 is no public key"
  (($(grep -c . "$2") == 1)) || fail "$2 must be one public key, on one line"
  [[ ${3-} =~ ^[0-9A-Fa-f.:,/]*$ ]] || fail 'FROM takes addresses and networks, separated by commas'
  grep -qsE '^Include /etc/ssh/sshd_config\.d/\*\.conf' /etc/ssh/sshd_config ||
    fail '/etc/ssh/sshd_config does not include /etc/ssh/sshd_config.d/*.conf; add that as its first line'
}

install_all() {
  local options='restrict,command="/usr/local/bin/breakglass-pve"'
  # A forced command is run by the login shell, so it needs one; the password is locked.
  id -u breakglass >/dev/null 2>&1 || useradd --system --create-home --shell /bin/bash breakglass
  mkdir -p "${SSHD%/*}" "${KEYS%/*}" "$LIBRARY/breakglass_pve"
  install -m 0755 "$HERE/breakglass-pve" "$FRONT"
  install -m 0755 "$HERE/breakglass-pve-root" "$ROOT_PART"
  install -m 0755 "$HERE/lib/worker" "$LIBRARY/worker"
  install -m 0644 "$HERE"/lib/breakglass_pve/*.py "$LIBRARY/breakglass_pve/"
  # Settings that were made for this VM stay.
  grep -qsx "VMID=$1" "$CONF" || put "$CONF" 0644 "VMID=$1"
  visudo -qcf "$HERE/sudoers" || fail 'the sudoers file is not valid; nothing of it was installed'
  install -m 0440 "$HERE/sudoers" "$SUDOERS"
  [[ -z ${3-} ]] || options+=",from=\"$3\""
  put "$KEYS" 0644 "$options $(cat "$2")"
  install -m 0644 "$HERE/sshd.conf" "$SSHD"
  if ! sshd -t; then
    rm -f "$SSHD"
    fail 'sshd does not accept its part (above), so it was taken out again'
  fi
  reload
  echo "Installed for VM $1. Prove it, from where the daemon runs: ssh -i KEY breakglass@$(hostname) status"
}

remove() {
  rm -f "$SSHD" "$KEYS"
  reload
  rm -f "$SUDOERS" "$FRONT" "$ROOT_PART" "$CONF"
  rm -rf "$LIBRARY"
  if id -u breakglass >/dev/null 2>&1; then userdel --remove breakglass 2>/dev/null || true; fi
  echo 'Removed. The evidence is still in /var/log/breakglass.'
}

reload() { systemctl reload ssh || echo 'sshd could not be reloaded; do it yourself: systemctl reload ssh' >&2; }

put() {
  printf '%s\n' "$3" >"$1.new"
  chmod "$2" "$1.new"
  mv "$1.new" "$1"
}

package() { case $1 in */visudo) echo sudo ;; */logger) echo bsdutils ;; *) echo python3 ;; esac; }

fail() {
  echo "install.sh: $1" >&2
  exit 1
}

main "$@"
