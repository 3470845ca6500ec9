//! Measures an XML part of a workbook while it is decompressed, before a reader builds anything from it.

use std::io;

/// Measurements of a part so far, with what is not closed yet.
#[derive(Debug, Default)]
pub struct Meter {
    /// Bytes.
    pub size: u64,
    /// Bytes of texts: those outside of tags, and of `<![CDATA[`.
    pub text: u64,
    /// Number of tags.
    pub tags: u64,
    /// Longest text or tag, bytes: bytes without a `<`.
    pub longest_run: u64,
    /// Longest cell or shared string with its tags, bytes.
    pub longest_item: u64,
    /// Rows, also empty ones.
    pub rows: u64,
    /// Cells, also empty ones.
    pub cells: u64,
    /// Most cells of a row.
    pub widest_row: u64,
    /// Shared strings.
    pub strings: u64,
    /// Tags beside those of rows, cells, strings and their texts.
    pub others: u64,
    run: u64,
    is_text: bool,
    /// Cells of the row that is open.
    row: Option<u64>,
    /// Bytes of the item that is open.
    item: Option<u64>,
    /// Local name of the tag being read, while it may still be that of an item.
    name: Option<Name>,
}

#[derive(Debug, Default)]
struct Name {
    bytes: [u8; MAX_NAME],
    length: usize,
    is_closing: bool,
}

/// Longest name that matters: `covered-table-cell`.
const MAX_NAME: usize = 18;

impl Meter {
    fn byte(&mut self, byte: u8) {
        self.run += 1;
        if let Some(item) = &mut self.item {
            *item += 1;
        }
        if byte == b'<' {
            self.tags += 1;
            self.longest_run = self.longest_run.max(self.run);
            (self.run, self.name, self.is_text) = (0, Some(Name::default()), false);
            return;
        }
        if self.is_text || byte == b'!' && self.run == 1 {
            (self.is_text, self.text) = (true, self.text + 1);
        } else {
            self.is_text = byte == b'>';
        }
        let Some(name) = &mut self.name else { return };
        match byte {
            b'/' if name.length == 0 && !name.is_closing => name.is_closing = true,
            // A namespace prefix.
            b':' => name.length = 0,
            b'>' | b'/' | b' ' | b'\t' | b'\r' | b'\n' => self.tag(),
            // Longer names are prefixes or of no interest. They keep their last bytes' place so that `:` can restart.
            _ => {
                if let Some(slot) = name.bytes.get_mut(name.length) {
                    *slot = byte;
                }
                name.length += 1;
            }
        }
    }

    /// A tag's name is complete.
    fn tag(&mut self) {
        let Some(Name { bytes, length, is_closing }) = self.name.take() else { return };
        match (bytes.get(..length), is_closing) {
            (Some(b"c"), false) => {
                self.cell();
                self.end(Some(0));
            }
            // Of OpenDocument, whose reader bounds the texts of cells: what is beside them may be longer.
            (Some(b"table-cell" | b"covered-table-cell"), false) => self.cell(),
            (Some(b"si"), false) => {
                self.strings += 1;
                self.end(Some(0));
            }
            (Some(b"row" | b"table-row"), false) => {
                self.rows += 1;
                self.row = Some(0);
            }
            (Some(b"row" | b"table-row"), true) => {
                self.row = None;
                self.end(None);
            }
            (Some(b"c" | b"si" | b"sheetData" | b"sst"), true) => self.end(None),
            (Some(b"f" | b"is" | b"p" | b"r" | b"t" | b"v"), _)
            | (Some(b"table-cell" | b"covered-table-cell"), true) => {}
            _ => self.others += 1,
        }
    }

    fn cell(&mut self) {
        self.cells += 1;
        if let Some(cells) = &mut self.row {
            *cells += 1;
            self.widest_row = self.widest_row.max(*cells);
        }
    }

