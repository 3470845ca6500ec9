//! Deflate encoder (RFC 1951) for filtered image rows: one dynamic Huffman table per call, and matches only for runs of
//! zeros, which is what PNG filters produce from uniform areas.
//!
//! Encoding dominates the cost of a cached poster. A general-purpose compressor spends most of its time searching for
//! matches that filtered rows rarely contain.

use super::huffman::{self, Codeword};

/// Size of the literal/length alphabet: literals, end of block and match lengths.
const SYMBOLS: usize = 286;
const END_OF_BLOCK: usize = 256;
/// Maximum code length in bits. Four codes and up to seven pending bits fit into 64 bits.
const MAX_CODE_BITS: u8 = 12;
/// Longest match that one length symbol can encode (RFC 1951, section 3.2.5).
const MAX_MATCH: usize = 258;
/// Order in which the lengths of the code length alphabet are transmitted (RFC 1951, section 3.2.7).
const CODE_LENGTH_ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// Literals followed by a run of zeros.
#[derive(Debug, Clone, Copy)]
struct Piece {
    literals: u32,
    /// Number of repetitions of the last literal, which is a zero.
    run: u32,
}

/// Deflate encoder with reusable buffers.
#[derive(Debug, Default)]
pub struct Deflate {
    pieces: Vec<Piece>,
    out: Vec<u8>,
}

impl Deflate {
    /// Compresses data into one block and an empty stored block, both without the final bit. The output ends at a byte
    /// boundary, so any further blocks may follow.
    pub fn pack(&mut self, data: &[u8]) -> &[u8] {
        let counts = self.split(data);
        let lengths = huffman::lengths(&counts, MAX_CODE_BITS);
        let codes = huffman::codes(&lengths);
        // At most 12 bits per byte, and less than 400 bytes for the table.
        let capacity = data.len() + data.len() / 2 + 512;
        if self.out.len() < capacity {
            self.out.resize(capacity, 0);
        }
        let mut bits = Bits { out: &mut self.out, at: 0, pending: 0, count: 0 };
        // Block header: not final, dynamic Huffman codes.
        bits.put(0b100, 3);
        write_table(&mut bits, &lengths);
        let mut rest = data;
        for piece in &self.pieces {
            let (literals, tail) = rest.split_at(piece.literals as usize);
            let (fours, remainder) = literals.as_chunks::<4>();
            for four in fours {
                bits.four(four.map(|byte| codes[usize::from(byte)]));
            }
            for byte in remainder {
                bits.code(codes[usize::from(*byte)]);
            }
            split_run(piece.run as usize, |symbol, extra, width| {
                bits.code(codes[symbol]);
                // Distance 1 has a one-bit code, 0.
                bits.put(u64::from(extra), width + 1);
            });
            rest = &tail[piece.run as usize..];
        }
        bits.code(codes[END_OF_BLOCK]);
        // Header of an empty stored block, not final.
        bits.put(0, 3);
        let end = bits.align();
        self.out[end..end + 4].copy_from_slice(&[0, 0, 0xff, 0xff]);
        &self.out[..end + 4]
    }

    /// Splits data into literals and runs of zeros, and counts their symbols.
    fn split(&mut self, data: &[u8]) -> [u32; SYMBOLS] {
        self.pieces.clear();
        let mut histogram = Histogram::default();
        let mut start = 0;
        while let Some((from, to)) = find_zeros(data, start) {
            // The first zero is a literal; the match repeats it.
            let literals = &data[start..=from];
            histogram.literals(literals);
            histogram.run(to - from - 1);
            self.pieces.push(Piece { literals: literals.len() as u32, run: (to - from - 1) as u32 });
            start = to;
        }
        let literals = &data[start..];
        histogram.literals(literals);
        self.pieces.push(Piece { literals: literals.len() as u32, run: 0 });
        histogram.counts()
    }
}

