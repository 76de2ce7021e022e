from __future__ import annotations

from portside.protocols.smtp.rules.policy import Policy, Tls


def test_the_plain_policy_sends_nothing_on_and_lets_nobody_in() -> None:
    policy = Policy()
    assert (policy.relays, policy.mechanisms, policy.clear_login, policy.domains) == (False, (), False, None)
    assert policy.tls is Tls.OFF
    assert not policy.bare_lines
