//! Tests of the files that `haibao render` reads and writes.

use std::{fs, path::Path, process::Output};

use super::support::{run, talk};

fn render(folder: &Path, arguments: &[&str]) -> Output {
    run(folder, &[&["render", "product-share", "--sample", "usual", "--demo"], arguments].concat())
}

#[test]
fn a_name_of_another_format_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["x.jpg", "x.WEBP", "x.pdf"] {
        for arguments in [&["render", "product-share", "--sample", "usual", "--demo"][..], &["demo", "--once"]] {
            let output = run(folder.path(), &[arguments, &["-o", name]].concat());
            let said = talk(&output);
            assert!(output.status.code() == Some(1) && said.contains("PNG") && said.contains("x.png"), "{said}");
            assert!(!folder.path().join(name).exists(), "{name}");
        }
    }
    let output = run(folder.path(), &["code", "--demo", "--scene", "id=1", "--page", "pages/x", "-o", "x.webp"]);
    assert!(output.status.code() == Some(1) && talk(&output).contains("x.png"), "{}", talk(&output));
    let output = run(folder.path(), &["check", "product-share", "--sheet", "x.jpg"]);
    assert!(output.status.code() == Some(1) && talk(&output).contains("x.png"), "{}", talk(&output));
}

#[test]
fn a_file_that_was_set_without_its_mark_is_hinted() {
    let folder = tempfile::tempdir().expect("a folder");
    for (set, hint) in
        [("product=photo.jpg", "--set product=@photo.jpg"), ("avatar=/home/me/a.png", "--set avatar=@/home/me/a.png")]
    {
        let output = render(folder.path(), &["--set", set, "-o", "x.png"]);
        let said = talk(&output);
        assert!(output.status.code() == Some(1) && said.contains(hint) && !said.contains("into the folder"), "{said}");
    }
    fs::write(folder.path().join("params.json"), r#"{"product": "photo.jpg"}"#).expect("a file");
    let said = talk(&render(folder.path(), &["--params", "params.json", "-o", "x.png"]));
    assert!(!said.contains("--set"), "it is not set by a flag: {said}");
}

#[test]
fn parameters_may_begin_with_a_byte_order_mark() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = r#"{"title": "花瓶"}"#;
    fs::write(folder.path().join("marked.json"), format!("\u{feff}{text}")).expect("a file");
    let output = render(folder.path(), &["--params", "marked.json", "-o", "x.png"]);
    assert_eq!(output.status.code(), Some(0), "{}", talk(&output));
    let wide: Vec<u8> = "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    fs::write(folder.path().join("wide.json"), &wide).expect("a file");
    let output = render(folder.path(), &["--params", "wide.json", "-o", "x.png"]);
    assert!(output.status.code() == Some(1) && talk(&output).contains("UTF-16"), "{}", talk(&output));

    let template = folder.path().join("templates/mine");
    let made = run(folder.path(), &["new", "mine", "--from", "coupon"]);
    assert_eq!(made.status.code(), Some(0), "{}", talk(&made));
    let layout = fs::read_to_string(template.join("layout.json")).expect("a file");
    fs::write(template.join("layout.json"), format!("\u{feff}{layout}")).expect("a file");
    let output = run(folder.path(), &["render", "mine", "--sample", "usual", "--demo", "-o", "mine.png"]);
    assert_eq!(output.status.code(), Some(0), "{}", talk(&output));
    let wide: Vec<u8> = "\u{feff}".encode_utf16().chain(layout.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    fs::write(template.join("layout.json"), wide).expect("a file");
    let said = talk(&run(folder.path(), &["check", "mine"]));
    assert!(said.contains("layout.json is UTF-16"), "{said}");
    fs::write(template.join("layout.json"), b"{ \"title\": \"\xd6\xd0\" }").expect("a file");
    let said = talk(&run(folder.path(), &["check", "mine"]));
    assert!(said.contains("layout.json is not UTF-8") && said.contains("save it as UTF-8"), "{said}");
}
