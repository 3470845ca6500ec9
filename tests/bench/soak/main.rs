//! The service under load for a long time; see `tests/soak`.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a benchmark that panics has failed")]

mod assets;
mod client;
mod floods;
mod hostile;
mod judge;
mod process;
mod rates;
mod readback;
mod shots;
mod steady;

use std::{process::ExitCode, sync::Arc, time::Duration};

use haibao::wechat::emulator::{Emulator, Options};

use self::{
    assets::Photos,
    client::Client,
    judge::Judge,
    process::Service,
    shots::{KNOWN, Shots},
};

/// A service with its surroundings.
struct Setup {
    service: Service,
    wechat: Emulator,
    client: Arc<Client>,
    shots: Arc<Shots>,
    judge: Judge,
}

impl Setup {
    async fn new() -> Self {
        let minutes = |n: u64| Duration::from_secs(n * 60);
        let options = Options { token_life: minutes(3), token_overlap: minutes(1) / 2, ..Options::default() };
        let wechat = Emulator::start(options).expect("an emulated WeChat");
        let photos = Arc::new(Photos::new());
        let (good, faulty) = (assets::start(Arc::clone(&photos)).await, assets::start(photos).await);
        let key = format!("soak:{}", "k".repeat(32));
        let service = Service::start(&wechat.url(), &[good, faulty], &[("HAIBAO_LINKS__KEYS", &key)]).await;
        let client = Arc::new(Client::new(service.addr));
        let mut shots = Shots::new(&client, good, faulty).await;
        shots.sign(&client).await;
        let judge = Judge::new(&client).await;
        Self { service, wechat, client, shots: Arc::new(shots), judge }
    }

    /// Requests each known poster, so that WeChat has made its code.
    async fn warm_up(&self) {
        for number in 0..KNOWN {
            let shot = self.shots.known(number);
            let response = self.client.send(&shot.request).await;
            self.judge.judge(&shot, response, Duration::ZERO, true).await;
        }
        self.judge.take();
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if !std::env::args().any(|arg| arg == "--bench") {
        println!("not run: see tests/soak");
        return ExitCode::SUCCESS;
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let holds = runtime.block_on(async {
        let number = |at: usize, default| args.get(at).map_or(default, |word| word.parse().expect("a number"));
        match args.first().map(String::as_str) {
            Some("floods") => floods::run(args.get(1).map(String::as_str)).await,
            Some("rates") => rates::run(&mut Setup::new().await, number(1, 70)).await,
            _ => steady::run(&mut Setup::new().await, number(0, 30)).await,
        }
    });
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
