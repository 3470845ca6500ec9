"""Writes the subsets of Noto Serif SC that templates bring; run by `make-serif`.

Simplified Chinese comes from the face of the collection that is named Noto Serif CJK SC.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection

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

FEATURES = ["kern", "palt", "halt", "vkrn", "vpal", "vhal", "vert", "vrt2", "liga", "ccmp", "mark", "calt",
            "fwid", "hwid", "pwid"]


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


def make(source, target, style, weight):
    font = next(f for f in TTCollection(str(source), lazy=True).fonts
                if FACE in (f["name"].getDebugName(1), f["name"].getDebugName(16)))
    font.recalcTimestamp = False  # head.modified stays what the package says
    options = subset.Options()
    options.layout_features = FEATURES
    options.hinting = False
    options.name_IDs = ["*"]
    options.name_languages = [0x409]
    options.notdef_outline = True
    options.drop_tables += ["DSIG", "BASE"]
    worker = subset.Subsetter(options)
    symbols = {c for first, last in SYMBOLS for c in range(first, last + 1)} | set(map(ord, SIGNS))
    ideographs = level_1()
    worker.populate(unicodes=ideographs | symbols)
    worker.subset(font)

    name, postscript = font["name"], f"{FAMILY.replace(' ', '')}-{style}"
    names = {1: FAMILY, 2: style, 3: f"{name.getDebugName(5)};{postscript}", 4: f"{FAMILY} {style}", 6: postscript,
             16: FAMILY, 17: style}
    name.names = [n for n in name.names if n.nameID in (0, 5, 7, 8, 9, 10, 11, 12, 13, 14)]
    for key, text in names.items():
        name.setName(text, key, 3, 1, 0x409)
    cff = font["CFF "].cff
    cff.fontNames[0] = postscript
    top = cff.topDictIndex[0]
    top.FamilyName, top.FullName, top.Weight = FAMILY, names[4], style
    font["OS/2"].usWeightClass = weight
    font["OS/2"].fsSelection = (font["OS/2"].fsSelection & ~0x61) | 0x20
    font["head"].macStyle = 1

    lost = ideographs - set(font.getBestCmap())
    if lost:
        sys.exit(f"error: {source} lacks {''.join(map(chr, sorted(lost)))}")
    target.parent.mkdir(parents=True, exist_ok=True)
    font.save(str(target), reorderTables=True)
    size = target.stat().st_size
    print(f"{target}: {size:,} bytes, {len(font.getBestCmap()):,} characters", file=sys.stderr)
    if size > LIMIT:
        sys.exit(f"error: that is more than {LIMIT:,}")


source, target, style, weight = sys.argv[1:]
make(Path(source), Path(target), style, int(weight))
