"""What people may ask of a ledger, and the record that each leaves.

    Read         before content is shown or exported
    Erase        destroys a user's data keys, or restricts them until the law lets them go
    Restrict     stops use of a user's content; it is destroyed when the law lets it go
    Hold         nothing of a user's is destroyed until `Release`
    Correct      a user's own words on an exchange of theirs, sealed like the rest
    Supplement   the same, adding to it

Each is carried out by the ledger's one writer, on somebody's word, and its record is written in
the commit that does it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from gateway.ledger.records import Kind

_LONGEST = 500


class Role(StrEnum):
    """In what capacity somebody speaks."""

    REVIEWER = "reviewer"
    COMPLAINTS = "complaints"
    AUDITOR = "auditor"
    SUBJECT = "subject"
    """For the user themselves, whose identity was checked."""
    AUTHORITY = "authority"
    """On an authority's demand. The only one who may read what is restricted."""
    OPERATOR = "operator"
    SYSTEM = "system"
    """The ledger's own retention."""


@dataclass(frozen=True, slots=True)
class Word:
    """On whose word something is done, and why. Both are readable by whoever has the ledger."""

    role: Role
    by: str
    """A name or number that the operator can trace to a person."""
    reason: str

    def __post_init__(self) -> None:
        for what, text in (("who asks", self.by), ("a reason", self.reason)):
            if not text.strip():
                raise OrderRefused(f"{what} is asked for, and is part of the record")
            if len(text) > _LONGEST:
                raise OrderRefused(f"{what} is at most {_LONGEST} characters long")


@dataclass(frozen=True, slots=True)
class User:
    """A user as a ledger knows them."""

    tenant: str
    key: str
    """The pseudonym."""

    def __post_init__(self) -> None:
        if not self.key:
            raise OrderRefused("a user key is asked for; those of unknown users are one and empty")


@dataclass(frozen=True, slots=True)
class Read:
    word: Word
    exchange: str = ""
    user: User | None = None
    of: str = ""
    """What is read where it is neither: the scope of an export."""


@dataclass(frozen=True, slots=True)
class Erase:
    word: Word
    user: User


@dataclass(frozen=True, slots=True)
class Restrict:
    word: Word
    user: User


@dataclass(frozen=True, slots=True)
class Hold:
    word: Word
    user: User


@dataclass(frozen=True, slots=True)
class Release:
    word: Word
    user: User


@dataclass(frozen=True, slots=True)
class Correct:
    word: Word
    exchange: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Supplement:
    word: Word
    exchange: str
    text: str = field(repr=False)


Order = Read | Erase | Restrict | Hold | Release | Correct | Supplement


class OrderRefused(ValueError):
    """It cannot be done; the message says why, for whoever asked."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of an order."""

    records: tuple[int, ...]
    """Sequence numbers of the records that say so."""
    shredded: int = 0
    """Data keys that are gone."""
    restricted: int = 0
    """Data keys that wait for the end of the retention the law asks for."""
    due_ms: int | None = None
    """When the last of those can go; None where none waits."""
    held: bool = False
    """A hold keeps them beyond that."""


@dataclass(frozen=True, slots=True)
class Act:
    """The record of something that was done to a ledger."""

    kind: Kind
    time_ms: int
    word: Word
    user: User | None = None
    exchange: str = ""
    keys: tuple[int, ...] = ()
    """Of the data keys that it is about."""
    due_ms: int | None = None
    of: str = ""
    content: bytes | None = None
