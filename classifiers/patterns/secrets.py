"""Keys and tokens, by the marks that their issuers put into them to be found by."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from classifiers.patterns.family import Candidate, Family, has_digit

_BASE64 = r"[A-Za-z0-9+/=]"
_LINE_END = r"(?:\s|\\[nr]){1,6}"
_HEADER = r"(?:Proc-Type|DEK-Info|Version|Comment): ?[A-Za-z0-9,.:;() \-]{1,80}"
_URL_SAFE = r"[A-Za-z0-9_\-]"
_NAME = r"0-9A-Za-z_\-"

SECRETS = (
    Family(
        # RFC 7519 section 3: three base64url parts, the first two of JSON objects (`{"` is eyJ).
        "jwt",
        rf"eyJ{_URL_SAFE}{{8,600}}\.eyJ{_URL_SAFE}{{8,2400}}\.{_URL_SAFE}{{16,700}}",
        cased=True,
    ),
    Family(
        # RFC 7468 and RFC 9580 section 6.2, line ends also as a string of a program writes them.
        # A key without its end is a key too.
        "private_key",
        rf"-----BEGIN (?:[A-Z0-9]{{1,12}} ){{0,3}}PRIVATE KEY(?: BLOCK)?-----(?:{_LINE_END}"
        rf"(?:{_HEADER}{_LINE_END}){{0,4}}"
        rf"{_BASE64}{{16}}[A-Za-z0-9+/=\s\\]{{0,4200}}(?:-----END [A-Z0-9 ]{{1,40}}-----)?)?",
        not_before="",
        not_after="",
    ),
    Family(
        # platform.openai.com: project, service-account, admin and older keys; many vendors with
        # compatible APIs issue `sk-` and 32 or more letters and digits.
        "openai_key",
        rf"sk-(?:(?:proj|svcacct|admin|None)-{_URL_SAFE}{{20,200}}|[A-Za-z0-9]{{32,64}})",
        check=has_digit,
        not_after=_NAME,
    ),
    Family(
        # console.anthropic.com.
        "anthropic_key",
        rf"sk-ant-[a-z0-9]{{3,10}}-{_URL_SAFE}{{20,120}}",
        not_after=_NAME,
    ),
    Family(
        # AWS IAM reference, "unique identifiers": base 32 behind a prefix of four letters.
        "aws_access_key",
        r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}",
        cased=True,
    ),
    Family(
        # Google Cloud, "API keys": AIza and 35 characters.
        "google_api_key",
        rf"AIza{_URL_SAFE}{{35}}",
        cased=True,
        not_after=_NAME,
    ),
    Family(
        # GitHub, "authentication token formats".
        "github_token",
        r"(?:gh[pousr]_[A-Za-z0-9]{36,251}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})",
        cased=True,
        not_after=_NAME,
    ),
    Family(
        # Slack, "token types".
        "slack_token",
        r"(?:xox[abeoprs]|xapp)-[A-Za-z0-9\-]{16,250}",
        check=has_digit,
        cased=True,
        not_after=_NAME,
    ),
    Family(
        # Alibaba Cloud RAM: AccessKey ids begin LTAI.
        "aliyun_key",
        r"LTAI[A-Za-z0-9]{12,26}",
        check=has_digit,
        cased=True,
    ),
    Family(
        # Tencent Cloud CAM: SecretId begins AKID.
        "tencent_key",
        r"AKID[A-Za-z0-9]{32,60}",
        cased=True,
    ),
    Family(
        # Hugging Face, "user access tokens".
        "huggingface_token",
        r"hf_[A-Za-z0-9]{34}",
        cased=True,
        not_after=_NAME,
    ),
    Family(
        # Stripe, "API keys": secret and restricted keys, live or test. Publishable keys are public.
        "stripe_key",
        r"[sr]k_(?:live|test)_[A-Za-z0-9]{16,247}",
        cased=True,
        not_after=_NAME,
    ),
)

_VERSION = re.compile(r"(?:version|ver\.?|v|版本|版)[ :：]?$")


def _is_public_ipv4(candidate: Candidate) -> bool:
    """Four numbers that name a host of the internet, not a version of a program."""
    try:
        address = IPv4Address(candidate.text)
    except AddressValueError:
        return False
    return address.is_global and not _VERSION.search(candidate.before)


def _is_public_ipv6(candidate: Candidate) -> bool:
    """Global unicast is 2000::/3 (RFC 4291), which keeps times and C++ scopes out."""
    try:
        return int(IPv6Address(candidate.text)) >> 125 == 1
    except AddressValueError:
        return False


NETWORK = (
    Family(
        # RFC 791, dotted decimal. Longer rows are read whole, so that no part of them counts.
        "ipv4",
        r"(?:\d{1,3}\.){3,8}\d{1,3}",
        check=_is_public_ipv4,
        not_before="0-9A-Za-z.",
    ),
    Family(
        # RFC 4291 section 2.2.
        "ipv6",
        r"[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{0,4}){2,7}",
        check=_is_public_ipv6,
        not_before="0-9A-Za-z:.",
        not_after="0-9A-Za-z:",
    ),
)
