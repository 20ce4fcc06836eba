"""The code that names who generated a content (TC260-PG-20252A), 27 characters.

Position 1-2 format `00`, 3 subject type, 4 binding, 5-22 the unified social credit code
(GB 32100), 23 service type, 24-27 the provider's own model or application code; 23-27 are
`00000` where there is no service extension.
"""

from __future__ import annotations

import re

CODE = re.compile(r"00[0-9]{2}[0-9A-HJ-NPQRTUWXY]{18}(?:00000|[12][0-9A-Z]{4})")
CREDIT_CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100 leaves out I, O, S, V and Z; a character's value is its place here."""
GENERATION = "1"
DISSEMINATION = "2"


def credit_code_check(body: str) -> str:
    """The 18th character of a unified social credit code, from its first 17 (GB 32100, mod 31)."""
    weighted = sum(
        CREDIT_CODE_ALPHABET.index(character) * pow(3, place, 31)
        for place, character in enumerate(body)
    )
    return CREDIT_CODE_ALPHABET[-weighted % 31]


def producer_problem(code: str) -> str | None:
    """Why a code cannot name a *producer* of content; None if it can."""
    if (problem := _problem(code, "producer")) is not None:
        return problem
    if code[22] == DISSEMINATION:
        return "position 23 is 2 (dissemination): a producer's is 1 (generation)"
    return None


def propagator_problem(code: str) -> str | None:
    """Why a code cannot name a *propagator* of content; None if it can."""
    if (problem := _problem(code, "propagator")) is not None:
        return problem
    if code[22] == GENERATION:
        return "position 23 is 1 (generation): a propagator's is 2 (dissemination)"
    return None


def _problem(code: str, whose: str) -> str | None:
    if len(code) != 27:
        return f"a {whose} code has 27 characters, this has {len(code)}"
    if not CODE.fullmatch(code):
        return f"not a {whose} code: 00, two digits, the credit code, then 00000 or 1 or 2 and four"
    credit_code = code[4:22]
    if credit_code_check(credit_code[:17]) != credit_code[17]:
        return "positions 5-22 are no unified social credit code: the check digit is wrong"
    return None
