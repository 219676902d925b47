//! [`Freezes`]: when an environment may not be changed.

use std::fmt;

use crate::calendar::{Utc, week};
use crate::time::Time;

/// When environments may not be changed, as a file says it.
///
/// ```text
/// # environments: what
/// prod mb-prod: freeze 2026-12-20..2027-01-04 holidays
/// prod: window mon-thu 07:00-15:00
/// ```
///
/// In a freeze nothing is changed, from its first moment to its last. An environment with windows
/// is changed in one of them only. Times are UTC; `*` in a name stands for any text.
///
/// ```
/// use stack_deploy::{Utc, images::Freezes};
/// let freezes = Freezes::parse("prod: window mon-thu 07:00-15:00").unwrap();
/// let at = |text| Utc::parse(text).unwrap().0;
/// assert_eq!(freezes.refusal("prod", at("2026-11-19T14:30")), None);
/// let friday = freezes.refusal("prod", at("2026-11-20T14:30")).unwrap();
/// assert_eq!(friday, "`prod` is changed mon-thu 07:00-15:00 UTC only");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Freezes(Vec<Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    environments: Vec<String>,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Freeze {
        from: Time,
        until: Time,
        reason: String,
    },
    Window {
        /// Monday is 0.
        days: Vec<u64>,
        /// Minutes of the day; the second is not in it.
        from: u64,
        until: u64,
        text: String,
    },
}

/// A line that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreezeError {
    /// From 1.
    pub line: usize,
    /// Why.
    pub why: String,
}

impl fmt::Display for FreezeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

impl std::error::Error for FreezeError {}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Freezes {
    /// Reads the lines of a file.
    ///
    /// # Errors
    ///
    /// A line that makes no sense: to go on without it would be to change what is frozen.
    pub fn parse(text: &str) -> Result<Freezes, FreezeError> {
        let mut entries = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let entry = entry(line).map_err(|why| FreezeError {
                line: index + 1,
                why,
            })?;
            entries.push(entry);
        }
        Ok(Freezes(entries))
    }

    /// Why an environment may not be changed now.
    pub fn refusal(&self, environment: &str, now: Time) -> Option<String> {
        let is_meant = |it: &&Entry| {
            let mut names = it.environments.iter();
            names.any(|it| stack_core::wildcard(it, environment, |a, b| a == b))
        };
        let (day, minute) = week(now);
        let mut windows: Vec<&str> = Vec::new();
        let mut is_open = false;
        for entry in self.0.iter().filter(is_meant) {
            match &entry.what {
                What::Freeze {
                    from,
                    until,
                    reason,
                } => {
                    if (*from..*until).contains(&now) {
                        let because = match reason.as_str() {
                            "" => String::new(),
                            reason => format!(": {reason}"),
                        };
                        return Some(format!(
                            "`{environment}` is frozen until {}{because}",
                            Utc(*until)
                        ));
                    }
                }
                What::Window {
                    days,
                    from,
                    until,
                    text,
                } => {
                    windows.push(text);
                    is_open |= days.contains(&day) && (*from..*until).contains(&minute);
                }
            }
        }
        let is_shut = !windows.is_empty() && !is_open;
        is_shut.then(|| {
            format!(
                "`{environment}` is changed {} UTC only",
                windows.join(" and ")
            )
        })
    }
}

fn entry(line: &str) -> Result<Entry, String> {
    let (names, what) = line
        .split_once(": ")
        .ok_or("`ENVIRONMENT…: freeze …` or `ENVIRONMENT…: window …` is expected")?;
    let environments: Vec<String> = names.split_whitespace().map(ToOwned::to_owned).collect();
    if environments.is_empty() {
        return Err("it names no environment".to_owned());
    }
    let (kind, rest) = what.trim().split_once(' ').unwrap_or((what.trim(), ""));
    let what = match kind {
        "freeze" => freeze(rest)?,
        "window" => window(rest.trim())?,
        _ => return Err(format!("`{kind}` is neither `freeze` nor `window`")),
    };
    Ok(Entry { environments, what })
}

fn freeze(text: &str) -> Result<What, String> {
    let (span, reason) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    let moments = span.split_once("..").and_then(|(from, until)| {
        let from = Utc::parse(from)?.0;
        let until = Utc::parse(until)?.0;
        (from < until).then_some((from, until))
    });
    let Some((from, until)) = moments else {
        return Err(format!(
            "`{span}` is no span such as `2026-12-20..2027-01-04T06:00`"
        ));
    };
    Ok(What::Freeze {
        from,
        until,
        reason: reason.trim().to_owned(),
    })
}