    fn end(&mut self, next: Option<u64>) {
        self.longest_item = self.longest_item.max(self.item.unwrap_or_default());
        self.item = next;
    }

    /// Includes what is not closed.
    fn include_open(&mut self) {
        self.longest_run = self.longest_run.max(self.run);
        self.longest_item = self.longest_item.max(self.item.unwrap_or_default());
    }
}

impl io::Write for Meter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.size += bytes.len() as u64;
        bytes.iter().for_each(|byte| self.byte(*byte));
        self.include_open();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn measured(xml: &str) -> Meter {
        let mut meter = Meter::default();
        // In small pieces, as a decompressor writes them.
        for piece in xml.as_bytes().chunks(3) {
            meter.write_all(piece).expect("it never fails");
        }
        meter
    }

    #[test]
    fn cells_and_strings_are_measured_under_any_prefix() {
        let text = "x".repeat(100);
        for xml in [
            format!("<c t=\"s\"><is><t>{text}</t></is></c><a>{text}{text}</a>"),
            format!("<x:sst><x:si><x:t>{text}</x:t></x:si></x:sst>{text}{text}"),
            format!("<row><c r=\"A1\"/><c r=\"A2\"><v>{text}</v></c></row><cols>{text}{text}{text}</cols>"),
        ] {
            let meter = measured(&xml);
            assert!((100..150).contains(&meter.longest_item), "{xml}: {meter:?}");
            assert!(meter.longest_run >= 100, "{xml}: {meter:?}");
        }
        let open = measured(&format!("<si><t>{text}<t>{text}"));
        assert!(open.longest_item > 200, "{open:?}");
        assert_eq!(measured("<a><b/></a>").tags, 3);
    }

    #[test]
    fn tags_beside_cells_and_strings_are_counted() {
        for (xml, expected) in [
            ("<row><c r=\"A1\"><f>1</f><v>1</v></c></row>", (0, 0)),
            ("<c t=\"inlineStr\"><is><r><t>a</t></r></is></c>", (0, 0)),
            ("<x:si><x:t>a</x:t></x:si><si/>", (2, 0)),
            ("<sst><si><r><rPr><b/></rPr><t>a</t></r></si></sst>", (1, 4)),
            ("<foo><foo a=\"b\"></foo>", (0, 3)),
            ("<t:table-row><t:table-cell><text:p>a</text:p></t:table-cell></t:table-row>", (0, 0)),
        ] {
            let meter = measured(xml);
            assert_eq!((meter.strings, meter.others), expected, "{xml}");
        }
    }

    #[test]
    fn texts_are_measured_without_their_tags() {
        for (xml, expected) in [
            ("<sst count=\"1\"><si><t>abc</t></si></sst>", 3),
            ("<si><r><rPr><b/><sz val=\"11\"/></rPr><t xml:space=\"preserve\">a b</t></r><r><t>c</t></r></si>", 4),
            ("<t><![CDATA[abc]]></t>", 14),
        ] {
            assert_eq!(measured(xml).text, expected, "{xml}");
        }
    }

    #[test]
    fn empty_rows_and_cells_are_counted() {
        for (xml, expected) in [
            ("<row/><row r=\"2\"><c/><c r=\"B2\"/></row><row><c/></row>", (3, 3, 2)),
            ("<x:row><x:c></x:c></x:row><x:row/>", (2, 1, 1)),
            ("<t:table-row><t:table-cell/><t:covered-table-cell a='1'/></t:table-row><t:table-row />", (2, 2, 2)),
            ("<t:table-rows><t:table-cells/></t:table-rows>", (0, 0, 0)),
            // A chain of calculation has cells without rows.
            ("<calcChain><c r=\"A1\"/><c r=\"A2\"/><cell/></calcChain>", (0, 2, 0)),
        ] {
            let meter = measured(xml);
            assert_eq!((meter.rows, meter.cells, meter.widest_row), expected, "{xml}");
        }
    }
}
