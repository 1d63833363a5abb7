//! From groups to themes: which groups are worth showing, and which of their comments.

use super::kmeans::{Centroids, FitOptions, fit};
use super::words::ClassWords;
use crate::clustering::dots;

/// About so many comments make a group.
const PER_GROUP: usize = 40;
/// At most so many groups for each theme that is shown.
const MOST_GROUPS_PER_THEME: usize = 5;
const MAX_ITERATIONS: usize = 15;
/// Two comments with at least this cosine say the same in other words; one of them is enough.
const SAME: f32 = 0.96;
/// What the taxonomy covers still counts this much, so that a dataset that is covered well has themes too.
const LEAST_WEIGHT: f32 = 0.05;
/// A theme needs this many comments, unless there are not enough such themes.
const MIN_MESSAGES: usize = 4;

/// A comment that nobody has reviewed.
#[derive(Debug, Clone, Copy)]
pub struct Item<'a> {
    /// What it says.
    pub text: &'a str,
    /// The encoder's vector of it, of unit length.
    pub embedding: &'a [f32],
    /// How little the taxonomy covers it, from 0 to 1.
    pub novelty: f32,
}

/// How many themes of what size, and how to compute them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThemeOptions {
    /// Themes to show.
    pub n_themes: usize,
    /// Comments in each.
    pub n_messages: usize,
    /// Threads to use; the result does not depend on it.
    pub threads: usize,
    /// For the choice of first centers.
    pub seed: u64,
}

impl Default for ThemeOptions {
    /// 30 themes of 12 comments, as people are used to.
    fn default() -> Self {
        ThemeOptions { n_themes: 30, n_messages: 12, threads: 1, seed: 0 }
    }
}

/// A comment of a theme.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Member {
    /// Which of the items.
    pub item: usize,
    /// Its cosine to the center of the theme.
    pub similarity: f32,
}

/// Comments that are alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    /// Those to show, the most typical first; none says the same as another.
    pub members: Vec<Member>,
    /// How many comments are in the group.
    pub size: usize,
    /// How little the taxonomy covers the members, from 0 to 1.
    pub novelty: f32,
    /// Words that explain why the members are together, the most telling with weight 1.
    pub words: Vec<(String, f32)>,
    /// A name made of these words; empty if the members share none.
    pub name: String,
}

/// All groups, and the themes chosen from them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Clustering {
    /// The centers of all groups, to begin the next computation with.
    pub centroids: Centroids,
    /// The themes, the one most worth looking at first.
    pub themes: Vec<Theme>,
}

