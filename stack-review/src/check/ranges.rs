//! Address ranges.

use std::net::{Ipv4Addr, Ipv6Addr};

/// An address range: its first and last address, as numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) six: bool,
    pub(crate) first: u128,
    pub(crate) last: u128,
}

impl Range {
    /// `10.0.0.0/16`, `2001:db8::/56`; host bits are cut off, as AWS does.
    pub(crate) fn parse(text: &str) -> Option<Range> {
        let (address, bits) = text.trim().split_once('/')?;
        let bits: u32 = bits.parse().ok()?;
        let (six, number, width) = match address.parse::<Ipv4Addr>() {
            Ok(it) => (false, u128::from(u32::from(it)), 32_u32),
            Err(_) => (true, u128::from(address.parse::<Ipv6Addr>().ok()?), 128),
        };
        let free = width.checked_sub(bits)?;
        let hosts = if free == 128 {
            u128::MAX
        } else {
            (1_u128 << free) - 1
        };
        Some(Range {
            six,
            first: number & !hosts,
            last: number | hosts,
        })
    }

    /// Whether all of the other lies in this.
    pub(crate) fn contains(&self, other: &Range) -> bool {
        self.six == other.six && self.first <= other.first && other.last <= self.last
    }

    /// Whether the two have an address in common.
    pub(crate) fn meets(&self, other: &Range) -> bool {
        self.six == other.six && self.first <= other.last && other.first <= self.last
    }
}
