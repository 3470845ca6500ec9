//! Which shapes of an artwork become slots, by the meanings of their names.

mod parts;

use self::parts::{has_sign_beside, picture, text};
use super::proposals::{Format, Meaning, SlotKind, meaning};
use haibao_core::artwork::shapes::Shape;

/// Type of the parameter that a shape with this meaning sets.
pub fn format_of(meaning: &Meaning, own: &Shape, all: &[Shape]) -> Format {
    // The helper `money` writes the unit itself.
    let is_number = meaning.format == Format::Money && has_sign_beside(own, all);
    if is_number { Format::Text } else { meaning.format }
}

/// A shape whose name has a meaning.
struct Found {
    /// Its index.
    named: usize,
    /// Index of the shape that becomes the slot: of groups, the part that its meaning is about.
    slot: usize,
    meaning: &'static Meaning,
}

impl Found {
    fn is_text(&self) -> bool {
        self.meaning.kind == SlotKind::Text
    }
}

/// What shapes of an artwork propose, by their indices. Of a group, its text or its picture is the slot, and what else is in it stays.
/// A shape within another one that proposes something is preferred to it; the first one is the mini-program code.
pub fn proposals(shapes: &[Shape], [width, height]: [f32; 2]) -> Vec<(usize, &'static Meaning)> {
    let is_whole = |shape: &Shape| shape.rect[2] * shape.rect[3] > 0.9 * width * height;
    let found = shapes.iter().enumerate().filter_map(|(named, shape)| {
        let meaning = meaning(shape.layer.as_deref()?)?;
        let slot = part_of(named, meaning, shapes)?;
        let own = &shapes[slot];
        let fits = match (meaning.kind, own.tag.as_str()) {
            (SlotKind::Text, tag) => tag != "image" && !is_whole(shape),
            (_, "text") => false,
            // A frame of a design is a group.
            (SlotKind::Image, tag) => !(is_whole(own) && tag == "g"),
            (SlotKind::Code, _) => !is_whole(shape) && (0.5..2.0).contains(&(own.rect[2] / own.rect[3])),
            (SlotKind::Barcode, _) => !is_whole(shape),
        };
        fits.then_some(Found { named, slot, meaning })
    });
    let found: Vec<Found> = found.collect();
    let mut has_code = false;
    let chosen = found.iter().filter(|own| {
        let group = &shapes[own.named];
        let mut inner = found.iter().filter(|one| shapes[one.named].within.contains(&group.id)).peekable();
        // A nickname beside its avatar.
        let is_apart = own.slot != own.named && (own.is_text() || shapes[own.slot].tag == "image");
        if inner.peek().is_some() && !(is_apart && inner.all(|one| one.is_text() != own.is_text())) {
            return false;
        }
        own.meaning.kind != SlotKind::Code || !std::mem::replace(&mut has_code, true)
    });
    chosen.map(|own| (own.slot, own.meaning)).collect()
}

/// The part of a shape that its meaning is about, mostly itself. `None` for a group whose text is on a ground and no element of its own.
fn part_of(at: usize, meaning: &Meaning, shapes: &[Shape]) -> Option<usize> {
    let own = &shapes[at];
    if own.tag != "g" || !own.is_mixed {
        return Some(at);
    }
    let has_text = own.setting.is_some();
    match meaning.kind {
        SlotKind::Text => text(own, shapes, meaning.format == Format::Money),
        SlotKind::Image if has_text => {
            // The letters of a brand belong to its logo.
            let is_part = |part: &usize| meaning.param != "logo" || shapes[*part].tag == "image";
            Some(picture(own, shapes, false).filter(is_part).unwrap_or(at))
        }
        SlotKind::Code if has_text => Some(picture(own, shapes, true).unwrap_or(at)),
        _ => Some(at),
    }
}

#[cfg(test)]
mod tests;
