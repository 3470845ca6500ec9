"""Writes the four fonts; run by `make`, which sees to the packages.

Simplified Chinese comes from the face of the collection that is *named* Noto Sans CJK SC: the collection's first face
has Japanese glyph forms. Every table is read and written by fontTools; nothing here draws.
"""

import bz2
import shutil
import sys
import tempfile
from pathlib import Path

from fontTools import merge, subset
from fontTools.ttLib import TTFont

from faces import make, spread

CJK = Path("/usr/share/fonts/opentype/noto")
NOTO = Path("/usr/share/fonts/truetype/noto")
UNIHAN = Path("/usr/share/unicode/Unihan_OtherMappings.txt.bz2")
FACE = "Noto Sans CJK SC"
FAMILY = "Noto Sans SC"
LIMIT = 32_000_000
# Figures of equal width, and of their own.
FIGURES = ["tnum", "pnum"]

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

# Other scripts, and the signs of other scripts that decorate nicknames: font, ranges of code points, and whether letters
# join and stack (with all features of the font). A character that an earlier font has is left out.
SCRIPTS = [
    ("NotoSans", [(0x0250, 0x036F), (0x1AB0, 0x1AFF), (0x1C80, 0x1C8F), (0x1D00, 0x1DFF), (0x1F00, 0x1FFF),
                  (0x2000, 0x218F), (0x2C60, 0x2C7F), (0x2DE0, 0x2E7F), (0xA640, 0xA69F), (0xA700, 0xA7FF),
                  (0xAB30, 0xAB6F), (0xFB00, 0xFB06)], True),
    ("NotoSansMath", [(0x20D0, 0x214F), (0x2190, 0x22FF), (0x27C0, 0x27EF), (0x2980, 0x29FF), (0x2A00, 0x2AFF),
                      (0x1D400, 0x1D7FF)], False),
    ("NotoSansSymbols", [(0x20D0, 0x20FF), (0x2300, 0x24FF), (0x2600, 0x27BF), (0x2BD0, 0x2BFF),
                         (0x1F100, 0x1F1E5)], False),
    ("NotoSansSymbols2", [(0x2300, 0x28FF), (0x2B00, 0x2BFF), (0x1F300, 0x1F6FF), (0x1F780, 0x1F8FF)], False),
    ("NotoSansArabic", [(0x0600, 0x06FF), (0x0750, 0x077F), (0xFB50, 0xFDFF), (0xFE70, 0xFEFF)], True),
    ("NotoSansHebrew", [(0x0590, 0x05FF), (0xFB1D, 0xFB4F)], True),
    ("NotoSansThai", [(0x0E00, 0x0E7F)], True),
    ("NotoSansLao", [(0x0E80, 0x0EFF)], True),
    ("NotoSansDevanagari", [(0x0900, 0x097F)], True),
    ("NotoSansBengali", [(0x0980, 0x09FF)], True),
    ("NotoSansTamil", [(0x0B80, 0x0BFF)], True),
    ("NotoSansGeorgian", [(0x10A0, 0x10FF), (0x1C90, 0x1CBF)], True),
    ("NotoSansArmenian", [(0x0530, 0x058F)], True),
    ("NotoSansMyanmar", [(0x1000, 0x109F)], True),
    ("NotoSansKhmer", [(0x1780, 0x17FF)], True),
    ("NotoSerifTibetan", [(0x0F00, 0x0FFF)], True),
    ("NotoSansMongolian", [(0x1800, 0x18AF)], True),
    ("NotoSansYi", [(0xA000, 0xA4CF)], False),
    ("NotoSansCanadianAboriginal", [(0x1400, 0x167F)], False),
    ("NotoSansCherokee", [(0x13A0, 0x13FF), (0xAB70, 0xABBF)], False),
    ("NotoSansTaiLe", [(0x1950, 0x197F)], False),
    ("NotoSansTaiViet", [(0xAA80, 0xAADF)], False),
    ("NotoSansLisu", [(0xA4D0, 0xA4FF)], False),
    ("NotoSansRunic", [(0x16A0, 0x16FF)], False),
    ("NotoSansJavanese", [(0xA9C1, 0xA9CF), (0xA9BF, 0xA9C0)], False),
    ("NotoSansBalinese", [(0x1B5A, 0x1B61)], False),
    ("NotoSansBatak", [(0x1BC0, 0x1BFF)], False),
    ("NotoSansLepcha", [(0x1C00, 0x1C4F)], False),
    ("NotoSansTaiTham", [(0x1A58, 0x1A7C)], False),
    ("NotoSansVai", [(0xA500, 0xA62B)], False),
    ("NotoSansBamum", [(0x16910, 0x16930)], False),
    ("NotoSansTelugu", [(0x0C05, 0x0C39)], False),
    ("NotoSansKannada", [(0x0C85, 0x0CB9)], False),
    ("NotoSansSinhala", [(0x0D85, 0x0DC6)], False),
    ("NotoSansEgyptianHieroglyphs", [
        (0x13000, 0x13003), (0x13074, 0x1308F), (0x130D2, 0x13100), (0x1313F, 0x1316F), (0x13187, 0x131BF),
        (0x131FB, 0x131FD), (0x13212, 0x13216), (0x132B9, 0x132B9), (0x13286, 0x13287), (0x1336F, 0x1336F),
        (0x133F2, 0x133F8), (0x1340D, 0x1340D)], False),
]
# What the font of these scripts is called.
SCRIPTS_FAMILY = "Noto Sans Scripts"


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


