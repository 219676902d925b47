//! What each stack has by name, so that references can be looked up.

use std::collections::BTreeMap;

use crate::build::StackData;

/// The names of one stack.
#[derive(Debug)]
pub(super) struct Names {
    /// Resource id → type.
    pub(super) resources: BTreeMap<&'static str, &'static str>,
    /// Parameter id → type.
    pub(super) parameters: BTreeMap<&'static str, ()>,
    pub(super) conditions: BTreeMap<&'static str, ()>,
    pub(super) mappings: BTreeMap<&'static str, ()>,
    /// Whether a macro or a loop can bring in more names than these.
    pub(super) open: bool,
}

impl Names {
    pub(super) fn of(data: &StackData) -> Names {
        let known = ["AWS::LanguageExtensions"];
        Names {
            resources: data
                .resources
                .iter()
                .map(|(id, it)| (*id, it.kind))
                .collect(),
            parameters: data.parameters.keys().map(|id| (*id, ())).collect(),
            conditions: data.conditions.keys().map(|id| (*id, ())).collect(),
            mappings: data.mappings.keys().map(|id| (*id, ())).collect(),
            open: !data.loops.is_empty()
                || data
                    .transforms
                    .iter()
                    .any(|it| !known.contains(&it.as_str())),
        }
    }

    /// Whether `Ref` can name it.
    pub(super) fn has(&self, id: &str) -> bool {
        self.resources.contains_key(id) || self.parameters.contains_key(id)
    }

    /// A name close to one that is not there.
    pub(super) fn close_to(&self, id: &str) -> Option<&'static str> {
        let all = self.resources.keys().chain(self.parameters.keys()).copied();
        closest(id, all)
    }
}

/// The candidate nearest to a word, when one is near.
pub(crate) fn closest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|it| (distance(word, it), it))
        .filter(|(far, _)| *far <= limit)
        .min()
        .map(|(_, it)| it)
}

/// How many letters to add, drop, change or swap with their neighbour, case apart.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.to_ascii_lowercase().chars().collect();
    let b: Vec<char> = b.to_ascii_lowercase().chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before_last[j - 2] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn a_slip_of_the_finger_finds_its_name() {
        let names = ["Api", "Cluster", "DesiredCount", "Vpc"];
        for (word, found) in [
            ("Clutser", Some("Cluster")),
            ("desiredcount", Some("DesiredCount")),
            ("VPC", Some("Vpc")),
            ("Database", None),
        ] {
            assert_eq!(closest(word, names), found, "{word}");
        }
    }
}
