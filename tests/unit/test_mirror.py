"""Every source file has its tests where one looks for them.

``src/portside/a/b.py`` is tested in ``tests/unit/a/test_b.py``. An ``__init__.py`` needs a test only where it
has code of its own, in ``tests/unit/a/test_init.py``: names and plain values that it gathers are no code.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
SOURCE = TOP / "src" / "portside"
MIRROR = TOP / "tests" / "unit"

DECLARATIONS = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.Expr, ast.Pass)


def has_code(text: str) -> bool:
    """Whether a module does anything but gather names and values."""
    return not all(isinstance(statement, DECLARATIONS) for statement in ast.parse(text).body)


def mirror_of(source: Path) -> Path:
    """Where the tests of a source file belong, both relative to their tops."""
    stem = source.stem.strip("_") if source.stem.startswith("__") else source.stem.lstrip("_")
    return source.parent / f"test_{stem}.py"


def sources() -> list[Path]:
    """Every source file that needs tests, relative to the package."""
    return [
        path.relative_to(SOURCE)
        for path in sorted(SOURCE.rglob("*.py"))
        if path.name != "__init__.py" or has_code(path.read_text("utf-8"))
    ]


def test_every_source_file_has_its_tests() -> None:
    missing = [str(source) for source in sources() if not (MIRROR / mirror_of(source)).is_file()]
    wanted = "\n".join(f"  src/portside/{source} -> tests/unit/{mirror_of(Path(source))}" for source in missing)
    assert not missing, f"{len(missing)} source files have no tests:\n{wanted}"


def test_the_sources_are_found() -> None:
    assert Path("errors.py") in sources()


@pytest.mark.parametrize(
    ("source", "mirror"),
    [
        ("errors.py", "test_errors.py"),
        ("protocols/upper/rules.py", "protocols/upper/test_rules.py"),
        ("protocols/http/__init__.py", "protocols/http/test_init.py"),
        ("transport/_wait.py", "transport/test_wait.py"),
        ("__main__.py", "test_main.py"),
    ],
)
def test_a_mirror_lies_in_the_same_folder(source: str, mirror: str) -> None:
    assert mirror_of(Path(source)) == Path(mirror)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", False),
        ('"""What it is."""\n', False),
        ("from a import b\n__all__ = ['b']\nX: int = 1\n", False),
        ("def f(): ...\n", True),
        ("class C: ...\n", True),
        ("if x:\n    y = 1\n", True),
    ],
)
def test_code_is_more_than_names_and_values(text: str, expected: bool) -> None:
    assert has_code(text) is expected
