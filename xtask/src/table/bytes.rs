//! The small pieces that the table is written with: whole numbers of variable length, lists of
//! items that are found by number, interned texts.

use std::collections::BTreeMap;

/// Bytes being written.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl Bytes {
    /// One byte.
    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// A whole number, seven bits a byte, lowest first.
    pub(crate) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.byte(number as u8 | 0x80);
            number >>= 7;
        }
        self.byte(number as u8);
    }

    /// A count or a number of an item.
    pub(crate) fn size(&mut self, size: usize) {
        self.number(size as u64);
    }

    /// A number that may have a sign or a fraction: whole ones as twice their zigzag form, others
    /// as 1 and eight bytes.
    pub(crate) fn decimal(&mut self, number: f64) {
        if number.fract() == 0.0 && number.abs() < 1e15 {
            let whole = number as i64;
            self.number((((whole << 1) ^ (whole >> 63)) as u64) << 1);
        } else {
            self.number(1);
            self.0.extend(number.to_le_bytes());
        }
    }
}

/// Items that are found by their number: how many, where each begins, and all of them.
pub(crate) fn section(items: &[Vec<u8>]) -> Vec<u8> {
    let mut out = (items.len() as u32).to_le_bytes().to_vec();
    let mut at: u32 = 0;
    out.extend(at.to_le_bytes());
    for item in items {
        at += item.len() as u32;
        out.extend(at.to_le_bytes());
    }
    out.extend(items.iter().flatten());
    out
}

/// Things that are written once and named by number afterwards; the often used get short numbers.
#[derive(Default)]
pub(crate) struct Interned<T: Ord> {
    uses: BTreeMap<T, usize>,
    numbers: BTreeMap<T, usize>,
}

impl<T: Ord + Clone + Default> Interned<T> {
    /// The number of a thing. While counting, every thing is number 0.
    pub(crate) fn number(&mut self, thing: &T) -> usize {
        if let Some(number) = self.numbers.get(thing) {
            return *number;
        }
        match self.uses.get_mut(thing) {
            Some(uses) => *uses += 1,
            None => {
                self.uses.insert(thing.clone(), 1);
            }
        }
        0
    }

    /// Ends counting: from now on a thing has its own number.
    pub(crate) fn settle(&mut self) {
        let mut things: Vec<(&T, &usize)> = self.uses.iter().collect();
        things.sort_by_key(|(thing, uses)| (std::cmp::Reverse(**uses), (*thing).clone()));
        self.numbers = things
            .iter()
            .enumerate()
            .map(|(number, (thing, _))| ((*thing).clone(), number))
            .collect();
    }

    /// The things in the order of their numbers.
    pub(crate) fn things(&self) -> Vec<&T> {
        let mut things: Vec<(&usize, &T)> = self.numbers.iter().map(|(t, n)| (n, t)).collect();
        things.sort();
        things.into_iter().map(|(_, thing)| thing).collect()
    }
}
