//! Which part of a group takes its slot: the text on a button, the picture above a caption.

use haibao_core::artwork::shapes::Shape;

/// Distance of the centre of a text from that of a picture up to which it names a placeholder, in sides of the picture.
const MAX_OFF_CENTER: f32 = 0.15;
/// Sides of a square, width to height.
const SQUARE: std::ops::Range<f32> = 0.8..1.25;
/// Texts that are the unit of an amount.
const SIGNS: [&str; 3] = ["¥", "￥", "元"];

/// The text of a group by its index: the element that holds all its texts and nothing else, or the largest text. Without texts, its
/// outlined letters, if they are one element. `is_amount`: whether digits are preferred.
pub fn text(group: &Shape, all: &[Shape], is_amount: bool) -> Option<usize> {
    let texts: Vec<(usize, &Shape)> = within(group, all).filter(|(_, shape)| shape.tag == "text").collect();
    if texts.is_empty() {
        let is_letters = |shape: &Shape| shape.is_outlined && !shape.is_mixed;
        let letters: Vec<(usize, &Shape)> = within(group, all).filter(|(_, shape)| is_letters(shape)).collect();
        let is_outer = |own: &Shape| !letters.iter().any(|(_, other)| own.within.contains(&other.id));
        let mut outer = letters.iter().filter(|(_, shape)| is_outer(shape));
        return outer.next().filter(|_| outer.next().is_none()).map(|(at, _)| *at);
    }
    let holds_all = |own: &Shape| texts.iter().all(|(_, text)| text.within.contains(&own.id));
    let inner = within(group, all).find(|(_, own)| own.tag == "g" && !own.is_mixed && holds_all(own));
    if let Some((at, _)) = inner.filter(|_| texts.len() > 1) {
        return Some(at);
    }
    let rank = |shape: &Shape| {
        let size = shape.setting.as_ref().map_or(0.0, |setting| setting.size);
        (is_amount && shape.name.contains(|c: char| c.is_ascii_digit()), size)
    };
    let mut best = *texts.first()?;
    for text in texts {
        if rank(text.1) > rank(best.1) {
            best = text;
        }
    }
    Some(best.0)
}

/// The picture of a group with texts by its index: its largest image, or its largest shape. `None` if the texts name a placeholder.
/// `is_square`: whether only squares count.
pub fn picture(group: &Shape, all: &[Shape], is_square: bool) -> Option<usize> {
    let fits = |shape: &Shape| {
        let [_, _, w, h] = shape.rect;
        shape.setting.is_none() && shape.tag != "text" && (!is_square || SQUARE.contains(&(w / h)))
    };
    let area = |shape: &Shape| (shape.tag == "image", shape.rect[2] * shape.rect[3]);
    let mut best: Option<(usize, &Shape)> = None;
    for (at, shape) in within(group, all).filter(|(_, shape)| fits(shape)) {
        if best.is_none_or(|(_, known)| area(shape) > area(known)) {
            best = Some((at, shape));
        }
    }
    let (at, found) = best?;
    let center = |shape: &Shape| [shape.rect[0] + shape.rect[2] / 2.0, shape.rect[1] + shape.rect[3] / 2.0];
    let names = |text: &Shape| {
        let ([x, y], [left, top], [.., w, h]) = (center(text), center(found), found.rect);
        (x - left).abs() < MAX_OFF_CENTER * w && (y - top).abs() < MAX_OFF_CENTER * h
    };
    let mut texts = within(group, all).filter(|(_, shape)| shape.tag == "text").peekable();
    let is_caption = texts.peek().is_none() || texts.any(|(_, text)| !names(text));
    is_caption.then_some(at)
}

/// Whether the unit of an amount is a text of its own beside this one, which stays in the artwork.
pub fn has_sign_beside(own: &Shape, all: &[Shape]) -> bool {
    let [x, y, w, h] = own.rect;
    let is_beside = |[left, top, width, height]: [f32; 4]| {
        top < y + h && y < top + height && left < x + w + h / 2.0 && x - h / 2.0 < left + width
    };
    own.tag == "text"
        && !SIGNS.iter().any(|sign| own.name.contains(sign))
        && all.iter().any(|other| {
            other.id != own.id && other.tag == "text" && SIGNS.contains(&other.name.trim()) && is_beside(other.rect)
        })
}

fn within<'s>(group: &'s Shape, all: &'s [Shape]) -> impl Iterator<Item = (usize, &'s Shape)> {
    all.iter().enumerate().filter(move |(_, shape)| shape.within.contains(&group.id))
}
