//! A database that goes away and comes back.

use std::{
    io,
    net::{Shutdown, TcpListener, TcpStream},
    thread,
};

use super::*;

/// Stands between a store and the server, and cuts it off.
#[derive(Clone, Default)]
struct Wire(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    is_cut: bool,
    streams: Vec<TcpStream>,
}

impl Wire {
    /// Listens: at which port.
    fn start(&self, server: String) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let wire = self.clone();
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let mut state = wire.0.lock().unwrap();
                if state.is_cut {
                    continue;
                }
                let far = TcpStream::connect(&server).unwrap();
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    // It ends with the connection.
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

    fn mend(&self) {
        self.0.lock().unwrap().is_cut = false;
    }
}

#[tokio::test]
async fn a_database_that_comes_back_is_used_again_and_nothing_is_lost() {
    let Some(engine) = Engine::postgres().await else { return };
    let wire = Wire::default();
    let links = Links::new(engine.store_by(wire.start(engine.server())), Config::default());
    let first = links.put("1", FOREVER).await.unwrap().link;
    assert_eq!(links.get(&first.id).await.unwrap(), first);
    for round in 0..3 {
        wire.cut();
        let payload = format!("new {round}");
        for _ in 0..3 {
            let error = links.put(&payload, FOREVER).await.expect_err("nobody is there");
            assert_eq!((error.kind(), error.code()), (Kind::Busy, "store_busy"), "{error}");
        }
        assert_eq!(links.get(&first.id).await.unwrap(), first, "it is in memory");
        wire.mend();
        let put = links.put(&payload, FOREVER).await.expect("the first attempt after that works");
        assert!(put.created, "what failed was not written");
    }
    // A connection that breaks between statement and answer.
    let all: Vec<_> = (0..50).map(|n| format!("late {n}")).collect();
    let cut = async {
        for _ in 0..5 {
            tokio::time::sleep(std::time::Duration::from_millis(3)).await;
            wire.cut();
            wire.mend();
        }
    };
    let put = futures_util::future::join_all(all.iter().map(|payload| links.put(payload, FOREVER)));
    let (put, ()) = futures_util::join!(put, cut);
    let other = Links::new(engine.store(), Config::default());
    for (payload, put) in all.iter().zip(put) {
        let again = other.put(payload, FOREVER).await.unwrap().link;
        match put {
            Ok(put) => assert_eq!(put.link, again, "what was promised is there"),
            Err(error) => assert_eq!(error.code(), "store_busy", "{error}"),
        }
    }
}
