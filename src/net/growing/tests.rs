//! Tests of memory that is taken while data arrives.

use std::time::Duration;

use futures_util::FutureExt;

use super::*;

#[tokio::test]
async fn receivers_that_share_all_memory_complete_one_by_one() {
    const SIZE: u64 = 4 << 20;
    let (memory, me) = (Memory::new(2 * SIZE, SIZE), Arc::from("me"));
    let until = Instant::now() + Duration::from_secs(20);
    let receive = async || {
        let mut growing = Growing::default();
        for needed in (STEP..=SIZE).step_by(STEP as usize) {
            growing.grow(&memory, &me, needed, Expected::Exactly(SIZE), until).await.expect("its turn");
            tokio::task::yield_now().await;
        }
        growing.settle(&memory, &me, SIZE);
    };
    futures_util::future::join_all((0..16).map(|_| receive())).await;
    assert_eq!(memory.shared.available(), memory.shared.capacity());
    assert_eq!(memory.reserve.available(), memory.reserve.capacity());
}

#[tokio::test]
async fn steps_end_at_the_expected_size_and_surplus_is_returned() {
    let (memory, me) = (Memory::new(64 << 20, 16 << 20), Arc::from("me"));
    let (until, all) = (Instant::now() + Duration::from_secs(20), memory.shared.capacity());
    let mut growing = Growing::default();
    for needed in [1, 100_000, 1 << 20, 5 << 20] {
        let expected = Expected::AtMost(5 << 20);
        assert!(!growing.grow(&memory, &me, needed, expected, until).await.expect("free"));
    }
    assert_eq!(all - memory.shared.available(), 5 << 20);
    growing.settle(&memory, &me, 3 << 20);
    assert_eq!(all - memory.shared.available(), 3 << 20);
    drop(growing);
    assert_eq!(memory.shared.available(), all);
}

#[tokio::test]
async fn a_small_receiver_of_another_caller_waits_for_one_of_a_flood() {
    const SIZE: u64 = 4 << 20;
    let (memory, flood, light) = (Memory::new(3 * SIZE, SIZE), Arc::from("flood"), Arc::from("light"));
    let until = Instant::now() + Duration::from_secs(20);
    // Complete, and kept until they are used.
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut growing = Growing::default();
        growing.grow(&memory, &flood, SIZE, Expected::Exactly(SIZE), until).await.expect("free, or the reserve");
        growing.settle(&memory, &flood, SIZE);
        held.push(growing);
    }
    let mut waiting: Vec<_> = (0..50)
        .map(|_| {
            let (memory, flood) = (&memory, &flood);
            Box::pin(async move {
                let mut growing = Growing::default();
                growing.grow(memory, flood, SIZE, Expected::Exactly(SIZE), until).await.map(|_| growing)
            })
        })
        .collect();
    assert!(waiting.iter_mut().all(|one| one.now_or_never().is_none()));
    let mut own = Growing::default();
    {
        let mut grow = Box::pin(own.grow(&memory, &light, 300 << 10, Expected::Exactly(300 << 10), until));
        assert!((&mut grow).now_or_never().is_none());
        drop(held.remove(0));
        grow.now_or_never().expect("it is served next").expect("in time");
    }
    drop((held, waiting, own));
    assert_eq!(memory.shared.available(), memory.shared.capacity());
    assert_eq!(memory.reserve.available(), memory.reserve.capacity());
}

/// Each group needs its data at the same time, and all groups together need more than there is. The size of some is not known.
#[tokio::test]
async fn groups_complete_one_by_one() {
    const SIZE: u64 = 1 << 20;
    const EACH: usize = 3;
    let reserve = EACH as u64 * SIZE;
    let sizes = [Expected::Exactly(SIZE), Expected::AtMost(reserve), Expected::AtMost(reserve)];
    let (memory, me) = (Memory::new(7 * SIZE, reserve), Arc::from("me"));
    let until = Instant::now() + Duration::from_secs(20);
    let receive = async |group: Group, expected| {
        let mut growing = Growing::in_group(group);
        for needed in (STEP..=SIZE).step_by(STEP as usize) {
            growing.grow(&memory, &me, needed, expected, until).await.expect("the group's turn");
            tokio::task::yield_now().await;
        }
        growing.settle(&memory, &me, SIZE);
        growing
    };
    let use_all = async || {
        let group = Group::default();
        let all = futures_util::future::join_all(sizes.map(|size| receive(group.clone(), size))).await;
        tokio::task::yield_now().await;
        drop(all);
    };
    futures_util::future::join_all((0..8).map(|_| use_all())).await;
    assert_eq!(memory.shared.available(), memory.shared.capacity());
    assert_eq!(memory.reserve.available(), memory.reserve.capacity());
}

/// Receivers of unknown size fill the reserve one after another, as far as they fit into it.
#[tokio::test]
async fn receivers_of_a_group_share_its_turn() {
    const SIZE: u64 = 1 << 20;
    let unknown = Expected::AtMost(SIZE);
    let (memory, me) = (Memory::new(SIZE, SIZE), Arc::from("me"));
    let until = Instant::now() + Duration::from_secs(20);
    let _flood = memory.shared.take(&me, u64::MAX, until).await.expect("free");
    let (group, other) = (Group::default(), Group::default());
    let mut first = Growing::in_group(group.clone());
    assert!(first.grow(&memory, &me, 1, unknown, until).await.expect("the reserve"));
    let mut second = Growing::in_group(group);
    let mut third = Growing::in_group(other);
    {
        let mut second = Box::pin(second.grow(&memory, &me, 1, unknown, until));
        let mut third = Box::pin(third.grow(&memory, &me, 1, unknown, until));
        assert!((&mut second).now_or_never().is_none() && (&mut third).now_or_never().is_none());
        assert!(first.try_grow(&memory, &me, SIZE - SIZE / 4, unknown), "it does not wait for the second one");
        first.settle(&memory, &me, SIZE / 2);
        assert!((&mut third).now_or_never().is_none(), "it is not the turn of its group");
        assert!(second.now_or_never().expect("the turn continues").expect("in time"));
        assert!(third.now_or_never().is_none());
    }
    assert!(second.try_grow(&memory, &me, SIZE / 4, unknown));
    assert!(second.try_grow(&memory, &me, SIZE / 2, unknown), "what fits");
    assert!(!second.try_grow(&memory, &me, SIZE / 2 + 1, unknown));
    second.settle(&memory, &me, SIZE / 2);
    drop((first, second));
    assert!(third.grow(&memory, &me, 1, unknown, until).await.expect("the reserve"));
}

#[tokio::test]
async fn receivers_of_known_size_fill_the_reserve_together() {
    const SIZE: u64 = 1 << 20;
    let half = Expected::Exactly(SIZE / 2);
    let (memory, me) = (Memory::new(SIZE, SIZE), Arc::from("me"));
    let until = Instant::now() + Duration::from_secs(20);
    let _flood = memory.shared.take(&me, u64::MAX, until).await.expect("free");
    let group = Group::default();
    let [mut first, mut second] = [(); 2].map(|()| Growing::in_group(group.clone()));
    assert!(first.grow(&memory, &me, 1, half, until).await.expect("the reserve"));
    assert!(second.grow(&memory, &me, 1, half, until).now_or_never().expect("beside it").expect("in time"));
    assert!(first.try_grow(&memory, &me, SIZE / 2, half) && second.try_grow(&memory, &me, SIZE / 2, half));
}
