"""Which paths are open. Exact on the raw path and query: none is normalised into another.

A path may hold one `{model}`, which is a name and nothing else: no slash, no escape, no text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from gateway.dialects.dialect import Dialect

MODEL = "{model}"
_NAME = rb"([A-Za-z0-9][A-Za-z0-9._-]{0,127})"


@dataclass(frozen=True, slots=True)
class Route:
    """One path, for one method and one query string, as they are written on the wire."""

    method: str
    path: str
    """What records and metrics call it: a path, in which `{model}` may stand for any one."""
    opens: Callable[[str], Dialect]
    """The dialect for a model's name; an empty one where the path holds none."""
    query: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A route that a request is on."""

    route: Route
    dialect: Dialect


def always(dialect: Dialect) -> Callable[[str], Dialect]:
    """For paths without a model: one dialect for all that is asked."""
    return lambda _: dialect


class Routes:
    """All open routes. Of those that are not, `closed` may say why, by the path they begin with.

    `refusing` are the dialects in which paths are refused that are on no route, by their beginning;
    an empty one stands for all others.
    """

    def __init__(
        self,
        routes: Iterable[Route],
        closed: Mapping[str, str] | None = None,
        refusing: Mapping[str, Dialect] | None = None,
    ) -> None:
        self._refusing = {path.encode(): dialect for path, dialect in (refusing or {}).items()}
        self._closed = {path.encode(): reason for path, reason in (closed or {}).items()}
        self._exact: dict[tuple[str, bytes, bytes], Opened] = {}
        self._with_model: list[tuple[Route, re.Pattern[bytes]]] = []
        for route in routes:
            if MODEL in route.path:
                before, after = (re.escape(part.encode()) for part in route.path.split(MODEL))
                self._with_model.append((route, re.compile(before + _NAME + after)))
            else:
                key = route.method, route.path.encode(), route.query.encode()
                self._exact[key] = Opened(route, route.opens(""))

    def find(self, method: str, path: bytes, query: bytes) -> Opened | None:
        """The route of a request; None where it is on none."""
        exact = self._exact.get((method, path, query))
        if exact is not None:
            return exact
        for route, pattern in self._with_model:
            if route.method == method and route.query.encode() == query:
                match = pattern.fullmatch(path)
                if match is not None:
                    return Opened(route, route.opens(match[1].decode()))
        return None

    def refusing(self, path: bytes) -> Dialect:
        """The dialect whose clients ask for such a path. Raises LookupError where there is none."""
        fitting = [start for start in self._refusing if not start or _below(path, start)]
        return self._refusing[max(fitting, key=len)]

    def reason(self, path: bytes) -> str:
        """Why a path that is on no route is closed; the general reason where there is no other.

        Only for telling the caller, so it need not be exact: nothing of the path is used.
        """
        known = (reason for start, reason in self._closed.items() if _below(path, start))
        return next(known, "this gateway opens only the routes it screens")


def _below(path: bytes, start: bytes) -> bool:
    return path == start or path.startswith(start + b"/")
