//! Kills instances with SIGKILL at random times of an export, from the check of its sheet to its archive. No row may be
//! lost or duplicated, and no intermediate data may be left.
//!
//! Uses 320 rows and 6 kills, or 2000 rows and 20 kills with `HAIBAO_TEST_FULL=1`, which takes minutes:
//!
//! ```sh
//! HAIBAO_TEST_FULL=1 tests/servers cargo test --test it kills -- --nocapture
//! ```

use super::*;
use crate::support::is_full;

/// Number of distinct codes.
const CODES: usize = 100;

/// Number of rows and kills.
fn size() -> (usize, usize) {
    if is_full() { (2000, 20) } else { (320, 6) }
}

/// Which instances are killed.
#[derive(Debug, Clone, Copy)]
enum Victims {
    One,
    All,
}

/// Time of a kill: a delay after a number of posters are done.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Moment {
    done: i64,
    after: Duration,
}

impl Moment {
    /// One moment during the check, one during archive assembly, the others during rendering.
    fn all(random: &mut Random, (rows, kills): (usize, usize)) -> Vec<Self> {
        let rows = rows as u64;
        let mut all = vec![
            Self { done: 0, after: random.time(Duration::from_millis(300)) },
            Self { done: rows as i64, after: random.time(Duration::from_millis(300)) },
        ];
        all.extend(
            (2..kills).map(|_| Self {
                done: 1 + random.below(rows - 1) as i64,
                after: random.time(Duration::from_millis(100)),
            }),
        );
        all.sort();
        all
    }
}

#[test]
fn single_instance_is_killed_repeatedly() {
    kill_repeatedly(&Fixture::new(), 1, Victims::All);
}

#[test]
fn one_of_two_instances_is_killed_repeatedly() {
    let Some(fixture) = Fixture::shared() else { return };
    kill_repeatedly(&fixture, 2, Victims::One);
}

#[test]
fn all_instances_are_killed_repeatedly() {
    let Some(fixture) = Fixture::shared() else { return };
    kill_repeatedly(&fixture, 2, Victims::All);
}

fn kill_repeatedly(fixture: &Fixture, instances: usize, victims: Victims) {
    let (mut random, start, size) = (Random::new(), Instant::now(), size());
    let rows = size.0;
    let mut nodes: Vec<Node> = (0..instances).map(|_| fixture.start(&[])).collect();
    let id = nodes[0].begin(&small(), &repeating(rows, CODES));
    let mut seen = BTreeMap::<String, usize>::new();
    for moment in Moment::all(&mut random, size) {
        nodes[0].until(&id, "at the next kill", |export| export["done"].as_i64() >= Some(moment.done));
        thread::sleep(moment.after);
        let export = nodes[0].export(&id);
        *seen.entry(export["state"].as_str().expect("a state").to_owned()).or_default() += 1;
        println!("{victims:?} of {instances} killed at {:?}: {} {}", start.elapsed(), export["state"], export["done"]);
        match victims {
            Victims::One => {
                let index = random.below(instances as u64) as usize;
                nodes[index] = fixture.start(&[]);
            }
            Victims::All => {
                nodes.clear();
                nodes.extend((0..instances).map(|_| fixture.start(&[])));
            }
        }
    }
    let export = nodes[0].until_state(&id, "done");
    println!("{victims:?} of {instances}: {seen:?}, done in {:?}", start.elapsed());
    assert_eq!((&export["done"], &export["failed"]), (&json!(rows), &json!(0)), "{export:#}");
    assert_posters(&nodes[0].archive(&id), rows, CODES, &[]);
    assert_tidy(fixture, &id);
    println!("{victims:?} of {instances}: verified in {:?}", start.elapsed());
    assert_eq!(nodes[0].ask("DELETE", &format!("/v1/exports/{id}")).status, 204);
}