def scripts(target, known):
    """Merges the other scripts into one font, without the characters that are `known`."""
    parts = Path(tempfile.mkdtemp())
    paths = []
    for name, ranges, joined in SCRIPTS:
        font = TTFont(str(NOTO / f"{name}-Regular.ttf"))
        font.recalcTimestamp = False
        own = set(font.getBestCmap())
        points = (spread(ranges) & own) - known
        known = known | points
        options = subset.Options()
        options.layout_features = ["*"] if joined else []
        options.hinting = False
        options.notdef_outline = True
        options.drop_tables += ["DSIG", "STAT", "gasp", "prep", "meta", "vhea", "vmtx"]
        worker = subset.Subsetter(options)
        # The circle below marks without a letter.
        worker.populate(unicodes=points | ({0x25CC} & own if joined else set()))
        worker.subset(font)
        paths.append(str(parts / f"{name}.ttf"))
        font.save(paths[-1])
    font = merge.Merger().merge(paths)
    font.recalcTimestamp = False
    postscript = f"{SCRIPTS_FAMILY.replace(' ', '')}-Regular"
    new = {1: SCRIPTS_FAMILY, 2: "Regular", 3: postscript, 4: SCRIPTS_FAMILY, 6: postscript}
    name = font["name"]
    name.names = [n for n in name.names if n.nameID in (0, 13, 14) and n.platformID == 3]
    for key, text in new.items():
        name.setName(text, key, 3, 1, 0x409)
    # Lines keep the height that the CJK font gives them.
    font.save(str(target), reorderTables=True)
    shutil.rmtree(parts)


def has(path):
    return set(TTFont(str(path), lazy=True).getBestCmap())


def main(out, emoji):
    table = standard()
    bold = gbk() | set(table) | spread(SYMBOLS)
    regular = spread(SYMBOLS) | spread(HANGUL) | spread(IDEOGRAPHS) | bold
    targets = [out / f for f in ("NotoSansSC-Regular.otf", "NotoSansSC-Bold.otf", "NotoColorEmoji.ttf", "NotoSansScripts-Regular.ttf")]
    make(CJK / "NotoSansCJK-Regular.ttc", FACE, targets[0], regular, FAMILY, "Regular", 400, FIGURES)
    make(CJK / "NotoSansCJK-Bold.ttc", FACE, targets[1], bold, FAMILY, "Bold", 700, FIGURES)
    shutil.copyfile(emoji, targets[2])  # as it is: ZWJ sequences, flags and keycaps live in its GSUB
    scripts(targets[3], has(targets[0]))

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


main(Path(sys.argv[1]), Path(sys.argv[2]))