/// Groups the items and chooses what to show. `start` are the centers of the time before, or none: with them, groups
/// stay what they were as long as the items do.
#[must_use]
pub fn themes(items: &[Item<'_>], start: &Centroids, options: &ThemeOptions) -> Clustering {
    if items.is_empty() || options.n_themes == 0 {
        return Clustering::default();
    }
    let rows: Vec<&[f32]> = items.iter().map(|item| item.embedding).collect();
    let weights: Vec<f32> = items.iter().map(weight).collect();
    let most = options.n_themes * MOST_GROUPS_PER_THEME;
    let n_groups = (items.len() / PER_GROUP).clamp(options.n_themes.min(items.len()), most);
    let fit_options = FitOptions { n_groups, max_iterations: MAX_ITERATIONS, threads: options.threads, seed: options.seed };
    let fitted = fit(&rows, &weights, start, &fit_options);
    let mut groups: Vec<Vec<Member>> = vec![Vec::new(); fitted.centroids.len()];
    for (item, (group, similarity)) in fitted.nearest.iter().enumerate() {
        groups[*group].push(Member { item, similarity: *similarity });
    }
    let mut shown: Vec<(f32, usize, Vec<Member>)> = Vec::with_capacity(groups.len());
    for (group, members) in groups.iter_mut().enumerate() {
        members.sort_by(|a, b| b.similarity.total_cmp(&a.similarity).then(a.item.cmp(&b.item)));
        let typical = distinct(members, items, options.n_messages);
        if !typical.is_empty() {
            shown.push((worth(&typical, members.len(), items, options), group, typical));
        }
    }
    shown.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    shown.truncate(options.n_themes);
    let texts: Vec<Vec<&str>> =
        shown.iter().map(|(_, _, members)| members.iter().map(|member| items[member.item].text).collect()).collect();
    let words = ClassWords::new(&texts);
    let theme = |(at, (_, group, members)): (usize, (f32, usize, Vec<Member>))| Theme {
        novelty: mean(members.iter().map(|member| items[member.item].novelty)),
        size: groups[group].len(),
        words: words.telling(at),
        name: words.name(at),
        members,
    };
    let themes = shown.into_iter().enumerate().map(theme).collect();
    Clustering { centroids: fitted.centroids, themes }
}

/// How much an item counts; one whose novelty is unknown counts in full.
fn weight(item: &Item<'_>) -> f32 {
    let novelty = if item.novelty.is_finite() { item.novelty } else { 1.0 };
    novelty.clamp(0.0, 1.0) + LEAST_WEIGHT
}

/// The most typical members of which no two say the same.
fn distinct(members: &[Member], items: &[Item<'_>], n: usize) -> Vec<Member> {
    let mut chosen: Vec<Member> = Vec::with_capacity(n);
    for member in members {
        if chosen.len() == n {
            break;
        }
        let mut cosine = [0.0f32];
        let is_said = chosen.iter().any(|other| {
            dots(items[member.item].embedding, items[other.item].embedding, &mut cosine);
            cosine[0] >= SAME
        });
        if !is_said {
            chosen.push(*member);
        }
    }
    chosen
}

/// How much a group is worth looking at: new to the taxonomy, close together, and not a handful.
fn worth(members: &[Member], size: usize, items: &[Item<'_>], options: &ThemeOptions) -> f32 {
    let novelty = mean(members.iter().map(|member| weight(&items[member.item])));
    let closeness = mean(members.iter().map(|member| member.similarity.max(0.0)));
    let fullness = (members.len() as f32 / options.n_messages.max(1) as f32).min(1.0);
    let is_handful = if members.len() < MIN_MESSAGES { 0.1 } else { 1.0 };
    novelty * closeness * closeness * fullness * is_handful * (1.0 + size as f32).ln().sqrt()
}

fn mean(values: impl Iterator<Item = f32>) -> f32 {
    let (sum, n) = values.fold((0.0, 0u32), |(sum, n), value| (sum + value, n + 1));
    sum / n.max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::{Centroids, Item, ThemeOptions, themes};

    fn rows() -> Vec<(String, Vec<f32>)> {
        let words = ["card", "rate", "transfer", "refund"];
        let row = |n: usize| {
            let mut row = [0.0f32; 20];
            row[n % 4] = 1.0;
            for (axis, x) in row[4..].iter_mut().enumerate() {
                *x = ((n * 31 + axis * 17 + n * axis) % 23) as f32 / 100.0;
            }
            let length = row.iter().map(|x| x * x).sum::<f32>().sqrt();
            (format!("{} question {n}", words[n % 4]), row.iter().map(|x| x / length).collect())
        };
        (0..120).map(row).collect()
    }

    #[test]
    fn what_the_taxonomy_covers_comes_last_and_nothing_is_shown_twice() {
        let rows = rows();
        let item = |(n, (text, row)): (usize, &'static (String, Vec<f32>))| Item {
            text,
            embedding: row,
            novelty: if n % 4 == 2 { 0.0 } else { 1.0 },
        };
        let rows: &'static Vec<(String, Vec<f32>)> = Box::leak(Box::new(rows));
        let items: Vec<Item<'_>> = rows.iter().enumerate().map(item).collect();
        let options = ThemeOptions { n_themes: 4, n_messages: 5, threads: 2, seed: 1 };
        let found = themes(&items, &Centroids::default(), &options);
        let n_covered = |theme: &super::Theme| theme.members.iter().filter(|member| member.item % 4 == 2).count();
        let large: Vec<bool> = found.themes.iter().filter(|t| t.members.len() == 5).map(|theme| n_covered(theme) > 2).collect();
        assert!(large.len() > 1 && large.is_sorted(), "{:?}", found.themes);
        let mut shown: Vec<usize> = found.themes.iter().flat_map(|theme| &theme.members).map(|member| member.item).collect();
        shown.sort_unstable();
        let n_shown = shown.len();
        shown.dedup();
        assert_eq!(shown.len(), n_shown);
        assert_eq!(found, themes(&items, &Centroids::default(), &ThemeOptions { threads: 1, ..options }));
        let again = themes(&items, &found.centroids, &options);
        assert_eq!(again.themes, found.themes, "a refresh on the same data changes nothing");
    }

    #[test]
    fn nothing_one_and_equal_items_are_no_problem() {
        assert!(themes(&[], &Centroids::default(), &ThemeOptions::default()).themes.is_empty());
        let row = vec![0.6f32, 0.8];
        let items = vec![Item { text: "same", embedding: &row, novelty: f32::NAN }; 40];
        let found = themes(&items, &Centroids::default(), &ThemeOptions::default());
        assert!(found.themes.iter().all(|theme| theme.members.len() == 1));
    }
}
