"""Check digits: what tells a number of a kind from any other number of its length."""

from __future__ import annotations

from datetime import date

_ID_CARD_SYMBOLS = "10X98765432"
_ID_CARD_REGIONS = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 "
    "71 81 82 83 91".split()
)
"""Province codes of GB/T 2260, and those given to residents from Taiwan, Hong Kong and Macao."""

_USCC_SYMBOLS = "0123456789ABCDEFGHJKLMNPQRTUWXY"

_IBAN_LENGTHS: dict[str, int] = {
    pair[:2]: int(pair[2:])
    for pair in (
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 "
        "DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 "
        "IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 "
        "MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 "
        "SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
    ).split()
}
"""Length by country, from the SWIFT IBAN registry."""

IBAN_COUNTRIES = tuple(_IBAN_LENGTHS)


_GAPS = dict.fromkeys(map(ord, " -\u2010\u2011\u2012\u2013\u2014\u2015"))
_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")
"""Each digit to the sum of the digits of its double."""


def compact(number: str) -> str:
    """A number without the blanks and dashes between its groups, in upper case."""
    return number.translate(_GAPS).upper()


def is_luhn(digits: str) -> bool:
    """ISO/IEC 7812-1 annex B."""
    codes = digits.encode()[::-1]
    return (sum(codes[::2]) + sum(codes[1::2].translate(_DOUBLED)) - 48 * len(codes)) % 10 == 0


def is_id_card(number: str) -> bool:
    """GB 11643-1999: a known province, a date of birth that exists, ISO 7064 MOD 11-2."""
    weighed = sum(int(digit) * (1 << 17 - at) for at, digit in enumerate(number[:17]))
    return (
        number[:2] in _ID_CARD_REGIONS
        and _is_date(number[6:14])
        and _ID_CARD_SYMBOLS[weighed % 11] == number[17]
    )


def is_uscc(number: str) -> bool:
    """GB 32100-2015: 18 symbols, the last a check by weights of powers of 3, modulo 31."""
    values = [_USCC_SYMBOLS.find(symbol) for symbol in number]
    weighed = sum(value * pow(3, at, 31) for at, value in enumerate(values[:17]))
    return min(values) >= 0 and (weighed + values[17]) % 31 == 0


def is_organisation_code(code: str) -> bool:
    """GB 11714-1997, which stands within a credit code: eight symbols and a check modulo 11."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    weighed = sum(int(code[at], 36) * weight for at, weight in enumerate(weights))
    return "0123456789X0"[11 - weighed % 11] == code[8]


def is_iban(number: str) -> bool:
    """ISO 13616: the country's length, and ISO 7064 MOD 97-10 with the first four moved last."""
    if _IBAN_LENGTHS.get(number[:2]) != len(number):
        return False
    return int("".join(str(int(symbol, 36)) for symbol in number[4:] + number[:4])) % 97 == 1


def _is_date(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True
