#!/bin/sh
# The system's part of the image, as root on Debian: what the daemon calls, and its user.
# Usage: install.sh
set -eu

apt-get update
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates openssh-client tini
rm -rf /var/lib/apt/lists/*

groupadd --gid 10001 breakglass
useradd --uid 10001 --gid 10001 --create-home --shell /usr/sbin/nologin breakglass
install -d -o breakglass -g breakglass -m 0700 /var/lib/breakglass
