//! *Did you mean …?*

/// The candidate nearest to a word, when one is near: up to a third of its letters added, dropped,
/// changed or swapped.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters = word.chars().count();
    let limit = (letters / 3).max(1);
    candidates
        .into_iter()
        .filter(|it| it.len().abs_diff(word.len()) <= 4 * limit)
        .filter_map(|it| Some((distance(word, it, limit)?, it)))
        .min()
        .map(|(_, it)| it)
}

/// How many letters to add, drop, change or swap with their neighbour, case apart; `None` when more
/// than the limit.
fn distance(a: &str, b: &str, limit: usize) -> Option<usize> {
    let letters =
        |it: &str| -> Vec<char> { it.chars().map(|it| it.to_ascii_lowercase()).collect() };
    let (a, b) = (letters(a), letters(b));
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut row: Vec<usize> = Vec::new();
    for i in 1..=a.len() {
        row.clear();
        row.push(i);
        for j in 1..=b.len() {
            let change = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before_last[j - 2] + 1);
            }
            row.push(best);
        }
        // What follows is no less than the least of two rows.
        if row.iter().chain(&last).all(|it| *it > limit) {
            return None;
        }
        std::mem::swap(&mut before_last, &mut last);
        std::mem::swap(&mut last, &mut row);
    }
    Some(last[b.len()]).filter(|it| *it <= limit)
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
