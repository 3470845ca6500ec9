//! Callers beside the flood of another one, on a clock of the test's own.

use super::*;
use crate::service::pool::queue::Receipt;

const MIB: u64 = 1 << 20;
/// Memory of the pool with two threads.
const MEMORY: u64 = 144 * MIB;

/// One step of a poster: what it needs and how long it takes, s.
type Step = (Need, f64);

fn draw_with(memory: u64) -> Need {
    Need { memory, ..draw() }
}

/// Clients that ask for their next poster when they have got one, and a queue that is served by two threads.
struct Simulation {
    queue: Queue<usize>,
    start: Instant,
    now: f64,
    /// End, job's client and receipt of what runs.
    running: Vec<(f64, usize, Receipt)>,
    clients: Vec<Client>,
}

struct Client {
    caller: &'static str,
    steps: Vec<Step>,
    /// Pause before the next poster, s.
    pause: f64,
    next: usize,
    asked: f64,
    /// When the next step is due; infinite while one waits or runs.
    due: f64,
    /// Times from the request to the end of the last step, s.
    took: Vec<f64>,
}

impl Simulation {
    fn new() -> Self {
        let queue = Queue::new(2, u64::MAX, MEMORY);
        Self { queue, start: Instant::now(), now: 0.0, running: Vec::new(), clients: Vec::new() }
    }

    fn add(&mut self, count: usize, caller: &'static str, pause: f64, steps: &[Step]) {
        for n in 0..count {
            // Not all at once.
            let due = n as f64 * 0.01;
            let steps = steps.to_vec();
            self.clients.push(Client { caller, steps, pause, next: 0, asked: due, due, took: Vec::new() });
        }
    }

    fn at(&self, seconds: f64) -> Instant {
        self.start + Duration::from_secs_f64(seconds)
    }

    fn run(&mut self, until: f64) {
        while self.now < until {
            let ends = self.running.iter().map(|(end, ..)| *end);
            self.now = ends.chain(self.clients.iter().map(|client| client.due)).fold(f64::INFINITY, f64::min);
            while let Some(index) = self.running.iter().position(|(end, ..)| *end <= self.now) {
                let (_, client, receipt) = self.running.swap_remove(index);
                let client = &mut self.clients[client];
                let took = client.steps[client.next].1;
                self.queue.finished(receipt, Some(Duration::from_secs_f64(took)));
                client.next += 1;
                client.due = self.now;
                if client.next == client.steps.len() {
                    client.took.push(self.now - client.asked);
                    client.next = 0;
                    client.due += client.pause;
                    client.asked = client.due;
                }
            }
            for index in 0..self.clients.len() {
                let Client { caller, due, asked, .. } = self.clients[index];
                if due <= self.now {
                    let call = Call { arrived: self.at(asked), ..call(caller) };
                    let need = self.clients[index].steps[self.clients[index].next].0;
                    self.queue.push(&call, need, self.at(self.now), index).expect("no deadline");
                    self.clients[index].due = f64::INFINITY;
                }
            }
            while self.running.len() < 2
                && let Some(Started { job, receipt, .. }) = self.queue.pop(self.at(self.now))
            {
                let client = &self.clients[job];
                self.running.push((self.now + client.steps[client.next].1, job, receipt));
            }
        }
    }

    fn longest(&self, caller: &str) -> (usize, f64) {
        let took = self.clients.iter().filter(|client| client.caller == caller).flat_map(|client| &client.took);
        (took.clone().count(), took.copied().fold(0.0, f64::max))
    }
}

