//! How work is cut for the threads of an encoder.

use std::ops::RangeInclusive;

/// Cuts the sequences, in order, into runs of a bounded number of tokens.
///
/// Nothing is padded, so sequences of any lengths may share a batch and order does not matter.
pub(super) fn split<'s, 't>(
    sequences: &'s [(usize, &'t [u32])],
    threads: usize,
    tokens: RangeInclusive<usize>,
) -> Vec<&'s [(usize, &'t [u32])]> {
    let total: usize = sequences.iter().map(|(_, tokens)| tokens.len()).sum();
    let budget = total.div_ceil(threads).clamp(*tokens.start(), *tokens.end());
    let mut batches = Vec::new();
    let (mut start, mut n_tokens) = (0, 0);
    for (idx, (_, tokens)) in sequences.iter().enumerate() {
        if n_tokens > 0 && n_tokens + tokens.len() > budget {
            batches.push(&sequences[start..idx]);
            (start, n_tokens) = (idx, 0);
        }
        n_tokens += tokens.len();
    }
    if n_tokens > 0 {
        batches.push(&sequences[start..]);
    }
    batches
}
