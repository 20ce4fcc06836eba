"""What is known of an exchange beside its texts: by this packs are bound and conditions hold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Context:
    """The circumstances of one exchange. All of them come from the caller or the operator."""

    tenant: str = ""
    route: str = ""
    """As records name it: the path, in which `{model}` may stand for any one."""
    model: str = ""
    """As the caller named it; empty where the surface names none."""
    user_key: str = ""
    """Pseudonym of the caller; empty for nobody known."""
    stream: bool = False
    minor: bool = False
    """Whether the user is known or said to be under age."""


UNKNOWN = Context()
