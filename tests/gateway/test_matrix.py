"""Every string that the official SDK's own types let a caller send, each with a canary planted.

The cells are `docs/matrix.md`; `STOPLOG_MATRIX=write` renews the page. A field that a new release
of the SDK brings is a new cell, so the page is stale until somebody has looked.
"""

from __future__ import annotations

import os
import types
import typing
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
import typing_extensions
from anthropic.types import message_create_params
from live import live
from openai.types import completion_create_params as text_create_params
from openai.types import embedding_create_params, image_generate_params, moderation_create_params
from openai.types.chat import completion_create_params
from openai.types.responses import response_create_params
from starlette.types import ASGIApp, Receive, Scope, Send
from vendors import vendors_app

from gateway.script import FORBIDDEN

PAGE = Path(__file__).parents[2] / "docs" / "matrix.md"
HEAD = """# Matrix of request fields

Written by `STOPLOG_MATRIX=write pytest tests/gateway/test_matrix.py`,
from the types of the official `openai` and `anthropic` packages.
In each place stood a forbidden word, in a request over a real socket.
It was `stopped` by the verdict, `refused` as nothing to carry, or `stripped` on its way.
Nothing passed.
"""
SURFACES: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "openai.chat": (
        "/v1/chat/completions",
        completion_create_params.CompletionCreateParamsBase,
        {"model": "m", "messages": [{"role": "user", "content": "hi"}]},
    ),
    "openai.completions": (
        "/v1/completions",
        text_create_params.CompletionCreateParamsBase,
        {"model": "m", "prompt": "hi"},
    ),
    "openai.responses": (
        "/v1/responses",
        response_create_params.ResponseCreateParamsBase,
        {"model": "m", "input": "hi"},
    ),
    "anthropic": (
        "/v1/messages",
        message_create_params.MessageCreateParamsBase,
        {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]},
    ),
    "openai.embeddings": (
        "/v1/embeddings",
        embedding_create_params.EmbeddingCreateParams,
        {"model": "m", "input": "hi"},
    ),
    "openai.images": (
        "/v1/images/generations",
        image_generate_params.ImageGenerateParamsBase,
        {"model": "m", "prompt": "hi"},
    ),
    "openai.moderations": (
        "/v1/moderations",
        moderation_create_params.ModerationCreateParams,
        {"input": "hi"},
    ),
}
Planted = tuple[str, Any]
"""Where the canary stands, and a value that holds it there."""


def planted(kind: Any, above: tuple[Any, ...] = ()) -> Iterator[Planted]:
    """Every value of a type that is the canary somewhere."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is str or kind is object:
        yield "", FORBIDDEN
    elif origin in (typing.Union, types.UnionType):
        for one in arguments:
            yield from planted(one, above)
    elif origin in (typing.Required, typing.NotRequired, typing.Annotated):
        yield from planted(arguments[0], above)
    elif origin is dict:
        yield "{}", {FORBIDDEN: "x"}
        yield from ((f".*{at}", {"x": value}) for at, value in planted(arguments[1], above))
    elif typing_extensions.is_typeddict(kind):
        if above.count(kind) == 0:
            yield from _fields(kind, (*above, kind))
    elif arguments and isinstance(origin, type) and issubclass(origin, (Sequence, Iterable)):
        yield from ((f"[]{at}", [value]) for at, value in planted(arguments[0], above))
    elif arguments and "Sequence" in str(origin):
        yield from ((f"[]{at}", [value]) for at, value in planted(arguments[0], above))


def _fields(kind: Any, above: tuple[Any, ...]) -> Iterator[Planted]:
    hints = typing.get_type_hints(kind)
    grammar = {name: word for name, hint in hints.items() if (word := _word(hint)) is not None}
    for name, hint in hints.items():
        for at, value in planted(hint, above):
            yield f".{name}{at}", {**grammar, name: value}


def _word(hint: Any) -> Any:
    """The value of a field that says which kind an object is."""
    words = get_args(hint) if get_origin(hint) is typing.Literal else ()
    return words[0] if len(words) == 1 else None


SPOKEN = ("/v1/completions", "/v1/responses", "/v1/messages")
"""Paths that the endpoint of all vendors answers."""


def overheard(app: ASGIApp, received: list[bytes]) -> ASGIApp:
    """The endpoint, and every part of a request's body that it was sent."""

    async def listening(scope: Scope, receive: Receive, send: Send) -> None:
        async def heard() -> Any:
            message = await receive()
            received.append(message.get("body", b""))
            return message

        await app(scope, heard, send)

    return listening


def _by_verdict(told: Any) -> bool:
    """Whether an error is a verdict's: only those name an action."""
    reasons = (told.get("stoplog"), told["error"].get("stoplog"))
    return any("action" in reason for reason in reasons if reason)


@pytest.fixture(scope="module")
def cells() -> dict[str, list[str]]:
    return {}


@pytest.mark.parametrize("surface", SURFACES)
async def test_no_field_lets_a_canary_through(
    surface: str, tmp_path: Path, cells: dict[str, list[str]]
) -> None:
    """Stopped, refused or stripped, wherever it stands."""
    path, kind, body = SURFACES[surface]
    hints = typing.get_type_hints(kind)
    found: dict[str, set[str]] = {}
    received: list[bytes] = []
    endpoint = overheard(vendors_app(), received) if path in SPOKEN else None
    async with live(tmp_path, endpoint=endpoint, surfaces=list(SURFACES)) as gateway:
        for name, hint in hints.items():
            for at, value in planted(hint):
                answer = await gateway.http.post(path, json={**body, name: value})
                assert answer.status_code in (200, 400, 413), (name, at)
                told = answer.json()
                if surface == "openai.moderations" and answer.status_code == 200:
                    assert told["results"][0]["flagged"], (name, at)
                    outcome = "stopped"
                elif answer.status_code < 400:
                    outcome = "stripped"
                else:
                    outcome = "stopped" if _by_verdict(told) else "refused"
                found.setdefault(f"{name}{at}", set()).add(outcome)
        received += [request.body for request in gateway.diary.received]

    assert FORBIDDEN.encode() not in b"".join(received)
    assert len(found) >= 3
    cells[surface] = [f"| `{at}` | {', '.join(sorted(how))} |" for at, how in sorted(found.items())]


def test_the_page_is_what_was_seen(cells: dict[str, list[str]]) -> None:
    """Cell by cell. Needs the tests above in the same run."""
    if cells.keys() != SURFACES.keys():
        pytest.skip("only with the whole matrix")
    page = HEAD
    for surface in SURFACES:
        rows = "\n".join(cells[surface])
        page += f"\n## {surface}\n\n| field | canary |\n|---|---|\n{rows}\n"
    if os.environ.get("STOPLOG_MATRIX") == "write":
        PAGE.write_text(page, encoding="utf-8")

    assert page == PAGE.read_text(encoding="utf-8")
