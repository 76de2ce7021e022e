"""The house rules that no linter knows: sizes, names of rooms, and what a tracked file must not say."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
SOURCE = TOP / "src" / "portside"

MOST_LINES = 450
"""A module fits an afternoon's reading; 400 is the aim, and this is where it ends."""

LONGEST_LINE = 300
"""Of a page's own files: more is a sign of something minified, which nobody can read or review."""

ROOMS_WITHOUT_A_SUBJECT = {"util", "utils", "misc", "common", "helper", "helpers", "base", "manager", "part2", "stuff"}

# Written so that this file does not say them itself.
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME)\b")
WORKPLACE = re.compile(r"(?<![\w.~-])/wor" + r"k/\w")
INDEX = re.compile(r"(?:index-ur" + r"l|find-link" + r"s|trusted-hos" + r"t)\b|://[^\s/]+/simpl" + r"e\b")

TEXT = {".py", ".toml", ".txt", ".md", ".cfg", ".sh", ".yml", ".yaml", ".css", ".js", ".html", ".svg", ".json", ""}
PAGES = {".css", ".js", ".html"}  # a drawing is a picture: its paths may be long


def tracked() -> list[Path]:
    """The files that git keeps, as they lie on the disk now."""
    git = shutil.which("git")
    if git is None or not (TOP / ".git").exists():
        pytest.skip("not a checkout: git knows which files are ours")
    listed = subprocess.run([git, "-C", str(TOP), "ls-files", "-z"], check=True, capture_output=True).stdout
    files = [TOP / name for name in listed.decode().split("\0") if name]
    return [file for file in files if file.is_file() and not file.is_symlink()]


def texts() -> list[tuple[Path, str]]:
    return [(file, file.read_text("utf-8", "replace")) for file in tracked() if file.suffix in TEXT]


def lines_that_say(pattern: re.Pattern[str], files: list[tuple[Path, str]]) -> list[str]:
    return [
        f"{file.relative_to(TOP)}:{number}: {line.strip()[:120]}"
        for file, text in files
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_module_outgrows_an_afternoon() -> None:
    sizes = {path: len(path.read_text("utf-8").splitlines()) for path in SOURCE.rglob("*.py")}
    assert {str(path.relative_to(TOP)): size for path, size in sizes.items() if size > MOST_LINES} == {}


def test_every_room_is_named_for_its_subject() -> None:
    rooms = [path for path in SOURCE.rglob("*") if path.suffix in {"", ".py"}]
    assert [str(room) for room in rooms if room.stem.strip("_").lower() in ROOMS_WITHOUT_A_SUBJECT] == []


def test_every_package_says_what_it_is() -> None:
    folders = {path.parent for path in SOURCE.rglob("*.py")}
    assert sorted(str(folder) for folder in folders if not (folder / "__init__.py").is_file()) == []


def test_nothing_is_minified() -> None:
    too_long = re.compile(".{" + str(LONGEST_LINE + 1) + "}")
    picture = re.compile(r'url\("data:image/[^"]*"\)')
    pages = [(file, picture.sub("url()", text)) for file, text in texts() if file.suffix in PAGES]
    assert lines_that_say(too_long, pages) == []
    assert [str(file) for file in tracked() if ".min." in file.name] == []


def test_nothing_tracked_is_left_unfinished() -> None:
    assert lines_that_say(UNFINISHED, texts()) == []


def test_nothing_tracked_names_the_place_it_was_written_at() -> None:
    assert lines_that_say(WORKPLACE, texts()) == []


def test_nothing_tracked_says_where_packages_come_from() -> None:
    assert lines_that_say(INDEX, texts()) == []
    pins = [(file, text) for file, text in texts() if file.parent.name == "requirements"]
    assert pins
    assert lines_that_say(re.compile("://"), pins) == []


def test_every_requirement_is_pinned() -> None:
    pin = re.compile(r'[a-z0-9-]+==[0-9][0-9a-z.]*(?:; python_version [<>]=? "3\.[0-9]+")?')
    for file in sorted((TOP / "requirements").glob("*.txt")):
        lines = [line.partition("#")[0].strip() for line in file.read_text("utf-8").splitlines()]
        assert [line for line in lines if line and line != "-r run.txt" and not pin.fullmatch(line)] == []


@pytest.mark.parametrize(
    ("pattern", "line", "found"),
    [
        (UNFINISHED, "# TO" + "DO: later", True),
        (UNFINISHED, "a method without a name", False),
        (WORKPLACE, "see /wor" + "k/main/x", True),
        (WORKPLACE, "/frame" + "work/main and /workers/1", False),
        (INDEX, "pip install --index-ur" + "l x", True),
        (INDEX, "https://host.test/simpl" + "e/", True),
        (INDEX, "a simple index of the folder", False),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: re.Pattern[str], line: str, found: bool) -> None:
    assert bool(pattern.search(line)) is found
