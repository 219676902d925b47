//! [`Index`]: from names to numbers. Names of a template begin alike (`WebService…`), so that
//! comparing them costs more than hashing them.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The numbers of names.
pub(super) type Index<'a> = ByName<'a, usize>;

/// Anything by names. It is looked up in and never walked: its order means nothing.
#[derive(Debug)]
pub(super) struct ByName<'a, T>(HashMap<&'a str, T, BuildHasherDefault<Names>>);

impl<'a, T> ByName<'a, T> {
    pub(super) fn get(&self, name: &str) -> Option<&T> {
        self.0.get(name)
    }

    pub(super) fn insert(&mut self, name: &'a str, it: T) {
        self.0.insert(name, it);
    }
}

impl<T> Default for ByName<'_, T> {
    fn default() -> Self {
        ByName(HashMap::default())
    }
}

impl<'a> Index<'a> {
    /// Room for so many names.
    pub(super) fn with_capacity(count: usize) -> Index<'a> {
        ByName(HashMap::with_capacity_and_hasher(count, Default::default()))
    }

    /// The number of a name; a new one is given the next.
    pub(super) fn number(&mut self, name: &'a str) -> usize {
        let next = self.0.len();
        *self.0.entry(name).or_insert(next)
    }
}

/// Names by their places.
pub(super) fn index<'a>(names: impl Iterator<Item = &'a str>) -> Index<'a> {
    ByName(names.enumerate().map(|(number, it)| (it, number)).collect())
}

/// Hashes eight letters at once. Templates that aim at collisions make themselves slow, as far as
/// the limits of a template go.
#[derive(Debug, Default)]
pub(super) struct Names(u64);

/// A large odd number with bits all over.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

impl Names {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(SPREAD);
    }
}

impl Hasher for Names {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.add(u64::from_le_bytes(*word));
        }
        let last = match bytes.last_chunk() {
            // Some of its letters count twice.
            Some(last) => u64::from_le_bytes(*last),
            None => rest.iter().fold(0, |word, it| word << 8 | u64::from(*it)),
        };
        self.add(last ^ (bytes.len() as u64) << 56);
    }

    // What ends a text: the length is in already.
    fn write_u8(&mut self, _: u8) {}

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}
