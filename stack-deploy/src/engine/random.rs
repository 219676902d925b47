//! [`Random`]: numbers that follow from a seed; they spread waiting times.

use crate::engine::Seed;

/// SplitMix64.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: Seed) -> Random {
        let folded = seed.0.chunks(8).fold(0_u64, |all, part| {
            let word = part
                .iter()
                .fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
            all.rotate_left(17) ^ word
        });
        Random(folded)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        it ^ (it >> 31)
    }

    /// Between the two, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        let span = high.saturating_sub(low).saturating_add(1);
        low + self.next() % span.max(1)
    }
}
