#!/usr/bin/env bash
# The unit tests on the Pythons found other than that of the environment given, side by side, each in an environment
# of its own beside that one. What each says is shown when it has ended.
set -eu
cd "$(dirname "$0")/.."

venv="$1"
main="$("$venv/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
logs="$(mktemp -d)"
trap 'rm -rf "$logs"' EXIT
mapfile -t found < <(tools/pythons.sh "$main")

# All environments come first: tests look for what they have left in this folder, and no other run may put one here.
for each in "${found[@]}"; do
    read -r version python <<< "$each"
    make --no-print-directory PYTHON="$python" VENV="$venv-$version" "$venv-$version/.dev-ready" < /dev/null
done

jobs=()
for each in "${found[@]}"; do
    read -r version python <<< "$each"
    "$venv-$version/bin/python" -m pytest -q -p no:cacheprovider tests/unit > "$logs/$version" 2>&1 < /dev/null &
    jobs+=("$!")
done

code=0
for each in "${found[@]}"; do
    read -r version python <<< "$each"
    wait "${jobs[0]}" || code=1
    jobs=("${jobs[@]:1}")
    echo "the unit tests on Python $version ($python)"
    cat "$logs/$version"
done
exit "$code"
