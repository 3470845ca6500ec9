//! Pictures of a sheet: above its cells, in its cells (Excel's "Place in Cell"), and in formulas of WPS (`DISPIMG`).

use std::collections::{BTreeMap, BTreeSet, HashMap, btree_map::Entry};

use super::{
    super::{
        table::{CellPicture, Crop},
        xml::Tag,
    },
    parts::Parts,
    scan::{EMU_PER_POINT, Heights, USUAL_HEIGHT},
};

/// Maximum number of pictures of a sheet.
const MAX_PICTURES: usize = 20_000;
/// Maximum number of drawings of a sheet, which has one (ECMA-376-1, 18.3.1.36).
const MAX_DRAWINGS: usize = 8;

/// Pictures by the names that cells have for them.
#[derive(Debug, Default)]
pub struct Pictures {
    /// Pictures above the cells.
    anchored: Vec<Anchor>,
    /// Pictures by rich value, from 0.
    placed: Vec<Option<CellPicture>>,
    /// Pictures by the names in formulas of WPS.
    named: HashMap<String, CellPicture>,
}

/// Less of a picture than this lies in a cell by mistake, EMU: 10 px.
const SLIP: f64 = 95_250.0;
/// A corner that is closer to the edge of its cell than this lies on it, EMU: 1 px.
const ON_EDGE: f64 = 9_525.0;

/// A corner of a picture: row and column from 0, and the distances from the top of the row and the left of the column in EMU.
#[derive(Debug, Clone, Copy, Default)]
struct Corner {
    row: u64,
    column: u64,
    offset: f64,
    indent: f64,
}

#[derive(Debug)]
struct Anchor {
    from: Corner,
    to: Option<Corner>,
    /// Width and height in EMU of one without a lower right corner.
    size: Option<(f64, f64)>,
    /// Distances from the left and the top of the sheet in EMU, of one without corners.
    position: Option<(f64, f64)>,
    picture: CellPicture,
}

impl Pictures {
    /// Finds the pictures of a sheet's part. What cannot be read is left out.
    pub fn find(parts: &mut Parts<'_>, workbook: &str, sheet: &str) -> Self {
        let folder = workbook.rsplit_once('/').map_or("xl", |(folder, _)| folder).to_owned();
        let mut found = Self { named: named(parts, &format!("{folder}/cellimages.xml")), ..Self::default() };
        found.placed = placed(parts, &folder);
        let drawings = parts.relations(sheet).into_iter().filter(|relation| relation.kind.ends_with("/drawing"));
        // Each once: thousands of relationships of a malicious file lead to the same one.
        let drawings: BTreeSet<String> = drawings.map(|relation| relation.target).collect();
        for drawing in drawings.iter().take(MAX_DRAWINGS) {
            found.anchored.extend(anchored(parts, drawing));
        }
        found.anchored.truncate(MAX_PICTURES);
        found
    }

    /// The rows whose heights tell where pictures are.
    pub fn heights(&self) -> Heights {
        let mut rows: Vec<u64> = self.anchored.iter().flat_map(|at| [at.from.row, at.from.row + 1]).collect();
        rows.sort_unstable();
        rows.dedup();
        let keeps_all = self.anchored.iter().any(|at| at.position.is_some());
        Heights { keeps_all, rows: rows.into_iter().map(|row| (row, None)).collect(), ..Heights::default() }
    }

    /// The picture of a rich value, from 1.
    pub fn placed(&self, value: usize) -> Option<&CellPicture> {
        self.placed.get(value.checked_sub(1)?)?.as_ref()
    }

    /// The picture that a formula of WPS or its stored text names: `DISPIMG("ID_...",1)`.
    pub fn named(&self, formula: &str) -> Option<&CellPicture> {
        let (_, rest) = formula.split_once("DISPIMG(")?;
        let name = rest.trim_start().strip_prefix('"')?.split('"').next()?;
        self.named.get(name)
    }

