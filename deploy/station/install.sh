#!/bin/sh
# Makes a Debian-like machine the recorder of a polling station. Safe to repeat: the device's key,
# its settings and its footage stay as they are; only the program and its unit are renewed.
set -eu

usage() {
    cat <<'USAGE'
Usage: deploy/station/install.sh --server URL --token TOKEN --cameras-from FILE

  --server URL         the centre, for example https://pollcam.example
  --token TOKEN        the enrolment token from the station's paper; works once
  --cameras-from FILE  a file with rtsp://… or /dev/video0, one a line in the order of camera 1,
                       camera 2 …; '-': they are typed. Behind an address may stand
                       ' substream=ADDRESS': its smaller stream, for live on a narrow link
  --publish-both       live is the whole stream, and the smaller one goes beside it for viewers
                       with a narrow link; else the smaller one is live in its place
  --audio N            record the sound of the Nth camera, too
  --transport udp      how RTSP carries its packets, where tcp does not work
  --wheels DIR         install from the packages in DIR, without a network
  --root DIR           only write the files, below DIR (for an image)
  --camera ADDRESS, --substream N=ADDRESS
                       in place of --cameras-from, where no address has a password: everybody
                       on the machine can see the options of a command that runs
USAGE
}

say() { printf 'pollcam: %s\n' "$*"; }
die() {
    printf 'pollcam: %s\n' "$*" >&2
    exit 2
}

here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "${here}/../.." && pwd)
state=/var/lib/pollcam
config=${state}/agent.toml

server='' token='' wheels='' root='' cameras=0 cameras_from='' listed=''
# The arguments of `pollcam agent enroll` collect behind the ones still to be read.
count=$#
while [ "${count}" -gt 0 ]; do
    option=$1
    shift
    count=$((count - 1))
    case ${option} in
    --server | --token | --cameras-from | --camera | --substream | --audio | --transport | \
        --wheels | --root)
        [ "${count}" -gt 0 ] || die "${option} needs a value"
        value=$1
        shift
        count=$((count - 1))
        case ${option} in
        --server) server=${value} ;;
        --token) token=${value} ;;
        --wheels) wheels=${value} ;;
        --root) root=${value} ;;
        --cameras-from) cameras_from=${value} ;;
        *)
            [ "${option}" != --camera ] || cameras=$((cameras + 1))
            set -- "$@" "${option}" "${value}"
            ;;
        esac
        ;;
    --publish-both) set -- "$@" "${option}" ;;
    --help)
        usage
        exit 0
        ;;
    *) die "there is no option ${option}; --help lists them" ;;
    esac
done

check_request() {
    [ -f "${source}/constraints.txt" ] || die "run this from a complete copy of pollcam"
    [ -z "${wheels}" ] || [ -d "${wheels}" ] || die "--wheels: there is no folder '${wheels}'"
    [ -z "${root}" ] || return 0
    [ "$(id -u)" -eq 0 ] || die "this must run as root"
    [ ! -e "${config}" ] || return 0
    [ -n "${server}" ] || die "--server is missing; --help explains it"
    [ -n "${token}" ] || die "--token is missing; it stands on the station's paper"
    [ -n "${cameras_from}" ] || [ "${cameras}" -gt 0 ] ||
        die "--cameras-from is missing; --help explains it"
}

read_cameras() {
    if [ -e "${config}" ] || [ -z "${cameras_from}" ]; then
        return 0
    fi
    [ "${cameras}" -eq 0 ] || die "give --cameras-from or --camera, not both"
    [ "${cameras_from}" != - ] || [ ! -t 0 ] || say "cameras' addresses, one a line; end with Ctrl-D:"
    listed=$(cat -- "${cameras_from}" 2>/dev/null) || die "--cameras-from: '${cameras_from}' cannot be read"
}

install_packages() {
    missing=''
    for package in python3-venv chrony; do
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
        useradd --system --user-group --groups video --home-dir "${state}" --no-create-home \
            --shell /usr/sbin/nologin pollcam
    install -d -m 0700 -o pollcam -g pollcam "${state}"
}

install_program() {
    say "installing the program into /opt/pollcam"
    [ -x /opt/pollcam/bin/python ] || python3 -m venv /opt/pollcam
    if [ -n "${wheels}" ]; then
        /opt/pollcam/bin/pip install --quiet --upgrade --no-index --find-links "${wheels}" \
            --constraint "${source}/constraints.txt" 'pollcam[agent]'
    else
        /opt/pollcam/bin/pip install --quiet --upgrade \
            --constraint "${source}/constraints.txt" "pollcam[agent] @ file://${source}"
    fi
}

place_files() {
    install -d -m 0755 "${root}/etc/systemd/system" "${root}/etc/systemd/system.conf.d" \
        "${root}/etc/chrony/conf.d"
    install -m 0644 "${here}/pollcam-agent.service" "${root}/etc/systemd/system/"
    install -m 0644 "${here}/watchdog.conf" "${root}/etc/systemd/system.conf.d/pollcam.conf"
    install -m 0644 "${here}/chrony.conf" "${root}/etc/chrony/conf.d/pollcam.conf"
}

enroll() {
    if [ -e "${config}" ]; then
        say "this device is enrolled already; ${config} stays as it is"
        return 0
    fi
    [ -z "${cameras_from}" ] || set -- --cameras-from - "$@"
    # Through a pipe: the agent's user need not be able to read the file.
    printf '%s\n' "${listed}" | runuser -u pollcam -- /opt/pollcam/bin/pollcam agent enroll \
        --server "${server}" --token "${token}" --config "${config}" "$@"
}

start() {
    systemctl daemon-reload
    systemctl try-reload-or-restart chrony.service
    systemctl enable --quiet pollcam-agent.service
    systemctl restart pollcam-agent.service ||
        die "the agent did not start; journalctl -u pollcam-agent says why"
}

check_request
if [ -n "${root}" ]; then
    place_files
    say "wrote the files below ${root}; nothing was installed or started"
    exit 0
fi
read_cameras
install_packages
create_user
install_program
place_files
enroll "$@"
start
say "recording. The station's page: http://$(hostname):8088, its PIN is on the station's paper"
