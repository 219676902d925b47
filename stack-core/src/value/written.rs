//! Durations and sizes as people write them: `30s`, `512 MiB`.

use std::str::FromStr;

use super::units::ParseError;
use super::{Mebibytes, Seconds};

/// A whole number and its unit, in the smallest of the units.
fn measured(text: &str, units: &[(&str, u32)], example: &str) -> Result<u32, ParseError> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim_start_matches(' ');
    let factor = units.iter().find(|it| it.0 == unit).map(|it| it.1);
    let parsed = number.parse::<u32>().ok().zip(factor);
    parsed
        .and_then(|(number, factor)| number.checked_mul(factor))
        .ok_or_else(|| {
            let units: Vec<String> = units.iter().map(|it| format!("`{}`", it.0)).collect();
            ParseError::new(format!(
                "`{text}` is not a whole number followed by {}, as in `{example}`",
                units.join(" or ")
            ))
        })
}

/// `30s`, `5m`, `2h` or `7d`.
///
/// ```
/// assert_eq!("5m".parse(), Ok(stack_core::value::seconds(300)));
/// ```
impl FromStr for Seconds {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Seconds, ParseError> {
        let units = [("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)];
        measured(text, &units, "30s").map(Seconds)
    }
}

/// `512 MiB` or `2 GiB`, also without the space.
///
/// ```
/// assert_eq!("2 GiB".parse(), Ok(stack_core::value::mib(2048)));
/// ```
impl FromStr for Mebibytes {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Mebibytes, ParseError> {
        measured(text, &[("MiB", 1), ("GiB", 1024)], "512 MiB").map(Mebibytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_without_a_known_unit_is_refused() {
        for text in [
            "",
            "30",
            "s",
            "1.5h",
            "-1s",
            "30 sec",
            "99999999d",
            "1_000s",
            "３0s",
        ] {
            assert!(text.parse::<Seconds>().is_err(), "{text}");
        }
        for text in ["512", "512 MB", "512M", "2 gib", "9999999 GiB"] {
            assert!(text.parse::<Mebibytes>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_error_says_how_it_is_written() {
        assert_eq!(
            "512 MB".parse::<Mebibytes>().unwrap_err().to_string(),
            "`512 MB` is not a whole number followed by `MiB` or `GiB`, as in `512 MiB`"
        );
    }
}
