"""Numbers, addresses and accounts that belong to people and firms."""

from __future__ import annotations

import phonenumbers

from classifiers.patterns.checksums import (
    IBAN_COUNTRIES,
    compact,
    is_iban,
    is_id_card,
    is_luhn,
    is_organisation_code,
    is_uscc,
)
from classifiers.patterns.family import (
    Candidate,
    Check,
    Family,
    all_of,
    any_of,
    begins,
    has_digit,
    near,
    stands_alone,
)

_GAP = r"[ \-\x{2010}-\x{2015}]?"
"""Digits are written in groups, with one blank or one hyphen or dash between them."""

_SPACED = rf"(?:{_GAP}\d)"

_PROVINCES = (
    "北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|"
    "广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门"
)
_CITIES = (
    "广州|深圳|杭州|南京|苏州|成都|武汉|西安|郑州|长沙|青岛|济南|大连|沈阳|厦门|福州|宁波|无锡|"
    "合肥|南昌|昆明|贵阳|南宁|海口|太原|石家庄|哈尔滨|长春|兰州|西宁|银川|乌鲁木齐|拉萨|呼和浩特"
)

_CN_MOBILE = rf"1(?:3\d|4[5-9]|5[0-35-9]|6[2567]|7[0-8]|8\d|9[0-35-9]){_GAP}\d{{4}}{_GAP}\d{{4}}"


_TO_BLANK = dict.fromkeys(map(ord, "-\u2010\u2011\u2012\u2013\u2014\u2015"), " ")


def _passes(test: Check) -> Check:
    """The test, given the letters and digits alone."""
    return lambda candidate: test(Candidate(compact(candidate.text), candidate.before))


def _is_credit_code(candidate: Candidate) -> bool:
    return is_uscc(candidate.text) and is_organisation_code(candidate.text[8:17])


def _is_grouped_as_cards_are(candidate: Candidate) -> bool:
    """In one, in fours, as 6 and the rest, or as 4-6-5: not two numbers beside each other."""
    lengths = [len(group) for group in candidate.text.translate(_TO_BLANK).split()]
    return len(lengths) == 1 or lengths[0] == 6 or lengths[:4] == [4] * 4 or lengths == [4, 6, 5]


def _is_card(candidate: Candidate) -> bool:
    """The lengths that each network issues, some variety in the digits, and Luhn's digit."""
    number = candidate.text
    return (
        (len(number) in (15, 16) or (number.startswith(("4", "62")) and len(number) != 18))
        and (number[0] != "2" or 2221 <= int(number[:4]) <= 2720)
        and len(set(number)) > 1
        and is_luhn(number)
    )


def _is_email(candidate: Candidate) -> bool:
    """No label of the domain begins or ends with a hyphen, no local part with a dot."""
    local, _, domain = candidate.text.rpartition("@")
    labels = domain.split(".")
    return not local.endswith(".") and not any(
        label.startswith("-") or label.endswith("-") for label in labels
    )


def _is_phone(region: str | None) -> Check:
    """A number that a numbering plan gives out, by libphonenumber's metadata."""

    def check(candidate: Candidate) -> bool:
        text = candidate.text
        try:
            number = phonenumbers.parse("+" + text[2:] if text.startswith("00") else text, region)
        except phonenumbers.NumberParseException:
            return False
        return phonenumbers.is_valid_number(number)

    return check


