//! Deflate (RFC 1951) for filtered rows of a picture: a Huffman table of its own for each piece, and of repetitions only
//! runs of zeros, which is what filters make of even areas.
//!
//! Encoding decides the cost of a warm poster. A general compressor spends most of its time looking for repetitions
//! that filtered rows hardly have.

use super::huffman::{self, Code};

/// Literals, the end of a block, and lengths of runs.
const SYMBOLS: usize = 286;
const END_OF_BLOCK: usize = 256;
/// Codes of at most this many bits: four of them, and what is left of a byte, fit into 64 bits.
const LIMIT: u8 = 12;
/// The longest repetition that one code can tell.
const LONGEST: usize = 258;
/// How the lengths of the codes are told, in the order of RFC 1951, section 3.2.7.
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// Literals, and a run of zeros behind them.
#[derive(Debug, Clone, Copy)]
struct Piece {
    literals: u32,
    /// Repetitions of the last byte, which is a zero.
    run: u32,
}

/// Scratch space of the coder.
#[derive(Debug, Default)]
pub struct Deflate {
    pieces: Vec<Piece>,
    out: Vec<u8>,
}

impl Deflate {
    /// Packs data as blocks without the final bit, the last one empty and aligned to a byte, so that anything may follow.
    pub fn pack(&mut self, data: &[u8]) -> &[u8] {
        let counts = self.divide(data);
        let lengths = huffman::lengths(&counts, LIMIT);
        let codes = huffman::codes(&lengths);
        // No code takes more than 12 bits for a byte; the table takes less than 400 bytes.
        let most = data.len() + data.len() / 2 + 512;
        if self.out.len() < most {
            self.out.resize(most, 0);
        }
        let mut bits = Bits { out: &mut self.out, at: 0, held: 0, count: 0 };
        // Not the last block; its tables are its own.
        bits.put(0b100, 3);
        table(&mut bits, &lengths);
        let mut rest = data;
        for piece in &self.pieces {
            let (literals, behind) = rest.split_at(piece.literals as usize);
            let (fours, few) = literals.as_chunks::<4>();
            for four in fours {
                bits.four(four.map(|byte| codes[usize::from(byte)]));
            }
            for byte in few {
                bits.code(codes[usize::from(*byte)]);
            }
            run(piece.run as usize, |symbol, extra, width| {
                bits.code(codes[symbol]);
                // The only distance that is used, one byte back, has a code of one bit.
                bits.put(u64::from(extra), width + 1);
            });
            rest = &behind[piece.run as usize..];
        }
        bits.code(codes[END_OF_BLOCK]);
        // A stored block without content.
        bits.put(0, 3);
        let end = bits.align();
        self.out[end..end + 4].copy_from_slice(&[0, 0, 0xff, 0xff]);
        &self.out[..end + 4]
    }

    /// Divides data into literals and runs, and counts the symbols of both.
    fn divide(&mut self, data: &[u8]) -> [u32; SYMBOLS] {
        self.pieces.clear();
        let mut tally = Tally::default();
        let mut start = 0;
        while let Some((from, to)) = zeros(data, start) {
            // The first zero is a literal, for the others to repeat.
            let literals = &data[start..=from];
            tally.literals(literals);
            tally.run(to - from - 1);
            self.pieces.push(Piece { literals: literals.len() as u32, run: (to - from - 1) as u32 });
            start = to;
        }
        let literals = &data[start..];
        tally.literals(literals);
        self.pieces.push(Piece { literals: literals.len() as u32, run: 0 });
        tally.counts()
    }
}

/// The next run of zeros that is worth a code: one that fills four bytes from `start` on, or from a multiple of four
/// behind it.
fn zeros(data: &[u8], start: usize) -> Option<(usize, usize)> {
    let (chunks, rest) = data[start..].as_chunks::<4>();
    let index = chunks.iter().position(|chunk| u32::from_le_bytes(*chunk) == 0)?;
    let before = index.checked_sub(1).map_or(0, |before| u32::from_le_bytes(chunks[before]).leading_zeros() / 8);
    let from = start + index * 4 - before as usize;
    let behind = &chunks[index..];
    let (to, last) = match behind.iter().position(|chunk| u32::from_le_bytes(*chunk) != 0) {
        Some(end) => (start + (index + end) * 4, behind[end].as_slice()),
        None => (start + chunks.len() * 4, rest),
    };
    Some((from, to + last.iter().take_while(|byte| **byte == 0).count()))
}

