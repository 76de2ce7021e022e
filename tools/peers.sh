#!/usr/bin/env bash
# Installs the programs that others wrote and that Portside is tested with, as Debian packages, and starts
# no service. Does nothing where all are there. Where it may not install, it names what is missing; that is
# an error only with CI=true.
set -eu
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

# program:package
peers="nginx:nginx-light ab:apache2-utils wrk:wrk socat:socat ncat:ncat curl:curl wget:wget chromium:chromium openssl:openssl certutil:libnss3-tools tshark:tshark tcpdump:tcpdump lftp:lftp tnftp:tnftp inetutils-telnet:inetutils-telnet expect:expect vim.tiny:vim-tiny less:less"

# program:packages, of servers that exclude each other or bring a service along: they are unpacked, not installed.
unpacked="vsftpd:vsftpd proftpd:proftpd-core,proftpd-mod-crypto telnetd:inetutils-telnetd"
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
}

# Whether a program stands in a folder of ours, with all the libraries that it needs.
is_unpacked() {
    local file="$place/$1/usr/sbin/$1"
    [ -x "$file" ] && ! ldd "$file" 2>/dev/null | grep -q "not found"
}

give_up() {
    local index
    for index in "${!missing_programs[@]}"; do
        echo "missing: ${missing_programs[$index]} (Debian package ${missing_packages[$index]}; $1)" >&2
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
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >&2
}
$as_root apt-get update -qq >&2 || give_up "apt-get update failed"

# unpack PROGRAM PACKAGES: into a folder of its own; its libraries are installed, nothing else that it would bring along.
unpack() {
    local debs libraries
    debs="$(mktemp -d)"
    (cd "$debs" && apt-get download -qq ${2//,/ } >&2) || { rm -rf "$debs"; return 1; }
    libraries="$(for deb in "$debs"/*.deb; do dpkg-deb -f "$deb" Depends; done | tr ',' '\n' | sed 's/[|(].*//; s/:any//' |
        grep -o '\blib[a-z0-9.+-]*' | sort -u)"
    rm -rf "${place:?}/$1"
    mkdir -p "$place/$1"
    for deb in "$debs"/*.deb; do dpkg -x "$deb" "$place/$1"; done
    rm -rf "$debs"
    install $libraries
}

for index in "${!missing_programs[@]}"; do
    case " $unpacked " in
        *" ${missing_programs[$index]}:"*)
            unpack "${missing_programs[$index]}" "${missing_packages[$index]}" || { look; give_up "it could not be unpacked"; } ;;
        *) to_install+=("${missing_packages[$index]}") ;;
    esac
done
[ ${#to_install[@]} -eq 0 ] || install "${to_install[@]}" || { look; give_up "apt-get install failed"; }
look
[ ${#missing_programs[@]} -eq 0 ] || give_up "not in its package"