#[test]
fn a_light_caller_waits_for_a_unit_of_work_not_for_the_flood() {
    // At scale 3: pictures of 25 megapixels, and without such a picture.
    let (heavy, medium) = (3.0, 0.8);
    let plan = (Need::of(Kind::Plan), 0.001);
    let mut simulation = Simulation::new();
    simulation.add(24, "flood", 0.0, &[plan, (Need::of(Kind::Other), 0.02), (draw_with(112_000_000), heavy)]);
    simulation.add(24, "flood", 0.0, &[plan, (draw_with(38_000_000), medium)]);
    simulation.add(1, "light", 0.3, &[plan, (draw_with(4_300_000), 0.01)]);
    simulation.run(600.0);
    let (count, longest) = simulation.longest("light");
    // The thread without heavy work is free after one medium unit. A poster has two steps.
    assert!(count > 300 && longest <= 2.0 * medium + 0.1, "{count} posters, the longest took {longest:.2} s");
    assert!(simulation.longest("flood").0 > 700, "the flood is served as well");
}

#[test]
fn callers_that_return_have_no_credit() {
    let mut simulation = Simulation::new();
    simulation.add(4, "one", 0.0, &[(draw(), 0.1)]);
    simulation.run(100.0);
    simulation.add(4, "two", 0.0, &[(draw(), 0.1)]);
    simulation.clients[4..].iter_mut().for_each(|client| (client.due, client.asked) = (100.0, 100.0));
    let before = simulation.longest("one").0;
    simulation.run(110.0);
    let (one, two) = (simulation.longest("one").0 - before, simulation.longest("two").0);
    assert!(one.abs_diff(two) < 10, "{one} and {two} posters");
}

#[test]
fn a_large_reservation_does_not_hold_up_small_posters() {
    let now = Instant::now();
    let mut queue = Queue::new(2, u64::MAX, MEMORY);
    // Finished posters that wait for their clients.
    queue.take_memory(100 * MIB);
    queue.push(&call("flood"), draw_with(100 * MIB), now, "large").expect("no deadline");
    for _ in 0..2 {
        queue.push(&call("flood"), draw_with(20 * MIB), now, "medium").expect("no deadline");
    }
    queue.push(&call("light"), draw_with(4 * MIB), now, "small").expect("no deadline");
    for expected in ["small", "medium"] {
        let started = queue.pop(now).expect("it is the turn of both");
        assert_eq!(started.job, expected);
        queue.finished(started.receipt, Some(Duration::from_millis(100)));
    }
    assert!(queue.pop(now).is_none(), "what medium ones take would keep the large one waiting");
    queue.return_memory(100 * MIB);
    assert_eq!(queue.pop(now).map(|started| started.job), Some("large"));

    // One that needs all memory could wait for small ones without end, but not for the last finished posters.
    let mut queue = Queue::new(2, u64::MAX, MEMORY);
    queue.take_memory(MAX_UNREAD + 6 * MIB);
    queue.push(&call("flood"), draw_with(1000 * MIB), now, "all").expect("no deadline");
    for _ in 0..2 {
        queue.push(&call("light"), draw_with(4 * MIB), now, "small").expect("no deadline");
    }
    let first = queue.pop(now).expect("its turn");
    assert_eq!(first.job, "small");
    queue.finished(first.receipt, Some(Duration::from_millis(100)));
    assert!(queue.pop(now).is_none());
    queue.return_memory(6 * MIB);
    assert_eq!(queue.pop(now).map(|started| started.job), Some("all"), "it waits for posters that clients read slowly");
}

#[test]
fn an_estimate_that_is_too_long_is_corrected() {
    let now = Instant::now();
    let mut queue = Queue::new(2, u64::MAX, MEMORY);
    let need = draw_with(50 * MIB);
    let within = |seconds| Call { deadline: Some(now + Duration::from_secs(seconds)), ..call("") };
    // A flood on a busy machine.
    for _ in 0..20 {
        queue.push(&call(""), need, now, "flood").expect("no deadline");
    }
    order(&mut queue, |_| 60.0);
    let mut done = 0;
    for _ in 0..40 {
        let accepted = (0..40).filter(|_| queue.push(&within(30), need, now, "picture").is_ok()).count();
        assert!(accepted > 0, "after {done} pictures");
        done += order(&mut queue, |_| 0.5).len();
    }
    let accepted = (0..40).filter(|_| queue.push(&within(30), need, now, "picture").is_ok()).count();
    assert_eq!(accepted, 40, "all have their turn in ten seconds");
}

