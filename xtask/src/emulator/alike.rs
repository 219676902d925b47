//! Physical ids and outputs of two accounts side by side: the same, but for what is random in them.

use std::net::Ipv4Addr;

use super::journey::Report;

/// What differs in the physical ids and outputs of the two; how many do not.
pub(super) fn compare(control: &Report, own: &Report) -> Result<usize, Vec<String>> {
    let mut differ = Vec::new();
    for (place, name) in &control.names {
        match own.names.get(place) {
            Some(other) if alike(name, other) => {}
            Some(other) => differ.push(format!("{place}: `{other}` instead of `{name}`")),
            None => differ.push(format!("{place}: our program did not make it")),
        }
    }
    let more = own
        .names
        .keys()
        .filter(|it| !control.names.contains_key(*it));
    differ.extend(more.map(|it| format!("{it}: only our program made it")));
    match differ.is_empty() {
        true => Ok(control.names.len()),
        false => Err(differ),
    }
}

/// Whether only what is random differs: addresses, UUIDs, and words of eight characters and more that
/// are as long as each other, one of them with digits or of hexadecimal digits alone.
fn alike(one: &str, other: &str) -> bool {
    let is_address = |it: &str| it.parse::<Ipv4Addr>().is_ok();
    if one == other || is_address(one) && is_address(other) {
        return true;
    }
    let (one, other) = (without_uuids(one), without_uuids(other));
    let words = |text: &str| -> Vec<String> {
        let parts = text.split_inclusive(|it: char| !it.is_ascii_alphanumeric());
        parts.map(str::to_owned).collect()
    };
    let (one, other) = (words(&one), words(&other));
    one.len() == other.len() && one.iter().zip(&other).all(|(a, b)| a == b || random(a, b))
}

fn random(one: &str, other: &str) -> bool {
    let bare = |it: &str| {
        it.trim_end_matches(|it: char| !it.is_ascii_alphanumeric())
            .to_owned()
    };
    let looks = |it: &str| {
        let is_account = it.len() == 12 && it.bytes().all(|it| it.is_ascii_digit());
        let is_hex = it.bytes().all(|it| it.is_ascii_hexdigit());
        !is_account && (is_hex || it.bytes().any(|it| it.is_ascii_digit()))
    };
    let (a, b) = (bare(one), bare(other));
    let same_end = one.strip_prefix(&a) == other.strip_prefix(&b);
    same_end && a.len() == b.len() && a.len() >= 8 && (looks(&a) || looks(&b))
}

fn without_uuids(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let uuid = rest.get(..36).filter(|it| {
            let lengths = it.split('-').map(str::len);
            lengths.eq([8, 4, 4, 4, 12])
                && it.bytes().all(|it| it == b'-' || it.is_ascii_hexdigit())
        });
        match uuid {
            Some(uuid) => {
                out.push('*');
                rest = &rest[uuid.len()..];
            }
            None => {
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::alike;

    #[test]
    fn ids_are_alike_when_only_what_is_random_differs() {
        for (one, other, expected) in [
            ("vpc-0a1b2c3d4e5f60718", "vpc-ffffffffffffffff0", true),
            (
                "arn:aws:sns:eu-west-1:111122223333:Shop-Topic-494691177C698",
                "arn:aws:sns:eu-west-1:111122223333:Shop-Topic-0BDEFF92A1F0D",
                true,
            ),
            (
                "arn:aws:sns:eu-west-1:111122223333:Shop",
                "arn:aws:sns:eu-west-1:444455556666:Shop",
                false,
            ),
            (
                "x/b4a3e6f1-1111-4eee-abcd-00000000beef/y",
                "x/aaaaaaaa-beef-4eee-abcd-00000000beef/y",
                true,
            ),
            (
                "app/shop/sldepjozuqatjhgm",
                "app/shop/1ldepjozuqatjhgm",
                true,
            ),
            ("52.100.77.155", "52.1.7.5", true),
            ("shop-production", "shop-producers", false),
            ("shop", "shop-1", false),
        ] {
            assert_eq!(alike(one, other), expected, "{one} {other}");
        }
    }
}
