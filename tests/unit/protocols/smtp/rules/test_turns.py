from __future__ import annotations

from portside.accounts.scram import derive_keys
from portside.protocols.smtp.rules.turns import Attempt, Keys


def test_no_secret_is_in_the_text_of_a_message() -> None:
    assert "hunter2" not in repr(Attempt("anna", "hunter2"))
    assert "stored" not in repr(Keys(derive_keys("hunter2", b"salt", 1)))
