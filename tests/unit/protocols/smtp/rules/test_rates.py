from __future__ import annotations

from portside.protocols.smtp.rules.rates import ADDRESSES, Rate


def test_a_minutes_worth_may_come_at_once_and_then_as_time_goes() -> None:
    rate = Rate(60)
    assert sum(rate.allows("192.0.2.1", 0.0) for _ in range(100)) == 60
    assert not rate.allows("192.0.2.1", 0.9)
    assert rate.allows("192.0.2.1", 2.0)
    assert sum(rate.allows("192.0.2.1", 1000.0) for _ in range(100)) == 60


def test_each_address_has_its_own() -> None:
    rate = Rate(1)
    assert rate.allows("192.0.2.1", 0.0)
    assert rate.allows("192.0.2.2", 0.0)
    assert rate.allows("", 0.0)
    assert not rate.allows("192.0.2.1", 0.0)


def test_a_network_of_ipv6_is_one_address() -> None:
    rate = Rate(1)
    assert rate.allows("2001:db8::1", 0.0)
    assert not rate.allows("2001:db8::2%eth0", 0.0)
    assert rate.allows("2001:db8:0:1::1", 0.0)
    assert rate.allows("::ffff:192.0.2.1", 0.0)
    assert rate.allows("::ffff:192.0.2.2", 0.0)


def test_no_rate_is_any_number() -> None:
    assert all(Rate(0).allows("192.0.2.1", 0.0) for _ in range(1000))


def test_what_is_kept_in_mind_is_bounded_and_those_who_come_are_not_forgotten() -> None:
    rate = Rate(1)
    rate.allows("busy", 0.0)
    for number in range(ADDRESSES * 2):
        rate.allows(f"host{number}", 0.0)
        rate.allows("busy", 0.0)
    assert not rate.allows("busy", 0.0)
    assert len(rate._left) <= ADDRESSES
