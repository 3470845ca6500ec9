//! Name server on loopback whose answers the test chooses.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
};

use hickory_resolver::proto::{
    op::Message,
    rr::{RData, Record, RecordType},
};
use tokio::net::UdpSocket;

/// The server. Stops when dropped.
pub(crate) struct NameServer {
    pub address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl NameServer {
    /// Starts the server. `addresses` receives a name without its final dot and the number of earlier queries for the
    /// same name and record type. Answers must not be cached: their lifetime is 0.
    pub async fn start(addresses: impl Fn(&str, usize) -> Vec<IpAddr> + Send + Sync + 'static) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
        let address = socket.local_addr().expect("its address");
        let task = tokio::spawn(async move {
            let (mut earlier, mut buffer) = (HashMap::new(), [0; 1500]);
            while let Ok((length, client)) = socket.recv_from(&mut buffer).await {
                let Ok(request) = Message::from_vec(&buffer[..length]) else { continue };
                let mut response = request.into_response();
                for query in response.queries.clone() {
                    let name = query.name().to_ascii().trim_end_matches('.').to_ascii_lowercase();
                    let number = earlier.entry((name.clone(), query.query_type())).or_insert(0);
                    let records =
                        addresses(&name, *number).into_iter().filter_map(|ip| match (ip, query.query_type()) {
                            (IpAddr::V4(v4), RecordType::A) => Some(RData::A(v4.into())),
                            (IpAddr::V6(v6), RecordType::AAAA) => Some(RData::AAAA(v6.into())),
                            _ => None,
                        });
                    *number += 1;
                    response.add_answers(records.map(|data| Record::from_rdata(query.name().clone(), 0, data)));
                }
                let _ = socket.send_to(&response.to_vec().expect("a message"), client).await;
            }
        });
        Self { address, task }
    }

    /// A resolver that asks only this server.
    pub fn resolver(&self) -> super::resolver::Resolver {
        super::resolver::Resolver::asking(self.address)
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}