fn window(text: &str) -> Result<What, String> {
    let wrong = || format!("`{text}` is no window such as `mon-thu 07:00-15:00`");
    let (days, hours) = text.split_once(' ').ok_or_else(wrong)?;
    let (from, until) = hours.trim().split_once('-').ok_or_else(wrong)?;
    let (from, until) = (
        minute(from).ok_or_else(wrong)?,
        minute(until).ok_or_else(wrong)?,
    );
    let mut all = Vec::new();
    for part in days.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let first = day(first).ok_or_else(wrong)?;
        let last = day(last).ok_or_else(wrong)?;
        let mut it = first;
        all.push(it);
        while it != last {
            it = (it + 1) % 7;
            all.push(it);
        }
    }
    if from >= until {
        return Err(wrong());
    }
    Ok(What::Window {
        days: all,
        from,
        until,
        text: text.to_owned(),
    })
}

fn day(text: &str) -> Option<u64> {
    let number = DAYS.iter().position(|it| it.eq_ignore_ascii_case(text))?;
    u64::try_from(number).ok()
}

/// Minutes of the day, up to `24:00`.
fn minute(text: &str) -> Option<u64> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |it: &str| -> Option<u64> {
        let is_number = it.len() == 2 && it.bytes().all(|it| it.is_ascii_digit());
        is_number.then(|| it.parse().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let all = hours * 60 + minutes;
    (minutes < 60 && all <= 24 * 60).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        Utc::parse(text).unwrap().0
    }

    #[test]
    fn an_environment_is_frozen_when_the_file_says_so() {
        let file = "\
            # what nobody touches\n\
            \n\
            prod mb-prod: freeze 2026-12-20..2027-01-04T06:00 holidays\n\
            *prod: window fri-mon 22:00-24:00\n\
            *prod: window wed 07:00-15:00\n\
            staging: freeze 2026-12-01..2026-12-02";
        let freezes = Freezes::parse(file).unwrap();
        let only = |it: &str| {
            Some(format!(
                "`{it}` is changed fri-mon 22:00-24:00 and wed 07:00-15:00 UTC only"
            ))
        };
        let frozen = Some("`mb-prod` is frozen until 2027-01-04T06:00:00Z: holidays".to_owned());
        for (environment, time, refusal) in [
            ("dev", "2026-12-24", None),
            (
                "staging",
                "2026-12-01",
                Some("`staging` is frozen until 2026-12-02T00:00:00Z".to_owned()),
            ),
            ("staging", "2026-12-02", None),
            ("mb-prod", "2026-12-19T23:59:59", None),
            ("mb-prod", "2026-12-20", frozen.clone()),
            ("mb-prod", "2027-01-04T05:59:59", frozen),
            ("mb-prod", "2027-01-04T06:00", only("mb-prod")),
            ("prod", "2026-11-18T07:00", None),
            ("prod", "2026-11-18T15:00", only("prod")),
            ("prod", "2026-11-22T23:59", None),
            ("prod", "2026-11-24T22:30", only("prod")),
        ] {
            assert_eq!(
                freezes.refusal(environment, at(time)),
                refusal,
                "{environment} {time}"
            );
        }
    }

    #[test]
    fn a_line_that_makes_no_sense_is_told_and_not_left_out() {
        for (text, told) in [
            (
                "prod",
                "line 1: `ENVIRONMENT…: freeze …` or `ENVIRONMENT…: window …` is expected",
            ),
            (
                "\nprod: thaw",
                "line 2: `thaw` is neither `freeze` nor `window`",
            ),
            (
                "prod: freeze 2026-12-20",
                "line 1: `2026-12-20` is no span such as `2026-12-20..2027-01-04T06:00`",
            ),
            (
                "prod: freeze 2026-12-20..2026-12-20 x",
                "line 1: `2026-12-20..2026-12-20` is no span such as `2026-12-20..2027-01-04T06:00`",
            ),
            (
                "prod: window mon-thx 07:00-15:00",
                "line 1: `mon-thx 07:00-15:00` is no window such as `mon-thu 07:00-15:00`",
            ),
            (
                "prod: window mon 15:00-07:00",
                "line 1: `mon 15:00-07:00` is no window such as `mon-thu 07:00-15:00`",
            ),
            (
                "prod: window mon 07:00-24:01",
                "line 1: `mon 07:00-24:01` is no window such as `mon-thu 07:00-15:00`",
            ),
        ] {
            assert_eq!(Freezes::parse(text).unwrap_err().to_string(), told);
        }
    }
}
