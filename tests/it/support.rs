//! Shared helpers of the integration tests: the binary, service processes, the servers they use, and fault injection.

mod contract;
mod disk;
mod form;
mod http;
mod pictures;
mod postgres;
mod random;
mod servers;
mod service;
mod way;

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
    thread,
    time::Duration,
};

use haibao_core::{sample::Payload, template};
use tempfile::TempDir;

pub use self::{
    disk::Disk,
    form::{BOUNDARY, FORM, form},
    http::{Response, errors, send},
    pictures::Pictures,
    postgres::Postgres,
    random::Random,
    servers::Servers,
    service::{Node, Service},
    way::Way,
};

/// Name of the scaffolded template that most tests use.
pub const TEMPLATE: &str = "my";

/// Polls until the condition holds.
pub fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..300 {
        if holds() {
            return;
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("{what} did not happen within 30 s");
}

/// Whether long tests run at full size (`HAIBAO_TEST_FULL=1`).
pub fn is_full() -> bool {
    std::env::var_os("HAIBAO_TEST_FULL").is_some()
}

/// A command that runs the binary in a folder with an empty environment.
pub fn haibao(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_haibao"));
    command.current_dir(folder).env_clear().stdin(Stdio::null());
    command
}

/// Runs the binary and waits for its exit.
pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    haibao(folder).args(arguments).output().expect("the binary runs")
}

/// Standard error as text.
pub fn talk(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A temporary folder with `templates/my`.
pub fn workspace() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    scaffold(folder.path(), TEMPLATE);
    folder
}

/// Adds an unmodified scaffolded template.
pub fn scaffold(folder: &Path, name: &str) {
    for (path, bytes) in template::scaffold(name).expect("a name") {
        let path = folder.join("templates").join(name).join(path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }
}

/// Adds a scaffolded template with one replacement in one of its files.
pub fn scaffold_with(folder: &Path, name: &str, file: &str, from: &str, to: &str) {
    scaffold(folder, name);
    let path = folder.join("templates").join(name).join(file);
    let text = fs::read_to_string(&path).expect("a text file");
    assert!(text.contains(from), "{file} does not contain {from:?}");
    fs::write(path, text.replacen(from, to, 1)).expect("a file");
}

/// Decodes the code in a finished poster.
pub fn payload(png: &[u8]) -> Payload {
    let image = image::load_from_memory(png).expect("a valid PNG").to_rgba8();
    haibao_core::sample::decode(&image).unwrap_or_else(|e| panic!("the poster's code cannot be read: {e}"))
}
