//! JPEGs whose segments have right lengths, however their contents change: sizes and memory follow the header, and what is
//! decoded can be fitted.
#![no_main]

use haibao_fuzz::check_picture;
use libfuzzer_sys::fuzz_target;

/// Between the segments of an input: a marker that no segment has.
const SEPARATOR: [u8; 2] = [0xff, 0xff];

/// A JPEG of segments, each a marker and a content: the length is added. What follows the first scan header is copied.
fn jpeg(input: &[u8]) -> Vec<u8> {
    let mut file = vec![0xff, 0xd8];
    let mut rest = input;
    while let Some((&marker, after)) = rest.split_first() {
        let end = after.windows(2).position(|pair| pair == SEPARATOR).unwrap_or(after.len());
        let (content, next) = after.split_at(end);
        let content = &content[..content.len().min(65_000)];
        file.extend([0xff, marker]);
        file.extend((content.len() as u16 + 2).to_be_bytes());
        file.extend(content);
        rest = next.get(2..).unwrap_or_default();
        if marker == 0xda {
            // The data of the scan; segments of further scans are in it.
            file.extend(rest);
            break;
        }
    }
    file.extend([0xff, 0xd9]);
    file
}

fuzz_target!(|data: &[u8]| check_picture(&jpeg(data)));
