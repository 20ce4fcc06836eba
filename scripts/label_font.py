"""Cuts the characters of the visible label out of Noto Sans CJK SC (OFL-1.1).

    python scripts/label_font.py /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

Needs fonttools (MIT), which nothing else here does. The font is in Debian's fonts-noto-cjk.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection

OUT = Path(__file__).parents[1] / "gateway" / "labels" / "font" / "label.otf"
FAMILY = "Noto Sans CJK SC"
CHARACTERS = "AI人工智能生成合"
NAMES = (0, 1, 2, 5, 13, 14)
"""Who made it, what it is called, its version, its licence and where that stands."""


def main(collection: Path) -> None:
    fonts = TTCollection(collection).fonts
    font = next(font for font in fonts if font["name"].getDebugName(1) == FAMILY)
    options = subset.Options(name_IDs=NAMES, layout_features=[], hinting=False, desubroutinize=True)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=CHARACTERS)
    subsetter.subset(font)
    font.save(OUT)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