/// Finds the next run of zeros that is worth a match: one that covers four bytes aligned to a multiple of four from
/// `start`. Returns its start and end.
fn find_zeros(data: &[u8], start: usize) -> Option<(usize, usize)> {
    let (chunks, rest) = data[start..].as_chunks::<4>();
    let index = chunks.iter().position(|chunk| u32::from_le_bytes(*chunk) == 0)?;
    let before = index.checked_sub(1).map_or(0, |before| u32::from_le_bytes(chunks[before]).leading_zeros() / 8);
    let from = start + index * 4 - before as usize;
    let following = &chunks[index..];
    let (to, last) = match following.iter().position(|chunk| u32::from_le_bytes(*chunk) != 0) {
        Some(end) => (start + (index + end) * 4, following[end].as_slice()),
        None => (start + chunks.len() * 4, rest),
    };
    Some((from, to + last.iter().take_while(|byte| **byte == 0).count()))
}

/// Splits a run into match lengths and emits for each the symbol, the extra bits and their number (RFC 1951, section
/// 3.2.5). Runs from [`find_zeros`] are never shorter than the minimum match, 3.
fn split_run(mut length: usize, mut emit: impl FnMut(usize, u16, u32)) {
    while length > 0 {
        // Never leaves a remainder below the minimum match.
        let part = if length > MAX_MATCH && length < MAX_MATCH + 3 { MAX_MATCH - 3 } else { length.min(MAX_MATCH) };
        let (symbol, extra, width) = length_symbol(part);
        emit(symbol, extra, width);
        length -= part;
    }
}

fn length_symbol(length: usize) -> (usize, u16, u32) {
    match length {
        MAX_MATCH => (285, 0, 0),
        ..11 => (254 + length, 0, 0),
        _ => {
            // Four symbols per power of two.
            let offset = length - 3;
            let width = offset.ilog2() - 2;
            let symbol = 257 + 4 * (width as usize + 1) + ((offset >> width) & 3);
            (symbol, (offset & ((1 << width) - 1)) as u16, width)
        }
    }
}

/// Symbol frequencies. Four counters per literal avoid store-to-load stalls between equal neighbouring bytes.
struct Histogram {
    literals: [[u32; 256]; 4],
    others: [u32; SYMBOLS - 256],
}

impl Default for Histogram {
    fn default() -> Self {
        let mut others = [0; SYMBOLS - 256];
        others[0] = 1;
        Self { literals: [[0; 256]; 4], others }
    }
}

impl Histogram {
    fn literals(&mut self, bytes: &[u8]) {
        let (fours, remainder) = bytes.as_chunks::<4>();
        let [a, b, c, d] = &mut self.literals;
        for four in fours {
            a[usize::from(four[0])] += 1;
            b[usize::from(four[1])] += 1;
            c[usize::from(four[2])] += 1;
            d[usize::from(four[3])] += 1;
        }
        for byte in remainder {
            a[usize::from(*byte)] += 1;
        }
    }

    fn run(&mut self, length: usize) {
        split_run(length, |symbol, _, _| self.others[symbol - 256] += 1);
    }

    fn counts(&self) -> [u32; SYMBOLS] {
        std::array::from_fn(|symbol| match symbol.checked_sub(256) {
            Some(other) => self.others[other],
            None => self.literals.iter().map(|counts| counts[symbol]).sum(),
        })
    }
}

/// Writes the code lengths (RFC 1951, section 3.2.7) of the literal/length alphabet and of two distance symbols. Only the
/// first distance is used; the second completes the code for decoders that reject incomplete codes.
fn write_table(bits: &mut Bits<'_>, lengths: &[u8; SYMBOLS]) {
    let all: Vec<u8> = lengths.iter().copied().chain([1, 1]).collect();
    // Symbol, extra bits and their number.
    let mut symbols: Vec<(usize, u64, u32)> = Vec::with_capacity(all.len());
    for same in all.chunk_by(|a, b| a == b) {
        let (value, mut count) = (usize::from(same[0]), same.len());
        if value > 0 {
            symbols.push((value, 0, 0));
            count -= 1;
        }
        while count > 0 {
            let (symbol, min, width, max) = match (value, count) {
                (_, ..3) => (value, 1, 0, 1),
                (0, ..11) => (17, 3, 3, 10),
                (0, _) => (18, 11, 7, 138),
                (_, _) => (16, 3, 2, 6),
            };
            let part = count.min(max);
            symbols.push((symbol, (part - min) as u64, width));
            count -= part;
        }
    }
    let mut counts = [0; CODE_LENGTH_ORDER.len()];
    for (symbol, _, _) in &symbols {
        counts[*symbol] += 1;
    }
    let lengths = huffman::lengths(&counts, 7);
    let codes = huffman::codes(&lengths);
    let last = CODE_LENGTH_ORDER.iter().rposition(|symbol| lengths[*symbol] > 0).unwrap_or_default().max(3);
    // HLIT: 286 literal/length symbols; HDIST: 2 distances; HCLEN.
    bits.put((SYMBOLS - 257) as u64, 5);
    bits.put(1, 5);
    bits.put((last - 3) as u64, 4);
    for symbol in &CODE_LENGTH_ORDER[..=last] {
        bits.put(u64::from(lengths[*symbol]), 3);
    }
    for (symbol, extra, width) in symbols {
        bits.code(codes[symbol]);
        bits.put(extra, width);
    }
}