/// Divides a run into lengths that have a code: symbol, extra bits and how many of them (RFC 1951, section 3.2.5). No
/// run from [`zeros`] is shorter than the least of them, 3.
fn run(mut length: usize, mut tell: impl FnMut(usize, u16, u32)) {
    while length > 0 {
        // So that nothing is left that is too short.
        let part = if length > LONGEST && length < LONGEST + 3 { LONGEST - 3 } else { length.min(LONGEST) };
        let (symbol, extra, width) = length_symbol(part);
        tell(symbol, extra, width);
        length -= part;
    }
}

fn length_symbol(length: usize) -> (usize, u16, u32) {
    match length {
        LONGEST => (285, 0, 0),
        ..11 => (254 + length, 0, 0),
        _ => {
            // Four symbols for each power of two.
            let above = length - 3;
            let width = above.ilog2() - 2;
            let symbol = 257 + 4 * (width as usize + 1) + ((above >> width) & 3);
            (symbol, (above & ((1 << width) - 1)) as u16, width)
        }
    }
}

/// Counts symbols. Four counters for each literal: equal neighbours would wait for one another.
struct Tally {
    literals: [[u32; 256]; 4],
    others: [u32; SYMBOLS - 256],
}

impl Default for Tally {
    fn default() -> Self {
        let mut others = [0; SYMBOLS - 256];
        others[0] = 1;
        Self { literals: [[0; 256]; 4], others }
    }
}

impl Tally {
    fn literals(&mut self, bytes: &[u8]) {
        let (fours, few) = bytes.as_chunks::<4>();
        let [a, b, c, d] = &mut self.literals;
        for four in fours {
            a[usize::from(four[0])] += 1;
            b[usize::from(four[1])] += 1;
            c[usize::from(four[2])] += 1;
            d[usize::from(four[3])] += 1;
        }
        for byte in few {
            a[usize::from(*byte)] += 1;
        }
    }

    fn run(&mut self, length: usize) {
        run(length, |symbol, _, _| self.others[symbol - 256] += 1);
    }

    fn counts(&self) -> [u32; SYMBOLS] {
        std::array::from_fn(|symbol| match symbol.checked_sub(256) {
            Some(other) => self.others[other],
            None => self.literals.iter().map(|counts| counts[symbol]).sum(),
        })
    }
}

/// Tells the lengths of the codes (RFC 1951, section 3.2.7): those of the literals and lengths, and of two distances, the
/// second of them for decoders that want all codes to be taken.
fn table(bits: &mut Bits<'_>, lengths: &[u8; SYMBOLS]) {
    let all: Vec<u8> = lengths.iter().copied().chain([1, 1]).collect();
    // Symbol, extra bits, how many.
    let mut told: Vec<(usize, u64, u32)> = Vec::with_capacity(all.len());
    for same in all.chunk_by(|a, b| a == b) {
        let (value, mut count) = (usize::from(same[0]), same.len());
        if value > 0 {
            told.push((value, 0, 0));
            count -= 1;
        }
        while count > 0 {
            let (symbol, least, width, most) = match (value, count) {
                (_, ..3) => (value, 1, 0, 1),
                (0, ..11) => (17, 3, 3, 10),
                (0, _) => (18, 11, 7, 138),
                (_, _) => (16, 3, 2, 6),
            };
            let part = count.min(most);
            told.push((symbol, (part - least) as u64, width));
            count -= part;
        }
    }
    let mut counts = [0; ORDER.len()];
    for (symbol, _, _) in &told {
        counts[*symbol] += 1;
    }
    let lengths = huffman::lengths(&counts, 7);
    let codes = huffman::codes(&lengths);
    let last = ORDER.iter().rposition(|symbol| lengths[*symbol] > 0).unwrap_or_default().max(3);
    // 286 symbols, two distances.
    bits.put((SYMBOLS - 257) as u64, 5);
    bits.put(1, 5);
    bits.put((last - 3) as u64, 4);
    for symbol in &ORDER[..=last] {
        bits.put(u64::from(lengths[*symbol]), 3);
    }
    for (symbol, extra, width) in told {
        bits.code(codes[symbol]);
        bits.put(extra, width);
    }
}

