"""Which of the two languages of a pack's answers a person is more likely to read."""

from __future__ import annotations

import re
from collections.abc import Iterable

from classifiers.types import Role, Segment

_HAN = re.compile("[\u3400-\u9fff]")


def reads_chinese(segments: Iterable[Segment]) -> bool:
    """Whether what the user wrote holds a Chinese character."""
    return any(s.role is Role.USER and _HAN.search(s.text) for s in segments)
