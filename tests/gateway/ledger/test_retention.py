"""When content may end and when it must: never early, whatever the clock (F25)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.config import MIN_RETENTION_DAYS, Retention
from gateway.ledger.keys import KeptKey, Scope, WrappedKey
from gateway.ledger.retention import DAY_MS, ends, free_ms, last_sealed_ms

MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
BELOW_THE_FLOOR = st.timedeltas(timedelta(0), timedelta(days=MIN_RETENTION_DAYS, seconds=-1))


def kept(month: str, restricted_ms: int | None = None, wrapped: bytes = b"key") -> KeptKey:
    return KeptKey(WrappedKey(1, Scope("t", "u", month), wrapped), restricted_ms)


def ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


@given(MOMENTS, BELOW_THE_FLOOR, st.none() | st.integers(MIN_RETENTION_DAYS, 4000))
def test_nothing_younger_than_the_floor_ends(
    sealed: datetime, age: timedelta, most: int | None
) -> None:
    """Whatever was sealed at a moment is readable for 184 days, restricted or not."""
    retention = Retention(max_days=most)
    month = sealed.strftime("%Y-%m")
    for restricted_ms in (None, ms(sealed)):
        assert not ends(kept(month, restricted_ms), retention, ms(sealed + age))


@given(MOMENTS)
def test_six_calendar_months_are_within_the_floor(sealed: datetime) -> None:
    """A key is never free before the same day six months on."""
    month = sealed.month + 6
    year, month = sealed.year + (month - 1) // 12, (month - 1) % 12 + 1
    day = min(sealed.day, 28)

    assert free_ms(kept(sealed.strftime("%Y-%m")), Retention()) >= ms(
        sealed.replace(year=year, month=month, day=day)
    )


def test_what_is_restricted_ends_with_the_floor() -> None:
    """Counted from the restriction, since the key sealed nothing after it."""
    at = ms(datetime(2026, 3, 10, tzinfo=UTC))
    key, retention = kept("2026-03", at), Retention()

    assert at + 184 * DAY_MS == free_ms(key, retention)
    assert not ends(key, retention, at + 184 * DAY_MS - 1)
    assert ends(key, retention, at + 184 * DAY_MS)


def test_what_is_too_old_ends_without_being_asked_for() -> None:
    """Counted from the last moment at which the month's key can have sealed something."""
    key, retention = kept("2026-03"), Retention(max_days=400)
    last = ms(datetime(2026, 4, 2, tzinfo=UTC))

    assert last == last_sealed_ms(key)
    assert not ends(key, retention, last + 400 * DAY_MS - 1)
    assert ends(key, retention, last + 400 * DAY_MS)
    assert not ends(key, Retention(), last + 4000 * DAY_MS)


def test_what_is_gone_does_not_end_again() -> None:
    """One key is destroyed once."""
    assert not ends(kept("2020-01", 0, b""), Retention(max_days=400), 1 << 41)
