//! The files of a template that is made from an artwork: layout.json as the starter templates have it, and a sample.

mod lengths;
mod room;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use serde_json::{Map, Value, json};

use self::{
    lengths::{border_radius, tenths},
    room::{Anchor, Room},
};
use super::{
    proposals::{Format, Meaning, SlotKind, of_param},
    proposed::format_of,
    slots::Slot,
};
use crate::service::catalog::built_in_file;
use haibao_core::{
    artwork::shapes::{Setting, Shape},
    legibility::smallest_text,
    plan::PlannedCanvas,
    render::Shapes,
    style::Color,
    template::is_helper,
};

/// Height of a line from which a text may have several, in widths of the canvas.
const LINE: f32 = 0.075;
/// Distance of baselines, in font sizes.
const LEADING: f32 = 1.4;
/// Height of the letters of a line, in font sizes.
const INK: f32 = 0.92;
/// Height of digits, in font sizes.
const DIGITS: f32 = 0.76;
/// Height of the line of an SVG text, in font sizes.
const TEXT: f32 = 1.448;
/// Margin of a code on its plate, in sides of the plate.
const QUIET: f32 = 0.06;
/// Light from which a colour is light, 0 to 255.
const LIGHT: f32 = 140.0;
/// Length of a line of layout.json from which a layer takes several, characters.
const MAX_LINE: usize = 150;

/// The files of a template by path.
pub fn files(shapes: &Shapes, title: &str, slots: &[Slot]) -> BTreeMap<String, Bytes> {
    let chosen: BTreeSet<&str> = slots.iter().map(|slot| slot.id.as_str()).collect();
    let beneath = shapes.beneath(&chosen);
    let ids = ids(shapes, slots);
    let named: BTreeMap<&str, &str> = ids.iter().map(|(shape, id)| (*shape, id.as_str())).collect();
    let parts: Vec<Part<'_>> = slots
        .iter()
        .filter_map(|slot| {
            let shape = shapes.shapes.iter().find(|shape| shape.id == slot.id)?;
            let light = beneath.get(&slot.id).copied().unwrap_or(Color::white());
            Some(Part {
                slot,
                shape,
                id: named.get(slot.id.as_str()).copied()?,
                meaning: of_param(slot.kind, &slot.param),
                light,
                others: &shapes.shapes,
            })
        })
        .collect();
    let canvas = PlannedCanvas { background: shapes.ground(&chosen).unwrap_or(Color::white()), ..shapes.canvas };
    let mut files = BTreeMap::from([
        ("artwork.svg".to_owned(), Bytes::from(shapes.with_ids(&named))),
        ("layout.json".to_owned(), Bytes::from(layout(title, canvas, &parts))),
    ]);
    let mut sample = Map::new();
    for part in &parts {
        let (value, file) = part.sample();
        sample.insert(part.slot.param.clone(), value);
        files.extend(file);
    }
    let text = format!("{:#}\n", Value::Object(sample));
    files.insert("samples/usual.json".to_owned(), Bytes::from(text));
    files
}

/// The files of a template that shows an SVG as it is.
pub fn of_artwork(svg: &Bytes, canvas: PlannedCanvas, title: &str) -> BTreeMap<String, Bytes> {
    let layout = Bytes::from(layout(title, canvas, &[]));
    BTreeMap::from([("artwork.svg".to_owned(), svg.clone()), ("layout.json".to_owned(), layout)])
}

/// The ids that shapes have in the artwork of the template: their own, or the names of their parameters.
fn ids<'s>(shapes: &Shapes, slots: &'s [Slot]) -> BTreeMap<&'s str, String> {
    let taken: BTreeSet<&str> = shapes.shapes.iter().filter(|one| one.is_written).map(|one| one.id.as_str()).collect();
    let id = |slot: &Slot| {
        let param = slot.param.as_str();
        if taken.contains(slot.id.as_str()) || taken.contains(param) { slot.id.clone() } else { param.to_owned() }
    };
    slots.iter().map(|slot| (slot.id.as_str(), id(slot))).collect()
}

/// A slot with what is known about it.
struct Part<'a> {
    slot: &'a Slot,
    shape: &'a Shape,
    /// The id of its element.
    id: &'a str,
    meaning: Option<&'static Meaning>,
    /// The colour beneath it.
    light: Color,
    /// All shapes of the design.
    others: &'a [Shape],
}

