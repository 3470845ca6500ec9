//! Numbers as people write them.

/// A number as written.
pub(super) struct Decimal<'t> {
    /// The integer part without separators. At least one digit.
    pub digits: String,
    /// The digits after the point.
    pub fraction: &'t str,
    pub is_grouped: bool,
    pub has_point: bool,
}

impl<'t> Decimal<'t> {
    /// Reads ASCII digits with separators between thousands and a point.
    pub fn read(text: &'t str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let mut groups = whole.split(',');
        let first = groups.next()?;
        let is_grouped = whole.contains(',');
        let well_grouped = !is_grouped || first.len() <= 3 && groups.all(|group| group.len() == 3 && is_digits(group));
        let valid = is_digits(first) && well_grouped && fraction.is_none_or(is_digits);
        valid.then(|| Self {
            digits: whole.replace(',', ""),
            fraction: fraction.unwrap_or_default(),
            is_grouped,
            has_point: fraction.is_some(),
        })
    }
}
