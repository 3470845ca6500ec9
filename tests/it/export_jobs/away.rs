//! A database and a bucket that go away for a while: work waits, goes on by itself, and is whole.

use super::*;
use crate::support::{Postgres, Way};

/// How long something is away.
const AWAY: Duration = Duration::from_secs(10);
/// Codes of all rows: what is drawn is not what this is about.
const CODES: usize = 50;
/// Longest time for an answer meanwhile: a statement waits for 10 s at most.
const PATIENCE: Duration = Duration::from_secs(12);

/// Asks how an export is until it has been told of for `AWAY`: the answers that were not 200, and checks that each came soon.
fn asked(node: &Node, id: &str, is_over: impl Fn() -> bool) -> Vec<Answer> {
    let mut refused = Vec::new();
    while !is_over() {
        let start = Instant::now();
        let answer = node.get(&format!("/v1/exports/{id}"));
        assert!(start.elapsed() < PATIENCE, "an answer took {:?}: {}", start.elapsed(), answer.text());
        if answer.status != 200 {
            refused.push(answer);
        }
        thread::sleep(Duration::from_millis(200));
    }
    refused
}

/// Waits until the store answers again.
fn until_there(node: &Node, id: &str) {
    let start = Instant::now();
    while node.get(&format!("/v1/exports/{id}")).status != 200 {
        assert!(start.elapsed() < Duration::from_secs(30), "the database is never found again\n{}", node.log());
        thread::sleep(Duration::from_millis(100));
    }
}

fn assert_whole(place: &Place, node: &Node, id: &str, rows: usize) {
    until_there(node, id);
    let export = node.until_state(id, "done");
    assert_eq!((&export["done"], &export["failed"]), (&json!(rows), &json!(0)), "{export:#}\n{}", node.log());
    assert_posters(&node.archive(id), rows, CODES, &[]);
    assert_tidy(place, id);
}

#[test]
fn a_database_that_is_stopped_for_ten_seconds_costs_no_row() {
    const ROWS: usize = 320;
    let (Some(servers), Some(postgres)) = (Servers::new(), Postgres::start()) else { return };
    let place = Place::with(Some(Servers { store: postgres.url(), ..servers }));
    let nodes = [place.start(&[]), place.start(&[])];
    let id = nodes[0].begin(&small(), &repeating(ROWS, CODES));
    nodes[0].until(&id, "begun", |export| export["done"].as_i64() > Some(0));
    postgres.stop();
    let start = Instant::now();
    let refused = thread::scope(|scope| {
        let all =
            nodes.iter().map(|node| scope.spawn(|| asked(node, &id, || start.elapsed() > AWAY))).collect::<Vec<_>>();
        all.into_iter().flat_map(|asked| asked.join().expect("no panic")).collect::<Vec<_>>()
    });
    assert!(refused.len() >= 2, "somebody answered without a database: {}", refused.len());
    for answer in &refused {
        let problem = answer.problem(503, "store_busy");
        assert!(!answer.header("retry-after").is_empty() && problem["hint"].is_string(), "{problem:#}");
    }
    postgres.go_on();
    println!("stopped for {:?}, {} refusals", start.elapsed(), refused.len());
    assert_whole(&place, &nodes[1], &id, ROWS);
    println!("whole after {:?}", start.elapsed());
}

#[test]
fn a_bucket_that_fails_for_ten_seconds_costs_no_row() {
    const ROWS: usize = 320;
    let Some(servers) = Servers::new() else { return };
    let way = Way::to(servers.bucket());
    let place = Place::with(Some(servers.bucket_by(way.addr)));
    let node = place.start(&[]);
    let id = node.begin(&small(), &repeating(ROWS, CODES));
    node.until(&id, "begun", |export| export["done"].as_i64() > Some(0));
    let failed = thread::scope(|scope| {
        let failing = scope.spawn(|| way.fail_for(AWAY));
        // What is done stands in the database.
        let refused = asked(&node, &id, || failing.is_finished());
        assert!(refused.is_empty(), "{}", refused[0].text());
        failing.join().expect("no panic")
    });
    assert!(failed > 3, "the bucket was hardly asked: {failed}");
    println!("{failed} answers of 500");
    assert_whole(&place, &node, &id, ROWS);
}

#[test]
fn broken_connections_to_both_cost_no_row() {
    const ROWS: usize = 160;
    let Some(servers) = Servers::new() else { return };
    let (database, bucket) = (Way::to(servers.database()), Way::to(servers.bucket()));
    let place = Place::with(Some(servers.database_by(database.addr).bucket_by(bucket.addr)));
    let node = place.start(&[]);
    let id = node.begin(&small(), &repeating(ROWS, CODES));
    thread::sleep(Duration::from_secs(1));
    database.cut_for(Duration::from_secs(3));
    thread::sleep(Duration::from_secs(1));
    bucket.cut_for(Duration::from_secs(3));
    assert_whole(&place, &node, &id, ROWS);
}
