//! Moments as people and tags write them, in UTC.

use std::fmt;

use stack_core::build::Day;

use crate::time::Time;

const DAY: u64 = 86_400;

/// A moment as `2026-11-20T14:30:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Utc(pub Time);

/// A moment as parts of tags: `20261120143000`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp(pub Time);

/// The day that a moment is in.
fn day(time: Time) -> Day {
    let days = time.0 / 1000 / DAY;
    Day::after_epoch(u32::try_from(days).unwrap_or(u32::MAX))
}

/// The moment of a date and a time of the day; none when there is no such one.
fn moment(year: u64, month: u64, day: u64, time: (u64, u64, u64)) -> Option<Time> {
    let (hour, minute, second) = time;
    let is_day = Day::new(
        u16::try_from(year).ok()?,
        u8::try_from(month).ok()?,
        u8::try_from(day).ok()?,
    )
    .is_some();
    if !is_day || hour >= 24 || minute >= 60 || second >= 60 {
        return None;
    }
    // Years begin in March here, so that the leap day is their last.
    let (year_of, month_of) = match month {
        1 | 2 => (year - 1, month + 9),
        _ => (year, month - 3),
    };
    let (era, of_era) = (year_of / 400, year_of % 400);
    let of_year = (153 * month_of + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    let seconds = days.checked_sub(719_468)? * DAY + hour * 3600 + minute * 60 + second;
    Some(Time(seconds * 1000))
}

/// The day of the week, Monday is 0, and the minute of the day.
pub(crate) fn week(time: Time) -> (u64, u64) {
    let seconds = time.0 / 1000;
    // 1970 began on a Thursday.
    ((seconds / DAY + 3) % 7, seconds % DAY / 60)
}

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T{}Z", day(self.0), self.0)
    }
}

impl Utc {
    /// Reads `2026-11-20`, `2026-11-20T14:30`, `2026-11-20T14:30:00`, each with `Z` or without; a
    /// day alone is its first moment.
    ///
    /// ```
    /// use stack_deploy::{Time, Utc};
    /// assert_eq!(Utc::parse("2026-11-20T14:30Z").unwrap().to_string(), "2026-11-20T14:30:00Z");
    /// assert_eq!(Utc::parse("2026-02-29"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Utc> {
        let text = text.strip_suffix('Z').unwrap_or(text);
        let (date, time) = text.split_once('T').unwrap_or((text, "00:00"));
        let numbers = |text: &str, mark: char, widths: &[usize]| -> Option<Vec<u64>> {
            let parts = text.split(mark).zip(widths.iter().copied());
            let all: Option<Vec<u64>> = parts.map(|(it, width)| number(it, width)).collect();
            all.filter(|it| it.len() == text.split(mark).count())
        };
        let date = numbers(date, '-', &[4, 2, 2])?;
        let time = numbers(time, ':', &[2, 2, 2])?;
        let [year, month, day] = date.as_slice() else {
            return None;
        };
        let time = match time.as_slice() {
            [hour, minute] => (*hour, *minute, 0),
            [hour, minute, second] => (*hour, *minute, *second),
            _ => return None,
        };
        moment(*year, *month, *day, time).map(Utc)
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Utc(self.0).to_string();
        text.chars()
            .filter(char::is_ascii_digit)
            .try_for_each(|it| write!(f, "{it}"))
    }
}

impl Stamp {
    /// Reads fourteen digits.
    pub fn parse(text: &str) -> Option<Stamp> {
        if text.len() != 14 || !text.is_ascii() {
            return None;
        }
        let part = |from: usize, width: usize| number(text.get(from..from + width)?, width);
        let time = (part(8, 2)?, part(10, 2)?, part(12, 2)?);
        moment(part(0, 4)?, part(4, 2)?, part(6, 2)?, time).map(Stamp)
    }
}

fn number(text: &str, width: usize) -> Option<u64> {
    let is_number = text.len() == width && text.bytes().all(|it| it.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_and_read_back() {
        for (millis, utc, stamp, day) in [
            (0, "1970-01-01T00:00:00Z", "19700101000000", 3),
            (951_782_400_000, "2000-02-29T00:00:00Z", "20000229000000", 1),
            (
                1_795_185_000_000,
                "2026-11-20T14:30:00Z",
                "20261120143000",
                4,
            ),
            (
                4_107_542_399_000,
                "2100-02-28T23:59:59Z",
                "21000228235959",
                6,
            ),
        ] {
            let time = Time(millis);
            assert_eq!(Utc(time).to_string(), utc);
            assert_eq!(Stamp(time).to_string(), stamp);
            assert_eq!(Utc::parse(utc), Some(Utc(time)));
            assert_eq!(Stamp::parse(stamp), Some(Stamp(time)));
            assert_eq!(week(time).0, day, "{utc}");
        }
    }

    #[test]
    fn what_is_no_moment_is_not_read() {
        for text in [
            "",
            "2026",
            "2026-13-01",
            "2026-04-31",
            "2026-11-20T24:00",
            "2026-11-20 14:30",
            "2026-11-20T14",
            "2026-11-20T14:30:00:00",
            "0000-00-00",
            "+026-11-20",
        ] {
            assert_eq!(Utc::parse(text), None, "{text}");
        }
        for text in ["", "2026112014300", "20261120143060", "2026112014300é"] {
            assert_eq!(Stamp::parse(text), None, "{text}");
        }
    }
}
