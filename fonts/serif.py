"""Writes the subsets of Noto Serif SC that templates bring; run by `make-serif`.

Simplified Chinese comes from the face of the collection that is named Noto Serif CJK SC.
"""

import sys
from pathlib import Path

from faces import make, spread

FACE = "Noto Serif CJK SC"
FAMILY = "Noto Serif SC"
LIMIT = 1_250_000

# Besides ideographs: Latin with Latin-1, punctuation, and the signs of prices, dates and lists.
SYMBOLS = [
    (0x0020, 0x007E),
    (0x00A0, 0x00FF),
    (0x2010, 0x203B),
    (0x3000, 0x3017),
    (0xFF01, 0xFF5E),
    (0xFFE5, 0xFFE5),
]
SIGNS = "€℃№™←↑→↓●○★☆◆◇"


def level_1():
    """The 3755 frequent ideographs of GB/T 2312: Python's own codec knows them."""
    found = set()
    for lead in range(0xB0, 0xD8):
        for trail in range(0xA1, 0xFF):
            try:
                found.add(ord(bytes([lead, trail]).decode("gb2312")))
            except UnicodeDecodeError:
                pass
    return found


def main(source, target, style, weight):
    ideographs = level_1()
    target.parent.mkdir(parents=True, exist_ok=True)
    font = make(source, FACE, target, ideographs | spread(SYMBOLS) | set(map(ord, SIGNS)), FAMILY, style, weight)
    lost = ideographs - set(font.getBestCmap())
    if lost:
        sys.exit(f"error: {source} lacks {''.join(map(chr, sorted(lost)))}")
    size = target.stat().st_size
    print(f"{target}: {size:,} bytes, {len(font.getBestCmap()):,} characters", file=sys.stderr)
    if size > LIMIT:
        sys.exit(f"error: that is more than {LIMIT:,}")


main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
