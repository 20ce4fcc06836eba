"""The breaker and the retry budget, on a clock of our own."""

from __future__ import annotations

from classifiers.breaker import Breaker, RetryBudget


def broken(at: float = 0.0) -> Breaker:
    breaker = Breaker(failures=3, open_s=2.0, most_open_s=5.0)
    for past in (3.0, 2.0, 1.0):
        assert breaker.allows(at)
        breaker.failed(at - past + 0.5, began=at - past)
    breaker._open_until = at + 2.0
    return breaker


def test_failures_in_a_row_open_it() -> None:
    """And one success between them does not let them add up."""
    breaker = Breaker(failures=3)
    for now in range(4):
        breaker.failed(now + 0.1, began=now)
        breaker.failed(now + 0.3, began=now + 0.2)
        breaker.succeeded()

    assert breaker.allows(0.0)
    assert not broken().allows(1.9)


def test_calls_that_fail_together_are_one_failure() -> None:
    """A batch that was under way when the server went tells of it once."""
    breaker = Breaker(failures=3)
    for number in range(10):
        breaker.failed(1.0 + number / 100, began=0.5)

    assert breaker.allows(1.2)


def test_one_call_at_a_time_tries_whether_it_is_well_again() -> None:
    """The others are spared until that one has its answer."""
    breaker = broken()

    assert breaker.allows(2.0)
    assert not breaker.allows(2.0)
    breaker.succeeded()
    assert breaker.allows(2.0)
    assert breaker.allows(2.0)


def test_each_failed_trial_doubles_the_wait_up_to_a_bound() -> None:
    """2, 4, 5, 5 seconds."""
    breaker, now, waits = broken(), 2.0, []
    for _ in range(3):
        assert breaker.allows(now)
        breaker.failed(now, began=now)
        wait = next(s for s in (1.0, 2.0, 3.0, 4.0, 5.0, 6.0) if Breaker.allows(breaker, now + s))
        breaker.left()
        waits.append(wait)
        now += wait

    assert [4.0, 5.0, 5.0] == waits


def test_a_caller_who_leaves_says_nothing_about_the_server() -> None:
    """The next one may try."""
    breaker = broken()
    assert breaker.allows(2.0)
    breaker.left()

    assert breaker.allows(2.0)


def test_retries_are_a_tenth_of_the_calls() -> None:
    """After the first, which is free; what was saved up is bounded."""
    budget = RetryBudget(share=0.1, most=2.0)

    assert [True, False] == [budget.take(), budget.take()]
    for _ in range(100):
        budget.called()
    assert [True, True, False] == [budget.take() for _ in range(3)]
