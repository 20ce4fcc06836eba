"""Every made row that needs no other set: so many of each kind."""

from __future__ import annotations

import random
from pathlib import Path

from classifiers.heads import Head
from classifiers.scoring import Side
from classifiers.training.made.adverts import ham, spam
from classifiers.training.made.attacks import (
    LEAK_EN,
    LEAK_ZH,
    attack_labels,
    injection,
    jailbreak,
)
from classifiers.training.made.drawing import drawn
from classifiers.training.made.everyday import everyday
from classifiers.training.made.orders import RETRACT_EN, RETRACT_ZH, role
from classifiers.training.made.personal import PII_OK_ZH, personal
from classifiers.training.rows import BOTH, NOTHING, Row, harmful

_BENIGN = Path(__file__).parents[1] / "benign"


def make_rows() -> list[Row]:
    """The rows, the same in every run."""
    prompt, benign = (Side.PROMPT,), dict(NOTHING)
    return [
        *written(),
        *drawn("injection", injection, 700, attack_labels(Head.INJECTION), BOTH),
        *drawn("jailbreak", jailbreak, 500, attack_labels(Head.JAILBREAK), prompt),
        *drawn("role-play", role, 1200, benign, prompt),
        *drawn("everyday", everyday, 3000, benign, BOTH),
        *drawn("spam", spam, 600, harmful(Head.SPAM_ADS), BOTH),
        *drawn("ham", ham, 200, benign, BOTH),
        *drawn("pii", personal, 300, harmful(Head.PRIVACY), BOTH),
        *drawn("pii-benign", lambda rng: rng.choice(PII_OK_ZH), 200, benign, BOTH),
        *drawn("retract", lambda rng: rng.choice(RETRACT_EN + RETRACT_ZH), 60, benign, prompt),
        *drawn("leak", _leak, 60, attack_labels(Head.PROMPT_LEAK), prompt),
    ]


def written() -> list[Row]:
    """Everyday requests, questions and remarks, written one by one; many use words of harm."""
    return [
        Row(line.strip(), path.stem, "written", NOTHING, (Side.PROMPT,), 3.0)
        for path in sorted(_BENIGN.glob("*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]


def _leak(rng: random.Random) -> str:
    return rng.choice(LEAK_EN + LEAK_ZH)
