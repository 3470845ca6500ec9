//! Huffman codes of limited length (RFC 1951, section 3.2.2).

/// A symbol's code, the bit that is written first lowest, and its length in bits; 0 for a symbol that does not occur.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Code {
    pub bits: u16,
    pub length: u8,
}

/// Lengths of an optimal code for these frequencies, at most `limit` bits (up to 15) where the optimum is longer.
/// A symbol that does not occur has length 0; a symbol that is alone has length 1. At most 2 to the power of `limit`
/// symbols may occur.
pub fn lengths<const N: usize>(counts: &[u32; N], limit: u8) -> [u8; N] {
    let mut lengths = [0; N];
    // Rarest first; the symbol in the low half makes the order, and so the bytes, the same everywhere.
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
    shorten(&mut of_length, limit);
    // The commonest symbols get the shortest codes.
    let mut rest = leaves.iter().rev();
    for (length, count) in (0_u8..).zip(of_length) {
        for leaf in rest.by_ref().take(count as usize) {
            lengths[(leaf & 0xffff) as usize] = length;
        }
    }
    lengths
}

/// How many leaves of the Huffman tree over these weights, lightest first, lie at each depth (63 at the most: weights
/// sum up to less than 2 to the power of 42, and a tree of depth d weighs at least the d-th Fibonacci number).
fn depths(weights: &[u32]) -> [u32; 64] {
    let count = weights.len();
    // Two queues, both lightest first: leaves, and nodes in the order in which they are made.
    let mut nodes: Vec<u64> = Vec::with_capacity(count - 1);
    let mut parent = vec![0_usize; 2 * count - 2];
    let (mut leaf, mut node) = (0, 0);
    for made in 0..count - 1 {
        let mut weight = 0;
        for _ in 0..2 {
            if leaf < count && nodes.get(node).is_none_or(|n| u64::from(weights[leaf]) <= *n) {
                weight += u64::from(weights[leaf]);
                parent[leaf] = made;
                leaf += 1;
            } else {
                weight += nodes[node];
                parent[count + node] = made;
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

/// Brings codes that are too long to the limit, and lengthens others until all fit again (Kraft's inequality).
fn shorten(of_length: &mut [u32; 64], limit: u8) {
    let limit = usize::from(limit);
    let (within, beyond) = of_length.split_at_mut(limit + 1);
    within[limit] += beyond.iter().sum::<u32>();
    beyond.fill(0);
    // In units of the longest code.
    let room = 1_u32 << limit;
    let mut used: u32 = within.iter().enumerate().skip(1).map(|(length, count)| count << (limit - length)).sum();
    while used > room {
        // One code of the greatest length below the limit becomes a bit longer and shares its place with one that
        // takes a place of its own now: one unit is won.
        let Some(length) = (1..limit).rev().find(|length| within[*length] > 0) else { break };
        within[length] -= 1;
        within[length + 1] += 2;
        within[limit] -= 1;
        used -= 1;
    }
}

/// The canonical code of these lengths.
pub fn codes<const N: usize>(lengths: &[u8; N]) -> [Code; N] {
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
            return Code::default();
        }
        let code = &mut next[usize::from(length)];
        let bits = code.reverse_bits() >> (16 - length);
        *code += 1;
        Code { bits, length }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sum of 2^-length, in units of 2^-15: all codes of a whole tree fill it exactly.
    fn filled(lengths: &[u8]) -> u32 {
        lengths.iter().filter(|length| **length > 0).map(|length| 1 << (15 - length)).sum()
    }

    #[test]
    fn common_symbols_have_short_codes() {
        // A textbook's example: the lengths of an optimal code are known.
        assert_eq!(lengths(&[45, 13, 12, 16, 9, 5], 15), [1, 3, 3, 3, 4, 4]);
        assert_eq!(lengths(&[0, 7, 0], 15), [0, 1, 0]);
        assert_eq!(lengths(&[0, 7, 1], 15), [0, 1, 1]);
        assert_eq!(lengths(&[0, 0, 0], 15), [0; 3]);
    }

    #[test]
    fn no_code_is_longer_than_the_limit_and_none_is_wasted() {
        let mut fibonacci = [1_u32; 30];
        for at in 2..30 {
            fibonacci[at] = fibonacci[at - 1] + fibonacci[at - 2];
        }
        for limit in 5..=15 {
            let lengths = lengths(&fibonacci, limit);
            assert!(lengths.iter().all(|length| (1..=limit).contains(length)), "{lengths:?}");
            assert_eq!(filled(&lengths), 1 << 15, "limit {limit}: {lengths:?}");
            assert!(lengths.is_sorted_by(|rare, common| rare >= common), "{lengths:?}");
        }
        assert_eq!(filled(&lengths(&[1; 286], 12)), 1 << 15);
        assert_eq!(filled(&lengths(&[u32::MAX; 286], 9)), 1 << 15);
    }

    #[test]
    fn codes_are_those_of_the_specification() {
        // RFC 1951, section 3.2.2: lengths (3, 3, 3, 3, 3, 2, 4, 4) give 010 011 100 101 110 00 1110 1111.
        let codes =
            codes(&[3, 3, 3, 3, 3, 2, 4, 4]).map(|code| (code.bits.reverse_bits() >> (16 - code.length), code.length));
        let expected = [(2, 3), (3, 3), (4, 3), (5, 3), (6, 3), (0, 2), (14, 4), (15, 4)];
        assert_eq!(codes, expected);
    }
}
