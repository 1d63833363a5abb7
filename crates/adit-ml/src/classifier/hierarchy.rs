//! Parents and children among labels, told by their names.

/// For each label, its nearest ancestor that is itself a label.
#[derive(Debug, Clone)]
pub(super) struct Hierarchy {
    parents: Vec<Option<usize>>,
    /// Labels with a parent, the deepest first.
    deepest_first: Vec<usize>,
}

impl Hierarchy {
    /// Reads the names.
    pub(super) fn new(names: &[String]) -> Hierarchy {
        let parents: Vec<Option<usize>> = names.iter().map(|name| nearest_ancestor(name, names)).collect();
        let mut deepest_first: Vec<usize> = (0..names.len()).filter(|&label| parents[label].is_some()).collect();
        deepest_first.sort_by_key(|&label| std::cmp::Reverse(names[label].matches(" > ").count()));
        Hierarchy { parents, deepest_first }
    }

    /// Whether another label lies below this one.
    pub(super) fn is_parent(&self, label: usize) -> bool {
        self.parents.contains(&Some(label))
    }

    /// The labels given and all their ancestors, sorted, each once.
    pub(super) fn with_ancestors(&self, labels: &[usize]) -> Vec<usize> {
        let mut all = Vec::with_capacity(labels.len());
        for &label in labels {
            let mut next = Some(label);
            while let Some(label) = next {
                all.push(label);
                next = self.parents[label];
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Raises each parent to at least its likeliest child, and towards the chance that any child holds, which is all
    /// that is said of a parent that is not known itself.
    pub(super) fn settle(&self, probabilities: &mut [f32], known: &[bool]) {
        let mut none_holds = vec![1.0f32; probabilities.len()];
        let unknown = |label: usize, none_holds: &[f32]| if known[label] { 0.0 } else { 1.0 - none_holds[label] };
        let mut likeliest = vec![0.0f32; probabilities.len()];
        for &label in &self.deepest_first {
            let own = combine(probabilities[label].max(unknown(label, &none_holds)), none_holds[label], likeliest[label]);
            probabilities[label] = own;
            if let Some(parent) = self.parents[label] {
                none_holds[parent] *= 1.0 - own;
                likeliest[parent] = likeliest[parent].max(own);
            }
        }
        for label in 0..probabilities.len() {
            if self.parents[label].is_none() {
                let own = probabilities[label].max(unknown(label, &none_holds));
                probabilities[label] = combine(own, none_holds[label], likeliest[label]);
            }
        }
    }
}

fn combine(own: f32, none_holds: f32, likeliest: f32) -> f32 {
    if likeliest <= 0.0 {
        return own;
    }
    (0.5 * (own + 1.0 - none_holds)).max(likeliest).clamp(0.0, 1.0)
}

fn nearest_ancestor(name: &str, names: &[String]) -> Option<usize> {
    let mut rest = name;
    while let Some((before, _)) = rest.rsplit_once(" > ") {
        if let Some(found) = names.iter().position(|other| other == before) {
            return Some(found);
        }
        rest = before;
    }
    None
}