impl Part<'_> {
    fn format(&self) -> Format {
        match (self.slot.kind, self.meaning) {
            (SlotKind::Image, _) => Format::Image,
            (SlotKind::Code | SlotKind::Barcode, _) => Format::Id,
            (SlotKind::Text, meaning) => {
                meaning.map_or(Format::Text, |meaning| format_of(meaning, self.shape, self.others))
            }
        }
    }

    fn is_required(&self) -> bool {
        match self.slot.kind {
            SlotKind::Code | SlotKind::Barcode => true,
            _ => self.slot.required.or(self.meaning.map(|meaning| meaning.is_required)).unwrap_or(false),
        }
    }

    /// What the parameter is called; one of several of a meaning with its number.
    fn title(&self) -> String {
        let param = self.slot.param.as_str();
        let (bare, number) = match param.rsplit_once('_') {
            Some((bare, number)) if number.parse::<u8>().is_ok() => (bare, Some(number)),
            _ => (param, None),
        };
        let title = match self.meaning {
            Some(meaning) => meaning.title,
            // A text without a name of its own.
            None if bare == "text" => "文字",
            None => return param.to_owned(),
        };
        number.map_or_else(|| title.to_owned(), |number| format!("{title} {number}"))
    }

    /// The parameter's schema.
    fn schema(&self) -> String {
        let title = quoted(&self.title());
        let minimum = if self.is_required() { "\"minLength\": 1, " } else { "" };
        match self.format() {
            Format::Text => {
                let longest = self.max_length();
                format!("{{ \"type\": \"string\", {minimum}\"maxLength\": {longest}, \"title\": {title} }}")
            }
            Format::Money => format!(
                "{{ \"type\": \"integer\", \"format\": \"money\", \"minimum\": 0, \"maximum\": 9999900, \"title\": {title}, \
                 \"description\": \"单位：分\" }}"
            ),
            Format::Image => format!("{{ \"type\": \"string\", \"format\": \"image\", {minimum}\"title\": {title} }}"),
            Format::Id => {
                let longest = if self.slot.kind == SlotKind::Code { 12 } else { 40 };
                format!(
                    "{{ \"type\": \"string\", \"pattern\": \"^[0-9A-Za-z_-]{{1,{longest}}}$\", \"title\": {title} }}"
                )
            }
        }
    }

    fn max_length(&self) -> usize {
        self.meaning.map_or(60, |meaning| meaning.max_length).into()
    }

    /// The members of the layer. `all`: the slots of the template.
    fn layer(&self, canvas_width: f32, all: &[Part<'_>]) -> Vec<String> {
        let own = self.slot.param.as_str();
        let param = if is_helper(own) { format!("this.{own}") } else { own.to_owned() };
        let kind = match self.slot.kind {
            SlotKind::Text => "text",
            SlotKind::Image => "image",
            SlotKind::Code => "code",
            SlotKind::Barcode => "barcode",
        };
        let mut members =
            vec![format!("\"type\": \"{kind}\""), format!("\"at\": {}", quoted(&format!("#{}", self.id)))];
        let room = Room::of(self.shape, self.others, canvas_width);
        let rect = room.rect.filter(|_| self.slot.kind == SlotKind::Text);
        if let Some([x, y, width, height]) = self.shape.seen.or(rect).map(|own| own.map(tenths)) {
            members.push(format!("\"box\": [{x}, {y}, {width}, {height}]"));
        }
        match (self.slot.kind, self.format()) {
            (SlotKind::Image, _) => {
                if !self.is_required() {
                    members.push(format!("\"when\": \"{{{{{param}}}}}\""));
                }
                members.push(format!("\"src\": \"{{{{{param}}}}}\""));
                members.extend(self.shape.corners.and_then(border_radius));
            }
            (SlotKind::Code, _) => {
                let is_on_picture = all.iter().any(|one| one.slot.kind == SlotKind::Image && one.overlaps(self));
                if is_on_picture || self.is_on_dark() {
                    members.push(self.plate());
                }
            }
            (SlotKind::Barcode, _) => members.push(format!("\"value\": \"{{{{{param}}}}}\"")),
            (SlotKind::Text, Format::Money) => {
                if !self.is_required() {
                    // A price of 0 is drawn.
                    members.push(format!("\"when\": \"{{{{#if {param} includeZero=true}}}}yes{{{{/if}}}}\""));
                }
                members.push(format!("\"text\": \"{{{{money {param}}}}}\""));
                members.extend(self.type_setting(canvas_width, room.anchor));
            }
            (SlotKind::Text, _) => {
                if !self.is_required() {
                    // The texts `0` and `false` are drawn.
                    members.push(format!("\"when\": \"{{{{#if {param}}}}}yes{{{{/if}}}}\""));
                }
                members.push(format!("\"text\": \"{{{{{param}}}}}\""));
                members.extend(self.type_setting(canvas_width, room.anchor));
            }
        }
        members
    }

    /// Size, weight, colour and lines of a text, which is shrunk as long as it can be read.
    fn type_setting(&self, canvas_width: f32, anchor: Anchor) -> Vec<String> {
        let most = f32::from(self.meaning.map_or(3, |meaning| meaning.max_lines));
        let mut members = Vec::new();
        let (size, lines) = match &self.shape.setting {
            Some(setting) => self.as_set(setting, most, &mut members),
            None => self.as_large(canvas_width, most, &mut members),
        };
        members.push(format!("\"color\": \"{}\"", self.color()));
        match anchor {
            Anchor::Right => members.push("\"text_align\": \"right\"".to_owned()),
            Anchor::Center => members.push("\"text_align\": \"center\"".to_owned()),
            Anchor::Left => {}
        }
        if self.meaning.is_some_and(|meaning| meaning.param == "original_price") {
            members.push("\"text_decoration\": \"line-through\"".to_owned());
        }
        members.push(format!("\"max_lines\": {lines}"));
        members.push("\"text_overflow\": \"shrink\"".to_owned());
        let smallest = tenths(smallest_text(canvas_width)).ceil();
        if (size / 2.0..size).contains(&smallest) {
            members.push(format!("\"min_font_size\": {smallest}"));
        }
        members
    }

    /// As the text of the design is set. Returns the font size and the number of lines.
    fn as_set(&self, setting: &Setting, most: f32, members: &mut Vec<String>) -> (f32, f32) {
        let [_, _, _, h] = self.shape.rect;
        let size = tenths(setting.size.clamp(1.0, 1000.0));
        let lines = (((h / size - TEXT) / LEADING).round() + 1.0).clamp(1.0, most);
        if let Some(family) = &setting.family {
            members.push(format!("\"font_family\": {}", quoted(family)));
        }
        members.push(format!("\"font_size\": {size}"));
        let weight = setting.weight.clamp(100, 900);
        if weight != 400 {
            members.push(format!("\"font_weight\": {weight}"));
        }
        let spacing = tenths(setting.letter_spacing.clamp(-100.0, 1000.0));
        if spacing != 0.0 {
            members.push(format!("\"letter_spacing\": {spacing}"));
        }
        if lines > 1.0 {
            let is_text = self.shape.tag == "text";
            let between = if is_text { (h - TEXT * size) / (lines - 1.0) } else { LEADING * size };
            // All lines have to fit into the box.
            let between = tenths(between).min((h / lines * 10.0).floor() / 10.0);
            members.push(format!("\"line_height\": {}", between.max(1.0)));
        }
        (size, lines)
    }

    /// As large as the box allows. Returns the font size and the number of lines.
    fn as_large(&self, canvas_width: f32, most: f32, members: &mut Vec<String>) -> (f32, f32) {
        let [_, _, _, h] = self.shape.rect;
        let lines = (h / (canvas_width * LINE)).round().clamp(1.0, most);
        let size = if self.shape.is_outlined {
            h / (LEADING * (lines - 1.0) + if self.format() == Format::Money { DIGITS } else { INK })
        } else {
            h / (LEADING * lines)
        };
        let size = size.round().clamp(8.0, 400.0);
        members.push(format!("\"font_size\": {size}"));
        if self.shape.is_outlined {
            members.push("\"text_box\": \"ink\"".to_owned());
        }
        if self.meaning.is_some_and(|meaning| meaning.is_bold) {
            members.push("\"font_weight\": 700".to_owned());
        }
        if lines > 1.0 {
            members.push(format!("\"line_height\": {}", (size * LEADING).round()));
        }
        (size, lines)
    }

    /// The colour of the design, or one that can be read.
    fn color(&self) -> String {
        if let Some(color) = self.shape.color {
            return color.to_string();
        }
        if self.is_on_dark() { "#ffffff" } else { "#222222" }.to_owned()
    }

    /// Whether what lies beneath is dark.
    fn is_on_dark(&self) -> bool {
        let Color { r, g, b, .. } = self.light;
        0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b) < LIGHT
    }

    fn overlaps(&self, other: &Self) -> bool {
        let ([x, y, w, h], [left, top, width, height]) = (self.shape.rect, other.shape.rect);
        x < left + width && left < x + w && y < top + height && top < y + h
    }

    /// A white plate beneath a code, in the place of its element and with its corners.
    fn plate(&self) -> String {
        let [.., w, h] = self.shape.rect;
        let padding = (w.min(h) * QUIET).round();
        let corners =
            self.shape.corners.and_then(border_radius).map(|radius| format!(", {radius}")).unwrap_or_default();
        format!("\"plate\": {{ \"background\": \"#ffffff\", \"padding\": {padding}{corners} }}")
    }

    /// The value in the sample `usual`, and the file that it names.
    fn sample(&self) -> (Value, Option<(String, Bytes)>) {
        let text = self.meaning.map_or("示例文字", |meaning| meaning.sample);
        match self.format() {
            Format::Money => (json!(text.parse::<u64>().unwrap_or(9900)), None),
            Format::Id if self.meaning.is_none() => (json!("8801"), None),
            Format::Id => (json!(text), None),
            Format::Text => {
                let drawn = self.shape.name.as_str();
                let is_drawn = self.shape.tag == "text" && (1..=self.max_length()).contains(&drawn.chars().count());
                (json!(if is_drawn { drawn } else { text }), None)
            }
            Format::Image => {
                let path = self.meaning.map_or("product-share/assets/vase.jpg", |meaning| meaning.sample);
                let end = path.rsplit('.').next().unwrap_or_default();
                let own = self.meaning.map_or("photo", |meaning| meaning.param);
                let name = format!("assets/{own}.{end}");
                let file = built_in_file(path).map(|content| (name.clone(), content));
                (json!(name), file)
            }
        }
    }
}

