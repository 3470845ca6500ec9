//! Artwork with the parameters of a poster.

use std::{
    ops::{Deref, Range},
    sync::Arc,
};

use crate::template::engine::InsertedValue;

/// The text of an artwork, and where the values of parameters are in it. Without parameters, its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpandedArtwork {
    svg: Arc<str>,
    values: Arc<[InsertedValue]>,
    /// Of both. Zero without parameters: the text is that of the template.
    hash: blake3::Hash,
}

impl Deref for ExpandedArtwork {
    type Target = str;

    fn deref(&self) -> &str {
        &self.svg
    }
}

impl ExpandedArtwork {
    /// Artwork without parameters.
    pub fn fixed(svg: Arc<str>) -> Self {
        Self { svg, values: Arc::default(), hash: blake3::Hash::from_bytes([0; blake3::OUT_LEN]) }
    }

    /// A text with values, in their order.
    pub fn new(svg: String, values: Vec<InsertedValue>) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&(svg.len() as u64).to_le_bytes()).update(svg.as_bytes());
        let numbers = values.iter().flat_map(|value| [value.tag, value.start, value.end]);
        let numbers: Vec<u8> = numbers.flat_map(u32::to_le_bytes).collect();
        let hash = hasher.update(&numbers).finalize();
        Self { svg: svg.into(), values: values.into(), hash }
    }

    /// Hash of the text and its values, without parameters the same for all. It is made with the text, which may have megabytes.
    pub fn hash(&self) -> &blake3::Hash {
        &self.hash
    }

    /// Memory that it takes, bytes.
    pub fn bytes(&self) -> u64 {
        (self.svg.len() + size_of_val(&*self.values)) as u64
    }

    /// The values in it, in their order.
    pub fn values(&self) -> &[InsertedValue] {
        &self.values
    }

    /// Whether a value is at these bytes: see [`Self::values_at`].
    pub fn has_value(&self, range: &Range<usize>) -> bool {
        self.values_at(range).next().is_some()
    }

    /// The values that have some of these bytes, or are empty and between them. None for those of an element, whose attributes and
    /// content have ranges of their own.
    pub fn values_at(&self, range: &Range<usize>) -> impl Iterator<Item = &InsertedValue> {
        let (from, to) = (range.start, range.end);
        let first = match self.svg.get(from..).filter(|rest| !rest.starts_with('<')) {
            Some(_) => self.values.partition_point(|value| (value.end as usize) < from),
            None => self.values.len(),
        };
        let near = self.values[first..].iter().take_while(move |value| value.start as usize <= to);
        near.filter(move |value| {
            let (start, end) = (value.start as usize, value.end as usize);
            if start == end { from <= start && end <= to } else { start < to && from < end }
        })
    }

    /// A value as it was before it was escaped.
    pub fn text_of(&self, value: &InsertedValue) -> String {
        let written = self.svg.get(value.start as usize..value.end as usize).unwrap_or_default();
        let escapes = [
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&quot;", "\""),
            ("&#39;", "'"),
            ("&#9;", "\t"),
            ("&#10;", "\n"),
            ("&#13;", "\r"),
            ("&amp;", "&"),
        ];
        escapes.into_iter().fold(written.to_owned(), |text, (escape, sign)| text.replace(escape, sign))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_bytes() {
        let svg = "<g a=\"xy\" b=\"\">&lt;&amp;gt;</g>";
        let value = |tag, start, end| InsertedValue { tag, start, end };
        let artwork = ExpandedArtwork::new(svg.to_owned(), vec![value(0, 6, 8), value(1, 13, 13), value(2, 15, 27)]);
        for (range, tag) in [
            (3..9, Some(0)),
            (7..8, Some(0)),
            (3..6, None),
            (8..9, None),
            (10..14, Some(1)),
            (15..19, Some(2)),
            (20..20, Some(2)),
            (0..svg.len(), None),
            (99..100, None),
        ] {
            assert_eq!(artwork.values_at(&range).map(|value| value.tag).next(), tag, "{range:?}");
        }
        assert_eq!(artwork.text_of(&artwork.values()[2]), "<&gt;");
        assert_eq!(artwork.bytes(), svg.len() as u64 + 36);
        assert_eq!(artwork.values_at(&(3..27)).count(), 3);
        assert!(!ExpandedArtwork::fixed(svg.into()).has_value(&(3..9)));
        let hashes =
            [artwork.clone(), ExpandedArtwork::new(svg.to_owned(), Vec::new()), ExpandedArtwork::fixed("".into())];
        let distinct: std::collections::HashSet<_> = hashes.iter().map(ExpandedArtwork::hash).collect();
        assert_eq!(distinct.len(), 3, "values count as well");
    }
}