/// Bit writer, least significant bit first. The buffer must have eight spare bytes after the output.
struct Bits<'a> {
    out: &'a mut [u8],
    at: usize,
    pending: u64,
    /// Number of pending bits, less than 8 between writes.
    count: u32,
}

impl Bits<'_> {
    /// Writes the low `width` bits, at most 56.
    #[inline]
    fn put(&mut self, bits: u64, width: u32) {
        self.pending |= bits << self.count;
        self.count += width;
        self.out[self.at..self.at + 8].copy_from_slice(&self.pending.to_le_bytes());
        self.at += (self.count / 8) as usize;
        self.pending >>= self.count & !7;
        self.count &= 7;
    }

    #[inline]
    fn code(&mut self, code: Codeword) {
        self.put(u64::from(code.bits), u32::from(code.length));
    }

    /// Writes four codes with one store.
    #[inline]
    fn four(&mut self, [a, b, c, d]: [Codeword; 4]) {
        let (ab, cd) = (a.length + b.length, c.length + d.length);
        let first = u64::from(a.bits) | u64::from(b.bits) << a.length;
        let second = u64::from(c.bits) | u64::from(d.bits) << c.length;
        self.put(first | second << ab, u32::from(ab + cd));
    }

    /// Pads the last byte with zeros. Returns the offset of the next byte.
    fn align(self) -> usize {
        self.at + usize::from(self.count > 0)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn round_trip(data: &[u8], deflate: &mut Deflate) -> Vec<u8> {
        let mut stream = deflate.pack(data).to_vec();
        // An empty final block with fixed Huffman codes.
        stream.extend([0x03, 0x00]);
        let mut inflated = Vec::new();
        flate2::read::DeflateDecoder::new(&stream[..]).read_to_end(&mut inflated).expect("valid deflate stream");
        inflated
    }

    #[test]
    fn runs_of_every_length_round_trip() {
        /// A little more than the longest match.
        const ONE_MATCH: usize = 280;
        let mut deflate = Deflate::default();
        let places = [(0, 0), (1, 1), (5, 0), (9, 12)];
        for length in (0..1100).chain([70_000]) {
            // Longer runs are several matches: four lengths in each place by turns.
            let chosen = if length < ONE_MATCH { &places[..] } else { &places[length / 4 % 4..][..1] };
            for (before, after) in chosen.iter().copied() {
                let data = [vec![7; before], vec![0; length], vec![9; after]].concat();
                assert!(round_trip(&data, &mut deflate) == data, "{before} bytes, {length} zeros, {after} bytes");
            }
        }
    }

    #[test]
    fn random_data_round_trips() {
        let mut deflate = Deflate::default();
        let mut state = 1_u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u32
        };
        for round in 0..300 {
            let size = random() % 3000;
            // From noise to sparse bytes among zeros; skewed, so that codes reach the maximum length.
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
            assert!(round_trip(&data, &mut deflate) == data, "round {round}");
        }
        let skewed: Vec<u8> = (0..20_u32).flat_map(|power| vec![power as u8; 1 << power]).collect();
        assert!(round_trip(&skewed, &mut deflate) == skewed);
    }

    #[test]
    fn noise_expands_little_and_uniform_data_compresses_well() {
        let mut deflate = Deflate::default();
        let noise: Vec<u8> = (0..100_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let packed = deflate.pack(&noise).len();
        assert!(packed < 101_000, "{packed}");
        let packed = deflate.pack(&[0; 100_000]).len();
        assert!(packed < 120, "{packed}");
    }
}
