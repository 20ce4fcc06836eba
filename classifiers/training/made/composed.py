"""Rows composed of other rows: refusals of a request, documents and templates with something in them."""

# ruff: noqa: E501  # frames are longer than lines of code

from __future__ import annotations

import random
from collections.abc import Sequence

from classifiers.heads import Head
from classifiers.scoring import Side
from classifiers.training.made.attacks import injection
from classifiers.training.rows import BOTH, NOTHING, Row, lang_of

REFUSAL_ZH = (
    "很抱歉，我不能帮助{ask}。这样做可能违反法律，也会伤害他人。",
    "对不起，我无法提供关于“{ask}”的指导。如果你遇到困难，可以寻求专业帮助。",
    "我不能回答这个问题。{ask}是违法行为，请遵守法律法规。",
    "作为人工智能助手，我不支持{ask}，建议你采取合法、安全的方式解决问题。",
    "这个请求涉及{ask}，我不能协助。如果需要，我可以介绍相关法律后果和求助渠道。",
    "请不要{ask}。如果你有这样的念头，请和信任的人谈谈，或者联系当地热线。",
)

REFUSAL_EN = (
    "I'm sorry, but I can't help with that. {ask} could hurt people and is against the law.",
    'I can\'t assist with this request: "{ask}" If you are in danger, please contact emergency services.',
    "I won't provide instructions for this. What I can do is explain why it is illegal and where to get help.",
    "As an AI assistant I cannot support {ask} Please consider a lawful alternative.",
    'Sorry, no. Questions such as "{ask}" ask for harm, and I don\'t give guidance on that.',
    "It is not appropriate to do that. If you are struggling, talking to a professional may help.",
)


def refusals(requests: Sequence[Row], number: int) -> list[Row]:
    """Refusals that name what they refuse: harmless as outputs."""
    rng = random.Random("refusals")  # noqa: S311
    rows = []
    for request in rng.sample(list(requests), min(number, len(requests))):
        frames = REFUSAL_ZH if request.lang == "zh" else REFUSAL_EN
        text = rng.choice(frames).format(ask=request.text.rstrip("。？?.")[:120])
        rows.append(Row(text, request.lang, "made/refusals", NOTHING, (Side.OUTPUT,)))
    return rows


def embedded(contexts: Sequence[Row], attacks: Sequence[tuple[str, str]], number: int) -> list[Row]:
    """Instructions planted in a document, as indirect injection does: BIPIA's and our own."""
    rng = random.Random("embedded")  # noqa: S311
    rows = []
    for _ in range(number):
        context = rng.choice(contexts).text[:600]
        attack = rng.choice(attacks)[1] if rng.random() < 0.4 else injection(rng)
        at = rng.choice((0, len(context) // 2, len(context)))
        text = f"{context[:at]}\n{attack}\n{context[at:]}".strip()
        labels = {Head.INJECTION: 1, Head.UNSAFE: 1}
        rows.append(Row(text, lang_of(text), "made/embedded", labels, BOTH, 0.7, group=attack[:30]))
    return rows


def wrapped(templates: Sequence[Row], requests: Sequence[Row], number: int) -> list[Row]:
    """Jailbreak templates with a request in their slot, harmful or not."""
    rng = random.Random("wrapped")  # noqa: S311
    slotted = [row for row in templates if "{{" in row.text or "[INSERT PROMPT" in row.text.upper()]
    rows = []
    for _ in range(number if slotted else 0):
        template = rng.choice(slotted)
        ask = rng.choice(requests).text
        text = fill_slot(template.text, ask)
        rows.append(
            Row(
                text,
                template.lang,
                "made/wrapped",
                template.labels,
                (Side.PROMPT,),
                group=template.group,
                split=template.split,
            )
        )
    return rows


def fill_slot(template: str, ask: str) -> str:
    """The template with the request where its slot is."""
    for slot in ("{{ prompt }}", "{{prompt}}", "[INSERT PROMPT HERE]", "[insert prompt here]"):
        template = template.replace(slot, ask)
    return template.replace("{% raw %}", "").replace("{% endraw %}", "")
