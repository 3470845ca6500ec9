//! The service as a child process, and what the system says about it.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use haibao::wechat::emulator::SAMPLE_SECRET;
use haibao_core::sample::SAMPLE_APPID;

/// A service process, killed on drop. Its data and its log are in a temporary folder.
pub struct Service {
    child: Child,
    pub addr: SocketAddr,
    folder: tempfile::TempDir,
}

/// Resident memory, MiB.
#[derive(Debug, Clone, Copy, Default)]
pub struct Memory {
    pub now: f64,
    /// Peak since the start.
    pub peak: f64,
}

impl Service {
    /// Starts the service with default settings, an emulated WeChat and private hosts of pictures.
    pub async fn start(wechat: &str, hosts: &[SocketAddr], settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port");
        let hosts: Vec<_> = hosts.iter().map(ToString::to_string).collect();
        let log = File::create(folder.path().join("log")).expect("a file");
        let child = Command::new(binary())
            .args(["serve", "--addr", &free.to_string()])
            .current_dir(folder.path())
            .env("HAIBAO_WECHAT__BASE_URL", wechat)
            .env("HAIBAO_APPS__DEFAULT__APPID", SAMPLE_APPID)
            .env("HAIBAO_APPS__DEFAULT__SECRET", SAMPLE_SECRET)
            .env("HAIBAO_ASSETS__ALLOW_PRIVATE", hosts.join(","))
            .env_remove("HAIBAO_BINARY")
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("haibao serves");
        let service = Self { child, addr: free, folder };
        let start = Instant::now();
        while tokio::net::TcpStream::connect(free).await.is_err() {
            assert!(start.elapsed() < Duration::from_secs(20), "the service does not start: {}", service.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        service
    }

    pub fn memory(&self) -> Memory {
        let status = fs::read_to_string(self.file("status")).unwrap_or_default();
        let of = |name: &str| {
            let value =
                status.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok());
            value.unwrap_or(0.0_f64) / 1024.0
        };
        Memory { now: of("VmRSS:"), peak: of("VmHWM:") }
    }

    /// CPU time, user and system, s. Linux counts it in ticks of 10 ms.
    pub fn cpu(&self) -> f64 {
        cpu(&self.file("stat"))
    }

    /// Whether the process still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// The end of the log.
    pub fn log(&self) -> String {
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        let lines: Vec<_> = log.lines().rev().take(20).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    fn file(&self, name: &str) -> PathBuf {
        Path::new("/proc").join(self.child.id().to_string()).join(name)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// CPU time of this process, s.
pub fn own_cpu() -> f64 {
    cpu(Path::new("/proc/self/stat"))
}

/// Load average of the last minute.
pub fn load() -> f64 {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0.0)
}

fn cpu(stat: &Path) -> f64 {
    let stat = fs::read_to_string(stat).unwrap_or_default();
    // Fields 14 and 15 (proc(5)), located after the parenthesised name, which may contain spaces.
    let fields = stat.rsplit_once(") ").map_or("", |(_, rest)| rest).split(' ').skip(11).take(2);
    fields.map(|field| field.parse::<f64>().unwrap_or(0.0) / 100.0).sum()
}

/// The binary to measure.
fn binary() -> PathBuf {
    std::env::var_os("HAIBAO_BINARY").map_or_else(|| env!("CARGO_BIN_EXE_haibao").into(), Into::into)
}