/// The text of layout.json.
fn layout(title: &str, canvas: PlannedCanvas, parts: &[Part<'_>]) -> String {
    let PlannedCanvas { width, height, background, .. } = canvas;
    let mut text = format!(
        "{{\n  \"$schema\": \"../layout.schema.json\",\n  \"title\": {},\n  \
         \"canvas\": {{ \"width\": {width}, \"height\": {height}, \"background\": \"{background}\" }},\n  \
         \"artwork\": \"artwork.svg\",\n  \"params\": {{\n    \"type\": \"object\",\n",
        quoted(title)
    );
    let required: Vec<_> =
        parts.iter().filter(|part| part.is_required()).map(|part| quoted(&part.slot.param)).collect();
    if !required.is_empty() {
        text += &format!("    \"required\": [{}],\n", required.join(", "));
    }
    let schemas: Vec<_> =
        parts.iter().map(|part| format!("\n      {}: {}", quoted(&part.slot.param), part.schema())).collect();
    let end = if schemas.is_empty() { "" } else { "\n    " };
    text += &format!("    \"properties\": {{{}{end}}}\n  }},\n", schemas.join(","));
    if let Some(code) = parts.iter().find(|part| part.slot.kind == SlotKind::Code) {
        let id = &code.slot.param;
        let id = if is_helper(id) { format!("this.{id}") } else { id.clone() };
        text +=
            &format!("  \"code\": {{ \"page\": \"pages/index/index\", \"scene\": {{ \"id\": \"{{{{{id}}}}}\" }} }},\n");
    }
    let layers: Vec<_> = parts.iter().map(|part| layer(&part.layer(width as f32, parts))).collect();
    let end = if layers.is_empty() { "" } else { "\n  " };
    text + &format!("  \"layers\": [{}{end}]\n}}\n", layers.join(","))
}

/// A layer, on one line if it fits.
fn layer(members: &[String]) -> String {
    let line = format!("\n    {{ {} }}", members.join(", "));
    if line.chars().count() <= MAX_LINE {
        return line;
    }
    let (first, rest) = members.split_at(3.min(members.len()));
    format!("\n    {{\n      {},\n      {}\n    }}", first.join(", "), rest.join(", "))
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests;
