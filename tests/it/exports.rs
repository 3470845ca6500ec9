//! Tests of `haibao export`: output as archive and folder, resuming, and failures.

mod again;
mod before;
mod kills;
pub(crate) mod market;
mod output;
mod resume;
mod sizes;
mod trouble;

use std::{
    collections::BTreeMap,
    fs,
    io::{Cursor, Read},
    path::Path,
    process::{Command, Output},
};

use haibao::wechat::emulator::{Emulator, Options, SAMPLE_SECRET};
use haibao_core::sample::SAMPLE_APPID;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::support::{haibao, talk};

/// A folder with a small template, and an emulated WeChat.
struct Fixture {
    folder: TempDir,
    wechat: Emulator,
}

impl Fixture {
    /// With a template that has a nickname, a picture and a code.
    fn new() -> Self {
        Self::with(
            [200, 230],
            &json!([
                { "type": "image", "box": [150, 4, 40, 36], "when": "{{photo}}", "src": "{{photo}}", "on_error": "fail" },
                { "type": "code", "box": [10, 45, 180, 180] },
            ]),
        )
    }

    /// With a template that has only a nickname. Even unoptimised builds render hundreds of its posters per second.
    fn tiny() -> Self {
        Self::with([160, 40], &json!([]))
    }

    fn with([width, height]: [u32; 2], layers: &Value) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let nick = json!({
            "type": "text", "box": [10, 4, 130, 36], "text": "{{nick}}", "font_size": 20, "line_height": 36, "max_lines": 1,
        });
        let layers: Vec<&Value> = std::iter::once(&nick).chain(layers.as_array().into_iter().flatten()).collect();
        let layout = json!({
            "title": "small",
            "canvas": { "width": width, "height": height, "background": "#fff" },
            "params": { "type": "object", "required": ["nick", "id"], "properties": {
                "nick": { "type": "string", "minLength": 1, "maxLength": 20, "title": "昵称" },
                "id": { "type": "string", "pattern": "^[0-9a-z]+$", "title": "编号" },
                "points": { "type": "integer", "minimum": 0, "title": "积分" },
                "photo": { "type": "string", "format": "image", "title": "图片" } } },
            "code": { "page": "pages/a", "scene": { "id": "{{id}}" } },
            "layers": layers,
        });
        let template = folder.path().join("templates/small");
        fs::create_dir_all(template.join("samples")).expect("a folder");
        fs::write(template.join("layout.json"), layout.to_string()).expect("a file");
        let sample = json!({ "nick": "小满", "id": "8801", "points": 120 });
        fs::write(template.join("samples/usual.json"), sample.to_string()).expect("a file");
        Self { folder, wechat: Emulator::start(Options::default()).expect("an emulator") }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).expect("a file");
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// `haibao export small ...` with the emulated WeChat.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = haibao(self.path());
        command
            .args(["export", "small"])
            .args(arguments)
            .env("HAIBAO_WECHAT__BASE_URL", self.wechat.url())
            .env("HAIBAO_APPS__DEFAULT__APPID", SAMPLE_APPID)
            .env("HAIBAO_APPS__DEFAULT__SECRET", SAMPLE_SECRET);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the binary runs")
    }

    /// Runs the command, which must succeed. Returns its standard output.
    fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{}", talk(&output));
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Runs the command, which must fail with exit code 1. Returns its standard error.
    fn fails(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{}", talk(&output));
        talk(&output)
    }
}

/// Rows for the small template. The id of row `n`, from 0, is `n<n>`.
fn sheet(rows: usize) -> String {
    let line = |n: usize| format!("第{n}位,n{n},{}\n", n * 10);
    format!("昵称,id,points\n{}", (0..rows).map(line).collect::<String>())
}

/// Names and contents of the members of an archive in order. Verifies their checksums.
fn members(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a ZIP file");
    let count = archive.len();
    let member = |at: usize| {
        let mut member = archive.by_index(at).expect("a member");
        let mut content = Vec::new();
        member.read_to_end(&mut content).expect("a valid checksum");
        (member.name().expect("UTF-8").into_owned(), content)
    };
    (0..count).map(member).collect()
}

/// Files of a folder by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let file = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().expect("UTF-8");
        (name, fs::read(entry.path()).unwrap_or_default())
    };
    fs::read_dir(folder).expect("a folder").map(|entry| file(entry.expect("an entry"))).collect()
}

/// Records of a CSV file with a byte order mark, by column name.
fn table(bytes: &[u8]) -> Vec<BTreeMap<String, String>> {
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).expect("a byte order mark");
    csv::Reader::from_reader(text).deserialize().map(|line| line.expect("a line")).collect()
}
