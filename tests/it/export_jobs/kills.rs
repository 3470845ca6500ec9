//! kill -9 at random moments of an export, from the check of its sheet to its archive: no row is lost, none is there
//! twice, and nothing is left over.
//!
//! 320 rows and 6 kills; with `HAIBAO_TEST_FULL=1` 2000 rows and 20 kills, which takes minutes:
//!
//! ```sh
//! HAIBAO_TEST_FULL=1 tests/servers cargo test --test it kills -- --nocapture
//! ```

use super::*;
use crate::support::is_full;

/// Codes of all rows.
const CODES: usize = 100;

/// Rows and kills.
fn size() -> (usize, usize) {
    if is_full() { (2000, 20) } else { (320, 6) }
}

/// Who is killed.
#[derive(Debug, Clone, Copy)]
enum Dying {
    One,
    All,
}

/// A moment of an export: so long after so many posters are done.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Moment {
    done: i64,
    after: Duration,
}

impl Moment {
    /// One while the sheet is checked, one while the archive is put together, the others while rows are drawn.
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
fn a_service_that_is_killed_again_and_again() {
    killed(&Place::new(), 1, Dying::All);
}

#[test]
fn one_of_two_instances_is_killed_again_and_again() {
    let Some(place) = Place::shared() else { return };
    killed(&place, 2, Dying::One);
}

#[test]
fn all_instances_are_killed_again_and_again() {
    let Some(place) = Place::shared() else { return };
    killed(&place, 2, Dying::All);
}

fn killed(place: &Place, instances: usize, dying: Dying) {
    let (mut random, start, size) = (Random::new(), Instant::now(), size());
    let rows = size.0;
    let mut nodes: Vec<Node> = (0..instances).map(|_| place.start(&[])).collect();
    let id = nodes[0].begin(&small(), &repeating(rows, CODES));
    let mut seen = BTreeMap::<String, usize>::new();
    for moment in Moment::all(&mut random, size) {
        nodes[0].until(&id, "as far", |export| export["done"].as_i64() >= Some(moment.done));
        thread::sleep(moment.after);
        let export = nodes[0].export(&id);
        *seen.entry(export["state"].as_str().expect("a state").to_owned()).or_default() += 1;
        println!("{dying:?} of {instances} killed at {:?}: {} {}", start.elapsed(), export["state"], export["done"]);
        match dying {
            Dying::One => {
                let unlucky = random.below(instances as u64) as usize;
                nodes[unlucky] = place.start(&[]);
            }
            Dying::All => {
                nodes.clear();
                nodes.extend((0..instances).map(|_| place.start(&[])));
            }
        }
    }
    let export = nodes[0].until_state(&id, "done");
    println!("{dying:?} of {instances}: {seen:?}, done in {:?}", start.elapsed());
    assert_eq!((&export["done"], &export["failed"]), (&json!(rows), &json!(0)), "{export:#}");
    assert_posters(&nodes[0].archive(&id), rows, CODES, &[]);
    assert_tidy(place, &id);
    println!("{dying:?} of {instances}: all in {:?}", start.elapsed());
    assert_eq!(nodes[0].ask("DELETE", &format!("/v1/exports/{id}")).status, 204);
}
