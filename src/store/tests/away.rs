//! Database outages and reconnection.

use std::{
    io,
    net::{Shutdown, TcpListener, TcpStream},
    thread,
};

use super::*;
use haibao_core::error::ErrorKind;

/// TCP proxy between a store and the server that can cut the connection.
#[derive(Clone, Default)]
struct Proxy(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    is_cut: bool,
    streams: Vec<TcpStream>,
}

impl Proxy {
    /// Starts listening and returns the port.
    fn start(&self, server: String) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let proxy = self.clone();
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let mut state = proxy.0.lock().unwrap();
                if state.is_cut {
                    continue;
                }
                let far = TcpStream::connect(&server).unwrap();
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    // The thread ends with the connection.
                    thread::spawn(move || io::copy(&mut from, &mut to).map(|_| to.shutdown(Shutdown::Both)));
                }
                state.streams.extend([near, far]);
            }
        });
        port
    }

    fn cut(&self) {
        let mut state = self.0.lock().unwrap();
        state.is_cut = true;
        for stream in state.streams.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn restore(&self) {
        self.0.lock().unwrap().is_cut = false;
    }
}

#[tokio::test]
async fn the_store_recovers_from_an_outage_without_losing_links() {
    let Some(engine) = TestDatabase::postgres().await else { return };
    let proxy = Proxy::default();
    let now = Arc::new(AtomicI64::new(1_000));
    let clock = Arc::clone(&now);
    let edge = Edge { now: Arc::new(move || clock.load(Ordering::SeqCst)), id: Arc::new(id::generate) };
    let links = Links::with(engine.store_by(proxy.start(engine.server())), Config::default(), edge);
    let first = links.put("1", NO_EXPIRY).await.unwrap().link;
    assert_eq!(links.get(&first.id).await.unwrap(), first);
    for round in 0..3 {
        proxy.cut();
        let payload = format!("new {round}");
        for _ in 0..3 {
            let error = links.put(&payload, NO_EXPIRY).await.expect_err("the database is unreachable");
            assert_eq!((error.kind(), error.code()), (ErrorKind::Busy, "store_busy"), "{error}");
        }
        now.fetch_add(60, Ordering::SeqCst);
        assert_eq!(links.get(&first.id).await.unwrap(), first, "the link is cached");
        proxy.restore();
        let put = links.put(&payload, NO_EXPIRY).await.expect("the first attempt after the outage succeeds");
        assert!(put.created, "the failed attempts wrote nothing");
    }
    // Connections that break between statement and response.
    let all: Vec<_> = (0..50).map(|n| format!("late {n}")).collect();
    let cut = async {
        for _ in 0..5 {
            tokio::time::sleep(std::time::Duration::from_millis(3)).await;
            proxy.cut();
            proxy.restore();
        }
    };
    let put = futures_util::future::join_all(all.iter().map(|payload| links.put(payload, NO_EXPIRY)));
    let (put, ()) = futures_util::join!(put, cut);
    let other = Links::new(engine.store(), Config::default());
    for (payload, put) in all.iter().zip(put) {
        let again = other.put(payload, NO_EXPIRY).await.unwrap().link;
        match put {
            Ok(put) => assert_eq!(put.link, again, "an acknowledged link is durable"),
            Err(error) => assert_eq!(error.code(), "store_busy", "{error}"),
        }
    }
}
