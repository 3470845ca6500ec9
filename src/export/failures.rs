//! `failures.csv`: the original rows that have no poster, with reasons. After correction, it can be exported again.

use super::{
    Failure, Reason,
    manifest::{BOM, line},
};

/// File name in the archive.
pub const NAME: &str = "failures.csv";
/// Column with the row number in the source sheet.
pub const ROW: &str = "_row";
/// Column with the reasons why the row failed, separated by `; `.
pub const REASON: &str = "_reason";

/// Writes the sheet's columns, then [`ROW`] and [`REASON`], as CSV (RFC 4180) in UTF-8 with a byte order mark. If the
/// sheet already contains these two columns, they are replaced.
pub fn write<'f>(columns: &[String], failures: impl IntoIterator<Item = &'f Failure>) -> Vec<u8> {
    let kept: Vec<usize> = (0..columns.len()).filter(|at| ![ROW, REASON].contains(&columns[*at].as_str())).collect();
    let mut out = BOM.to_owned();
    line(&mut out, kept.iter().map(|at| columns[*at].as_str()).chain([ROW, REASON]));
    for failure in failures {
        let cell = |at: &usize| failure.cells.get(*at).map_or("", String::as_str);
        let reason = failure.reasons.iter().map(describe).collect::<Vec<_>>().join("; ");
        line(&mut out, kept.iter().map(cell).chain([failure.number.to_string().as_str(), &reason]));
    }
    out.into_bytes()
}

/// Formats a reason as `column: message (code)`.
fn describe(reason: &Reason) -> String {
    let Reason { column, message, code, .. } = reason;
    let place = if column.is_empty() { String::new() } else { format!("{column}: ") };
    format!("{place}{message} ({code})")
}

#[cfg(test)]
mod tests {
    use super::{
        super::sheet::{Format, Limits, Sheet},
        *,
    };

    #[test]
    fn failures_keep_the_original_cells_and_add_reasons() {
        let reason = |column: &str, message: &str| Reason {
            column: column.into(),
            value: "x".into(),
            code: "param_type".into(),
            message: message.into(),
        };
        let failure = Failure {
            number: 7,
            cells: vec!["a\nb".into(), "old".into(), " 007".into(), "6".into()],
            reasons: vec![reason("price", "expected integer"), reason("", "drawing failed")],
        };
        let columns = ["title", "_reason", "id", "_row"].map(str::to_owned);
        let bytes = write(&columns, [&failure]);
        let text = bytes.strip_prefix("\u{feff}".as_bytes()).expect("a byte order mark");
        let mut reader = csv::Reader::from_reader(text);
        assert_eq!(reader.headers().expect("a header"), vec!["title", "id", "_row", "_reason"]);
        let row = reader.records().next().expect("a row").expect("a record");
        let reasons = "price: expected integer (param_type); drawing failed (param_type)";
        assert_eq!(row, vec!["a\nb", " 007", "7", reasons]);
    }

    #[test]
    fn names_with_other_delimiters_are_read_back() {
        for name in ["_;;;;", "_a;b;c;d", "_a\tb\tc\td", "_\";;;;"] {
            let columns = ["title", name].map(str::to_owned);
            let failure = Failure { number: 2, cells: vec!["a;b".into(), "c".into()], reasons: Vec::new() };
            let read = Sheet::read(&write(&columns, [&failure]), Format::Csv, &Limits::default()).expect("a sheet");
            assert_eq!(read.columns, ["title", name, ROW, REASON]);
            assert_eq!(read.rows[0].texts(3), ["a;b", "c", "2"]);
        }
    }
}
