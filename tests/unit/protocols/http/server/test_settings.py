"""What a web server is told to do."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from portside.protocols.http.server.settings import FolderSettings, Settings


def test_the_defaults_are_the_safe_ones() -> None:
    settings = FolderSettings(Path("x"))
    assert not settings.upload
    assert not settings.hidden
    assert Settings(settings, []).per_address


def test_settings_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        FolderSettings(Path("x")).upload = True  # type: ignore[misc]


def test_every_setting_of_a_folder_is_explained() -> None:
    for setting in fields(FolderSettings):
        assert setting.name == "root" or f"``{setting.name}``" in (FolderSettings.__doc__ or "")


def test_fields_are_sent_as_octets() -> None:
    settings = FolderSettings(Path("x"), headers=(("X-A", "b"), ("X-Name", "caf\xe9")))
    assert settings.field_lines == ((b"X-A", b"b"), (b"X-Name", b"caf\xe9"))
