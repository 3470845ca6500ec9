//! `manifest.csv`: one line of metadata per poster.

use super::Done;
use haibao_sheet::guard::{GUARD, is_formula};

/// File name in the archive.
pub const NAME: &str = "manifest.csv";
/// Byte order mark, by which spreadsheet programs detect UTF-8.
pub(super) const BOM: &str = "\u{feff}";

/// Manifest builder.
#[derive(Debug, Clone)]
pub struct Manifest(String);

impl Default for Manifest {
    fn default() -> Self {
        Self(format!("{BOM}row,file,scene,bytes,sha256,findings\r\n"))
    }
}

impl Manifest {
    /// Appends a poster.
    pub fn add(&mut self, done: &Done) {
        let Done { number, file, scene, bytes, sha256, findings, .. } = done;
        let (number, bytes) = (number.to_string(), bytes.to_string());
        let findings = findings.join(" ");
        line(&mut self.0, [&number, file, scene.as_deref().unwrap_or_default(), &bytes, sha256, &findings]);
    }

    /// Returns the file contents: CSV (RFC 4180) in UTF-8 with a byte order mark.
    pub fn bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

/// Writes a CSV record (RFC 4180) with quotes where needed and a final CR LF. Cells that look like formulas are prefixed
/// with an apostrophe.
pub(super) fn line<'c>(out: &mut String, cells: impl IntoIterator<Item = &'c str>) {
    let (start, mut cells) = (out.len(), cells.into_iter().peekable());
    while let Some(cell) = cells.next() {
        // Some readers trim unquoted cells, and detect the delimiter by counting. A single empty cell needs quotes, or the
        // record would be an empty line.
        let is_only_cell = cell.is_empty() && out.len() == start && cells.peek().is_none();
        let quoted = is_only_cell || cell.contains(['"', ',', ';', '\t', '\r', '\n']) || cell.trim() != cell;
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
    use haibao_sheet::guard::unguarded;

    use super::*;

    #[test]
    fn formulas_are_guarded_and_cells_round_trip() {
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
            ("a;b", "\"a;b\"\r\n"),
            ("a\tb", "\"a\tb\"\r\n"),
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
    fn csv_reader_reads_the_manifest() {
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
