//! Code distinguishes errors, findings and messages by their kind, by methods or by the constants of their row
//! (`words::ROW::CODE` and `ID`), never by comparing strings. Code that uses a renamed constant does not compile.

use crate::source::{self, SourceFile};

/// Lines that compare a code or the id of a sentence with a literal, or match it against literals.
fn comparisons(file: &SourceFile) -> Vec<&str> {
    let lines: Vec<&str> = file.text.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let places = places(line);
        if places.is_empty() {
            continue;
        }
        let compared = places.into_iter().any(|after| {
            let after = after.trim_start_matches(".as_str()");
            ["== \"", "!= \""].iter().any(|operator| after.trim_start().starts_with(operator))
                || [".starts_with(\"", ".ends_with(\"", ".contains(\""].iter().any(|method| after.starts_with(method))
        });
        let is_member = line.contains("\"].contains(&");
        if compared || is_member {
            found.push(line.trim());
        }
        if line.contains("match ") {
            let arms = lines[index + 1..].iter().take_while(|arm| indent(arm) > indent(line) || arm.trim().is_empty());
            let arms = arms.filter(|arm| indent(arm) == indent(line) + 4).map(|arm| arm.trim());
            found.extend(arms.filter(|arm| arm.trim_start_matches('(').starts_with('"')));
        }
    }
    found
}

/// What follows each code of an error or a finding, and each id of a sentence, in a line.
fn places(line: &str) -> Vec<&str> {
    let names = [".code", "_code", "row().id", "row.id"];
    let mut places = Vec::new();
    for name in names {
        for (at, _) in line.match_indices(name) {
            let after = &line[at + name.len()..];
            let after = after.strip_prefix("()").unwrap_or(after);
            if !after.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
                places.push(after);
            }
        }
    }
    places
}

#[test]
fn codes_are_not_compared_as_text() {
    let files: Vec<_> = ["core/src", "sheet/src", "src"].into_iter().flat_map(source::files).collect();
    let found: Vec<_> =
        files.iter().map(|file| (&file.path, comparisons(file))).filter(|(_, found)| !found.is_empty()).collect();
    assert!(found.is_empty(), "compare with words::ROW::CODE or ID, or add a method beside the words: {found:#?}");
}

#[test]
fn comparisons_are_found_however_they_are_written() {
    let of = |text: &str| comparisons(&SourceFile::new(String::new(), Vec::new(), text.to_owned())).len();
    for text in [
        "if finding.code == \"a\" {",
        "Err(error) if error.code() != \"a\" => 1,",
        "self.code.starts_with(\"a_\")",
        "hint.row().id == \"a\"",
        "if [\"a\", \"b\"].contains(&reason.code.as_str()) {",
        "match finding.code {\n    \"a\" => 1,\n    _ => 2,\n}",
        "match (words.row().id, 1) {\n    (\"a\" | \"b\", 1) => 1,\n}",
    ] {
        assert_eq!(of(text), 1, "{text}");
    }
    for text in [
        "if finding.code == words::a::CODE {",
        "match finding.code {\n    words::a::CODE => \"a\",\n    _ => 2,\n}",
        "let code = \"a\";",
        "Finding::error(\"a\", message)",
        "codes.contains(&finding.code)",
    ] {
        assert_eq!(of(text), 0, "{text}");
    }
}
