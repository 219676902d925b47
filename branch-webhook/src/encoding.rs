//! Hexadecimal and Base64, strictly: one text for each value.

/// The bytes of hexadecimal digits in lower case.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |it: u8| match it {
        b'0'..=b'9' => Some(it - b'0'),
        b'a'..=b'f' => Some(it - b'a' + 10),
        _ => None,
    };
    let pairs = text.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    });
    pairs.collect()
}

/// The bytes of Base64 with its padding and the letters `+` and `/` (RFC 4648, section 4). `None`
/// for anything else, and when bits that stand for nothing are set.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    let value = |it: u8| match it {
        b'A'..=b'Z' => Some(it - b'A'),
        b'a'..=b'z' => Some(it - b'a' + 26),
        b'0'..=b'9' => Some(it - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let bytes = text.as_bytes();
    if !bytes.len().is_multiple_of(4) {
        return None;
    }
    let padding = bytes
        .iter()
        .rev()
        .take(2)
        .take_while(|it| **it == b'=')
        .count();
    let mut decoded = Vec::with_capacity(bytes.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0);
    for byte in bytes.iter().take(bytes.len() - padding) {
        bits = (bits << 6 | u32::from(value(*byte)?)) & 0x00ff_ffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            decoded.push((bits >> held & 0xff) as u8);
        }
    }
    let left = bits & ((1 << held) - 1);
    (left == 0).then_some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        for (text, expected) in [
            ("", Some("")),
            ("Zg==", Some("f")),
            ("Zm8=", Some("fo")),
            ("Zm9v", Some("foo")),
            ("Zm9vYg==", Some("foob")),
            ("Zm9vYmE=", Some("fooba")),
            ("Zm9vYmFy", Some("foobar")),
            ("Zg=", None),
            ("Zg", None),
            ("Zh==", None),
            ("Zm9=", None),
            ("Z===", None),
            ("====", None),
            ("Zm9v\n", None),
            ("Zm=v", None),
            ("Zm9_", None),
        ] {
            let expected = expected.map(|it| it.as_bytes().to_vec());
            assert_eq!(from_base64(text), expected, "{text}");
        }
    }

    #[test]
    fn hexadecimal_is_lower_case_and_whole() {
        for (text, expected) in [
            ("", Some(vec![])),
            ("00ff7a", Some(vec![0, 255, 0x7a])),
            ("0", None),
            ("FF", None),
            ("0g", None),
            ("é", None),
        ] {
            assert_eq!(from_hex(text), expected, "{text}");
        }
    }
}
