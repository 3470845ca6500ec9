//! `haibao serve --demo` in a child process.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A server process, killed on drop.
pub struct Server {
    child: Child,
    /// `http://host:port`.
    pub base: String,
}

impl Server {
    /// Starts a server with the given environment variables and waits until it responds. Its log goes to standard error.
    pub async fn start(client: &reqwest::Client, settings: &[(&str, &str)]) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port");
        let mut child = Command::new(env!("CARGO_BIN_EXE_haibao"))
            .args(["serve", "--demo", "--addr", &free.to_string()])
            .env("HAIBAO_LOG", "warn")
            .envs(settings.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .expect("haibao serves");
        let stderr = child.stderr.take().expect("a pipe");
        std::thread::spawn(move || {
            BufReader::new(stderr).lines().map_while(Result::ok).for_each(|line| eprintln!("{line}"));
        });
        let server = Self { child, base: format!("http://{free}") };
        let start = Instant::now();
        while client.get(format!("{}/healthz", server.base)).send().await.is_err() {
            assert!(start.elapsed() < Duration::from_secs(20), "the service does not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        server
    }

    /// Process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client without proxies.
pub fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().expect("a client")
}
