//! JPEGs without Huffman tables, as frames of Motion JPEG are, or with some of them.

use super::{distance, faults, poster};
use crate::kit::hostile::sample;

/// A JPEG without its Huffman tables of these classes: 0 for lowest coefficients, 1 for others.
fn without_tables(jpeg: &[u8], classes: &[u8]) -> Vec<u8> {
    let (mut rest, mut from) = (jpeg.to_vec(), 0);
    while let Some(found) = rest[from..].windows(2).position(|pair| pair == [0xff, 0xc4]) {
        let at = from + found;
        let length = u16::from_be_bytes(*rest[at + 2..].first_chunk().expect("a length"));
        from = at + 2 + usize::from(length);
        if classes.contains(&(rest[at + 4] >> 4)) {
            rest.drain(at..from);
            from = at;
        }
    }
    rest
}

#[test]
fn jpegs_without_tables_have_the_standard_ones() {
    let baseline = sample("baseline.jpg");
    let expected = poster(&baseline, true);
    for (classes, removed) in [(&[0, 1][..], 432), (&[0], 66), (&[1], 366)] {
        let jpeg = without_tables(&baseline, classes);
        assert_eq!(jpeg.len() + removed, baseline.len());
        assert!(distance(&jpeg) < 1.5, "{classes:?}: {}", distance(&jpeg));
        assert_eq!(faults(&jpeg), [""; 0]);
        let found = poster(&jpeg, true);
        let sum: u64 = found.iter().zip(&expected).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        let mean = sum as f64 / expected.len() as f64;
        assert!(mean < 1.5, "{classes:?}: {mean} in artwork");
    }
}