    /// Adds the pictures above the cells, at the row and column of the cell of their top left corner, or the next one if only a
    /// slip of the picture lies in that. The first one of a cell counts; pictures in cells go first. Returns the cells of the
    /// others, and those of pictures of which less than half lies in the row, so that another one may be meant.
    pub fn place(&self, heights: &Heights, cells: &mut BTreeMap<(u64, usize), CellPicture>) -> (Placed, Placed) {
        let (mut lost, mut tall) = (Vec::new(), Vec::new());
        let widths = if heights.keeps_all { heights.widths() } else { Vec::new() };
        for Anchor { from, to, size, position, picture } in &self.anchored {
            let from = position.map_or(*from, |position| at(position, heights, &widths));
            let height_of = |row: u64| heights.row_height(row).unwrap_or(USUAL_HEIGHT) * EMU_PER_POINT;
            let above = height_of(from.row) - from.offset;
            let left = heights.column_width(from.column) - from.indent;
            // Of a picture in two rows or columns, a fifth at most; of a larger one, some pixels beyond the middle of the cell. One
            // that starts on the edge of a cell is meant for that cell.
            let is_slip = |before: f64, part: f64, span: u64, rest: f64| {
                let is_small = part < SLIP.min(before) || (span == 1 && part < (part + rest) / 5.0);
                span > 0 && before >= ON_EDGE && is_small
            };
            // How many further rows or columns a length reaches, of which only the next one is known.
            let span = |rest: f64, next: f64| u64::from(rest > 0.0) + u64::from(rest > next);
            let (mut row, mut column) = (from.row, from.column);
            if let Some(to) = to {
                row += u64::from(is_slip(from.offset, above, to.row.saturating_sub(from.row), to.offset));
                column += u64::from(is_slip(from.indent, left, to.column.saturating_sub(from.column), to.indent));
            } else if let Some((width, height)) = size {
                let (below, right) = (height - above, width - left);
                row += u64::from(is_slip(from.offset, above, span(below, height_of(from.row + 1)), below));
                let next = heights.column_width(from.column + 1);
                column += u64::from(is_slip(from.indent, left, span(right, next), right));
            }
            let is_tall = match (to, size) {
                (Some(to), _) => to.row > row + 1 || (to.row == row + 1 && row == from.row && to.offset > above),
                (None, Some((_, height))) => row == from.row && *height > 2.0 * above,
                (None, None) => false,
            };
            let Ok(column) = usize::try_from(column) else { continue };
            match cells.entry((row + 1, column)) {
                Entry::Vacant(place) => {
                    place.insert(picture.clone());
                    if is_tall {
                        tall.push((row + 1, column));
                    }
                }
                Entry::Occupied(other) if other.get() != picture => lost.push((row + 1, column)),
                Entry::Occupied(_) => {}
            }
        }
        (lost, tall)
    }
}

/// The corner at distances from the left and the top of the sheet, EMU.
fn at((x, y): (f64, f64), heights: &Heights, widths: &[f64]) -> Corner {
    let ((row, offset), mut column, mut indent) = (heights.row_at(y), 0, x.max(0.0));
    for width in widths {
        if indent < *width {
            break;
        }
        (column, indent) = (column + 1, indent - width);
    }
    Corner { row, column, offset, indent }
}

/// Row numbers and columns of pictures.
type Placed = Vec<(u64, usize)>;

/// Targets of a part's relationships by their id.
fn targets(parts: &mut Parts<'_>, part: &str) -> HashMap<String, String> {
    parts.relations(part).into_iter().map(|relation| (relation.id, relation.target)).collect()
}

