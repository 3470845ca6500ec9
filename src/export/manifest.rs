//! `manifest.csv`: what each poster is, one line a row.

use super::Done;

/// Name in the archive.
pub const NAME: &str = "manifest.csv";
/// Tells spreadsheet programs that the file is UTF-8.
pub(super) const BOM: &str = "\u{feff}";

/// The manifest as it grows.
#[derive(Debug, Clone)]
pub struct Manifest(String);

impl Default for Manifest {
    fn default() -> Self {
        Self(format!("{BOM}row,file,scene,bytes,sha256,findings\r\n"))
    }
}

impl Manifest {
    /// Adds a poster.
    pub fn add(&mut self, done: &Done) {
        let Done { number, file, scene, bytes, sha256, findings, .. } = done;
        let (number, bytes) = (number.to_string(), bytes.to_string());
        let findings = findings.join(" ");
        line(&mut self.0, [&number, file, scene.as_deref().unwrap_or_default(), &bytes, sha256, &findings]);
    }

    /// The file: CSV (RFC 4180), UTF-8 with a byte order mark.
    pub fn bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

/// Begins a cell that would be a formula.
const GUARD: char = '\'';

/// Whether a spreadsheet program would compute a cell rather than show it: texts come from strangers, and a formula may
/// send the sheet away (CWE-1236). A negative number is one whether it is computed or not.
fn is_formula(cell: &str) -> bool {
    let amount = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    match cell.trim_start_matches(GUARD) {
        text if text == cell && text.strip_prefix('-').is_some_and(amount) => false,
        text => text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']),
    }
}

/// A cell as it was before [`line`] wrote it.
pub(super) fn unguarded(cell: &str) -> &str {
    if is_formula(cell) { cell.strip_prefix(GUARD).unwrap_or(cell) } else { cell }
}

/// Writes a record as RFC 4180 has it: quotes where they are needed, CR LF at its end. What would be a formula gets an
/// apostrophe before it.
pub(super) fn line<'c>(out: &mut String, cells: impl IntoIterator<Item = &'c str>) {
    let (start, mut cells) = (out.len(), cells.into_iter().peekable());
    while let Some(cell) = cells.next() {
        // Readers cut blanks off cells that have no quotes; a lone empty cell would be an empty line.
        let lonely = cell.is_empty() && out.len() == start && cells.peek().is_none();
        let quoted = lonely || cell.contains(['"', ',', '\r', '\n']) || cell.trim() != cell;
        if quoted {
            out.push('"');
        }
        if is_formula(cell) {
            out.push(GUARD);
        }
        if quoted {
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(cell);
        }
        if cells.peek().is_some() {
            out.push(',');
        }
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_a_formula_and_every_cell_comes_back() {
        for (cell, written) in [
            ("=HYPERLINK(\"http://a.cn\")", "\"'=HYPERLINK(\"\"http://a.cn\"\")\"\r\n"),
            ("+86 138", "'+86 138\r\n"),
            ("@SUM(A1)", "'@SUM(A1)\r\n"),
            ("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0\r\n"),
            ("\t=1", "\"'\t=1\"\r\n"),
            ("＝1", "'＝1\r\n"),
            ("'=1", "''=1\r\n"),
            ("''-5", "'''-5\r\n"),
            ("-12.50", "-12.50\r\n"),
            ("'-5", "''-5\r\n"),
            ("'s Gravenhage", "'s Gravenhage\r\n"),
            ("a=b", "a=b\r\n"),
            ("'", "'\r\n"),
        ] {
            let mut out = String::new();
            line(&mut out, [cell]);
            assert_eq!(out, written, "{cell:?}");
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(out.as_bytes());
            let record = reader.records().next().expect("a record").expect("it can be read");
            assert_eq!(unguarded(&record[0]), cell);
        }
    }

    #[test]
    fn a_spreadsheet_reads_what_was_written() {
        let done = |number, file: &str, findings: &[&str]| Done {
            number,
            file: file.to_owned(),
            scene: (number == 2).then(|| "id=1&t=a".to_owned()),
            bytes: 12,
            crc32: 7,
            sha256: "ab".into(),
            findings: findings.iter().map(ToString::to_string).collect(),
        };
        let mut manifest = Manifest::default();
        manifest.add(&done(2, "a, \"b\".png", &["text_truncated", "glyph_missing"]));
        manifest.add(&done(3, "门店.png", &[]));
        let bytes = manifest.bytes();
        let text = bytes.strip_prefix("\u{feff}".as_bytes()).expect("a byte order mark");
        let rows: Vec<Vec<String>> = csv::Reader::from_reader(text)
            .records()
            .map(|r| r.expect("a record").iter().map(str::to_owned).collect())
            .collect();
        assert_eq!(
            rows,
            [
                vec!["2", "a, \"b\".png", "id=1&t=a", "12", "ab", "text_truncated glyph_missing"],
                vec!["3", "门店.png", "", "12", "ab", ""]
            ]
        );
    }
}
