#!/usr/bin/env bash
# Installs the programs that others wrote and that Portside is tested with, as Debian packages, and starts
# no service. Does nothing where all are there. Where it may not install, it names what is missing; that is
# an error only with CI=true.
set -eu
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

# program:package
peers="nginx:nginx-light ab:apache2-utils wrk:wrk socat:socat ncat:ncat curl:curl wget:wget chromium:chromium openssl:openssl certutil:libnss3-tools tshark:tshark tcpdump:tcpdump"

missing_packages=()
missing_programs=()
look() {
    missing_packages=() missing_programs=()
    local peer
    for peer in $peers; do
        command -v "${peer%%:*}" >/dev/null && continue
        missing_programs+=("${peer%%:*}")
        missing_packages+=("${peer##*:}")
    done
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
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing_packages[@]}" >&2
}
$as_root apt-get update -qq >&2 || give_up "apt-get update failed"
install || { look; give_up "apt-get install failed"; }
look
[ ${#missing_programs[@]} -eq 0 ] || give_up "not in its package"
