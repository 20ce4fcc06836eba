"""Carries out orders, and ends what the retention ends. Works in the writer's thread.

Record and deed are one commit: no key is destroyed without a record that says so, and no record
says so of a key that is still there.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import orjson

from gateway.ledger.config import Retention
from gateway.ledger.keys import KeptKey, Scope
from gateway.ledger.orders import (
    Act,
    Correct,
    Done,
    Erase,
    Hold,
    Order,
    OrderRefused,
    Read,
    Release,
    Restrict,
    Role,
    Supplement,
    User,
    Word,
)
from gateway.ledger.records import Final, Kind, Mark, Outcome
from gateway.ledger.retention import ends, free_ms
from gateway.ledger.scribe import Entry, Scribe
from gateway.ledger.store import Store
from gateway.ledger.written import (
    Change,
    Cleared,
    Destroyed,
    Held,
    Released,
    Restricted,
    draft,
    draft_act,
    month_of,
)

_RETENTION = Word(Role.SYSTEM, "retention", "the retention that is configured has passed")
_NOBODY = Scope("", "", "")
_USERS_PER_COMMIT = 64
_RECORDS_PER_CLEARING = 2_000
"""Looked at in one go: new records wait for it."""
_SLACK = timedelta(days=1)
T = TypeVar("T")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class Steward:
    def __init__(
        self,
        store: Store,
        scribe: Scribe,
        retention: Retention,
        now_ms: Callable[[], int] = _now_ms,
    ) -> None:
        self._store = store
        self._scribe = scribe
        self._retention = retention
        self._now_ms = now_ms
        self._cleared: tuple[tuple[str, frozenset[int]], int] | None = None
        """Month and keys that are being cleared, and the last record that was looked at."""

    def carry_out(self, order: Order) -> Done:
        """Raises OrderRefused, and LedgerUnavailable."""
        match order:
            case Read():
                return self._read(order)
            case Erase():
                return self._erase(order)
            case Restrict():
                return self._restrict(order)
            case Hold() | Release():
                return self._hold(order)
            case Correct() | Supplement():
                return self._add(order)

    def sweep(self) -> int:
        """End all that the retention ends; return how many data keys that were."""
        now, holds = self._now_ms(), self._store.holds()
        ending = defaultdict[tuple[str, str], list[KeptKey]](list)
        for kept in self._store.readable_keys():
            whose = (kept.key.scope.tenant, kept.key.scope.user_key)
            if whose not in holds and ends(kept, self._retention, now):
                ending[whose].append(kept)
        for users in _in_groups(list(ending.items()), _USERS_PER_COMMIT):
            acts = [_shredding(_RETENTION, _user(*whose), keys, now) for whose, keys in users]
            gone = Destroyed(tuple(kept.key.id for _, keys in users for kept in keys))
            self._write(acts, (gone,))
            self._store.wipe()
        return sum(map(len, ending.values()))

    def clear(self) -> bool:
        """Remove some of the content whose keys are gone; say whether more of it is left.

        The proofs stay: a body names the hash of its content, not the content.
        """
        waiting = self._store.uncleared_keys()
        if not waiting:
            return False
        month = waiting[0][1]
        keys = frozenset(number for number, of in waiting if of == month)
        first, last = self._stretch(month)
        if self._cleared and self._cleared[0] == (month, keys):
            first = max(first, self._cleared[1] + 1)
        end = min(first + _RECORDS_PER_CLEARING - 1, last)
        self._scribe.append([], [Cleared(keys, first, end, done=end >= last)])
        self._cleared = (month, keys), end
        if end >= last:
            self._store.wipe()
        return True

    def _stretch(self, month: str) -> tuple[int, int]:
        """The first and last record that may hold content of a month, with a day to spare: an
        exchange is sealed under the month in which it began."""
        start = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
        following = (start + timedelta(days=32)).replace(day=1)
        bounds = (start - _SLACK).timestamp() * 1000, (following + _SLACK).timestamp() * 1000
        size = self._scribe.head.seq
        first, behind = (
            bisect_left(range(1, size + 1), bound, key=self._store.time_of) for bound in bounds
        )
        return first + 1, behind

    def abort(self, exchanges: Iterable[str]) -> None:
        """End those that are still open, with as much delivered as they last said."""
        now = self._now_ms()
        for some in _in_groups(list(exchanges), _USERS_PER_COMMIT):
            self._scribe.append([Entry(draft(self._aborted(one, now)), _NOBODY) for one in some])

    def abort_if_open(self, exchanges: Iterable[str]) -> None:
        """As `abort`, for those that may have been ended, or never begun."""
        self.abort(sorted(set(exchanges).intersection(self._store.open_exchanges())))

    def _aborted(self, exchange: str, now: int) -> Final:
        body = self._store.last_body(exchange, Kind.DELIVERED)
        marks = orjson.loads(body)["marks"] if body else []
        return Final(exchange, now, Outcome.ABORTED, marks=tuple(Mark(**mark) for mark in marks))

    def _read(self, order: Read) -> Done:
        if order.exchange and self._store.last_body(order.exchange, Kind.INTENT) is None:
            raise OrderRefused("there is no such exchange")
        act = Act(*(Kind.READ, self._now_ms(), order.word, order.user, order.exchange), of=order.of)
        return Done(self._write([act]))

    def _erase(self, order: Erase) -> Done:
        now, user = self._now_ms(), order.user
        held = (user.tenant, user.key) in self._store.holds()
        asked = [
            KeptKey(kept.key, kept.restricted_ms or now) for kept in self._readable_keys_of(user)
        ]
        free = [k for k in asked if not held and free_ms(k, self._retention) <= now]
        waiting = [kept for kept in asked if kept not in free]
        acts, changes = list[Act](), list[Change]()
        due = max((free_ms(kept, self._retention) for kept in waiting), default=None)
        if waiting:
            acts.append(_restricting(order.word, user, waiting, now, due))
            changes.append(Restricted(_ids(waiting), now))
        if free:
            acts.append(_shredding(order.word, user, free, now))
            changes.append(Destroyed(_ids(free)))
        written = self._write(acts, changes)
        if free:
            self._store.wipe()
        return Done(written, len(free), len(waiting), due, held)

    def _restrict(self, order: Restrict) -> Done:
        now = self._now_ms()
        keys = [k for k in self._readable_keys_of(order.user) if k.restricted_ms is None]
        if not keys:
            raise OrderRefused("all that is kept of this user is restricted already")
        waiting = [KeptKey(kept.key, now) for kept in keys]
        due = max(free_ms(kept, self._retention) for kept in waiting)
        act = _restricting(order.word, order.user, waiting, now, due)
        written = self._write([act], [Restricted(_ids(waiting), now)])
        return Done(written, restricted=len(waiting), due_ms=due)

    def _hold(self, order: Hold | Release) -> Done:
        user, held = order.user, (order.user.tenant, order.user.key) in self._store.holds()
        hold = order.__class__ is Hold
        if held is hold:
            raise OrderRefused(f"this user is {'held already' if held else 'not held'}")
        change = Held(user.tenant, user.key) if hold else Released(user.tenant, user.key)
        act = Act(Kind.HOLD if hold else Kind.RELEASE, self._now_ms(), order.word, user)
        return Done(self._write([act], [change]), held=hold)

    def _add(self, order: Correct | Supplement) -> Done:
        intent = self._store.last_body(order.exchange, Kind.INTENT)
        if intent is None:
            raise OrderRefused("there is no such exchange")
        if not order.text.strip():
            raise OrderRefused("there is nothing to add")
        said, now = orjson.loads(intent), self._now_ms()
        kind = Kind.CORRECT if order.__class__ is Correct else Kind.SUPPLEMENT
        scope = Scope(said["tenant"], said["user_key"], month_of(now))
        act = Act(kind, now, order.word, None, order.exchange, content=order.text.encode())
        return Done(self._write([act], scope=scope))

    def _readable_keys_of(self, user: User) -> list[KeptKey]:
        keys = self._store.readable_keys(user)
        if not keys:
            raise OrderRefused("nothing is kept of such a user, or nothing any more")
        return keys

    def _write(
        self, acts: Sequence[Act], changes: Sequence[Change] = (), scope: Scope = _NOBODY
    ) -> tuple[int, ...]:
        """Return the sequence numbers."""
        first = self._scribe.head.seq + 1
        self._scribe.append([Entry(draft_act(act), scope) for act in acts], changes)
        return tuple(range(first, first + len(acts)))


def _user(tenant: str, key: str) -> User | None:
    """None for those whom nobody knows."""
    return User(tenant, key) if key else None


def _shredding(word: Word, user: User | None, keys: Sequence[KeptKey], now: int) -> Act:
    return Act(Kind.SHRED, now, word, user, keys=_ids(keys))


def _restricting(word: Word, user: User, keys: Sequence[KeptKey], now: int, due: int | None) -> Act:
    return Act(Kind.RESTRICT, now, word, user, keys=_ids(keys), due_ms=due)


def _ids(keys: Iterable[KeptKey]) -> tuple[int, ...]:
    return tuple(kept.key.id for kept in keys)


def _in_groups(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
