//! Tests of the command `haibao scene`.

use std::{io::Write, path::Path, process::Stdio};

use serde_json::Value;

use crate::support::{haibao, run, talk};

#[test]
fn check_marks_errors_with_carets_and_prints_the_launch_parameter() {
    let folder = tempfile::tempdir().expect("a folder");
    let wrong = run(folder.path(), &["scene", "check", "id=商&x y"]);
    let stderr = talk(&wrong);
    assert_eq!(wrong.status.code(), Some(1), "{stderr}");
    for word in ["`商`, U+0020 from character 4 on", "scene:1:4", "1 | id=商&x y", "^", "hint: "] {
        assert!(stderr.contains(word), "{word:?} is missing in\n{stderr}");
    }
    let long = talk(&run(folder.path(), &["scene", "check", &"a".repeat(40)]));
    assert!(long.contains("40 characters") && long.contains(&format!("{}^^^^^^^^", " ".repeat(32))), "{long}");

    let good = run(folder.path(), &["scene", "check", "id=123&type=product"]);
    assert_eq!(good.status.code(), Some(0), "{}", talk(&good));
    assert!(talk(&good).contains("scene=id%3D123%26type%3Dproduct"), "{}", talk(&good));

    let encoded = run(folder.path(), &["scene", "encode", "id=123", "n=商&"]);
    assert_eq!(String::from_utf8_lossy(&encoded.stdout), "id=123&n=~E5~95~86~26\n");
    assert_eq!(fs_entries(folder.path()), 0, "nothing is written for a scene that fits");
}

fn fs_entries(folder: &Path) -> usize {
    std::fs::read_dir(folder).expect("a folder").count()
}

#[test]
fn encode_and_decode_handle_scenes_and_short_links() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str]| run(folder.path(), arguments);
    let out = |arguments: &[&str]| {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}\n{}", talk(&output));
        String::from_utf8(output.stdout).expect("UTF-8").trim_end().to_owned()
    };
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|e| panic!("{e}: {text}"));
    let pairs = ["id=8801", "t=中秋限时拼团"];
    let refused = run(&[&["scene", "encode"][..], &pairs].concat());
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(1), 0));
    assert!(talk(&refused).contains("64 characters") && talk(&refused).contains("--link"), "{}", talk(&refused));
    assert_eq!(fs_entries(folder.path()), 0);

    let scene = out(&[&["scene", "encode", "--link"][..], &pairs].concat());
    assert!(scene.starts_with("s=") && scene.len() == 14, "{scene}");
    assert!(folder.path().join("data/haibao.db").is_file());
    let expected = json(r#"{"id":"8801","t":"中秋限时拼团"}"#);
    assert_eq!(json(&out(&["scene", "decode", &scene])), expected);
    assert_eq!(json(&out(&["scene", "decode", &format!("scene=s%3D{}", &scene[2..])])), expected);
    assert_eq!(json(&out(&["scene", "decode", "id=~E5~95~86&k=a=b"])), json(r#"{"id":"商","k":"a=b"}"#));
    let unknown = run(&["scene", "decode", "s=0123456789ab"]);
    assert!(unknown.status.code() == Some(1) && talk(&unknown).contains("data folder"), "{}", talk(&unknown));

    std::fs::write(folder.path().join("p.json"), r#"{ "id": 5, "from": "x" }"#).expect("a file");
    assert_eq!(out(&["scene", "encode", "--json", "p.json", "from=y"]), "id=5&from=y");
    let mut child = haibao(folder.path())
        .args(["scene", "encode", "--json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    child.stdin.take().expect("piped").write_all(b"{\"a\":true}").expect("written");
    assert_eq!(child.wait_with_output().expect("it ends").stdout, b"a=true\n");
    assert_eq!(run(&["scene", "encode"]).status.code(), Some(2));
    assert_eq!(run(&["scene", "encode", "--json", "p.json", "novalue"]).status.code(), Some(2));
}
