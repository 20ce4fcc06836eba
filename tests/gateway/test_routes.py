"""Routes are exact: what is not written as it should be is on none."""

from __future__ import annotations

import pytest

from gateway.dialects.openai_chat import OpenAIChat
from gateway.routes import Route, Routes, always

ROUTES = Routes(
    [
        Route("POST", "/v1/chat", always(OpenAIChat())),
        Route("POST", "/v1/chat", always(OpenAIChat()), query="beta=true"),
        Route("POST", "/v1beta/models/{model}:say", always(OpenAIChat()), query="alt=sse"),
    ]
)


@pytest.mark.parametrize(
    ("path", "query", "route"),
    [
        (b"/v1/chat", b"", "/v1/chat"),
        (b"/v1/chat", b"beta=true", "/v1/chat"),
        (b"/v1beta/models/m-1.5:say", b"alt=sse", "/v1beta/models/{model}:say"),
    ],
)
def test_a_path_as_written_is_on_its_route(path: bytes, query: bytes, route: str) -> None:
    """The route goes by its template, whatever the model."""
    opened = ROUTES.find("POST", path, query)

    assert opened is not None
    assert route == opened.route.path


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("GET", b"/v1/chat", b""),
        ("POST", b"/v1/chat/", b""),
        ("POST", b"//v1/chat", b""),
        ("POST", b"/V1/chat", b""),
        ("POST", b"/v1/./chat", b""),
        ("POST", b"/v1/%63hat", b""),
        ("POST", b"/v1/chat;x=1", b""),
        ("POST", b"/v1/chat", b"beta=false"),
        ("POST", b"/v1/chat", b"beta=true&x=1"),
        ("POST", b"/v1beta/models/m:say", b""),
        ("POST", b"/v1beta/models/:say", b"alt=sse"),
        ("POST", b"/v1beta/models/a/b:say", b"alt=sse"),
        ("POST", b"/v1beta/models/a%2fb:say", b"alt=sse"),
        ("POST", b"/v1beta/models/..:say", b"alt=sse"),
        ("POST", b"/v1beta/models/a b:say", b"alt=sse"),
        ("POST", b"/v1beta/models/m:say\n", b"alt=sse"),
        ("POST", b"/v1beta/models/m:say:say", b"alt=sse"),
        ("POST", b"/v1beta/models/" + b"m" * 129 + b":say", b"alt=sse"),
    ],
)
def test_anything_else_is_on_none(method: str, path: bytes, query: bytes) -> None:
    """No case, dot, escape, slash or parameter is forgiven."""
    assert ROUTES.find(method, path, query) is None
