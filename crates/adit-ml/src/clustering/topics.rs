//! What a handful of texts is about: alike ones together, by average linkage.

use super::words::ClassWords;
use crate::clustering::dots;

/// Groups whose members are on average this alike become one.
const ALIKE: f32 = 0.45;
/// Characters of a text that stand for a group whose texts share no telling word.
const MAX_EXCERPT: usize = 60;

/// Texts that are alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Topic {
    /// Words of the texts that tell what they are about.
    pub name: String,
    /// Which texts, ascending.
    pub items: Vec<usize>,
}

/// Groups texts with their vectors of unit length; groups come in the order of their first texts.
#[must_use]
pub fn topics(texts: &[&str], vectors: &[&[f32]]) -> Vec<Topic> {
    let n = texts.len().min(vectors.len());
    let flat: Vec<f32> = vectors.iter().take(n).copied().flatten().copied().collect();
    let mut alike: Vec<Vec<f32>> = Vec::with_capacity(n);
    for vector in vectors.iter().take(n) {
        let mut row = vec![0.0; n];
        dots(vector, &flat, &mut row);
        alike.push(row);
    }
    let mut groups: Vec<Vec<usize>> = (0..n).map(|item| vec![item]).collect();
    // Lance and Williams (1967): the mean likeness to a union is the mean of the two, by size.
    while let Some((a, b)) = closest(&alike, &groups) {
        let (size_a, size_b) = (groups[a].len() as f32, groups[b].len() as f32);
        let moved = std::mem::take(&mut groups[b]);
        groups[a].extend(moved);
        let joined: Vec<f32> =
            alike[a].iter().zip(&alike[b]).map(|(x, y)| (x * size_a + y * size_b) / (size_a + size_b)).collect();
        alike.iter_mut().zip(&joined).for_each(|(row, mean)| row[a] = *mean);
        alike[a] = joined;
    }
    groups.retain(|group| !group.is_empty());
    groups.iter_mut().for_each(|group| group.sort_unstable());
    groups.sort();
    let of_groups: Vec<Vec<&str>> = groups.iter().map(|group| group.iter().map(|&item| texts[item]).collect()).collect();
    let words = ClassWords::new(&of_groups);
    let name = |at: usize| Some(words.name(at)).filter(|name| !name.is_empty()).unwrap_or_else(|| excerpt(of_groups[at][0]));
    groups.into_iter().enumerate().map(|(at, items)| Topic { name: name(at), items }).collect()
}

/// The two groups that are most alike, if they are enough.
fn closest(alike: &[Vec<f32>], groups: &[Vec<usize>]) -> Option<(usize, usize)> {
    let mut best: Option<(f32, usize, usize)> = None;
    for a in 0..groups.len() {
        for b in a + 1..groups.len() {
            if !groups[a].is_empty() && !groups[b].is_empty() && alike[a][b] > best.map_or(ALIKE, |(most, ..)| most) {
                best = Some((alike[a][b], a, b));
            }
        }
    }
    best.map(|(_, a, b)| (a, b))
}

fn excerpt(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(MAX_EXCERPT).collect()
}

#[cfg(test)]
mod tests {
    use super::topics;

    #[test]
    fn alike_texts_come_together_and_have_a_name() {
        let texts = ["the card is late", "exchange rate?", "my card still late", "..."];
        let vectors: [&[f32]; 4] = [&[1.0, 0.0, 0.0], &[0.0, 1.0, 0.0], &[0.96, 0.28, 0.0], &[0.0, 0.0, 1.0]];
        let found = topics(&texts, &vectors);
        assert_eq!(found.iter().map(|topic| topic.items.clone()).collect::<Vec<_>>(), [vec![0, 2], vec![1], vec![3]]);
        assert!(found[0].name.to_lowercase().contains("card"), "{}", found[0].name);
        assert_eq!(found[2].name, "...");
        assert!(topics(&[], &[]).is_empty());
    }
}
