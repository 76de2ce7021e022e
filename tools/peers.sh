#!/usr/bin/env bash
# Installs the programs that others wrote and that Portside is tested with, as packages of Debian and npm, and starts
# no service. Does nothing where all are there. Where it may not install, it names what is missing; that is
# an error only with CI=true.
set -eu
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

# program:packages
peers="nginx:nginx-light ab:apache2-utils wrk:wrk socat:socat ncat:ncat curl:curl wget:wget chromium:chromium openssl:openssl certutil:libnss3-tools tshark:tshark tcpdump:tcpdump lftp:lftp tnftp:tnftp inetutils-telnet:inetutils-telnet expect:expect vim.tiny:vim-tiny less:less swaks:swaks,libnet-ssleay-perl,libio-socket-inet6-perl msmtp:msmtp mutt:mutt dnsmasq:dnsmasq-base strace:strace zsh:zsh fish:fish npm:nodejs,npm"

# program:packages, of servers that exclude each other or bring a service along: they are unpacked, not installed.
unpacked="vsftpd:vsftpd proftpd:proftpd-core,proftpd-mod-crypto telnetd:inetutils-telnetd postfix:postfix exim4:exim4-daemon-light"

# program:package, of the npm registry: they are kept beside what else a user's programs remember, since a checkout
# is looked through by tools that have nothing to find there.
from_npm="maildev:maildev@3.0.0"
remembered="${XDG_CACHE_HOME:-$HOME/.cache}/portside/peers"

place="$(cd "$(dirname "$0")/.." && pwd)/.peers"

missing_packages=()
missing_programs=()
to_install=()
look() {
    missing_packages=() missing_programs=()
    local peer
    for peer in $peers; do
        command -v "${peer%%:*}" >/dev/null && continue
        missing_programs+=("${peer%%:*}")
        missing_packages+=("${peer##*:}")
    done
    for peer in $unpacked; do
        command -v "${peer%%:*}" >/dev/null && continue
        is_unpacked "${peer%%:*}" && continue
        missing_programs+=("${peer%%:*}")
        missing_packages+=("${peer##*:}")
    done
    for peer in $from_npm; do
        command -v "${peer%%:*}" >/dev/null && continue
        [ ! -x "$remembered/${peer%%:*}/node_modules/.bin/${peer%%:*}" ] || continue
        missing_programs+=("${peer%%:*}")
        missing_packages+=("${peer##*:}")
    done
}

# Whether a program stands in a folder of ours, with all the libraries that it needs; some bring their own along.
is_unpacked() {
    local file="$place/$1/usr/sbin/$1"
    [ -x "$file" ] && ! LD_LIBRARY_PATH="$place/$1/usr/lib/$1" ldd "$file" 2>/dev/null | grep -q "not found"
}

give_up() {
    local index
    for index in "${!missing_programs[@]}"; do
        echo "missing: ${missing_programs[$index]} (package ${missing_packages[$index]}; $1)" >&2
    done
    [ "${CI:-}" != true ] || exit 1
    exit 0
}

look
[ ${#missing_programs[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null || give_up "no apt-get here"
as_root=""
if [ "$(id -u)" -ne 0 ]; then
    as_root="sudo -n"
    command -v sudo >/dev/null && sudo -n true 2>/dev/null || give_up "neither root nor sudo without a password"
fi

# Debian asks this file before it starts a service; 101 is its word for "no".
policy=/usr/sbin/policy-rc.d
kept="$(mktemp -d)"
restore() {
    if [ -e "$kept/policy-rc.d" ]; then
        $as_root cp -p "$kept/policy-rc.d" "$policy"
    else
        $as_root rm -f "$policy"
    fi
    rm -rf "$kept"
}
[ ! -e "$policy" ] || $as_root cp -p "$policy" "$kept/policy-rc.d"
trap restore EXIT
trap 'exit 130' INT TERM
printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
$as_root chmod 755 "$policy"

echo "installing ${missing_packages[*]}"
install() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $patient "$@" >&2
}
# A machine that has just started may be at work with apt itself, and networks fail for a moment. apt-get waits for
# either where it is told to; only update waits for no other apt.
patient="-o DPkg::Lock::Timeout=600 -o Acquire::Retries=5"
until $as_root apt-get update -qq $patient >&2; do
    [ "$SECONDS" -lt 300 ] || give_up "apt-get update failed"
    sleep 5
done

# unpack PROGRAM PACKAGES: into a folder of its own; its libraries are installed, nothing else that it would bring along.
unpack() {
    local debs libraries
    debs="$(mktemp -d)"
    (cd "$debs" && apt-get download -qq $patient ${2//,/ } >&2) || { rm -rf "$debs"; return 1; }
    libraries="$(for deb in "$debs"/*.deb; do dpkg-deb -f "$deb" Depends; done | tr ',' '\n' | sed 's/[|(].*//; s/:any//' |
        grep -o '\blib[a-z0-9.+-]*' | sort -u)"
    rm -rf "${place:?}/$1"
    mkdir -p "$place/$1"
    for deb in "$debs"/*.deb; do dpkg -x "$deb" "$place/$1"; done
    rm -rf "$debs"
    install $libraries
}

# fetch PROGRAM PACKAGE: from the npm registry, without running what its packages would run when they are installed.
fetch() {
    rm -rf "${remembered:?}/$1"
    mkdir -p "$remembered/$1"
    npm install --prefix "$remembered/$1" --ignore-scripts --no-audit --no-fund --fetch-retries=5 --silent "$2" >&2
}

to_fetch=()
for index in "${!missing_programs[@]}"; do
    program="${missing_programs[$index]}" package="${missing_packages[$index]}"
    case " $unpacked " in *" $program:"*) unpack "$program" "$package" || { look; give_up "it could not be unpacked"; }; continue ;; esac
    case " $from_npm " in *" $program:"*) to_fetch+=("$program" "$package"); continue ;; esac
    to_install+=(${package//,/ })
done
[ ${#to_install[@]} -eq 0 ] || install "${to_install[@]}" || { look; give_up "apt-get install failed"; }
set -- "${to_fetch[@]}"
while [ $# -gt 0 ]; do
    fetch "$1" "$2" || { look; give_up "npm install failed"; }
    shift 2
done
look
[ ${#missing_programs[@]} -eq 0 ] || give_up "not in its package"
