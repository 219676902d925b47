//! [`Accepted`]: findings that are meant.

use std::fmt;
use std::str::FromStr;

use crate::build::{App, Edit};
use crate::problem::Origin;

/// A finding of a check that is meant, and why. Templates do not show it.
///
/// ```
/// use stack_core::prelude::*;
///
/// let mut app = App::new();
/// let reason = "the demo stays on one zone until the move in spring";
/// let accepted = Accepted::new("one-zone", "Shop/Edge*", reason);
/// app.accept(accepted.until("2027-03-31".parse().unwrap()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The code of the rule.
    pub rule: String,
    /// Stack, logical id and, to be exact, the way on: `Shop/Edge.Scheme`. Everything below it is
    /// meant too; `*` stands for any characters.
    pub place: String,
    /// Why it is meant.
    pub reason: String,
    /// The last day on which it is; the finding then counts again.
    pub until: Option<Day>,
    /// The line that says so.
    pub origin: Option<Origin>,
}

impl Accepted {
    /// Findings of a rule at a place such as `Shop/Edge`, for a reason.
    #[track_caller]
    pub fn new(
        rule: impl Into<String>,
        place: impl Into<String>,
        reason: impl Into<String>,
    ) -> Accepted {
        Accepted {
            rule: rule.into(),
            place: place.into(),
            reason: reason.into(),
            until: None,
            origin: Some(Origin::caller()),
        }
    }

    /// The last day on which it is meant.
    pub fn until(self, day: Day) -> Accepted {
        Accepted {
            until: Some(day),
            ..self
        }
    }
}

impl App {
    /// Says of a finding that it is meant.
    pub fn accept(&mut self, accepted: impl Into<Accepted>) {
        self.accepted.push(accepted.into());
    }
}

impl Edit<'_> {
    /// Says of what a rule finds at this resource that it is meant, and why.
    ///
    /// ```
    /// use stack_core::prelude::*;
    /// let mut app = App::new();
    /// let mut stack = app.stack("Web");
    /// let topic = stack.add("Topic", Raw::new("AWS::SNS::Topic"));
    /// stack.edit(topic).accept("unencrypted-topic", "holds public prices");
    /// ```
    #[track_caller]
    pub fn accept(self, rule: impl Into<String>, reason: impl Into<String>) -> Self {
        let place = format!("{}/{}", self.key().stack, self.key().id);
        let origin = Some(Origin::caller());
        let accepted = Accepted {
            origin,
            ..Accepted::new(rule, place, reason)
        };
        self.accepting(accepted)
    }
}

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    year: u16,
    month: u8,
    day: u8,
}

impl Day {
    /// `None` when there is no such day.
    pub const fn new(year: u16, month: u8, day: u8) -> Option<Day> {
        let leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let last = match month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => return None,
        };
        if day == 0 || day > last {
            return None;
        }
        Some(Day { year, month, day })
    }

    /// The day that is so many days after 1970-01-01.
    pub fn after_epoch(days: u32) -> Day {
        // Years begin in March here, so that the leap day is their last.
        // https://howardhinnant.github.io/date_algorithms.html
        let z = u64::from(days) + 719_468;
        let era = z / 146_097;
        let day_of_era = z % 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 {
            month_from_march + 3
        } else {
            month_from_march - 9
        };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        Day {
            year: u16::try_from(year).unwrap_or(u16::MAX),
            month: u8::try_from(month).unwrap_or(1),
            day: u8::try_from(day).unwrap_or(1),
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Day, String> {
        let day = || {
            let mut parts = text.split('-');
            let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
            let digits =
                |it: &str, count| it.len() == count && it.bytes().all(|it| it.is_ascii_digit());
            let plain = digits(year, 4) && digits(month, 2) && digits(day, 2);
            if !plain || parts.next().is_some() {
                return None;
            }
            Day::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
        };
        day().ok_or_else(|| format!("`{text}` is no day, expected one such as `2027-03-31`"))
    }
}

#[cfg(test)]
mod tests {
    use super::Day;

    #[test]
    fn a_day_is_one_of_the_calendar() {
        for (text, good) in [
            ("2027-03-31", true),
            ("2028-02-29", true),
            ("2027-02-29", false),
            ("2100-02-29", false),
            ("2000-02-29", true),
            ("2027-04-31", false),
            ("2027-00-01", false),
            ("2027-13-01", false),
            ("2027-3-1", false),
            ("2027-03-31-1", false),
            ("+027-03-31", false),
            ("", false),
        ] {
            assert_eq!(text.parse::<Day>().is_ok(), good, "{text}");
        }
    }

    #[test]
    fn days_are_counted_from_1970() {
        for (days, expected) in [
            (0, "1970-01-01"),
            (58, "1970-02-28"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (20_778, "2026-11-21"),
            (20_818, "2026-12-31"),
            (20_819, "2027-01-01"),
        ] {
            assert_eq!(Day::after_epoch(days).to_string(), expected);
        }
    }
}
