//! *Did you mean …?*

/// The candidate nearest to a word, when one is near: up to a third of its letters added, dropped,
/// changed or swapped.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters = word.chars().count();
    let limit = (letters / 3).max(1);
    candidates
        .into_iter()
        .filter(|it| it.len().abs_diff(word.len()) <= 4 * limit)
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
