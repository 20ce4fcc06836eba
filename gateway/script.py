"""The script of the scripted model endpoint: which message gets which answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

PIECE = re.compile(r"\s?[A-Za-z]{1,6}|\s?\d{1,3}|[\u4e00-\u9fff]{1,2}|\s+|.", re.DOTALL)
"""Cuts text about as a tokenizer does: short runs of letters or digits, one or two ideographs."""


class Fault(StrEnum):
    """How an endpoint can break."""

    NONE = "none"
    SILENT = "silent"
    """Never begins to answer."""
    STALL = "stall"
    """Goes silent in the middle of an answer."""
    CUT = "cut"
    """Drops the connection in the middle of an answer."""
    GARBAGE = "garbage"
    """Puts something that is not JSON into an answer."""
    ENDLESS = "endless"
    """Never stops talking."""
    UNFINISHED = "unfinished"
    """Ends a stream without saying so."""
    ERROR = "error"
    RATE_LIMIT = "rate-limit"
    WRONG_TYPE = "wrong-type"
    REDIRECT = "redirect"


@dataclass(frozen=True, slots=True)
class Scene:
    """One answer of the script."""

    marker: str
    """Stands anywhere in the last user message."""
    content: str = ""
    reasoning: str = ""
    tool_name: str = ""
    """Not empty where the answer is a call of this tool."""
    tool_arguments: str = ""
    fault: Fault = Fault.NONE


ENGLISH = (
    "A public library lends books to everyone who lives nearby. You bring a proof of address, and "
    "the desk makes you a card while you wait. Most libraries let you borrow ten items for three "
    "weeks, and you can renew them twice if nobody else has asked for them. "
)
CHINESE = (
    "图书馆的借书证可以在服务台补办。请带上身份证件和一张近期照片,工作人员会当场为您办理。"
    "补办通常需要五分钟,旧卡会立即停用。如果您搬了家,也可以顺便更新地址。"
)
ID_CARD = "11010519491231002X"
"""The specimen number printed in GB 11643 itself; it belongs to nobody."""
FORBIDDEN = "forbiddenword"
FORBIDDEN_ZH = "违禁词示例"

SCENES: tuple[Scene, ...] = (
    Scene("@long-en", ENGLISH * 8),
    Scene("@long-zh", CHINESE * 8),
    Scene("@id-card", f"您登记的身份证号是{ID_CARD},补办时请核对。"),
    Scene("@turns-bad-zh", f"{CHINESE}另外,{FORBIDDEN_ZH}也在这里。{CHINESE}"),
    Scene("@turns-bad", f"{ENGLISH}And now: {FORBIDDEN} follows. {ENGLISH}"),
    Scene("@reasoning-bad", ENGLISH, reasoning=f"First I think of {FORBIDDEN}, then I answer."),
    Scene("@reasoning", ENGLISH, reasoning="The question is about libraries, so I explain cards."),
    Scene("@tool-bad", tool_name="search", tool_arguments=f'{{"query": "{FORBIDDEN}"}}'),
    Scene("@tool", tool_name="search", tool_arguments='{"query": "library opening hours"}'),
    Scene("@empty"),
    *(Scene(f"@{fault}", ENGLISH, fault=fault) for fault in Fault if fault is not Fault.NONE),
)


def pieces(text: str) -> list[str]:
    """Cut a text into what a model would send one by one; joined, they are the text."""
    return PIECE.findall(text)


def scene_for(message: str, scenes: Sequence[Scene] = SCENES) -> Scene:
    """The first scene whose marker the message holds, else one that echoes it."""
    found = (scene for scene in scenes if scene.marker in message)
    return next(found, Scene("", content=f"You said: {message}"))
