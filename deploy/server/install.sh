#!/bin/sh
# Installs or updates pollcam on one Debian-like server: control API, streamer and archive behind
# nginx, index in PostgreSQL. Safe to repeat: settings, certificates and footage stay as they are.
set -eu

usage() {
    cat <<'USAGE'
Usage: deploy/server/install.sh --name HOST [options]

  --name HOST          the name that browsers and stations use, for example pollcam.example
  --admin USER         make an administrator and print a password for it
  --certificate FILE   TLS certificate with its chain; without it, one is made that nobody trusts
  --key FILE           its private key
  --root DIR           only write the files, below DIR (to look at them, or for an image)
USAGE
}

say() { printf 'pollcam: %s\n' "$*"; }
die() {
    printf 'pollcam: %s\n' "$*" >&2
    exit 2
}

name='' admin='' certificate='' key='' root=''
while [ $# -gt 0 ]; do
    case $1 in
    --name | --admin | --certificate | --key | --root)
        [ $# -ge 2 ] || die "$1 needs a value"
        case $1 in
        --name) name=$2 ;;
        --admin) admin=$2 ;;
        --certificate) certificate=$2 ;;
        --key) key=$2 ;;
        *) root=$2 ;;
        esac
        shift 2
        ;;
    --help)
        usage
        exit 0
        ;;
    *) die "there is no option $1; --help lists them" ;;
    esac
done

here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "${here}/../.." && pwd)
etc=${root}/etc/pollcam
tls=${root}/etc/nginx/pollcam
units=${root}/etc/systemd/system

check_request() {
    [ -n "${name}" ] || die "--name is missing; --help explains it"
    case ${name} in
    *[!A-Za-z0-9.-]*) die "--name is a host name without https:// and without a port" ;;
    *) ;;
    esac
    [ -f "${source}/constraints.txt" ] || die "run this from a complete checkout of pollcam"
    if [ -n "${certificate}" ] || [ -n "${key}" ]; then
        [ -r "${certificate}" ] || die "--certificate: cannot read '${certificate}'"
        [ -r "${key}" ] || die "--key: cannot read '${key}'"
    fi
    [ -n "${root}" ] || [ "$(id -u)" -eq 0 ] || die "this must run as root"
}

install_packages() {
    missing=''
    for package in python3-venv postgresql nginx openssl; do
        dpkg-query -W -f '${Status}' "${package}" 2>/dev/null | grep -q 'ok installed' ||
            missing="${missing} ${package}"
    done
    [ -n "${missing}" ] || return 0
    say "installing${missing}"
    # Word splitting is wanted: one argument a package.
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${missing}
}

create_user() {
    getent passwd pollcam >/dev/null ||
        useradd --system --user-group --home-dir /var/lib/pollcam --no-create-home \
            --shell /usr/sbin/nologin pollcam
}

install_program() {
    say "installing the program into /opt/pollcam"
    [ -x /opt/pollcam/bin/python ] || python3 -m venv /opt/pollcam
    /opt/pollcam/bin/pip install --quiet --upgrade --constraint "${source}/constraints.txt" \
        "pollcam[server,streamer] @ file://${source}"
}

# Writes a file with the tokens filled in. Arguments: from, to, mode.
fill_in() {
    sed -e "s|@SERVER_NAME@|${name}|g" -e "s|@LIVE_KEY@|${live_key:-}|g" "$1" >"$2.new"
    chmod "$3" "$2.new"
    mv "$2.new" "$2"
}

# Settings belong to whoever administers the machine: written once, then left alone.
place_settings() {
    install -d -m 0755 "${etc}"
    [ -e "${etc}/api.env" ] || fill_in "${here}/api.env" "${etc}/api.env" 0644
    [ -e "${etc}/api.secrets" ] || install -m 0600 /dev/null "${etc}/api.secrets"
    install -m 0644 "${here}/retain.env.example" "${etc}/retain.env.example"
}

place_units() {
    install -d -m 0755 "${units}"
    install -m 0644 "${here}"/systemd/pollcam-* "${units}"
}

place_proxy() {
    install -d -m 0755 "${tls}" "${root}/etc/nginx/conf.d" "${root}/var/cache/nginx"
    install -m 0644 "${here}/nginx/proxy.conf" "${tls}/proxy.conf"
    fill_in "${here}/nginx/pollcam.conf" "${root}/etc/nginx/conf.d/pollcam.conf" 0644
    if [ -n "${certificate}" ]; then
        install -m 0644 "${certificate}" "${tls}/certificate.pem"
        install -m 0600 "${key}" "${tls}/key.pem"
    elif [ ! -e "${tls}/key.pem" ]; then
        say "making a certificate that nobody trusts yet; replace it with --certificate and --key"
        (umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
            -subj "/CN=${name}" -addext "subjectAltName=DNS:${name}" -days 90 \
            -keyout "${tls}/key.pem" -out "${tls}/certificate.pem" 2>/dev/null)
    fi
}

as_postgres() { (cd / && runuser -u postgres -- "$@"); }

prepare_index() {
    as_postgres psql -qtAc "SELECT 1 FROM pg_roles WHERE rolname = 'pollcam'" | grep -q 1 ||
        as_postgres createuser pollcam
    as_postgres psql -qtAc "SELECT 1 FROM pg_database WHERE datname = 'pollcam'" | grep -q 1 ||
        as_postgres createdb --owner pollcam pollcam
}

start_api() {
    systemctl daemon-reload
    systemctl enable --quiet pollcam-api.service
    systemctl restart pollcam-api.service
    tries=0
    until [ -s /var/lib/pollcam/keys/live.pub ]; do
        tries=$((tries + 1))
        [ "${tries}" -lt 60 ] || die "the API did not start; journalctl -u pollcam-api says why"
        sleep 1
    done
}

start_others() {
    live_key=$(cat /var/lib/pollcam/keys/live.pub)
    [ -e "${etc}/streamer.env" ] || fill_in "${here}/streamer.env" "${etc}/streamer.env" 0644
    systemctl enable --quiet pollcam-streamer.service
    systemctl restart pollcam-streamer.service
    systemctl enable --quiet --now pollcam-retain.timer pollcam-fsck.timer
    # Debian's own welcome page claims to be the default server, too.
    rm -f /etc/nginx/sites-enabled/default
    nginx -t -q
    systemctl reload-or-restart nginx.service
}

create_admin() {
    password=$(openssl rand -base64 18)
    if printf '%s\n' "${password}" | runuser -u pollcam -- env \
        "$(grep '^POLLCAM_API_DATA_DIR=' "${etc}/api.env")" \
        "$(grep '^POLLCAM_API_DATABASE_URL=' "${etc}/api.env")" \
        /opt/pollcam/bin/pollcam account create "${admin}" --role admin --password-stdin; then
        say "password of ${admin}, shown this once: ${password}"
    else
        say "the account ${admin} was left as it is"
    fi
}

check_request
[ -n "${root}" ] || install_packages
place_settings
place_units
place_proxy
if [ -n "${root}" ]; then
    say "wrote the files below ${root}; nothing was installed or started"
    exit 0
fi
create_user
install_program
prepare_index
start_api
start_others
[ -z "${admin}" ] || create_admin
say "ready: https://${name}"
