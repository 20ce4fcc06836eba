"""Where text stands in the events of a Responses stream.

A text comes in deltas and is then said again: in its own `done`, in the part's, in the item's and
in the whole response. All of these are one text, and leave as one.
"""

from __future__ import annotations

from classifiers.types import Role
from gateway.dialects.dialect import KEYS_FIELD, Text
from gateway.dialects.reading import spelled_in_bytes, spoken_leaves
from gateway.dialects.responses_words import KEYS, VALUES
from gateway.leaves import Path, StringLeaf, at, string_leaves
from gateway.stream import GuardKey
from gateway.strict_json import JSON

OUTSIDE = -1
"""The output number of what stands outside the output items."""
_NESTED = frozenset({"function_call_arguments", "mcp_call_arguments"})
_REASONING = frozenset({"reasoning_text", "reasoning_summary_text"})
_SUMS_UP = (".done", ".completed", ".failed", ".incomplete")
_ITEM_FIELDS = {
    ("message", "content", "text"): "output_text",
    ("message", "content", "refusal"): "refusal",
    ("reasoning", "content", "text"): "reasoning_text",
    ("reasoning", "summary", "text"): "reasoning_summary_text",
    ("function_call", "arguments"): "function_call_arguments",
    ("mcp_call", "arguments"): "mcp_call_arguments",
    ("custom_tool_call", "input"): "custom_tool_call_input",
    ("code_interpreter_call", "code"): "code_interpreter_call_code",
}
"""The fields of items that grow, as their events call them."""
_PART_FIELDS = {
    ("output_text", "text"): "output_text",
    ("refusal", "refusal"): "refusal",
    ("reasoning_text", "text"): "reasoning_text",
    ("summary_text", "text"): "reasoning_summary_text",
}
_NAMES = frozenset({"id", "call_id", "status"})
"""What an item is called: nobody says it."""
_DONE_FIELDS = frozenset({"text", "refusal", "arguments", "input", "code", "transcript", "command"})


def texts_of(event: dict[str, JSON]) -> list[Text]:
    """Every string leaf of an event, by the text that it continues or says again."""
    kind = event.get("type")
    kind = kind if isinstance(kind, str) else ""
    found = [_text(event, kind, leaf) for leaf in spoken_leaves(string_leaves(event, KEYS), VALUES)]
    if spelled := spelled_in_bytes(event):
        key = (_number(event, "output_index"), f"{kind} bytes")
        found.append(Text(key, Role.ASSISTANT, ("logprobs",), spelled))
    return found


def item_role(item: JSON) -> Role:
    """Who speaks in an item of input or output."""
    if not isinstance(item, dict):
        return Role.FIELD
    kind, role = str(item.get("type", "message")), item.get("role")
    if kind == "message" or role is not None:
        return _SPEAKERS.get(str(role), Role.FIELD)
    if kind == "reasoning":
        return Role.REASONING
    return Role.TOOL if kind.endswith("_output") else Role.ASSISTANT


_SPEAKERS = {
    "system": Role.SYSTEM,
    "developer": Role.SYSTEM,
    "user": Role.USER,
    "assistant": Role.ASSISTANT,
    "tool": Role.TOOL,
}


def _text(event: dict[str, JSON], kind: str, leaf: StringLeaf) -> Text:
    number = _number(event, "output_index")
    if leaf.is_key:
        return Text((number, KEYS_FIELD), Role.FIELD, leaf.path, leaf.text, True, True, True)
    if "logprobs" in leaf.path:
        return Text((number, f"{kind} {_dotted(leaf.path)}"), Role.ASSISTANT, leaf.path, leaf.text)
    key = _grows(event, kind, leaf.path)
    if key is None:
        return _at_once(event, number, leaf)
    field = key[1].partition("#")[0]
    return Text(
        key,
        Role.REASONING if field in _REASONING else Role.ASSISTANT,
        leaf.path,
        leaf.text,
        again=kind.endswith(_SUMS_UP),
        nested=field in _NESTED,
    )


def _grows(event: dict[str, JSON], kind: str, path: Path) -> GuardKey | None:
    """The growing text that a leaf belongs to; None where it comes at once."""
    number = _number(event, "output_index")
    field, _, stage = kind.removeprefix("response.").rpartition(".")
    part = _number(event, "content_index", "summary_index", "command_index")
    if stage == "delta" and path[0] == "delta":
        inner = _dotted(path[1:])
        return number, _numbered(f"{field}.{inner}" if inner else field, part)
    if stage == "done" and len(path) == 1 and path[0] in _DONE_FIELDS:
        return number, _numbered(field, part)
    if path[0] == "part" and len(path) == 2:
        given = event["part"]
        name = _PART_FIELDS.get((_type(given), str(path[1])))
        return (number, _numbered(name, part)) if name else None
    if path[0] == "item":
        return _of_item(event, path[:1], path[1:], number)
    if path[:2] == ("response", "output") and len(path) > 3 and isinstance(path[2], int):
        return _of_item(event, path[:3], path[3:], path[2])
    return None


def _of_item(event: JSON, place: Path, rest: Path, number: int) -> GuardKey | None:
    item = at(event, place)
    names = tuple(step for step in rest if isinstance(step, str))
    kind = _type(item)
    field = _ITEM_FIELDS.get((kind, *names)) if len(names) <= 2 else None
    if field is None:
        return None
    return number, _numbered(field, next((step for step in rest if isinstance(step, int)), 0))


def _at_once(event: dict[str, JSON], number: int, leaf: StringLeaf) -> Text:
    """A text in one piece. Identities are said over and over, and read when they change."""
    path = leaf.path
    if path[:2] == ("response", "output") and len(path) > 3 and isinstance(path[2], int):
        number, path = path[2], ("item", *path[3:])
    role = Role.FIELD
    if path[0] in ("item", "part", "annotation") and path[-1] not in _NAMES:
        role = item_role(event.get("item")) if path[0] == "item" else Role.ASSISTANT
    return Text((number, _dotted(path)), role, leaf.path, leaf.text, whole=True, repeats=True)


def _type(item: JSON) -> str:
    return str(item.get("type")) if isinstance(item, dict) else ""


def _dotted(path: Path) -> str:
    return ".".join(step for step in path if isinstance(step, str))


def _numbered(field: str, number: int) -> str:
    return f"{field}#{number}" if number > 0 else field


def _number(event: dict[str, JSON], *names: str) -> int:
    for name in names:
        value = event.get(name)
        if type(value) is int:
            return value
    return OUTSIDE
