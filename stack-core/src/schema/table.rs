//! The table of facts: sections of numbered items, read where they lie and decoded when first used.

use std::sync::OnceLock;

use super::model::{Definition, Facts};
use super::pattern::Pattern;

/// Written by `cargo xtask schema table`.
static BYTES: &[u8] = include_bytes!("facts.bin");

/// The facts of all types, and what has been decoded of them so far.
pub(super) struct Table {
    texts: Section,
    pattern_texts: Section,
    enumerations: Section,
    definition_bytes: Section,
    names: Section,
    type_bytes: Section,
    slots: &'static [u8],
    // Boxed, so that the many cells that stay empty take little room.
    types: Box<[OnceLock<Box<Facts>>]>,
    definitions: Box<[OnceLock<Box<Definition>>]>,
    patterns: Box<[OnceLock<Box<Pattern>>]>,
}

/// The one table of this process.
pub(super) fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| Table::new(BYTES))
}

/// A list of this many cells that are not filled in yet.
fn cells<T>(count: usize) -> Box<[OnceLock<T>]> {
    std::iter::repeat_with(OnceLock::new).take(count).collect()
}

impl Table {
    fn new(bytes: &'static [u8]) -> Table {
        // Four letters, the lengths of the seven sections, the sections.
        let mut at = 4 + 7 * 4;
        let mut part = |number: usize| {
            let length = word(bytes, 4 + 4 * number);
            let part = bytes.get(at..at + length).unwrap_or_default();
            at += length;
            part
        };
        let [
            texts,
            pattern_texts,
            enumerations,
            definition_bytes,
            names,
            type_bytes,
        ] = [0, 1, 2, 3, 4, 5].map(|number| Section::new(part(number)));
        Table {
            types: cells(type_bytes.count),
            definitions: cells(definition_bytes.count),
            patterns: cells(pattern_texts.count),
            texts,
            pattern_texts,
            enumerations,
            definition_bytes,
            names,
            type_bytes,
            slots: part(6),
        }
    }

    /// The number of a type.
    pub(super) fn find(&self, name: &str) -> Option<u16> {
        let mask = (self.slots.len() / 2).checked_sub(1)?;
        let mut at = hash(name.as_bytes()) as usize & mask;
        loop {
            let slot = self.slots.get(2 * at..2 * at + 2)?;
            // 0 is an empty slot.
            let number = u16::from_le_bytes([slot[0], slot[1]]).checked_sub(1)?;
            if self.names.item(number.into()) == name.as_bytes() {
                return Some(number);
            }
            at = (at + 1) & mask;
        }
    }

    /// How many types there are.
    pub(super) fn count(&self) -> u16 {
        self.names.count as u16
    }

    /// The name of a type.
    pub(super) fn name(&self, number: u16) -> &'static str {
        text_of(self.names.item(number.into()))
    }

    /// The facts of a type.
    pub(super) fn facts(&self, number: u16) -> &Facts {
        static NONE: OnceLock<Box<Facts>> = OnceLock::new();
        let decode = || {
            let mut cursor = self.cursor(&self.type_bytes, number.into());
            Box::new(Facts::decode(self.name(number), &mut cursor))
        };
        match self.types.get(usize::from(number)) {
            Some(cell) => cell.get_or_init(decode),
            None => NONE.get_or_init(Box::default),
        }
    }

    /// A definition that properties share.
    pub(super) fn definition(&self, number: u32) -> Option<&Definition> {
        let cell = self.definitions.get(number as usize)?;
        Some(cell.get_or_init(|| {
            let mut cursor = self.cursor(&self.definition_bytes, number as usize);
            Box::new(Definition::decode(&mut cursor))
        }))
    }

    /// How many definitions there are.
    #[cfg(test)]
    pub(super) fn definition_count(&self) -> u32 {
        self.definition_bytes.count as u32
    }

    /// How many patterns there are.
    #[cfg(test)]
    pub(super) fn pattern_count(&self) -> u32 {
        self.pattern_texts.count as u32
    }

    /// A pattern, compiled once.
    pub(super) fn pattern(&self, number: u32) -> Option<&Pattern> {
        let cell = self.patterns.get(number as usize)?;
        Some(cell.get_or_init(|| Box::new(Pattern::new(self.pattern_text(number)))))
    }

    /// A pattern as it was written.
    pub(super) fn pattern_text(&self, number: u32) -> &'static str {
        text_of(self.pattern_texts.item(number as usize))
    }

    fn cursor(&self, section: &Section, number: usize) -> Cursor<'_> {
        Cursor {
            table: self,
            bytes: section.item(number),
            at: 0,
        }
    }
}

