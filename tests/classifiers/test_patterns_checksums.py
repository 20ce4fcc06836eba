"""Our check digits against python-stdnum's, which is a reference in tests only (LGPL)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban, luhn
from stdnum.cn import ric, uscc

from classifiers.patterns.checksums import (
    compact,
    is_iban,
    is_id_card,
    is_luhn,
    is_organisation_code,
    is_uscc,
)

USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@given(st.text("0123456789", min_size=1, max_size=20))
def test_luhn_agrees(digits: str) -> None:
    """For any digits."""
    assert luhn.is_valid(digits) == is_luhn(digits)


@given(
    region=st.sampled_from(["110105", "440301", "310115"]),
    birthday=st.dates().map(lambda day: f"{day:%Y%m%d}".zfill(8)),
    order=st.integers(0, 999),
)
def test_exactly_one_check_symbol_makes_an_id_card(region: str, birthday: str, order: int) -> None:
    """And it is the one that the reference computes."""
    body = f"{region}{birthday}{order:03}"

    assert [ric.calc_check_digit(body + "0")] == [x for x in "0123456789X" if is_id_card(body + x)]


@pytest.mark.parametrize("date", ["20230229", "19001301", "19000100", "19000431"])
def test_a_day_that_never_was_is_nobodys_birthday(date: str) -> None:
    """The check symbol alone does not make an ID card."""
    body = f"110105{date}002"

    assert not any(is_id_card(body + x) for x in "0123456789X")


def test_a_province_that_does_not_exist_is_refused() -> None:
    """GB/T 2260 has no 99."""
    assert not any(is_id_card(f"99010519491231002{x}") for x in "0123456789X")


@given(st.text(USCC[:10], min_size=8, max_size=8), st.text(USCC, min_size=9, max_size=9))
def test_credit_codes_agree(head: str, tail: str) -> None:
    """One check symbol of 31, the reference's."""
    body = head + tail

    assert [uscc.calc_check_digit(body)] == [x for x in USCC if is_uscc(body + x)]


def test_a_credit_code_has_none_of_the_letters_left_out() -> None:
    """I, O, S, V and Z look like digits and are not used."""
    assert not any(is_uscc("91350100M000100Y4" + x) for x in "IOSVZ")


@given(st.text(USCC, min_size=8, max_size=8))
def test_an_organisation_code_has_its_own_check(code: str) -> None:
    """Exactly one of the eleven symbols fits the first eight."""
    assert 1 == sum(is_organisation_code(code + x) for x in "0123456789X")


@given(
    country=st.sampled_from(["DE", "GB", "FR", "NO", "CH", "ES"]),
    body=st.text("0123456789", min_size=11, max_size=23),
)
def test_ibans_agree(country: str, body: str) -> None:
    """With the reference's check digits a number is one where its country's length is right."""
    number = f"{country}{iban.calc_check_digits(country + '00' + body)}{body}"
    lengths = {"DE": 22, "GB": 22, "FR": 27, "NO": 15, "CH": 21, "ES": 24}

    assert (len(number) == lengths[country]) == is_iban(number)


def test_grouping_is_no_part_of_a_number() -> None:
    """Letters and digits stay, in upper case."""
    assert "GB82WEST1234" == compact("gb82 west-1234")
