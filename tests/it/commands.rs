//! Files that the command line takes and writes, scenes, and closed pipes.

use std::{fs, process::Stdio};

use serde_json::json;

use crate::support::{TEMPLATE, haibao, run, talk, workspace};

#[test]
fn a_template_is_copied_with_its_pictures() {
    let folder = tempfile::tempdir().expect("a folder");
    let copied = run(folder.path(), &["new", "mine", "--from", "product-share"]);
    assert_eq!(copied.status.code(), Some(0), "{}", talk(&copied));
    assert!(folder.path().join("templates/mine/assets/vase.jpg").is_file());
    let output = run(folder.path(), &["render", "mine", "--sample", "usual", "--demo", "-o", "a.png"]);
    assert_eq!(output.status.code(), Some(0), "{}", talk(&output));
    // A copy of one's own.
    let again = run(folder.path(), &["new", "second", "--from", "mine"]);
    assert_eq!(again.status.code(), Some(0), "{}", talk(&again));
    let unknown = run(folder.path(), &["new", "third", "--from", "product-shar"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(talk(&unknown).contains("did you mean \"product-share\"?"), "{}", talk(&unknown));
    assert!(!folder.path().join("templates/third").exists());
}

#[test]
fn a_picture_of_this_machine_is_a_parameter() {
    let folder = tempfile::tempdir().expect("a folder");
    image::RgbImage::from_pixel(40, 40, image::Rgb([200, 30, 30])).save(folder.path().join("red.png")).expect("saved");
    let render = |set: &str, to: &str| {
        run(folder.path(), &["render", "product-share", "--sample", "usual", "--set", set, "--demo", "-o", to])
    };
    let own = render("product=@red.png", "red-poster.png");
    assert_eq!(own.status.code(), Some(0), "{}", talk(&own));
    let poster = image::open(folder.path().join("red-poster.png")).expect("a poster").into_rgb8();
    let red = poster.pixels().filter(|pixel| pixel.0 == [200, 30, 30]).count();
    assert!(red > 100_000, "{red} pixels of the picture");
    let missing = render("product=@none.png", "x.png");
    assert_eq!(missing.status.code(), Some(1));
    assert!(talk(&missing).contains("cannot read none.png"), "{}", talk(&missing));
    // A text may begin with @.
    let text = render("title=@red.png", "text.png");
    assert_eq!(text.status.code(), Some(0), "{}", talk(&text));
}

#[test]
fn codes_are_written_in_the_format_of_the_file_name() {
    let folder = workspace();
    for (name, flags, format) in [
        ("a.png", &[][..], image::ImageFormat::Png),
        ("a.jpg", &[], image::ImageFormat::Jpeg),
        ("b.png", &["--hyaline"], image::ImageFormat::Png),
        ("b.jpeg", &["--hyaline"], image::ImageFormat::Jpeg),
    ] {
        let fixed = ["code", "--demo", "--scene", "id=1", "--page", "pages/x", "-o", name];
        let output = run(folder.path(), &[&fixed[..], flags].concat());
        assert_eq!(output.status.code(), Some(0), "{}", talk(&output));
        let bytes = fs::read(folder.path().join(name)).expect("the file");
        assert_eq!(image::guess_format(&bytes).expect("a picture"), format, "{name}");
        let picture = image::load_from_memory(&bytes).expect("a picture").to_rgba8();
        assert_eq!(haibao_core::sample::decode(&picture).expect("a code").scene, "id=1", "{name}");
    }
}

#[test]
fn scenes_are_decoded_however_often_they_were_encoded() {
    let folder = workspace();
    for scene in ["id=5&u=7", "id%3D5%26u%3D7", "id%253D5%2526u%253D7", "scene=id%3D5%26u%3D7", "?id=5&u=7"] {
        let output = run(folder.path(), &["scene", "decode", scene]);
        let params: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(params, json!({ "id": "5", "u": "7" }), "{scene}");
    }
    let output = run(folder.path(), &["scene", "check", "中文海报"]);
    assert_eq!(talk(&output).matches("scene contains").count(), 1, "{}", talk(&output));
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_error() {
    let folder = workspace();
    for arguments in [&["schema"][..], &["config", "--default"], &["check", TEMPLATE, "--format", "json"]] {
        let mut child = haibao(folder.path())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!((output.status.code(), talk(&output).as_str()), (Some(0), ""), "{arguments:?}");
    }
}
