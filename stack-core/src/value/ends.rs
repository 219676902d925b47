//! Texts told apart by their ends, which is quicker than byte by byte.

/// The first eight bytes of a text and the last eight, or what there is. Texts of one length, up to
/// 16 bytes, that have the same ends are the same.
#[inline]
pub(crate) const fn ends(text: &[u8]) -> (u64, u64) {
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        return (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
    }
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        return (first as u64, last as u64);
    }
    match text {
        [] => (0, 0),
        [first, ..] => {
            let middle = text[text.len() / 2] as u64;
            (*first as u64 | middle << 8, text[text.len() - 1] as u64)
        }
    }
}

/// Whether two texts, most of them short, are the same.
#[inline]
pub(crate) fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    a.len() == b.len() && ends(a) == ends(b) && (a.len() <= 16 || a == b)
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn texts_are_the_same_when_every_byte_is() {
        for length in 0..40 {
            let text: String = ('a'..='z').cycle().take(length).collect();
            assert!(same(&text, &text.clone()));
            assert!(!same(&text, &format!("{text}a")));
            for at in 0..length {
                let mut other = text.clone();
                other.replace_range(at..=at, "-");
                assert!(!same(&text, &other), "{text} {other}");
            }
        }
    }
}