#[test]
fn the_bytes_of_a_flood_leave_room_to_other_callers() {
    let now = Instant::now();
    let mut queue = Queue::new(2, 8000, MEMORY);
    let within = |caller: &str| Call { deadline: Some(now + Duration::from_secs(30)), ..call(caller) };
    let need = |bytes| Need { bytes, ..plan() };
    let accepted = (0..20).filter(|_| queue.push(&within("flood"), need(900), now, "flood").is_ok()).count();
    assert_eq!(accepted, 8, "up to the limit");
    assert!(queue.push(&within("light"), need(900), now, "light").is_ok(), "an eighth of it");
    assert!(queue.push(&within("light"), need(900), now, "light").is_err(), "but not more");
}

#[tokio::test(start_paused = true)]
async fn a_job_whose_turn_does_not_come_is_refused_before_the_deadline() {
    let pool = Arc::new(pool(1));
    let (release, running) = block(&pool).await;
    let call = Call::new("", Duration::from_millis(600));
    let deadline = tokio::time::Instant::from_std(call.deadline.expect("it has one"));
    let refused = call.scope(pool.run(draw(), |_| Ok(()))).await.expect_err("the thread is occupied");
    // The time is paused, and passes only for what waits.
    assert!(tokio::time::Instant::now() < deadline, "at the deadline, it is too late to respond");
    assert_eq!((refused.kind(), refused.code()), (ErrorKind::Busy, "busy"));
    assert!(matches!(refused.retry_advice(), Retry::After(wait) if wait >= Duration::from_secs(1)));
    assert_eq!(pool.depth().waiting, 0);
    drop(release);
    running.await.expect("no panic").expect("done");
}

#[test]
fn posters_of_text_do_not_wait_behind_one_that_waits_for_memory() {
    let photo = Need { memory: 13 * MIB, ..Need::of(Kind::Plan) };
    let mut queue = Queue::new(2, u64::MAX, MEMORY);
    let now = Instant::now();
    queue.take_memory(140 * MIB);
    queue.push(&call(""), photo, now, "photo").expect("no deadline");
    queue.push(&call(""), Need::of(Kind::Plan), now, "text").expect("no deadline");
    assert_eq!(order(&mut queue, |_| 0.01), ["text"], "it needs no memory");
    queue.return_memory(140 * MIB);
    assert_eq!(order(&mut queue, |_| 0.01), ["photo"]);
}

#[test]
fn small_posters_do_not_wait_for_a_sheet_with_a_large_one() {
    let (large, small) = (Need { memory: 120 * MIB, ..draw() }, Need { memory: 6 * MIB, ..draw() });
    let mut queue = Queue::new(2, u64::MAX, MEMORY);
    let now = Instant::now();
    // The large one is further behind than the small ones.
    queue.push(&call("small"), small, now, "small").expect("no deadline");
    assert_eq!(order(&mut queue, |_| 0.01), ["small"]);
    assert!(queue.try_reserve(80 * MIB), "nothing runs");
    queue.push(&call("large"), large, now, "large").expect("no deadline");
    for _ in 0..3 {
        queue.push(&call("small"), small, now, "small").expect("no deadline");
    }
    let first = queue.pop(now).expect("the large one waits for the sheet, not for small ones");
    assert_eq!(first.job, "small");
    queue.return_reserved(80 * MIB);
    queue.take_memory(30 * MIB);
    assert!(queue.pop(now).is_none(), "now it waits for jobs, and is next");
    queue.finished(first.receipt, Some(Duration::from_millis(10)));
    queue.return_memory(30 * MIB);
    assert_eq!(order(&mut queue, |_| 0.01), ["large", "small", "small"]);
}
