from pathlib import Path

import pytest

from portside.mail.attaching import attached
from portside.mail.composing import Attachment


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("sea.png", "image/png"),
        ("SEA.PNG", "image/png"),
        ("sea.txt", "text/plain"),
        ("sea.tar.gz", "application/octet-stream"),
        ("sea", "application/octet-stream"),
        (".png", "application/octet-stream"),
    ],
)
def test_a_file_goes_by_its_own_name_and_by_the_type_that_its_name_says(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / name).write_bytes(b"\x00\xff")
    assert attached(tmp_path / name) == Attachment(name, b"\x00\xff", kind)


def test_a_picture_may_have_an_id_to_be_shown_by(tmp_path: Path) -> None:
    (tmp_path / "sea.png").write_bytes(b"")
    assert attached(tmp_path / "sea.png", "1@here").content_id == "1@here"


def test_what_is_not_there_is_an_error_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        attached(tmp_path / "sea.png")
