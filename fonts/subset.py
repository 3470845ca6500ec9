"""Writes the three fonts; run by `make`, which sees to the packages.

Simplified Chinese comes from the face of the collection that is *named* Noto Sans CJK SC: the collection's first face
has Japanese glyph forms. Every table is read and written by fontTools; nothing here draws.
"""

import bz2
import shutil
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

CJK = Path("/usr/share/fonts/opentype/noto")
EMOJI = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
UNIHAN = Path("/usr/share/unicode/Unihan_OtherMappings.txt.bz2")
FACE = "Noto Sans CJK SC"
FAMILY = "Noto Sans SC"
LIMIT = 32_000_000

# What posters are written in besides ideographs, as ranges of code points, both ends included.
SYMBOLS = [
    (0x0020, 0x024F),  # Latin, Latin-1, Latin Extended-A and B
    (0x0250, 0x036F),  # phonetic and modifier letters, combining marks
    (0x0370, 0x052F),  # Greek, Cyrillic
    (0x1E00, 0x1EFF),  # Latin Extended Additional
    (0x2000, 0x27BF),  # punctuation, currency, arrows, mathematics, box drawing, enclosed, dingbats
    (0x2900, 0x2BFF),  # more arrows and mathematics
    (0x2E80, 0x31EF),  # radicals, CJK symbols, kana, bopomofo, compatibility jamo, strokes
    (0x31F0, 0x33FF),  # small kana, enclosed CJK, squared units
    (0xF900, 0xFAFF),  # compatibility ideographs
    (0xFE00, 0xFE6F),  # vertical and small forms, variation selectors
    (0xFF00, 0xFFEF),  # half-width and full-width forms
    (0x1F100, 0x1F2FF),  # enclosed alphanumerics and ideographs
]
HANGUL = [(0x1100, 0x11FF), (0xAC00, 0xD7FF)]
IDEOGRAPHS = [(0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x20000, 0x323AF)]

# Kerning, proportional and half-width punctuation, vertical forms, compositions. No `locl`: it would bring in the other
# regions' glyphs, and Simplified Chinese is this face's default.
FEATURES = ["kern", "palt", "halt", "vkrn", "vpal", "vhal", "vert", "vrt2", "liga", "ccmp", "mark", "calt",
            "fwid", "hwid", "pwid", "tnum", "pnum"]


def spread(ranges):
    return {c for first, last in ranges for c in range(first, last + 1)}


def gbk():
    """The characters of GBK: Python's own codec knows them."""
    found = set()
    for lead in range(0x81, 0xFF):
        for trail in range(0x40, 0xFF):
            try:
                found.update(map(ord, bytes([lead, trail]).decode("gbk")))
            except UnicodeDecodeError:
                pass
    return {c for c in found if not 0xE000 <= c <= 0xF8FF}


def standard():
    """通用规范汉字表 (2013) in its order, from Unihan's kTGH field."""
    numbered = {}
    with bz2.open(UNIHAN, "rt", encoding="utf-8") as lines:
        for line in lines:
            if "\tkTGH\t" in line:
                point, _, value = line.rstrip("\n").split("\t")
                numbered[int(value.removeprefix("2013:"))] = int(point.removeprefix("U+"), 16)
    if sorted(numbered) != list(range(1, 8106)):
        sys.exit(f"error: {UNIHAN} gives {len(numbered)} characters of the table, not 8105")
    return [numbered[n] for n in range(1, 8106)]


def face(path):
    for font in TTCollection(str(path), lazy=True).fonts:
        if font["name"].getDebugName(1) == FACE or font["name"].getDebugName(16) == FACE:
            return font
    sys.exit(f"error: {path} has no face named {FACE}")


def rename(font, style, weight):
    name = font["name"]
    postscript = f"{FAMILY.replace(' ', '')}-{style}"
    full = FAMILY if style == "Regular" else f"{FAMILY} {style}"
    new = {1: FAMILY, 2: style, 3: f"{font['name'].getDebugName(5)};{postscript}", 4: full, 6: postscript,
           16: FAMILY, 17: style}
    name.names = [n for n in name.names if n.nameID in (0, 5, 7, 8, 9, 10, 11, 12, 13, 14)]
    for key, text in new.items():
        name.setName(text, key, 3, 1, 0x409)
    cff = font["CFF "].cff
    cff.fontNames[0] = postscript
    top = cff.topDictIndex[0]
    top.FamilyName, top.FullName, top.Weight = FAMILY, full, style
    font["OS/2"].usWeightClass = weight
    bold = weight >= 700
    font["OS/2"].fsSelection = (font["OS/2"].fsSelection & ~0x61) | (0x20 if bold else 0x40)
    font["head"].macStyle = 1 if bold else 0


def make(source, target, points, style, weight):
    font = face(source)
    font.recalcTimestamp = False  # head.modified stays what the package says
    options = subset.Options()
    options.layout_features = FEATURES
    options.hinting = False
    options.name_IDs = ["*"]
    options.name_languages = [0x409]
    options.notdef_outline = True
    options.drop_tables += ["DSIG", "BASE"]
    worker = subset.Subsetter(options)
    worker.populate(unicodes=points)
    worker.subset(font)
    rename(font, style, weight)
    font.save(str(target), reorderTables=True)


def has(path):
    return set(TTFont(str(path), lazy=True).getBestCmap())


def main(out):
    table = standard()
    bold = gbk() | set(table) | spread(SYMBOLS)
    regular = spread(SYMBOLS) | spread(HANGUL) | spread(IDEOGRAPHS) | bold
    targets = [out / f for f in ("NotoSansSC-Regular.otf", "NotoSansSC-Bold.otf", "NotoColorEmoji.ttf")]
    make(CJK / "NotoSansCJK-Regular.ttc", targets[0], regular, "Regular", 400)
    make(CJK / "NotoSansCJK-Bold.ttc", targets[1], bold, "Bold", 700)
    shutil.copyfile(EMOJI, targets[2])  # as it is: ZWJ sequences, flags and keycaps live in its GSUB

    for target in targets[:2]:
        there = has(target)
        lost = [chr(c) for c in table if c not in there]
        if lost:
            sys.exit(f"error: {target.name} lacks {len(lost)} of the 8105: {''.join(lost[:40])}")
    for target in targets:
        print(f"{target.name}: {target.stat().st_size:,} bytes, {len(has(target)):,} characters", file=sys.stderr)
    total = sum(t.stat().st_size for t in targets)
    print(f"together {total:,} bytes", file=sys.stderr)
    if total > LIMIT:
        sys.exit(f"error: that is more than {LIMIT:,}")


main(Path(sys.argv[1]))
