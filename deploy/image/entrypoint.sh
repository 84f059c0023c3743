#!/bin/sh
# Starts the daemon as a user without rights, with the mounted key in an ssh-agent of its own.
#
# A mounted secret has the wrong owner and mode for ssh, and must not be copied to a disk: it is read once, here, and
# piped into the agent. Root is needed for no more than reading it. Started as another user it works too, if that
# user can read the key.
#
# Environment: BREAKGLASS_KEY_PATH   the private key, without a passphrase. Not needed if BREAKGLASS_SSH_CONFIG is
#                                    set, which then names its own.
#              BREAKGLASS_UID        the user to run as, if started by root (10001)
# The rest is the daemon's own. Exit code 1 with one line on stderr if the key can't be used.
set -eu

home=$(cd "$(dirname "$0")" && pwd)
PATH=$home:$PATH
export PATH

fail() {
  echo "breakglassd: $*" >&2
  exit 1
}

# ssh refuses to run as a user without a name. The daemon can say that to its clients, so it starts all the same.
warn_without_name() {
  if ! getent passwd "$1" >/dev/null; then
    echo "breakglassd: uid $1 is not in /etc/passwd, so ssh will refuse to run: use 10001, or add it" >&2
  fi
}

# The second half: in the agent's environment, without rights, the key on stdin.
if [ "${1-}" = --key-on-stdin ]; then
  # Carriage returns and a missing last line break come from editors and secret stores; ssh-add accepts neither.
  # A key with a passphrase must fail instead of waiting for somebody to type it.
  tr -d '\r' | { cat; echo; } | SSH_ASKPASS=/bin/false SSH_ASKPASS_REQUIRE=force ssh-add -q - 2>/dev/null ||
    fail "the key $BREAKGLASS_KEY_PATH can't be used: it must be a private key without a passphrase"
  # The agent has it now. Naming the file too would make ssh complain about its mode, for each command.
  unset BREAKGLASS_KEY_PATH
  warn_without_name "$(id -u)"
  exec node "$home/../app/packages/daemon/bin/breakglassd.js" </dev/null
fi

run_as=''
if [ "$(id -u)" = 0 ]; then
  uid=${BREAKGLASS_UID:-10001}
  run_as="setpriv --reuid=$uid --regid=$uid --clear-groups --no-new-privs --"
fi

if [ -z "${BREAKGLASS_KEY_PATH-}" ]; then
  if [ -z "${BREAKGLASS_SSH_CONFIG-}" ]; then
    fail 'no key: mount the private key and name its path in BREAKGLASS_KEY_PATH'
  fi
  warn_without_name "${uid:-$(id -u)}"
  # shellcheck disable=SC2086 # two words or none, on purpose
  exec $run_as node "$home/../app/packages/daemon/bin/breakglassd.js" </dev/null
fi
if [ ! -e "$BREAKGLASS_KEY_PATH" ]; then
  fail "no key at $BREAKGLASS_KEY_PATH: is the secret mounted there? BREAKGLASS_KEY_PATH names it"
fi
if [ ! -r "$BREAKGLASS_KEY_PATH" ]; then
  fail "the key $BREAKGLASS_KEY_PATH can't be read by uid $(id -u): start as root, or give that user's group read access"
fi

# ssh-agent becomes this command and keeps a child of itself that ends when the daemon has ended.
# shellcheck disable=SC2086
exec $run_as ssh-agent "$home/entrypoint.sh" --key-on-stdin <"$BREAKGLASS_KEY_PATH"
