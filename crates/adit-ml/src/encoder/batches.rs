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
    let budget = budget(sequences.iter().map(|(_, tokens)| tokens.len()), threads, &tokens);
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

/// Deals sequences of such lengths, by their positions, out into batches of a bounded number of tokens, each as full as may
/// be: a product of matrices takes rows in tiles, and one with few rows in it costs as much as a full one.
///
/// Into each batch goes the longest sequence that is left and fits, the longest of all first.
pub(super) fn fill(lengths: &[usize], threads: usize, tokens: RangeInclusive<usize>) -> Vec<Vec<usize>> {
    let budget = budget(lengths.iter().copied(), threads, &tokens);
    let longest = lengths.iter().copied().max().unwrap_or(0);
    let mut of_length = vec![Vec::new(); longest + 1];
    for (at, &length) in lengths.iter().enumerate().rev() {
        of_length[length].push(at);
    }
    let mut batches = Vec::new();
    let mut n_left = lengths.len();
    while n_left > 0 {
        // What is longer than a whole batch has one for itself.
        let (mut batch, mut limit) = (Vec::new(), longest);
        let mut n_tokens = 0;
        while let Some(length) = (0..=limit.min(longest)).rev().find(|&length| !of_length[length].is_empty()) {
            batch.extend(of_length[length].pop());
            n_tokens += length;
            let Some(rest) = budget.checked_sub(n_tokens) else { break };
            limit = rest;
        }
        n_left -= batch.len();
        batches.push(batch);
    }
    batches
}

/// How many tokens go into one batch.
fn budget(lengths: impl Iterator<Item = usize>, threads: usize, tokens: &RangeInclusive<usize>) -> usize {
    lengths.sum::<usize>().div_ceil(threads).clamp(*tokens.start(), *tokens.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sequence_is_in_one_batch_and_batches_are_full() {
        let lengths: Vec<usize> = (0..200).map(|at| 3 + at * 37 % 41).chain([300, 128, 0]).collect();
        let batches = fill(&lengths, 2, 64..=128);
        let mut met: Vec<usize> = batches.iter().flatten().copied().collect();
        met.sort_unstable();
        assert_eq!(met, (0..lengths.len()).collect::<Vec<_>>());
        let sizes: Vec<usize> = batches.iter().map(|batch| batch.iter().map(|&at| lengths[at]).sum()).collect();
        assert_eq!(sizes[0], 300);
        assert_eq!(batches[0].len(), 1);
        assert!(sizes[1..sizes.len() - 1].iter().all(|&size| (120..=128).contains(&size)), "{sizes:?}");
    }

    #[test]
    fn little_work_is_shared_out_between_threads() {
        let sizes = |lengths: &[usize]| fill(lengths, 2, 64..=128).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes(&[]), [0; 0]);
        assert_eq!(sizes(&[20]), [1]);
        assert_eq!(sizes(&[50, 50, 50, 50]), [2, 2]);
    }
}