/// Pictures of a drawing (ECMA-376-1, 20.5).
fn anchored(parts: &mut Parts<'_>, drawing: &str) -> Vec<Anchor> {
    let targets = targets(parts, drawing);
    let mut found = Vec::new();
    let Some(mut tags) = parts.part(drawing) else { return found };
    let (mut from, mut to, mut size, mut position) = (Corner::default(), None, None, None);
    let (mut is_to, mut is_absolute) = (false, false);
    // Whether the last picture found is the one whose shape is read.
    let mut is_own = false;
    while let Ok(Some(tag)) = tags.next() {
        if ["twocellanchor", "onecellanchor", "absoluteanchor"].iter().any(|name| tag.opens(name)) {
            (from, to, size, position, is_own) = (Corner::default(), None, None, None, false);
            is_absolute = tag.is("absoluteanchor");
        } else if is_absolute && position.is_none() && tag.opens("pos") {
            // Its first element. Those of shapes within an anchor are others.
            let distance = |name: &str| tag.number(name).map(|distance| distance as f64);
            position = distance("x").zip(distance("y"));
        } else if tag.opens("ext") && to.is_none() && size.is_none() {
            let length = |name: &str| tag.number(name).map(|length| length as f64);
            size = length("cx").zip(length("cy"));
        } else if tag.opens("from") || tag.opens("to") {
            is_to = tag.is("to");
            if is_to {
                to = Some(Corner::default());
            }
        } else if tag.is_closing && ["row", "col", "rowoff", "coloff"].iter().any(|name| tag.is(name)) {
            let text = tag.text();
            let corner = if is_to { to.get_or_insert_default() } else { &mut from };
            let number = text.trim().parse::<f64>().unwrap_or_default();
            let index = number.clamp(0.0, 2e6) as u64;
            match tag.name().as_str() {
                "row" => corner.row = index,
                "col" => corner.column = index,
                "coloff" => corner.indent = number,
                _ => corner.offset = number,
            }
        } else if tag.opens("blip") && found.len() < MAX_PICTURES {
            let part = tag.attribute("embed").and_then(|id| targets.get(&id).cloned());
            is_own = part.is_some();
            let picture = part.map(|part| CellPicture { part, crop: None });
            found.extend(picture.map(|picture| Anchor { from, to, size, position, picture }));
        } else if is_own && let Some(last) = found.last_mut() {
            read_crop(&tag, &mut last.picture.crop);
            is_own = !tag.closes("pic");
        }
    }
    found
}

/// Reads the crop of a picture from a tag within it: `srcRect` and, behind that, `xfrm` (ECMA-376-1, 20.1.8.55 and 20.1.7.6).
fn read_crop(tag: &Tag<'_>, crop: &mut Option<Crop>) {
    if tag.opens("srcrect") {
        *crop = sides(tag);
    } else if tag.opens("xfrm") && crop.is_some() && tag.attribute("rot").is_some_and(|turn| turn.trim() != "0") {
        // The sides are those of the picture before it is turned, which may be those of its EXIF orientation or not.
        *crop = Some(Crop::Unread);
    }
}

/// The sides of a `srcRect`: parts of 100 000, or percent in Strict Open XML.
fn sides(tag: &Tag<'_>) -> Option<Crop> {
    let side = |name: &str| -> Option<u32> {
        let Some(text) = tag.attribute(name) else { return Some(0) };
        match text.trim().strip_suffix('%') {
            None => text.trim().parse().ok(),
            Some(percent) => {
                let parts = percent.trim().parse::<f64>().ok()? * f64::from(Crop::WHOLE) / 100.0;
                (0.0..f64::from(Crop::WHOLE)).contains(&parts).then_some(parts.round() as u32)
            }
        }
    };
    let (Some(left), Some(top), Some(right), Some(bottom)) = (side("l"), side("t"), side("r"), side("b")) else {
        return Some(Crop::Unread);
    };
    let has_rest = |one: u32, other: u32| one.saturating_add(other) < Crop::WHOLE;
    match [left, top, right, bottom] {
        [0, 0, 0, 0] => None,
        all if has_rest(left, right) && has_rest(top, bottom) => Some(Crop::Sides(all)),
        _ => Some(Crop::Unread),
    }
}

