//! A Postgres server for a single test, which can be stopped and restarted.

use std::{
    env,
    io::{self, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

/// A server. Dropping it stops the server and removes its folder.
pub struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Postgres {
    /// Starts a new server. Prints a notice and returns `None` unless `HAIBAO_TEST_POSTGRES_BIN` is set to the folder
    /// of the Postgres programs, as `tests/servers` does.
    pub fn start() -> Option<Self> {
        let Some(programs) = env::var_os("HAIBAO_TEST_POSTGRES_BIN") else {
            // Not `eprintln!`: its output is captured and hidden for passing tests.
            let notice = "HAIBAO_TEST_POSTGRES_BIN is not set: tests that stop the database are skipped";
            writeln!(io::stderr(), "{notice}").expect("stderr");
            return None;
        };
        let created = run_as_user(Path::new("mktemp"), &["-d"]);
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
        let server = Self { programs: programs.into(), folder: created.trim().into(), port };
        server.run("initdb", &["-U", "haibao", "--auth=trust", "-E", "UTF8", "--no-sync"]);
        server.go_on();
        Some(server)
    }

    /// The setting `store`.
    pub fn url(&self) -> String {
        format!("postgres://haibao@127.0.0.1:{}/postgres?sslmode=disable", self.port)
    }

    /// Stops the server as a crash would: connections break and nothing more is written.
    pub fn stop(&self) {
        self.run("pg_ctl", &["stop", "-m", "immediate", "-w"]);
    }

    /// Starts the server, which recovers from an earlier crash.
    pub fn go_on(&self) {
        let folder = self.folder.display();
        let options = format!("-p {} -k {folder} -c listen_addresses=127.0.0.1", self.port);
        let log = format!("{folder}/log");
        self.run("pg_ctl", &["start", "-w", "-t", "60", "-l", &log, "-o", &options]);
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let data = self.folder.join("data");
        let data = ["-D", data.to_str().expect("UTF-8")];
        run_as_user(&self.programs.join(program), &[&data, arguments].concat());
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

/// A command that runs as the server's user, because Postgres refuses to run as root.
fn command(program: &Path) -> Command {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    let mut command = Command::new(if is_root { Path::new("runuser") } else { program });
    if is_root {
        command.args(["-u", "postgres", "--"]).arg(program);
    }
    // The user may not have access to the current folder.
    command.current_dir("/");
    command
}

/// Runs a program, which must succeed, and returns its output. Redirected to a file because the server it starts would
/// keep a pipe open.
fn run_as_user(program: &Path, arguments: &[&str]) -> String {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let stdio = || file.reopen().expect("the file");
    let mut command = command(program);
    let status = command.args(arguments).stdout(stdio()).stderr(stdio()).status().expect("the program runs");
    let output = std::fs::read_to_string(file.path()).expect("text");
    assert!(status.success(), "{} {arguments:?}: {output}", program.display());
    output
}
