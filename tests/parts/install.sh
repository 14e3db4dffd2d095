#!/bin/sh
# Gets the real parts the tests talk to. Safe to repeat; what is there already is left alone.
#
#   tests/parts/install.sh FOLDER     programs without a Debian package go to FOLDER
set -eu

folder=$1
minio=github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c
node_datachannel=node-datachannel@0.33.4

say() { printf 'parts: %s\n' "$*"; }

PACKAGES="
gcc libc6-dev python3-dev
chromium fonts-dejavu-core
postgresql nginx-light prometheus
gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
gstreamer1.0-plugins-ugly gstreamer1.0-libav gir1.2-gst-rtsp-server-1.0 python3-gi
systemd openssl shellcheck chrony
coturn iproute2 nftables procps firefox-esr simple-whip-client"

missing() {
    for package in ${PACKAGES}; do
        dpkg-query -W -f '${Status}' "${package}" 2>/dev/null | grep -q 'ok installed' ||
            printf ' %s' "${package}"
    done
    # Node often comes with its npm and without Debian's package of it, which is large.
    command -v npm >/dev/null || printf ' nodejs npm'
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

install_packages() {
    wanted=$(missing)
    [ -n "${wanted}" ] || return 0
    say "installing${wanted}"
    # A package must not start its service: the tests run their own, on ports of their own.
    # Word splitting is wanted: one argument a package.
    # shellcheck disable=SC2086
    if as_root apt-get update -q >/dev/null &&
        as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
            apt-get install -y -q --no-install-recommends ${wanted} >/dev/null; then
        return 0
    fi
    say "not installed; tests that need them are skipped. As root:"
    say "apt-get install${wanted}"
}

build_minio() {
    [ ! -x "${folder}/minio" ] || return 0
    [ -z "${POLLCAM_TEST_MINIO:-}" ] || return 0
    if ! command -v go >/dev/null; then
        say "no Go here, so no MinIO: install Go, or set POLLCAM_TEST_MINIO to a minio binary"
        return 0
    fi
    mkdir -p "${folder}"
    say "building MinIO, once; this takes some minutes"
    GOBIN=$(cd "${folder}" && pwd) go install "${minio}"
}

install_node_datachannel() {
    [ ! -d "${folder}/node/node_modules/node-datachannel" ] || return 0
    [ -z "${POLLCAM_TEST_NODE:-}" ] || return 0
    if ! command -v npm >/dev/null; then
        say "no npm here, so no node-datachannel: tests with libdatachannel are skipped"
        return 0
    fi
    mkdir -p "${folder}/node"
    npm install --silent --no-audit --no-fund --prefix "${folder}/node" "${node_datachannel}" ||
        say "node-datachannel was not installed: tests with libdatachannel are skipped"
}

if [ ! -e /etc/debian_version ]; then
    say "this is no Debian-like machine; please install the like of:${PACKAGES}"
else
    install_packages
fi
install_node_datachannel
build_minio