/// Pictures of WPS by their name.
fn named(parts: &mut Parts<'_>, part: &str) -> HashMap<String, CellPicture> {
    let targets = targets(parts, part);
    let mut found = HashMap::new();
    let Some(mut tags) = parts.part(part) else { return found };
    let mut name = String::new();
    while let Ok(Some(tag)) = tags.next() {
        if tag.opens("cnvpr") {
            name = tag.attribute("name").unwrap_or_default();
        } else if tag.opens("blip") && found.len() < MAX_PICTURES {
            let part = tag.attribute("embed").and_then(|id| targets.get(&id).cloned());
            found.extend(part.map(|part| (name.clone(), CellPicture { part, crop: None })));
        } else if let Some(picture) = found.get_mut(&name) {
            read_crop(&tag, &mut picture.crop);
        }
    }
    found
}

/// Pictures by the position of their rich value among the values of cells ([MS-XLSX] 2.3.6).
///
/// A cell's `vm` leads to `valueMetadata`, that to an entry of `futureMetadata`, that to a rich value, its first value to a
/// relationship, and that to the picture.
fn placed(parts: &mut Parts<'_>, folder: &str) -> Vec<Option<CellPicture>> {
    let (mut entries, mut values) = (Vec::new(), Vec::new());
    let Some(mut tags) = parts.part(&format!("{folder}/metadata.xml")) else { return Vec::new() };
    let (mut is_future, mut is_value) = (false, false);
    while let Ok(Some(tag)) = tags.next() {
        if tag.is("futuremetadata") {
            is_future = !tag.is_closing && tag.attribute("name").is_some_and(|name| name == "XLRICHVALUE");
        } else if tag.is("valuemetadata") {
            is_value = !tag.is_closing;
        } else if tag.opens("rvb") && is_future && entries.len() < MAX_PICTURES {
            entries.push(tag.number("i").unwrap_or_default() as usize);
        } else if tag.opens("rc") && is_value && values.len() < MAX_PICTURES {
            values.push(tag.number("v").unwrap_or_default() as usize);
        }
    }
    drop(tags);
    let rich = rich_values(parts, folder);
    let part = format!("{folder}/richData/richValueRel.xml");
    let (targets, mut ids) = (targets(parts, &part), Vec::new());
    if let Some(mut tags) = parts.part(&part) {
        while let Ok(Some(tag)) = tags.next() {
            if tag.opens("rel") && ids.len() < MAX_PICTURES {
                ids.push(tag.attribute("id").unwrap_or_default());
            }
        }
    }
    let of = |value: usize| {
        let rich: Option<usize> = *rich.get(*entries.get(value)?)?;
        // Such a picture has no crop.
        targets.get(ids.get(rich?)?).map(|part| CellPicture { part: part.clone(), crop: None })
    };
    values.into_iter().map(of).collect()
}

/// The position of a picture among the relationships for each rich value; `None` for values of other kinds.
fn rich_values(parts: &mut Parts<'_>, folder: &str) -> Vec<Option<usize>> {
    let mut is_picture = Vec::new();
    if let Some(mut tags) = parts.part(&format!("{folder}/richData/rdrichvaluestructure.xml")) {
        while let Ok(Some(tag)) = tags.next() {
            if tag.opens("s") && is_picture.len() < MAX_PICTURES {
                is_picture.push(tag.attribute("t").is_some_and(|kind| kind.ends_with("ocalImage")));
            }
        }
    }
    let (mut values, mut is_first) = (Vec::new(), false);
    let Some(mut tags) = parts.part(&format!("{folder}/richData/rdrichvalue.xml")) else { return values };
    while let Ok(Some(tag)) = tags.next() {
        if tag.opens("rv") && values.len() < MAX_PICTURES {
            let structure = tag.number("s").and_then(|at| usize::try_from(at).ok()).unwrap_or(usize::MAX);
            is_first = is_picture.get(structure).copied().unwrap_or_default();
            values.push(None);
        } else if tag.is("v") && tag.is_closing && is_first {
            is_first = false;
            if let Some(last) = values.last_mut() {
                *last = tag.text().trim().parse().ok();
            }
        }
    }
    values
}
