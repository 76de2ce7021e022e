#!/usr/bin/env bash
# Prints the other interpreters to test with, one "VERSION PATH" a line: 3.11 to 3.13 without the version given,
# on the path or kept by pyenv. Each is run first, since a name on the path may be an empty promise.
set -eu

for version in 3.11 3.12 3.13; do
    [ "$version" != "${1:-}" ] || continue
    for candidate in "$(command -v "python$version" || true)" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$version".*/bin/python; do
        [ -x "$candidate" ] || continue
        found="$("$candidate" -c 'import ensurepip, sys, venv; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" || continue
        [ "$found" = "$version" ] || continue
        echo "$version $candidate"
        break
    done
done
