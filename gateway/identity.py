"""Who asks, as the record may know it: a pseudonym, never a name or a key.

HMAC-SHA-256 under a pepper that is not on the record, so a guess cannot be checked against it.
What the client merely claims (`user` in a body) is content, not identity.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

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

    def user_key(self, headers: Headers) -> str:
        """The caller's pseudonym; empty for nobody known."""
        credential = headers.get(self.header) if self.header else ""
        if self.header == "authorization" and not credential:
            credential = next(filter(None, map(headers.get, CREDENTIALS)), "")
        return self.pseudonym(f"{self.tenant}\0{credential}") if credential else ""
