//! Did you mean …?

/// The candidate that the word most probably stands for, when one is near enough.
///
/// ```
/// assert_eq!(stack_text::nearest("imgae", ["image", "family"]), Some("image"));
/// assert_eq!(stack_text::nearest("tag", ["image", "family"]), None);
/// ```
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = folded(word);
    let near = candidates.into_iter().filter_map(|candidate| {
        let distance = edits(&wanted, &folded(candidate));
        let longest = wanted.len().max(candidate.chars().count());
        (distance <= (longest / 3).clamp(1, 3) && distance < longest)
            .then_some((distance, candidate))
    });
    near.min().map(|(_, candidate)| candidate)
}

/// Case and separators are what one forgets first: `memory_reservation`, `memoryReservation`.
fn folded(word: &str) -> Vec<char> {
    word.chars()
        .filter(|it| !matches!(it, '_' | '-' | '.'))
        .map(|it| it.to_ascii_lowercase())
        .take(128)
        .collect()
}

/// Insertions, deletions, substitutions and swaps of neighbours.
fn edits(left: &[char], right: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in right.iter().enumerate() {
            let mut best = (last[j] + usize::from(a != b))
                .min(last[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *a == right[j - 1] && left[i - 1] == *b {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[right.len()]
}
