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

/// Writes a record as RFC 4180 has it: quotes where they are needed, CR LF at its end.
pub(super) fn line<'c>(out: &mut String, cells: impl IntoIterator<Item = &'c str>) {
    let (start, mut cells) = (out.len(), cells.into_iter().peekable());
    while let Some(cell) = cells.next() {
        // Readers cut blanks off cells that have no quotes; a lone empty cell would be an empty line.
        let lonely = cell.is_empty() && out.len() == start && cells.peek().is_none();
        let quoted = lonely || cell.contains(['"', ',', '\r', '\n']) || cell.trim() != cell;
        if quoted {
            out.push('"');
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
