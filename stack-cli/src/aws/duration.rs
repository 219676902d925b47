//! Durations as people write them: `30m`, `90s`, `1h30m`.

use std::time::Duration;

/// The longest that makes sense: a week.
const MOST: u64 = 7 * 24 * 60 * 60;

/// A duration of the command line.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration, such as `90s`, `30m` or `1h30m`");
    let mut seconds: u64 = 0;
    let mut number = String::new();
    for it in text.chars() {
        let unit = match it {
            '0'..='9' => {
                number.push(it);
                continue;
            }
            's' => 1,
            'm' => 60,
            'h' => 60 * 60,
            _ => return Err(wrong()),
        };
        let count: u64 = number.parse().map_err(|_| wrong())?;
        seconds = seconds.saturating_add(count.saturating_mul(unit));
        number.clear();
    }
    if !number.is_empty() || seconds == 0 {
        return Err(wrong());
    }
    if seconds > MOST {
        return Err(format!("`{text}` is longer than a week"));
    }
    Ok(Duration::from_secs(seconds))
}

/// As people read it: `2 min 10 s`.
pub(crate) fn seconds(duration: Duration) -> String {
    let all = duration.as_secs();
    let (hours, minutes, seconds) = (all / 3600, all / 60 % 60, all % 60);
    let parts: Vec<String> = [(hours, "h"), (minutes, "min"), (seconds, "s")]
        .into_iter()
        .filter(|it| it.0 > 0)
        .map(|(number, unit)| format!("{number} {unit}"))
        .collect();
    match parts.is_empty() {
        true => "0 s".to_owned(),
        false => parts.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written_as_people_do() {
        for (text, expected, written) in [
            ("90s", 90, "1 min 30 s"),
            ("30m", 1800, "30 min"),
            ("1h30m", 5400, "1 h 30 min"),
            ("2h", 7200, "2 h"),
        ] {
            let read = parse(text).unwrap();
            assert_eq!(read, Duration::from_secs(expected), "{text}");
            assert_eq!(seconds(read), written);
        }
        for text in [
            "",
            "30",
            "m",
            "0m",
            "-5m",
            "5d",
            "1m30",
            "200h",
            "99999999999999999999h",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
