#!/usr/bin/env bash
# The unit tests on the Pythons found other than that of the environment given, side by side, each in an environment
# of its own beside that one. What each says is shown when it has ended.
set -eu
cd "$(dirname "$0")/.."

venv="$1"
main="$("$venv/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
logs="$(mktemp -d)"
trap 'rm -rf "$logs"' EXIT

unit_tests() { # VERSION PYTHON
    local other="$venv-$1"
    make --no-print-directory PYTHON="$2" VENV="$other" "$other/.dev-ready" && "$other/bin/python" -m pytest -q tests/unit
}

versions=()
while read -r version python; do
    unit_tests "$version" "$python" > "$logs/$version" 2>&1 < /dev/null &
    versions+=("$version:$!:$python")
done < <(tools/pythons.sh "$main")

code=0
for each in "${versions[@]}"; do
    IFS=: read -r version job python <<< "$each"
    wait "$job" || code=1
    echo "the unit tests on Python $version ($python)"
    cat "$logs/$version"
done
exit "$code"
