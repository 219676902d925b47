//! Which characters a place of a pattern takes.

/// A set of characters: a bit each for ASCII, ranges and classes for the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Set {
    ascii: [u64; 2],
    wide: Vec<Wide>,
    /// Whether the rest is what `wide` does not hold.
    others: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wide {
    Range(char, char),
    Class(Class),
    Not(Class),
}

/// Kinds of characters. Outside ASCII marks, punctuation and symbols are not told apart: a text is
/// then rather taken than refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Letter,
    Upper,
    Lower,
    Number,
    Separator,
    Mark,
    Punctuation,
    Symbol,
    Other,
    Print,
    Graph,
    Ascii,
    Space,
}

impl Class {
    /// The class of `\p{name}`.
    pub(super) fn named(name: &str) -> Option<Class> {
        Some(match name {
            "L" | "Letter" | "IsL" | "IsLetter" | "Alpha" | "IsAlphabetic" => Class::Letter,
            "Lu" | "Upper" => Class::Upper,
            "Ll" | "Lower" => Class::Lower,
            "N" | "Nd" | "Digit" | "IsN" | "IsDigit" => Class::Number,
            "Z" | "Zs" | "Separator" | "IsZ" => Class::Separator,
            "M" | "Mn" | "IsM" => Class::Mark,
            "P" | "Punct" | "IsP" | "IsPunctuation" => Class::Punctuation,
            "S" | "Sc" | "IsS" => Class::Symbol,
            "C" | "Cc" | "Cf" | "Cntrl" => Class::Other,
            "Print" => Class::Print,
            "Graph" => Class::Graph,
            "ASCII" => Class::Ascii,
            "Space" => Class::Space,
            _ => return None,
        })
    }

    fn has(self, it: char) -> bool {
        let strange =
            || !it.is_ascii() && !it.is_alphanumeric() && !it.is_whitespace() && !it.is_control();
        match self {
            Class::Letter => it.is_alphabetic(),
            Class::Upper => it.is_uppercase(),
            Class::Lower => it.is_lowercase(),
            Class::Number => it.is_numeric(),
            Class::Separator => it.is_whitespace() && !it.is_control(),
            Class::Mark => strange(),
            Class::Punctuation => {
                it.is_ascii_punctuation() && !"$+<=>^`|~".contains(it) || strange()
            }
            Class::Symbol => "$+<=>^`|~".contains(it) || strange(),
            Class::Other => it.is_control(),
            Class::Print => !it.is_control(),
            Class::Graph => !it.is_control() && !it.is_whitespace(),
            Class::Ascii => it.is_ascii(),
            Class::Space => it.is_whitespace(),
        }
    }
}

impl Set {
    /// One character.
    pub(super) fn one(it: char) -> Set {
        let mut set = Set::default();
        set.add_range(it, it);
        set
    }

    /// All but line ends, or all.
    pub(super) fn dot(all: bool) -> Set {
        let mut set = Set::default();
        if !all {
            for it in ['\n', '\r', '\u{2028}', '\u{2029}'] {
                set.add_range(it, it);
            }
        }
        set.negated()
    }

    /// `\d`, `\w`, `\s` and their opposites.
    pub(super) fn shorthand(letter: char) -> Option<Set> {
        let mut set = Set::default();
        match letter {
            'd' | 'D' => set.add_range('0', '9'),
            'w' | 'W' => {
                set.add_range('0', '9');
                set.add_range('A', 'Z');
                set.add_range('a', 'z');
                set.add_range('_', '_');
            }
            's' | 'S' => {
                set.add_class(Class::Space, false);
                set.add_range('\u{feff}', '\u{feff}');
            }
            _ => return None,
        }
        Some(if letter.is_ascii_uppercase() {
            set.negated()
        } else {
            set
        })
    }

    /// Takes in the characters from one to another.
    pub(super) fn add_range(&mut self, first: char, last: char) {
        for it in first..=last.min('\x7f') {
            self.set(it as u8);
        }
        if last > '\x7f' {
            self.wide.push(Wide::Range(first.max('\u{80}'), last));
        }
    }

    /// Takes in a class, or all that is not in it.
    pub(super) fn add_class(&mut self, class: Class, negated: bool) {
        for byte in 0..0x80u8 {
            if class.has(byte.into()) != negated {
                self.set(byte);
            }
        }
        self.wide.push(if negated {
            Wide::Not(class)
        } else {
            Wide::Class(class)
        });
    }

    /// Takes in another set.
    pub(super) fn add(&mut self, other: &Set) {
        self.ascii[0] |= other.ascii[0];
        self.ascii[1] |= other.ascii[1];
        if other.others {
            // Only shorthands are taken in, and of their opposites each holds nearly all that is
            // not ASCII.
            self.wide.push(Wide::Range('\u{80}', char::MAX));
        } else {
            self.wide.extend(&other.wide);
        }
    }

    /// All that is not in this one.
    pub(super) fn negated(mut self) -> Set {
        self.ascii = [!self.ascii[0], !self.ascii[1]];
        self.others = !self.others;
        self
    }

    /// The same for capital and small letters.
    pub(super) fn in_any_case(mut self) -> Set {
        for letter in b'a'..=b'z' {
            let capital = letter.to_ascii_uppercase();
            if self.has_byte(letter) || self.has_byte(capital) {
                self.set(letter);
                self.set(capital);
            }
        }
        self
    }

    fn set(&mut self, byte: u8) {
        if let Some(bits) = self.ascii.get_mut(usize::from(byte >> 6)) {
            *bits |= 1 << (byte & 63);
        }
    }

    /// Whether an ASCII character is in it.
    pub(super) fn has_byte(&self, byte: u8) -> bool {
        let bits = self.ascii.get(usize::from(byte >> 6));
        bits.is_some_and(|bits| bits >> (byte & 63) & 1 == 1)
    }

    /// Whether a character beyond ASCII is in it.
    pub(super) fn has_wide(&self, it: char) -> bool {
        let found = self.wide.iter().any(|wide| match wide {
            Wide::Range(first, last) => (*first..=*last).contains(&it),
            Wide::Class(class) => class.has(it),
            Wide::Not(class) => !class.has(it),
        });
        found != self.others
    }

    /// Whether it is certain that no character is in both.
    pub(super) fn is_apart_from(&self, other: &Set) -> bool {
        let narrow = |it: &Set| it.wide.is_empty() && !it.others;
        self.ascii[0] & other.ascii[0] == 0
            && self.ascii[1] & other.ascii[1] == 0
            && (narrow(self) || narrow(other))
    }
}
