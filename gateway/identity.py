"""Who asks, as the record may know it: a pseudonym, never a name or a key.

HMAC-SHA-256 under a pepper that is not on the record, so a guess cannot be checked against it.
What the client merely claims (`user` in a body) is content, not identity.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.errors import Refusal
from gateway.headers import CREDENTIALS, Headers

Pseudonym = Callable[[str], str]


def hmac_pseudonym(pepper: bytes) -> Pseudonym:
    """Names made with the operator's own pepper, the same across ledgers and replicas."""
    return lambda user: hmac.new(pepper, user.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Identity:
    """Where a caller's identity is read from. An empty `header` knows nobody."""

    header: str
    pseudonym: Pseudonym = field(repr=False)
    tenant: str = "default"
    tenant_header: str = ""
    """Where whoever stands before the gateway names the tenant; empty for nowhere."""
    minor_header: str = ""
    """Where it is said whether the user is under age; empty for nowhere."""

    def tenant_of(self, headers: Headers) -> str:
        """Whose exchange it is. Raises Refusal for a name that is none."""
        named = headers.get(self.tenant_header) if self.tenant_header else ""
        if named and not _TENANT.fullmatch(named):
            raise Refusal(400, "tenant_invalid", "a tenant's name is up to 64 letters and digits")
        return named or self.tenant

    def is_minor(self, headers: Headers) -> bool:
        """Whether the user is said to be under age. What cannot be understood says so."""
        said = headers.get(self.minor_header) if self.minor_header else ""
        return said.strip().lower() not in _OF_AGE

    def user_key(self, headers: Headers) -> str:
        """The caller's pseudonym; empty for nobody known."""
        credential = headers.get(self.header) if self.header else ""
        if self.header == "authorization" and not credential:
            credential = next(filter(None, map(headers.get, CREDENTIALS)), "")
        tenant = self.tenant_of(headers)
        return self.pseudonym(f"{tenant}\0{credential}") if credential else ""


_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_OF_AGE = ("", "0", "false", "no")
