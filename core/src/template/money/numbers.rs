//! How a number without sign and unit is read.

/// Behind an amount whose unit is not known, which is refused: in lists of failures, where a number alone would be yuan.
pub const FEN_OR_YUAN: &str = "分或元";

/// How a number without sign and unit is read. One with a sign or a unit means what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// Yuan: cells of a sheet.
    Yuan,
    /// Ten thousands of yuan: cells of a column in 万元.
    TenThousands,
    /// Fen, without decimals: cells of a column in fen.
    Fen,
    /// An integer is fen, a number with decimals is yuan: arguments on the command line.
    FenOrYuan,
    /// A number with decimals is yuan; an integer is refused, because it could be either: strings in JSON.
    Unclear,
}

impl Numbers {
    /// Whether a number may be abbreviated by 万 or 亿.
    pub(super) fn has_scales(self) -> bool {
        matches!(self, Self::Yuan | Self::TenThousands)
    }
}
