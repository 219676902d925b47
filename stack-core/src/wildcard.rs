//! Patterns in which `*` stands for any text.

/// Whether a text is what the pattern says: `*` stands for any characters, also for none. `same`
/// compares any other byte of the pattern with one of the text.
///
/// It takes no longer than the product of the lengths, whatever the pattern.
///
/// ```
/// use stack_core::wildcard;
///
/// assert!(wildcard("Shop*", "ShopApi", |pattern, byte| pattern == byte));
/// let action = |pattern: u8, byte: u8| pattern == b'?' || pattern.eq_ignore_ascii_case(&byte);
/// assert!(wildcard("S3:get?bject", "s3:GetObject", action));
/// ```
pub fn wildcard(
    pattern: impl AsRef<[u8]>,
    text: impl AsRef<[u8]>,
    same: impl Fn(u8, u8) -> bool,
) -> bool {
    let (pattern, text) = (pattern.as_ref(), text.as_ref());
    let (mut p, mut t) = (0, 0);
    // After the last `*`, and where the text goes on that it does not stand for.
    let mut star: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(t) {
        match pattern.get(p) {
            Some(b'*') => {
                p += 1;
                star = Some((p, t));
            }
            Some(it) if same(*it, *byte) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                // The `*` stands for one more.
                Some((after, from)) => {
                    p = after;
                    t = from + 1;
                    star = Some((after, t));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|it| *it == b'*')
}

#[cfg(test)]
mod tests {
    use super::wildcard;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, is) in [
            ("", "", true),
            ("", "Shop", false),
            ("*", "", true),
            ("**", "", true),
            ("*", "Shop", true),
            ("Shop", "Shop", true),
            ("Shop", "Shops", false),
            ("shop", "Shop", false),
            ("Shop*", "ShopDev", true),
            ("Shop**", "Shop", true),
            ("*Dev", "ShopDev", true),
            ("*Dev", "ShopDevBase", false),
            ("S*p*v", "ShopDev", true),
            ("S*x*v", "ShopDev", false),
            ("*ab*ab", "abab", true),
            ("*ab*ab", "ab", false),
            ("*é", "café", true),
        ] {
            let found = wildcard(pattern, text, |a, b| a == b);
            assert_eq!(found, is, "`{pattern}` and `{text}`");
        }
    }

    #[test]
    fn many_stars_take_no_longer_than_the_product_of_the_lengths() {
        let (pattern, text) = ("a*".repeat(200) + "b", "a".repeat(5_000));
        assert!(!wildcard(&pattern, &text, |a, b| a == b));
    }
}
