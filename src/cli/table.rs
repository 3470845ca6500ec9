//! Tables that commands print: columns aligned as terminals show them.

/// One line per row. The columns in `right` are aligned to the right; the last one is not padded.
pub(super) fn aligned<const N: usize>(rows: &[[String; N]], right: &[usize]) -> String {
    let widths: [usize; N] =
        std::array::from_fn(|column| rows.iter().map(|row| width(&row[column])).max().unwrap_or_default());
    let line = |row: &[String; N]| {
        let cells: Vec<String> = row
            .iter()
            .enumerate()
            .map(|(column, cell)| {
                let space = " ".repeat(widths[column] - width(cell));
                if right.contains(&column) { space + cell } else { format!("{cell}{space}") }
            })
            .collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

/// Columns of a terminal that a text takes. Ideographs and full-width characters take two (UAX #11).
fn width(text: &str) -> usize {
    let is_wide = |c: char| matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{20000}'..='\u{3ffff}');
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_are_aligned_also_in_chinese() {
        let rows = [["名称", "次数", "x"], ["shop", "1200", "y"]].map(|row| row.map(str::to_owned));
        assert_eq!(super::aligned(&rows, &[]), "名称  次数  x\nshop  1200  y\n");
        let rows = [["a", "字数"], ["bc", "7"]].map(|row| row.map(str::to_owned));
        assert_eq!(super::aligned(&rows, &[1]), "a   字数\nbc     7\n");
    }
}
