//! [`Space`]: a set of addresses, as sorted ranges.
//!
//! Addresses that are only known at deployment have places of their own, beside the numbers: a
//! region. `0.0.0.0/0` covers every region; a smaller range covers none for certain.

use super::answer::Family;

/// An address: its region (0 holds the numbers), and its number.
pub(super) type Point = (u32, u128);

/// Ranges, inclusive, sorted, apart from each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Space(Vec<(Point, Point)>);

impl Space {
    pub(super) fn empty() -> Space {
        Space(Vec::new())
    }

    pub(super) fn everything() -> Space {
        Space(vec![((0, 0), (u32::MAX, u128::MAX))])
    }

    /// All of a region.
    pub(super) fn region(number: u32) -> Space {
        Space(vec![((number, 0), (number, u128::MAX))])
    }

    /// All of some regions, the first and the last included.
    pub(super) fn regions(from: u32, to: u32) -> Space {
        Space(vec![((from, 0), (to, u128::MAX))])
    }

    /// Numbers from one to another, both included.
    pub(super) fn numbers(from: u128, to: u128) -> Space {
        Space(vec![((0, from), (0, to))])
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn first(&self) -> Option<Point> {
        self.0.first().map(|it| it.0)
    }

    /// Its ranges, each alone.
    pub(super) fn parts(&self) -> impl Iterator<Item = Space> + '_ {
        self.0.iter().map(|it| Space(vec![*it]))
    }

    pub(super) fn union(&self, other: &Space) -> Space {
        if self.is_empty() {
            return other.clone();
        }
        if other.is_empty() {
            return self.clone();
        }
        let mut all: Vec<(Point, Point)> = self.0.iter().chain(&other.0).copied().collect();
        all.sort_unstable();
        let mut merged: Vec<(Point, Point)> = Vec::with_capacity(all.len());
        for (from, to) in all {
            match merged.last_mut() {
                Some(last) if from <= last.1 || after(last.1) == Some(from) => {
                    last.1 = last.1.max(to);
                }
                _ => merged.push((from, to)),
            }
        }
        Space(merged)
    }

    pub(super) fn intersect(&self, other: &Space) -> Space {
        Space(self.common(other).collect())
    }

    /// The ranges that are in both.
    fn common(&self, other: &Space) -> impl Iterator<Item = (Point, Point)> {
        let (mut a, mut b) = (self.0.as_slice(), other.0.as_slice());
        std::iter::from_fn(move || {
            while let ([x, further @ ..], [y, beyond @ ..]) = (a, b) {
                let (from, to) = (x.0.max(y.0), x.1.min(y.1));
                if x.1 <= y.1 {
                    a = further;
                } else {
                    b = beyond;
                }
                if from <= to {
                    return Some((from, to));
                }
            }
            None
        })
    }

    pub(super) fn overlaps(&self, other: &Space) -> bool {
        self.common(other).next().is_some()
    }

    pub(super) fn minus(&self, other: &Space) -> Space {
        let mut rest = Vec::with_capacity(self.0.len());
        let mut cuts = other.0.as_slice();
        for &(from, to) in &self.0 {
            let mut begin = Some(from);
            while let [first, further @ ..] = cuts
                && first.1 < from
            {
                cuts = further;
            }
            for &(cut_from, cut_to) in cuts.iter().take_while(|it| it.0 <= to) {
                let Some(now) = begin else { break };
                if cut_from > now
                    && let Some(end) = before(cut_from)
                {
                    rest.push((now, end));
                }
                begin = after(cut_to).map(|it| it.max(now));
            }
            if let Some(now) = begin.filter(|it| *it <= to) {
                rest.push((now, to));
            }
        }
        Space(rest)
    }

    pub(super) fn covers(&self, other: &Space) -> bool {
        let mut mine = self.0.iter().peekable();
        // Ranges are apart, so one of them holds all of a range or none does.
        other.0.iter().all(|it| {
            while mine.next_if(|mine| mine.1 < it.1).is_some() {}
            mine.peek().is_some_and(|mine| mine.0 <= it.0)
        })
    }

    /// Whether all of it lies in one subset with a size: the bounds in numbers, when it is one range.
    pub(super) fn bounds(&self) -> Option<(Point, Point)> {
        match self.0.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }
}

fn after(point: Point) -> Option<Point> {
    match point.1.checked_add(1) {
        Some(next) => Some((point.0, next)),
        None => point.0.checked_add(1).map(|region| (region, 0)),
    }
}

fn before(point: Point) -> Option<Point> {
    match point.1.checked_sub(1) {
        Some(last) => Some((point.0, last)),
        None => point.0.checked_sub(1).map(|region| (region, u128::MAX)),
    }
}

/// A CIDR range: its family, the prefix length, and the first and last number. Bits beyond the
/// prefix count for nothing, as with AWS.
pub(super) fn cidr(text: &str) -> Option<(Family, u8, u128, u128)> {
    let (address, length) = match text.trim().split_once('/') {
        Some((address, length)) => (address, Some(length.parse::<u8>().ok()?)),
        None => (text.trim(), None),
    };
    let (family, number) = match address.parse::<std::net::IpAddr>().ok()? {
        std::net::IpAddr::V4(it) => (Family::V4, u128::from(u32::from(it))),
        std::net::IpAddr::V6(it) => (Family::V6, u128::from(it)),
    };
    let bits = family.bits();
    let length = length.unwrap_or(bits);
    if length > bits {
        return None;
    }
    let host = u32::from(bits - length);
    let mask = if host >= 128 {
        u128::MAX
    } else {
        (1u128 << host) - 1
    };
    let from = number & !mask;
    Some((family, length, from, from | mask))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ranges: &[(u128, u128)]) -> Space {
        let each = ranges.iter().map(|it| Space::numbers(it.0, it.1));
        each.fold(Space::empty(), |all, it| all.union(&it))
    }

    #[test]
    fn sets_of_small_numbers_agree_with_bits() {
        // All pairs of subsets of 0..6, each as a mask.
        let space = |mask: u32| {
            let ranges: Vec<(u128, u128)> = (0..6u32)
                .filter(|it| mask >> it & 1 == 1)
                .map(|it| (u128::from(it), u128::from(it)))
                .collect();
            of(&ranges)
        };
        for a in 0..64 {
            for b in 0..64 {
                assert_eq!(space(a).union(&space(b)), space(a | b));
                assert_eq!(space(a).intersect(&space(b)), space(a & b));
                assert_eq!(space(a).minus(&space(b)), space(a & !b));
                assert_eq!(space(a).covers(&space(b)), b & !a == 0);
            }
        }
    }

    #[test]
    fn ranges_are_read_with_their_last_address() {
        assert_eq!(
            cidr("10.0.1.7/24"),
            Some((Family::V4, 24, 0x0a00_0100, 0x0a00_01ff))
        );
        assert_eq!(cidr("10.0.0.0/33"), None);
        assert_eq!(cidr("::/0"), Some((Family::V6, 0, 0, u128::MAX)));
        assert_eq!(cidr("10.0.0.1").map(|it| it.1), Some(32));
    }

    #[test]
    fn what_is_only_known_at_deployment_lies_in_everything_and_in_no_number() {
        let place = Space::region(3);
        assert!(Space::everything().covers(&place));
        assert!(!Space::numbers(0, u128::MAX).overlaps(&place));
        assert!(
            Space::everything()
                .minus(&place)
                .union(&place)
                .covers(&Space::everything())
        );
    }
}
