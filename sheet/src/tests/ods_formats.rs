//! Number formats of OpenDocument sheets, for cells without the text that they show.

use super::{foreign::archive, *};

/// A sheet with a column of texts and one of numbers, which have this style of numbers and these values and texts.
fn sheet(style: &str, cell: &str, settings: &str) -> Sheet {
    let content = format!(
        "<office:document-content><office:automatic-styles>{style}\
         <style:style style:name=\"base\" style:family=\"table-cell\" style:data-style-name=\"N1\"/>\
         <style:style style:name=\"ce1\" style:family=\"table-cell\" style:parent-style-name=\"base\"/>\
         </office:automatic-styles><office:body><office:spreadsheet><table:table table:name=\"S\">\
         <table:table-column table:default-cell-style-name=\"x\"/>\
         <table:table-column table:number-columns-repeated=\"3\" table:default-cell-style-name=\"ce1\"/>\
         <table:table-row><table:table-cell office:value-type=\"string\"><text:p>title</text:p></table:table-cell>\
         <table:table-cell office:value-type=\"string\"><text:p>id</text:p></table:table-cell></table:table-row>\
         <table:table-row><table:table-cell office:value-type=\"string\"><text:p>a</text:p></table:table-cell>{cell}\
         </table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
    );
    let mimetype = ("mimetype", "application/vnd.oasis.opendocument.spreadsheet");
    let bytes = archive(&[mimetype, ("content.xml", &content), ("settings.xml", settings)]);
    let aim = |name: &str| Some(Aim { name: name.to_owned(), is_text: name == "title", is_number: false });
    Sheet::read_with(&bytes, SheetFormat::Ods, &Reading { aim: Some(&aim), ..Reading::default() }).unwrap()
}

fn number(attributes: &str, inner: &str) -> String {
    format!(
        "<number:number-style style:name=\"N1\"><number:number {attributes}>{inner}</number:number></number:number-style>"
    )
}

fn cell(value: &str, text: &str) -> String {
    format!("<table:table-cell office:value-type=\"float\" office:value=\"{value}\">{text}</table:table-cell>")
}

#[test]
fn leading_zeros_come_from_the_format() {
    let zeros = number("number:decimal-places=\"0\" number:min-integer-digits=\"5\"", "");
    let dashed = number(
        "number:decimal-places=\"0\" number:min-integer-digits=\"7\"",
        "<number:embedded-text number:position=\"4\">-</number:embedded-text>",
    );
    let prefixed = zeros.replace("<number:number ", "<number:text>NO.</number:text><number:number ");
    for (style, value, text, expected) in [
        (&zeros, "123", "<text:p>00123</text:p>", "00123"),
        (&zeros, "123", "<text:p>123</text:p>", "00123"),
        (&zeros, "123", "", "00123"),
        (&zeros, "1234567", "", "1234567"),
        (&zeros, "1.5", "", "1.5"),
        (&dashed, "1234567", "<text:p>123-4567</text:p>", "123-4567"),
        (&dashed, "1234567", "", "123-4567"),
        (&prefixed, "7", "", "NO.00007"),
        (&number("number:min-integer-digits=\"1\"", ""), "7", "", "7"),
        (&number("number:decimal-places=\"2\" number:min-integer-digits=\"1\"", ""), "8.456", "", "8.46"),
    ] {
        let sheet = sheet(style, &cell(value, text), "");
        assert_eq!(sheet.rows[0].get(1).shown(), expected, "{style} {value} {text}");
        assert_eq!(sheet.hidden_values.count, 0, "{style} {value}");
    }
    // A style of the cell goes before that of its column.
    let own = cell("7", "").replace("<table:table-cell ", "<table:table-cell table:style-name=\"other\" ");
    assert_eq!(sheet(&zeros, &own, "").rows[0].get(1).shown(), "7");
}

#[test]
fn values_that_a_format_hides_are_told() {
    let hiding = "<number:number-style style:name=\"P0\"><number:number number:min-integer-digits=\"1\" \
                  number:decimal-places=\"0\"/></number:number-style>\
                  <number:number-style style:name=\"P1\"><number:text>-</number:text><number:number \
                  number:min-integer-digits=\"1\" number:decimal-places=\"0\"/></number:number-style>\
                  <number:number-style style:name=\"N1\"><number:text/>\
                  <style:map style:condition=\"value()&gt;0\" style:apply-style-name=\"P0\"/>\
                  <style:map style:condition=\"value()&lt;0\" style:apply-style-name=\"P1\"/></number:number-style>";
    for (value, hidden, text) in [("0", 1, "0"), ("5", 0, "5"), ("-5", 0, "-5")] {
        let sheet = sheet(hiding, &cell(value, "<text:p/>"), "");
        assert_eq!((sheet.hidden_values.count, sheet.rows[0].get(1).shown()), (hidden, text), "{value}");
    }
    // The view of the file leaves zeros out.
    let settings =
        "<config:config-item config:name=\"ShowZeroValues\" config:type=\"boolean\">false</config:config-item>";
    let usual = number("number:min-integer-digits=\"1\"", "");
    for (value, settings, hidden) in [("0", settings, 1), ("7", settings, 0), ("0", "", 0)] {
        let sheet = sheet(&usual, &cell(value, &format!("<text:p>{value}</text:p>")), settings);
        assert_eq!(sheet.hidden_values.count, hidden, "{value} {settings}");
    }
}
