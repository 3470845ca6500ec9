"""One face of a collection as a font of its own: the part that `subset.py` and `serif.py` share."""

import sys

from fontTools import subset
from fontTools.ttLib import TTCollection

# Kerning, proportional and half-width punctuation, vertical forms, compositions. No `locl`: it would bring in the other
# regions' glyphs, and Simplified Chinese is the default of these faces.
FEATURES = ["kern", "palt", "halt", "vkrn", "vpal", "vhal", "vert", "vrt2", "liga", "ccmp", "mark", "calt",
            "fwid", "hwid", "pwid"]


def spread(ranges):
    """The code points of ranges, both ends included."""
    return {c for first, last in ranges for c in range(first, last + 1)}


def make(source, face, target, points, family, style, weight, features=()):
    """Writes the face named `face` of the collection `source` with the characters `points`."""
    font = find(source, face)
    font.recalcTimestamp = False  # head.modified stays what the package says
    options = subset.Options()
    options.layout_features = [*FEATURES, *features]
    options.hinting = False
    options.name_IDs = ["*"]
    options.name_languages = [0x409]
    options.notdef_outline = True
    options.drop_tables += ["DSIG", "BASE"]
    worker = subset.Subsetter(options)
    worker.populate(unicodes=points)
    worker.subset(font)
    rename(font, family, style, weight)
    font.save(str(target), reorderTables=True)
    return font


def find(path, face):
    for font in TTCollection(str(path), lazy=True).fonts:
        if face in (font["name"].getDebugName(1), font["name"].getDebugName(16)):
            return font
    sys.exit(f"error: {path} has no face named {face}")


def rename(font, family, style, weight):
    name = font["name"]
    postscript = f"{family.replace(' ', '')}-{style}"
    full = family if style == "Regular" else f"{family} {style}"
    new = {1: family, 2: style, 3: f"{name.getDebugName(5)};{postscript}", 4: full, 6: postscript, 16: family, 17: style}
    name.names = [n for n in name.names if n.nameID in (0, 5, 7, 8, 9, 10, 11, 12, 13, 14)]
    for key, text in new.items():
        name.setName(text, key, 3, 1, 0x409)
    cff = font["CFF "].cff
    cff.fontNames[0] = postscript
    top = cff.topDictIndex[0]
    top.FamilyName, top.FullName, top.Weight = family, full, style
    font["OS/2"].usWeightClass = weight
    is_bold = weight >= 600
    font["OS/2"].fsSelection = (font["OS/2"].fsSelection & ~0x61) | (0x20 if is_bold else 0x40)
    font["head"].macStyle = 1 if is_bold else 0