PEOPLE = (
    Family(
        # GB 11643-1999; often grouped 6-8-4. Fifteen-digit numbers ended in 2013.
        "cn_id_card",
        rf"[1-9]{_SPACED}{{5}}{_GAP}(?:1{_GAP}[89]|2{_GAP}0){_SPACED}{{9}}{_GAP}[\dX]",
        check=_passes(lambda candidate: is_id_card(candidate.text)),
    ),
    Family(
        # GB 32100-2015: registrar, kind, six digits of region, organisation code, check.
        "cn_uscc",
        r"[1-9ANY][1-59]\d{6}[0-9A-HJ-NPQRTUWXY]{10}",
        check=_passes(_is_credit_code),
    ),
    Family(
        # Ministry of Public Security: ordinary E (also E and a letter), diplomatic D, service S,
        # public affairs P, Hong Kong and Macao SARs; nothing checks itself.
        "cn_passport",
        r"(?:[EDSPGHKM]\d{8}|E[A-HJ-NP-Z]\d{7}|[DSP]E\d{7})",
        check=near("护照", "passport", "通行证"),
    ),
    Family(
        # ISO/IEC 7812 starts: UnionPay 62, Visa 4, Mastercard 51-55 and 2221-2720, JCB 3528-3589,
        # Discover 6011, 644-649, 65; American Express 34 and 37 with fifteen digits.
        "bank_card",
        rf"(?:(?:62\d{{2}}|4\d{{3}}|5[1-5]\d{{2}}|2[2-7]\d{{2}}|35[2-8]\d|6011|64[4-9]\d|65\d{{2}})"
        rf"(?:{_GAP}\d{{4}}{_GAP}\d{{4}}{_GAP}\d{{4}}(?:{_GAP}\d{{1,3}})?|\d{{2}}{_GAP}\d{{10,13}})"
        rf"|3[47]\d{{2}}{_GAP}\d{{6}}{_GAP}\d{{5}})",
        check=all_of(_passes(_is_card), _is_grouped_as_cards_are, stands_alone),
    ),
    Family(
        # MIIT numbering plan for mobile networks, 2017 edition and later allocations.
        "cn_mobile",
        rf"(?:(?:\+|00)?86{_GAP})?{_CN_MOBILE}",
        check=stands_alone,
    ),
    Family(
        # ITU-T E.164: a plus sign, a country, at most fifteen digits.
        "phone_intl",
        r"\+[1-9](?:[ .()\-]{0,2}\d){6,14}",
        check=_is_phone(None),
    ),
    Family(
        # OFCA numbering plan: eight digits, 2-9 first.
        "hk_phone",
        rf"(?:(?:\+|00)?852{_GAP})?[2-9]\d{{3}}{_GAP}\d{{4}}",
        check=all_of(
            stands_alone,
            any_of(begins("+852", "00852", "852"), near("香港", "hong kong")),
            _is_phone("HK"),
        ),
    ),
    Family(
        # NCC numbering plan: mobile 09xx-xxx-xxx, fixed lines with area code 02 to 08.
        "tw_phone",
        rf"(?:(?:(?:\+|00)?886{_GAP}0?|0)9\d{{2}}{_GAP}\d{{3}}{_GAP}\d{{3}}"
        rf"|(?:(?:\+|00)?886{_GAP}|0)[2-8]{_GAP}\d{{3,4}}{_GAP}\d{{4}})",
        check=all_of(
            stands_alone,
            any_of(begins("+886", "00886", "886", "09"), near("台湾", "taiwan")),
            _is_phone("TW"),
        ),
    ),
    Family(
        # RFC 5321 lengths; the quoted local part is left out, nobody writes it.
        "email",
        r"[A-Za-z0-9._%+\-]{1,64}@(?:[A-Za-z0-9\-]{1,63}\.){1,4}[A-Za-z]{2,24}",
        check=_is_email,
        not_before=r"0-9A-Za-z._%+\-",
    ),
    Family(
        # A province or large city, down to a road or village and a house number.
        "cn_address",
        rf"(?:{_PROVINCES}|{_CITIES})[\p{{Han}}]{{1,24}}"
        r"(?:路|街|巷|道|弄|胡同|村|镇|乡|小区|花园|大厦|广场)[\p{Han}A-Za-z]{0,12}"
        r"\d{1,5}(?:号|弄|幢|栋|座|单元|室)(?:[\p{Han}A-Za-z\-]{0,10}\d{1,5}(?:号|幢|栋|座|楼|单元|室)){0,3}",
        not_before="",
        not_after="",
    ),
    Family(
        # GA 36-2018: province, letter, five symbols, or six for new-energy cars.
        "cn_plate",
        r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][ ·•\-]?"
        r"[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳]",
        check=has_digit,
    ),
    Family(
        # ISO 13616; printed in groups of four.
        "iban",
        rf"(?:{'|'.join(IBAN_COUNTRIES)})\d{{2}}(?:{_GAP}[A-Z0-9]{{4}}){{2,7}}(?:{_GAP}[A-Z0-9]{{1,3}})?",
        check=_passes(lambda candidate: is_iban(candidate.text)),
    ),
)
