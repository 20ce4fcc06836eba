"""Reading a request body: what the dialects share. Whatever cannot be carried is a Refusal."""

from __future__ import annotations

from collections.abc import Container, Iterator

from gateway.dialects.dialect import Limits, Media
from gateway.dialects.openai_words import SWITCHES
from gateway.errors import Refusal
from gateway.leaves import StringLeaf, objects, string_leaves
from gateway.strict_json import JSON, NotStrictJSON, parse


def invalid(param: str | None, message: str, code: str = "invalid_request") -> Refusal:
    return Refusal(400, code, message, param=param)


def too_large(param: str | None, message: str) -> Refusal:
    return Refusal(413, "request_too_large", message, param=param)


def object_of(body: bytes, limits: Limits) -> dict[str, JSON]:
    """The body as a JSON object without switches."""
    try:
        value = parse(body, limits.depth)
    except NotStrictJSON as error:
        raise invalid(None, f"{error}", code="invalid_json") from None
    if not isinstance(value, dict):
        raise invalid(None, "the body must be a JSON object")
    refuse_switches(value)
    return value


def refuse_switches(value: dict[str, JSON]) -> None:
    """No request says which endpoint it goes to."""
    for switch in SWITCHES & value.keys():
        raise invalid(switch, f"`{switch}` is not accepted here; leave it out")


def leaves_of(value: JSON, known: frozenset[str], limits: Limits) -> list[StringLeaf]:
    """Every string of the body, if they are neither too many nor too long."""
    leaves = string_leaves(value, known)
    if len(leaves) > limits.leaves:
        raise too_large(None, f"at most {limits.leaves} strings are accepted in one body")
    if any(len(leaf.text) > limits.string_chars for leaf in leaves):
        raise too_large(None, f"a string may have at most {limits.string_chars} characters")
    return leaves


def spoken_leaves(
    leaves: list[StringLeaf], grammar: Container[tuple[str | int, str]]
) -> Iterator[StringLeaf]:
    """The leaves that are speech, grammar left out."""
    return (
        leaf
        for leaf in leaves
        if leaf.is_key or not leaf.path or (leaf.path[-1], leaf.text) not in grammar
    )


def flag(value: dict[str, JSON], name: str, default: bool) -> bool:
    """A field that is true or false."""
    given = value.get(name)
    if given is None:
        return default
    if not isinstance(given, bool):
        raise invalid(name, f"`{name}` must be true or false")
    return given


_STRUCTURED = (
    *("tools", "functions", "response_format", "structured_outputs", "structural_tag"),
    *("guided_json", "guided_regex", "guided_choice", "guided_grammar", "guided_decoding"),
    *("grammar", "json_schema", "regex", "ebnf"),
)
"""Fields that ask for an answer in a machine's grammar: OpenAI, vLLM, SGLang, llama.cpp."""


def structured(value: dict[str, JSON]) -> bool:
    """Whether an answer is for a machine, so that no word of ours may stand in it."""
    return any(value.get(name) for name in _STRUCTURED)


def text_of(value: dict[str, JSON], name: str) -> str:
    """What a field says; nothing where it is no text."""
    given = value.get(name)
    return given if isinstance(given, str) else ""


def list_of_objects(value: dict[str, JSON], name: str, most: int) -> list[dict[str, JSON]]:
    """A list of at least one object."""
    given = value.get(name)
    if not isinstance(given, list) or not given:
        raise invalid(name, f"`{name}` must be a list with at least one entry")
    found = list(objects(given))
    if len(found) != len(given):
        raise invalid(name, f"every entry of `{name}` must be an object")
    if len(found) > most:
        raise too_large(name, f"at most {most} entries are accepted in `{name}`")
    return found


def check_tools(value: dict[str, JSON], limits: Limits) -> None:
    tools = value.get("tools")
    if isinstance(tools, list) and len(tools) > limits.tools:
        raise too_large("tools", f"at most {limits.tools} tools are accepted")


def refuse_media(found: bool, param: str, limits: Limits) -> None:
    if found and limits.media is Media.REFUSE:
        raise invalid(
            param,
            "images, audio and files cannot be screened by this gateway; send text only",
            code="unscreenable_content",
        )


def refuse_stored(found: str | None, limits: Limits) -> None:
    """`found` names a field that stands for text which only the upstream has."""
    if found is not None and limits.stored is Media.REFUSE:
        raise invalid(
            found,
            f"`{found}` stands for text that this gateway cannot see; send the text itself",
            code="unscreenable_content",
        )


def everything(value: JSON) -> Iterator[dict[str, JSON]]:
    """Every object within a value, itself included."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            yield item
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)


def spelled_in_bytes(value: JSON) -> str:
    """What the `bytes` lists of log-probabilities spell: the text once more, in numbers."""
    spelled = [
        bytes(n for n in numbers if isinstance(n, int) and 0 <= n < 256)
        for item in everything(value)
        if isinstance(numbers := item.get("bytes"), list)
    ]
    return b"".join(reversed(spelled)).decode(errors="replace")
