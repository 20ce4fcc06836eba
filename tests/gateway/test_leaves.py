"""Every string of a body is found, wherever it stands."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.leaves import at, string_leaves
from gateway.redact import replaced
from gateway.strict_json import JSON

CANARY = "canary"

bodies: st.SearchStrategy[JSON] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=20,
)


def planted(body: JSON) -> JSON:
    """The body with the canary in place of each non-empty string value."""
    if isinstance(body, str):
        return CANARY if body else body
    if isinstance(body, list):
        return [planted(item) for item in body]
    if isinstance(body, dict):
        return {key: planted(item) for key, item in body.items()}
    return body


def count(body: JSON) -> int:
    if isinstance(body, (list, dict)):
        items = body.values() if isinstance(body, dict) else body
        return sum(count(item) for item in items)
    return int(body == CANARY)


@given(bodies)
def test_every_string_value_is_a_leaf(body: JSON) -> None:
    """A canary in any string is found, as often as it was planted."""
    body = planted(body)

    found = [leaf for leaf in string_leaves(body, frozenset()) if leaf.text == CANARY]

    assert count(body) == sum(1 for leaf in found if not leaf.is_key)


@given(bodies)
def test_a_path_leads_to_its_leaf(body: JSON) -> None:
    """Following a leaf's path gives its text, so an edit lands where the text stood."""
    for leaf in string_leaves(body, frozenset()):
        if not leaf.is_key:
            assert leaf.text == at(body, leaf.path)
            assert at(replaced(body, [(leaf.path, "masked")]), leaf.path) == "masked"


def test_keys_are_leaves_unless_the_protocol_owns_them() -> None:
    """A key that nobody has heard of is text like any other."""
    leaves = string_leaves({"role": 1, "canary": {"role": 2}}, frozenset({"role"}))

    assert [("canary", True)] == [(leaf.text, leaf.is_key) for leaf in leaves]


def test_editing_leaves_the_original_alone() -> None:
    """The body that was screened stays as it was; the edit is a copy."""
    body: JSON = {"messages": [{"content": "a"}, {"content": "b"}]}

    edited = replaced(body, [(("messages", 1, "content"), "*")])

    assert body == {"messages": [{"content": "a"}, {"content": "b"}]}
    assert edited == {"messages": [{"content": "a"}, {"content": "*"}]}
