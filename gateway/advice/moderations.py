"""`POST /v1/moderations`, answered by the pack: OpenAI's 13 categories, and the pack's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from classifiers.types import Role, Segment
from gateway.advice.adviser import Opinion, asked, not_judged, segments_of
from gateway.dialects.dialect import Limits, Media, Prompt
from gateway.dialects.openai_chat import OpenAIChat
from gateway.errors import Refusal
from gateway.leaves import objects
from gateway.strict_json import JSON
from policies.answers import lineage
from policies.types import Action, Direction, Hit, Verdict

CATEGORIES = (
    *("harassment", "harassment/threatening", "hate", "hate/threatening", "illicit"),
    *("illicit/violent", "self-harm", "self-harm/intent", "self-harm/instructions"),
    *("sexual", "sexual/minors", "violence", "violence/graphic"),
)
_NEAREST: Mapping[str, tuple[str, ...]] = {
    "A.1.d": ("illicit/violent",),
    "A.1.e": ("hate",),
    "A.1.f": ("sexual", "violence"),
    "A.1.h": ("illicit",),
    "A.2": ("hate",),
    "A.4.a": ("self-harm",),
    "A.4.c": ("harassment",),
}
"""By leaf or family of GB/T 45654-2025, Annex A: what OpenAI's users would call it."""
_KEYS = frozenset({"input", "model", "type", "text", "image_url", "url"})


class Moderations(OpenAIChat):
    """Refuses as the chat dialect does."""

    name = "openai.moderations"

    def read(self, body: bytes, limits: Limits) -> Prompt:
        value = asked(body, limits)
        given = value.get("input")
        if not isinstance(given, (str, list)) or not given:
            raise Refusal(400, "invalid_request", "`input` must be text", param="input")
        if limits.media is Media.REFUSE and any("image_url" in item for item in objects(given)):
            what = "images cannot be screened by this gateway; send text only"
            raise Refusal(400, "unscreenable_content", what, param="input")
        segments = segments_of(value, (), Role.USER, limits, _KEYS)
        return Prompt(value, tuple(s for s in segments if _is_text(s)), model="")

    def direction(self, prompt: Prompt) -> Direction:
        return Direction.PROMPT

    def opinion(self, prompt: Prompt, opinion: Opinion) -> JSON:
        verdict = opinion.verdict
        given = prompt.body.get("input") if isinstance(prompt.body, dict) else None
        several = isinstance(given, list) and all(isinstance(item, str) for item in given)
        count = len(given) if several and isinstance(given, list) else 1
        segments = prompt.segments
        return {
            "id": f"modr-{opinion.notice.exchange_id}",
            "model": opinion.notice.pack,
            "results": [
                _result(verdict, [h for h in verdict.hits if _number(segments, h, several) == n])
                for n in range(count)
            ],
        }


def _is_text(segment: Segment) -> bool:
    return not (segment.path[-1:] == ("type",) and segment.text in ("text", "image_url"))


def _number(segments: tuple[Segment, ...], hit: Hit, several: bool) -> int:
    """Which input a hit is in; what stands elsewhere in the body counts for the first."""
    path = segments[hit.finding.segment].path
    number = path[1] if several and path[:1] == ("input",) and len(path) > 1 else 0
    return number if isinstance(number, int) else 0


def _result(verdict: Verdict, hits: Iterable[Hit]) -> JSON:
    scores = dict.fromkeys((*CATEGORIES, *_own_categories(verdict)), 0.0)
    stopped = dict.fromkeys(scores, False)
    for hit in hits:
        for category in (*_nearest(hit.leaf.id), f"{hit.pack}/{hit.leaf.id}"):
            scores[category] = max(scores.get(category, 0.0), hit.finding.score)
            stopped[category] = stopped.get(category, False) or hit.action > Action.FLAG
    return {
        # A text that could not be judged is never said to be clean.
        "flagged": any(stopped.values()) or not_judged(verdict),
        "categories": {**stopped},
        "category_scores": {**scores},
        "category_applied_input_types": {category: ["text"] for category in scores},
    }


def _own_categories(verdict: Verdict) -> Iterable[str]:
    return (f"{hit.pack}/{hit.leaf.id}" for hit in verdict.hits)


def _nearest(leaf_id: str) -> tuple[str, ...]:
    return next((_NEAREST[name] for name in lineage(leaf_id) if name in _NEAREST), ())
