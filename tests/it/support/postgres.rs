//! A Postgres of a test's own, which can really be stopped.

use std::{
    env,
    io::{self, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

/// A server. It is stopped, and its folder removed, when this is dropped.
pub struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Postgres {
    /// A new server; none, which is said, where `HAIBAO_TEST_POSTGRES_BIN`, which `tests/servers` sets, names no folder
    /// of its programs.
    pub fn start() -> Option<Self> {
        let Some(programs) = env::var_os("HAIBAO_TEST_POSTGRES_BIN") else {
            // Not by `eprintln!`, which is not shown when a test passes.
            let said = "HAIBAO_TEST_POSTGRES_BIN is not set: what a stopped database does is left out";
            writeln!(io::stderr(), "{said}").expect("stderr");
            return None;
        };
        let made = user(Path::new("mktemp"), &["-d"]);
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
        let server = Self { programs: programs.into(), folder: made.trim().into(), port };
        server.run("initdb", &["-U", "haibao", "--auth=trust", "-E", "UTF8", "--no-sync"]);
        server.go_on();
        Some(server)
    }

    /// The setting `store`.
    pub fn url(&self) -> String {
        format!("postgres://haibao@127.0.0.1:{}/postgres?sslmode=disable", self.port)
    }

    /// As a crash does it: connections break, and nothing is written any more.
    pub fn stop(&self) {
        self.run("pg_ctl", &["stop", "-m", "immediate", "-w"]);
    }

    /// Starts it again, which mends what the crash left.
    pub fn go_on(&self) {
        let folder = self.folder.display();
        let options = format!("-p {} -k {folder} -c listen_addresses=127.0.0.1", self.port);
        let log = format!("{folder}/log");
        self.run("pg_ctl", &["start", "-w", "-t", "60", "-l", &log, "-o", &options]);
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let data = self.folder.join("data");
        let data = ["-D", data.to_str().expect("UTF-8")];
        user(&self.programs.join(program), &[&data, arguments].concat());
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.folder.join("data");
        let stop = ["stop", "-m", "immediate", "-D"];
        let _ = command(&self.programs.join("pg_ctl")).args(stop).arg(data).output();
        let _ = command(Path::new("rm")).arg("-rf").arg(&self.folder).output();
    }
}

/// A program as the user of the server: it refuses to run as root.
fn command(program: &Path) -> Command {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    let mut command = Command::new(if is_root { Path::new("runuser") } else { program });
    if is_root {
        command.args(["-u", "postgres", "--"]).arg(program);
    }
    // Not in this folder, which the user may not enter.
    command.current_dir("/");
    command
}

/// What a program says. It must succeed. Into a file: what it starts would keep a pipe open.
fn user(program: &Path, arguments: &[&str]) -> String {
    let said = tempfile::NamedTempFile::new().expect("a file");
    let output = || said.reopen().expect("the file");
    let mut command = command(program);
    let status = command.args(arguments).stdout(output()).stderr(output()).status().expect("it runs");
    let said = std::fs::read_to_string(said.path()).expect("text");
    assert!(status.success(), "{} {arguments:?}: {said}", program.display());
    said
}
