//! Length-limited Huffman codes (RFC 1951, section 3.2.2).

/// Code of a symbol. `bits` has the first transmitted bit lowest; `length` is in bits, 0 for an unused symbol.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Codeword {
    pub bits: u16,
    pub length: u8,
}

/// Code lengths for these symbol frequencies. Optimal if no code exceeds `limit` bits (at most 15); otherwise longer codes
/// are cut to the limit. Unused symbols get length 0; a single used symbol gets length 1. At most `2^limit` symbols may be
/// used.
pub fn lengths<const N: usize>(counts: &[u32; N], limit: u8) -> [u8; N] {
    let mut lengths = [0; N];
    // Rarest first. The symbol in the low 16 bits breaks ties, so the output is deterministic.
    let mut leaves: Vec<u64> =
        (0_u64..).zip(counts).filter(|(_, n)| **n > 0).map(|(s, n)| u64::from(*n) << 16 | s).collect();
    leaves.sort_unstable();
    if leaves.len() < 2 {
        for leaf in leaves {
            lengths[(leaf & 0xffff) as usize] = 1;
        }
        return lengths;
    }
    let mut of_length = depths(&leaves.iter().map(|leaf| (leaf >> 16) as u32).collect::<Vec<_>>());
    limit_lengths(&mut of_length, limit);
    // The most frequent symbols get the shortest codes.
    let mut rest = leaves.iter().rev();
    for (length, count) in (0_u8..).zip(of_length) {
        for leaf in rest.by_ref().take(count as usize) {
            lengths[(leaf & 0xffff) as usize] = length;
        }
    }
    lengths
}

/// Number of leaves at each depth of the Huffman tree for these weights, in ascending order. The depth is at most 63: the
/// weights sum to less than 2^42, and a tree of depth d weighs at least the d-th Fibonacci number.
fn depths(weights: &[u32]) -> [u32; 64] {
    let count = weights.len();
    // Two queues in ascending order of weight: leaves, and inner nodes in order of creation.
    let mut nodes: Vec<u64> = Vec::with_capacity(count - 1);
    let mut parent = vec![0_usize; 2 * count - 2];
    let (mut leaf, mut node) = (0, 0);
    for created in 0..count - 1 {
        let mut weight = 0;
        for _ in 0..2 {
            if leaf < count && nodes.get(node).is_none_or(|n| u64::from(weights[leaf]) <= *n) {
                weight += u64::from(weights[leaf]);
                parent[leaf] = created;
                leaf += 1;
            } else {
                weight += nodes[node];
                parent[count + node] = created;
                node += 1;
            }
        }
        nodes.push(weight);
    }
    let mut of_length = [0; 64];
    let mut depth = vec![0_u8; count - 1];
    for node in (0..count - 2).rev() {
        depth[node] = depth[parent[count + node]] + 1;
    }
    for leaf in &parent[..count] {
        of_length[usize::from(depth[*leaf]) + 1] += 1;
    }
    of_length
}

/// Cuts codes to the limit, then lengthens others until Kraft's inequality holds again.
fn limit_lengths(of_length: &mut [u32; 64], limit: u8) {
    let limit = usize::from(limit);
    let (within, beyond) = of_length.split_at_mut(limit + 1);
    within[limit] += beyond.iter().sum::<u32>();
    beyond.fill(0);
    // Code space in units of a code of the maximum length.
    let room = 1_u32 << limit;
    let mut used: u32 = within.iter().enumerate().skip(1).map(|(length, count)| count << (limit - length)).sum();
    while used > room {
        // Lengthens the longest code below the limit by one bit and moves a code of the maximum length beside it, which
        // frees one unit.
        let Some(length) = (1..limit).rev().find(|length| within[*length] > 0) else { break };
        within[length] -= 1;
        within[length + 1] += 2;
        within[limit] -= 1;
        used -= 1;
    }
}

/// Canonical codes for these lengths.
pub fn codes<const N: usize>(lengths: &[u8; N]) -> [Codeword; N] {
    let mut of_length = [0_u16; 16];
    for length in lengths.iter().filter(|length| **length > 0) {
        of_length[usize::from(*length)] += 1;
    }
    let mut next = [0_u16; 16];
    for length in 1..16 {
        next[length] = (next[length - 1] + of_length[length - 1]) << 1;
    }
    lengths.map(|length| {
        if length == 0 {
            return Codeword::default();
        }
        let code = &mut next[usize::from(length)];
        let bits = code.reverse_bits() >> (16 - length);
        *code += 1;
        Codeword { bits, length }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kraft sum in units of 2^-15. A complete code gives exactly `1 << 15`.
    fn kraft_sum(lengths: &[u8]) -> u32 {
        lengths.iter().filter(|length| **length > 0).map(|length| 1 << (15 - length)).sum()
    }

    #[test]
    fn frequent_symbols_have_short_codes() {
        // Textbook example with known optimal lengths.
        assert_eq!(lengths(&[45, 13, 12, 16, 9, 5], 15), [1, 3, 3, 3, 4, 4]);
        assert_eq!(lengths(&[0, 7, 0], 15), [0, 1, 0]);
        assert_eq!(lengths(&[0, 7, 1], 15), [0, 1, 1]);
        assert_eq!(lengths(&[0, 0, 0], 15), [0; 3]);
    }

    #[test]
    fn limited_codes_are_complete() {
        let mut fibonacci = [1_u32; 30];
        for at in 2..30 {
            fibonacci[at] = fibonacci[at - 1] + fibonacci[at - 2];
        }
        for limit in 5..=15 {
            let lengths = lengths(&fibonacci, limit);
            assert!(lengths.iter().all(|length| (1..=limit).contains(length)), "{lengths:?}");
            assert_eq!(kraft_sum(&lengths), 1 << 15, "limit {limit}: {lengths:?}");
            assert!(lengths.is_sorted_by(|rare, frequent| rare >= frequent), "{lengths:?}");
        }
        assert_eq!(kraft_sum(&lengths(&[1; 286], 12)), 1 << 15);
        assert_eq!(kraft_sum(&lengths(&[u32::MAX; 286], 9)), 1 << 15);
    }

    #[test]
    fn codes_match_the_specification() {
        // RFC 1951, section 3.2.2: lengths (3, 3, 3, 3, 3, 2, 4, 4) give 010 011 100 101 110 00 1110 1111.
        let codes =
            codes(&[3, 3, 3, 3, 3, 2, 4, 4]).map(|code| (code.bits.reverse_bits() >> (16 - code.length), code.length));
        let expected = [(2, 3), (3, 3), (4, 3), (5, 3), (6, 3), (0, 2), (14, 4), (15, 4)];
        assert_eq!(codes, expected);
    }
}
