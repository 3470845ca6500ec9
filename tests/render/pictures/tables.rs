//! JPEGs without Huffman tables, as frames of Motion JPEG are.

use super::{distance, faults, poster};
use crate::kit::hostile::sample;

/// A JPEG without its Huffman tables.
fn without_tables(jpeg: &[u8]) -> Vec<u8> {
    let mut rest = jpeg.to_vec();
    while let Some(at) = rest.windows(2).position(|pair| pair == [0xff, 0xc4]) {
        let length = u16::from_be_bytes(*rest[at + 2..].first_chunk().expect("a length"));
        rest.drain(at..at + 2 + usize::from(length));
    }
    rest
}

#[test]
fn jpegs_without_tables_have_the_standard_ones() {
    let baseline = sample("baseline.jpg");
    let jpeg = without_tables(&baseline);
    assert_eq!(jpeg.len() + 432, baseline.len());
    assert!(distance(&jpeg) < 1.5, "{}", distance(&jpeg));
    assert_eq!(faults(&jpeg), [""; 0]);
    let (found, expected) = (poster(&jpeg, true), poster(&baseline, true));
    let sum: u64 = found.iter().zip(&expected).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    let mean = sum as f64 / expected.len() as f64;
    assert!(mean < 1.5, "{mean} in artwork");
}
