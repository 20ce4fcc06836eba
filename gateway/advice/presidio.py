"""`POST /analyze` as Presidio's analyzer answers it: what was seen, and where."""

from __future__ import annotations

from classifiers.types import Role, Segment
from gateway.advice.adviser import Opinion, asked, no_verdict, not_judged, segments_of
from gateway.dialects.dialect import Limits, Prompt
from gateway.dialects.openai_chat import OpenAIChat
from gateway.errors import Refusal
from gateway.strict_json import JSON
from policies.types import Direction, Hit

_PATTERNS = "patterns"


class PresidioAnalyze(OpenAIChat):
    """Refuses as the chat dialect does. Spans are told, since whoever asks has the text."""

    name = "advice.presidio"

    def read(self, body: bytes, limits: Limits) -> Prompt:
        value = asked(body, limits)
        text = value.get("text")
        texts = text if isinstance(text, list) else [text]
        if not texts or not all(isinstance(item, str) for item in texts):
            raise Refusal(400, "invalid_request", "`text` must be text, or a list", param="text")
        threshold = value.get("score_threshold") or 0
        if not isinstance(threshold, (int, float)):
            raise Refusal(400, "invalid_request", "must be a number", param="score_threshold")
        return Prompt(value, segments_of(text, ("text",), Role.USER, limits), model="")

    def direction(self, prompt: Prompt) -> Direction:
        return Direction.PROMPT

    def opinion(self, prompt: Prompt, opinion: Opinion) -> JSON:
        if not_judged(opinion.verdict):
            raise no_verdict()
        body = prompt.body if isinstance(prompt.body, dict) else {}
        least = body.get("score_threshold") or 0
        hits = [h for h in opinion.verdict.hits if h.finding.score >= float(str(least))]
        text = body.get("text")
        if not isinstance(text, list):
            return [_entity(hit) for hit in hits]
        segments = prompt.segments
        return [[_entity(h) for h in hits if _number(segments, h) == n] for n in range(len(text))]


def _number(segments: tuple[Segment, ...], hit: Hit) -> int:
    number = segments[hit.finding.segment].path[1]
    return number if isinstance(number, int) else 0


def _entity(hit: Hit) -> JSON:
    finding = hit.finding
    pattern = finding.classifier == _PATTERNS
    return {
        "entity_type": finding.category.upper() if pattern else hit.leaf.id,
        "start": finding.start,
        "end": finding.end,
        "score": finding.score,
        "analysis_explanation": None,
        "recognition_metadata": {"recognizer_name": finding.classifier, "rule": finding.rule},
    }