fn text_of(bytes: &'static [u8]) -> &'static str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

fn word(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at..at + 4) {
        Some(&[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]) as usize,
        _ => 0,
    }
}

/// FNV-1a, as the table was written with.
fn hash(name: &[u8]) -> u32 {
    name.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

/// Items that are found by their number.
struct Section {
    bytes: &'static [u8],
    count: usize,
}

impl Section {
    fn new(bytes: &'static [u8]) -> Section {
        Section {
            bytes,
            count: word(bytes, 0),
        }
    }

    fn item(&self, number: usize) -> &'static [u8] {
        if number >= self.count {
            return &[];
        }
        let start = word(self.bytes, 4 + 4 * number);
        let end = word(self.bytes, 8 + 4 * number);
        let items = 4 + 4 * (self.count + 1);
        self.bytes
            .get(items + start..items + end)
            .unwrap_or_default()
    }
}

/// Reads one item from its beginning to its end.
pub(super) struct Cursor<'a> {
    table: &'a Table,
    bytes: &'static [u8],
    at: usize,
}

impl Cursor<'_> {
    /// One byte.
    pub(super) fn byte(&mut self) -> u8 {
        let byte = self.bytes.get(self.at).copied().unwrap_or_default();
        self.at += 1;
        byte
    }

    /// A whole number, seven bits a byte, lowest first.
    pub(super) fn number(&mut self) -> u64 {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte();
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        number
    }

    /// A count. Never more than what is left to read, so that nothing is reserved for nothing.
    pub(super) fn size(&mut self) -> usize {
        (self.number() as usize).min(self.bytes.len().saturating_sub(self.at))
    }

    /// The number of an item, or a length.
    pub(super) fn index(&mut self) -> u32 {
        self.number() as u32
    }

    /// A number that may have a sign or a fraction.
    pub(super) fn decimal(&mut self) -> f64 {
        let number = self.number();
        if number & 1 == 1 {
            let bytes = std::array::from_fn(|_| self.byte());
            return f64::from_le_bytes(bytes);
        }
        let zigzag = number >> 1;
        ((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64)) as f64
    }

    /// A text.
    pub(super) fn text(&mut self) -> &'static str {
        let number = self.index();
        text_of(self.table.texts.item(number as usize))
    }

    /// A list of texts.
    pub(super) fn texts(&mut self) -> Box<[&'static str]> {
        self.many(Cursor::text)
    }

    /// An enumeration: a sorted list of texts.
    pub(super) fn enumeration(&mut self) -> Box<[&'static str]> {
        let number = self.index();
        let table = self.table;
        table.cursor(&table.enumerations, number as usize).texts()
    }

    /// A count and that many things.
    pub(super) fn many<T>(&mut self, mut read: impl FnMut(&mut Self) -> T) -> Box<[T]> {
        let count = self.size();
        (0..count).map(|_| read(self)).collect()
    }

    /// Whether everything was read and nothing more.
    #[cfg(test)]
    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The writer lives in another crate: this says that both mean the same.
    #[test]
    fn every_item_is_read_to_its_end() {
        let table = table();
        for number in 0..table.count() {
            let mut cursor = table.cursor(&table.type_bytes, number.into());
            Facts::decode("", &mut cursor);
            assert!(cursor.is_at_end(), "{}", table.name(number));
        }
        for number in 0..table.definition_count() {
            let mut cursor = table.cursor(&table.definition_bytes, number as usize);
            Definition::decode(&mut cursor);
            assert!(cursor.is_at_end(), "definition {number}");
        }
    }

    #[test]
    fn every_type_is_found_by_its_name() {
        let table = table();
        for number in 0..table.count() {
            assert_eq!(table.find(table.name(number)), Some(number));
        }
        assert_eq!(table.find("AWS::ECS::Services"), None);
    }

    #[test]
    fn broken_bytes_are_read_as_nothing() {
        for bytes in [&[][..], b"STF1", &[0xff; 40]] {
            let table = Table::new(bytes);
            assert_eq!(table.find("AWS::ECS::Service"), None);
            assert!(table.facts(0).object.properties.is_empty());
        }
    }
}
