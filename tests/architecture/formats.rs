//! An output format is one file and one line of the list in `core/src/encode/`: nothing else names one.

use crate::source::{self, SourceFile};

/// Files and folders that name PNG, each with the reason.
const OTHERS: [(&str, &str); 9] = [
    ("core/src/encode/", "the format itself"),
    ("core/src/code/picture.rs", "the formats in which WeChat sends codes"),
    ("core/src/words/", "examples in hints"),
    ("src/cli/", "names of files in the help"),
    ("src/export/pictures.rs", "extensions of pictures that sheets name"),
    ("src/service/check/", "contact sheets, and pictures of generated cases"),
    ("src/service/explain/overlay.rs", "the format of overlays, whatever that of the poster is"),
    ("src/service/keep/uploads.rs", "the formats of uploaded pictures"),
    ("src/words/", "examples in hints"),
];

/// Literals and paths of the format PNG in the code of a file. Decoders of pictures use the list of the crate `image`.
fn names(file: &SourceFile) -> Vec<&str> {
    let is_named = |line: &&str| {
        let literals = ["image/png", "\"png\"", ".png\""];
        let before = line.find("Format::Png").map(|at| &line[..at]);
        literals.iter().any(|literal| line.contains(literal))
            || before.is_some_and(|before| !before.ends_with(char::is_alphanumeric))
    };
    file.text.lines().filter(is_named).map(str::trim).collect()
}

#[test]
fn nothing_but_its_file_names_a_format() {
    let files = ["core/src", "sheet/src", "src"].into_iter().flat_map(source::files);
    let naming: Vec<_> = files.filter(|file| !names(file).is_empty()).collect();
    let reason = |file: &&SourceFile| OTHERS.iter().any(|(path, _)| file.path.starts_with(path));
    let found: Vec<_> = naming.iter().filter(|file| !reason(file)).map(|file| (&file.path, names(file))).collect();
    assert!(found.is_empty(), "take extension and media type from Format: {found:#?}");
    let unused = OTHERS.iter().find(|(path, _)| !naming.iter().any(|file| file.path.starts_with(path)));
    assert_eq!(unused, None, "it names no format");
}

#[test]
fn names_are_found_however_they_are_written() {
    let of = |text: &str| names(&SourceFile::new(String::new(), Vec::new(), text.to_owned())).len();
    for text in [
        "const A: &str = \"image/png\";",
        "name.ends_with(\".png\")",
        "\"png\" => 1",
        "encode::Format::Png",
        "(Format::Png)",
    ] {
        assert_eq!(of(text), 1, "{text}");
    }
    for text in ["ImageFormat::Png", "png(bytes)", "format.extension()", "\"a.png or b\""] {
        assert_eq!(of(text), 0, "{text}");
    }
}
