//! Values to choose from: whether a text is one of them, and if not, how sure it is that it should
//! have been.

use super::scalar::truth;

/// A value that is none of those to choose from.
pub(super) enum Miss<'a> {
    /// AWS may have added it since.
    Unknown,
    /// It is nearly this one.
    Near(&'a str),
    /// It cannot be one.
    Certain,
}

/// Whether a text is one of the values, which are sorted.
pub(super) fn is_among(text: &str, allowed: &[&str]) -> bool {
    let found = match allowed.len() {
        // A few are looked through faster than they are halved.
        0..=8 => allowed.contains(&text),
        _ => allowed.binary_search(&text).is_ok(),
    };
    found || truth(text).is_some_and(|it| allowed.iter().any(|one| truth(one) == Some(it)))
}

/// How a text misses the values. Enumerations grow, mostly by names with other digits
/// (`nodejs24.x`, `m8i.large`) or by wholly new ones; but a value that is written in another case,
/// with other signs between its words, or with a letter or two wrong is a mistake, and so is
/// another number where only numbers are.
pub(super) fn miss<'a>(text: &str, allowed: &[&'a str]) -> Miss<'a> {
    let folded = fold(text);
    if let Some(same) = allowed.iter().find(|it| fold(it) == folded) {
        return Miss::Near(same);
    }
    let is_number = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    if allowed
        .iter()
        .all(|it| is_number(it) || truth(it).is_some())
        || text.is_empty()
    {
        return Miss::Certain;
    }
    if text.len() < 5 || text.len() > 60 {
        return Miss::Unknown;
    }
    let digits = |it: &str| it.chars().filter(char::is_ascii_digit).collect::<String>();
    let own = digits(text);
    let near = allowed
        .iter()
        .filter(|it| digits(it) == own)
        .map(|it| (distance(&folded, &fold(it)), it))
        .min_by_key(|(distance, _)| *distance);
    match near {
        Some((1..=2, value)) if folded.len() >= 8 => Miss::Near(value),
        Some((1, value)) => Miss::Near(value),
        _ => Miss::Unknown,
    }
}

/// Without case and signs.
fn fold(text: &str) -> String {
    text.chars()
        .filter(|it| it.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The name that was probably meant.
pub(super) fn nearest<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if text.len() > 100 {
        return None;
    }
    let folded = fold(text);
    names
        .map(|it| (distance(&folded, &fold(it)), it))
        .min()
        .filter(|(distance, it)| *distance <= 1 + it.len().min(folded.len()) / 5)
        .map(|(_, it)| it)
}

/// How many letters have to be put in, left out, changed or swapped with their neighbour.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=other.len()).collect();
    let mut last = None;
    for (row, letter) in one.chars().enumerate() {
        let mut line = vec![row + 1];
        for (column, second) in other.iter().enumerate() {
            let change = above[column] + usize::from(letter != *second);
            let mut best = change.min(above[column + 1] + 1).min(line[column] + 1);
            if column > 0 && last == Some(*second) && other[column - 1] == letter {
                best = best.min(before[column - 1] + 1);
            }
            line.push(best);
        }
        last = Some(letter);
        before = std::mem::replace(&mut above, line);
    }
    above.last().copied().unwrap_or_default()
}