/// Writes bits, the lowest first. There is room for all that is written, and eight bytes more.
struct Bits<'a> {
    out: &'a mut [u8],
    at: usize,
    held: u64,
    /// Bits held, less than 8 between writes.
    count: u32,
}

impl Bits<'_> {
    /// At most 56 bits.
    #[inline]
    fn put(&mut self, bits: u64, width: u32) {
        self.held |= bits << self.count;
        self.count += width;
        self.out[self.at..self.at + 8].copy_from_slice(&self.held.to_le_bytes());
        self.at += (self.count / 8) as usize;
        self.held >>= self.count & !7;
        self.count &= 7;
    }

    #[inline]
    fn code(&mut self, code: Code) {
        self.put(u64::from(code.bits), u32::from(code.length));
    }

    /// Four codes at once.
    #[inline]
    fn four(&mut self, [a, b, c, d]: [Code; 4]) {
        let (ab, cd) = (a.length + b.length, c.length + d.length);
        let first = u64::from(a.bits) | u64::from(b.bits) << a.length;
        let second = u64::from(c.bits) | u64::from(d.bits) << c.length;
        self.put(first | second << ab, u32::from(ab + cd));
    }

    /// Fills the last byte up with zeros; answers where the next one begins.
    fn align(self) -> usize {
        self.at + usize::from(self.count > 0)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn back(data: &[u8], deflate: &mut Deflate) -> Vec<u8> {
        let mut stream = deflate.pack(data).to_vec();
        // An empty final block with static codes.
        stream.extend([0x03, 0x00]);
        let mut found = Vec::new();
        flate2::read::DeflateDecoder::new(&stream[..]).read_to_end(&mut found).expect("a deflate stream");
        found
    }

    #[test]
    fn every_length_of_a_run_comes_back() {
        let mut deflate = Deflate::default();
        for length in (0..1100).chain([70_000]) {
            for (before, behind) in [(0, 0), (1, 1), (5, 0), (9, 12)] {
                let data = [vec![7; before], vec![0; length], vec![9; behind]].concat();
                assert!(back(&data, &mut deflate) == data, "{before} bytes, {length} zeros, {behind} bytes");
            }
        }
    }

    #[test]
    fn any_data_come_back() {
        let mut deflate = Deflate::default();
        let mut state = 1_u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u32
        };
        for round in 0..300 {
            let size = random() % 3000;
            // From noise to a byte here and there among zeros; skewed, so that codes reach their greatest length.
            let rare = random() % 20;
            let data: Vec<u8> = (0..size)
                .map(|_| {
                    if random() % 20 < rare {
                        0
                    } else {
                        (random().leading_zeros() * 8) as u8 ^ random() as u8 & round as u8
                    }
                })
                .collect();
            assert!(back(&data, &mut deflate) == data, "round {round}");
        }
        let skewed: Vec<u8> = (0..20_u32).flat_map(|power| vec![power as u8; 1 << power]).collect();
        assert!(back(&skewed, &mut deflate) == skewed);
    }

    #[test]
    fn noise_grows_by_little_and_even_areas_shrink_to_nothing() {
        let mut deflate = Deflate::default();
        let noise: Vec<u8> = (0..100_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let packed = deflate.pack(&noise).len();
        assert!(packed < 101_000, "{packed}");
        let packed = deflate.pack(&[0; 100_000]).len();
        assert!(packed < 120, "{packed}");
    }
}
