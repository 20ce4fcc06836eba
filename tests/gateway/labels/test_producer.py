"""The producer code of a label: 27 characters, one of them a check digit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from gateway.labels.producer import CREDIT_CODE_ALPHABET, credit_code_check, producer_problem

BODY = "9X000000000000000"
CREDIT_CODE = BODY + credit_code_check(BODY)


@pytest.mark.parametrize("tail", ["00000", "10000", "1DEMO", "1Z9A0"])
def test_a_well_formed_code_is_taken(tail: str) -> None:
    """Every tail that the guide allows a producer passes."""
    assert producer_problem(f"0011{CREDIT_CODE}{tail}") is None


@pytest.mark.parametrize(
    ("code", "part"),
    [
        ("", "27 characters"),
        (f"0011{CREDIT_CODE}1DEM", "27 characters"),
        (f"0111{CREDIT_CODE}10000", "not a producer code"),
        (f"00A1{CREDIT_CODE}10000", "not a producer code"),
        (f"0011{CREDIT_CODE}1demo", "not a producer code"),
        (f"0011{CREDIT_CODE}30000", "not a producer code"),
        (f"0011{CREDIT_CODE}00001", "not a producer code"),
        (f"0011{CREDIT_CODE[:5]}I{CREDIT_CODE[6:]}10000", "not a producer code"),
        (f"0011{CREDIT_CODE[:17]}X10000", "check digit"),
        (f"0011{CREDIT_CODE}20000", "dissemination"),
        (f"0011{CREDIT_CODE}1000\n", "not a producer code"),
        ("某某科技有限公司", "27 characters"),
    ],
)
def test_a_malformed_code_is_refused_with_its_reason(code: str, part: str) -> None:
    """Each way of being wrong is told apart."""
    assert part in (producer_problem(code) or "")


@given(st.text(CREDIT_CODE_ALPHABET, min_size=17, max_size=17))
def test_the_check_digit_is_that_of_an_independent_implementation(body: str) -> None:
    """GB 32100, against python-stdnum."""
    assert credit_code_check(body) == uscc.calc_check_digit(body)
