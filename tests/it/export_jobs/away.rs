//! Tests of temporary outages of the database and the bucket: exports wait, continue and complete.

use super::*;
use crate::support::{Postgres, Way};

/// Duration of an outage.
const OUTAGE: Duration = Duration::from_secs(10);
/// Number of distinct codes. Few, because rendering is not the subject of these tests.
const CODES: usize = 50;
/// Timeout for a response during an outage. Statements wait for at most 10 s.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(12);

/// Polls an export until `is_over`, and checks that each response is timely. Returns the responses other than 200.
fn poll_until(node: &Node, id: &str, is_over: impl Fn() -> bool) -> Vec<Response> {
    let mut errors = Vec::new();
    while !is_over() {
        let start = Instant::now();
        let response = node.get(&format!("/v1/exports/{id}"));
        assert!(start.elapsed() < RESPONSE_TIMEOUT, "a response took {:?}: {}", start.elapsed(), response.text());
        if response.status != 200 {
            errors.push(response);
        }
        thread::sleep(Duration::from_millis(200));
    }
    errors
}

/// Waits until the store is available again.
fn wait_for_store(node: &Node, id: &str) {
    let start = Instant::now();
    while node.get(&format!("/v1/exports/{id}")).status != 200 {
        assert!(start.elapsed() < Duration::from_secs(30), "the database does not become available\n{}", node.log());
        thread::sleep(Duration::from_millis(100));
    }
}

fn assert_complete(fixture: &Fixture, node: &Node, id: &str, rows: usize) {
    wait_for_store(node, id);
    let export = node.until_state(id, "done");
    assert_eq!((&export["done"], &export["failed"]), (&json!(rows), &json!(0)), "{export:#}\n{}", node.log());
    assert_posters(&node.archive(id), rows, CODES, &[]);
    assert_tidy(fixture, id);
}

#[test]
fn export_survives_a_database_outage() {
    const ROWS: usize = 320;
    let (Some(servers), Some(postgres)) = (Servers::new(), Postgres::start()) else { return };
    let fixture = Fixture::with(Some(Servers { store: postgres.url(), ..servers }));
    let nodes = [fixture.start(&[]), fixture.start(&[])];
    let id = nodes[0].begin(&small(), &repeating(ROWS, CODES));
    nodes[0].until(&id, "begun", |export| export["done"].as_i64() > Some(0));
    postgres.stop();
    let start = Instant::now();
    let errors = thread::scope(|scope| {
        let pollers = nodes
            .iter()
            .map(|node| scope.spawn(|| poll_until(node, &id, || start.elapsed() > OUTAGE)))
            .collect::<Vec<_>>();
        pollers.into_iter().flat_map(|poller| poller.join().expect("no panic")).collect::<Vec<_>>()
    });
    assert!(errors.len() >= 2, "instances responded without a database: {} errors", errors.len());
    for response in &errors {
        let problem = response.problem(503, "store_busy");
        assert!(!response.header("retry-after").is_empty() && problem["hint"].is_string(), "{problem:#}");
    }
    postgres.go_on();
    println!("stopped for {:?}, {} errors", start.elapsed(), errors.len());
    assert_complete(&fixture, &nodes[1], &id, ROWS);
    println!("complete after {:?}", start.elapsed());
}

#[test]
fn export_survives_a_bucket_outage() {
    const ROWS: usize = 320;
    let Some(servers) = Servers::new() else { return };
    let way = Way::to(servers.bucket());
    let fixture = Fixture::with(Some(servers.bucket_by(way.addr)));
    let node = fixture.start(&[]);
    let id = node.begin(&small(), &repeating(ROWS, CODES));
    node.until(&id, "begun", |export| export["done"].as_i64() > Some(0));
    let failed = thread::scope(|scope| {
        let failing = scope.spawn(|| way.fail_for(OUTAGE));
        // Progress is stored in the database, which is available.
        let errors = poll_until(&node, &id, || failing.is_finished());
        assert!(errors.is_empty(), "{}", errors[0].text());
        failing.join().expect("no panic")
    });
    assert!(failed > 3, "too few requests to the bucket failed: {failed}");
    println!("{failed} responses with status 500");
    assert_complete(&fixture, &node, &id, ROWS);
}

#[test]
fn export_survives_broken_connections_to_database_and_bucket() {
    const ROWS: usize = 160;
    let Some(servers) = Servers::new() else { return };
    let (database, bucket) = (Way::to(servers.database()), Way::to(servers.bucket()));
    let fixture = Fixture::with(Some(servers.database_by(database.addr).bucket_by(bucket.addr)));
    let node = fixture.start(&[]);
    let id = node.begin(&small(), &repeating(ROWS, CODES));
    thread::sleep(Duration::from_secs(1));
    database.cut_for(Duration::from_secs(3));
    thread::sleep(Duration::from_secs(1));
    bucket.cut_for(Duration::from_secs(3));
    assert_complete(&fixture, &node, &id, ROWS);
}
