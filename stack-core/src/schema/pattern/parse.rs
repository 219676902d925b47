//! Reading a pattern.

use std::iter::Peekable;
use std::str::Chars;

use super::set::{Class, Set};

/// What a pattern says.
#[derive(Debug)]
pub(super) enum Ast {
    /// One character.
    Set(Set),
    /// One after the other.
    Row(Vec<Ast>),
    /// One or another.
    Choice(Vec<Ast>),
    /// So many times.
    Repeat {
        of: Box<Ast>,
        least: u32,
        most: u32,
        greedy: bool,
    },
    /// The beginning of the text.
    Start,
    /// The end of the text.
    End,
    /// Between a word and what is none, or not.
    Boundary(bool),
    /// What follows, without going there.
    Ahead { of: Box<Ast>, negated: bool },
    /// The character before.
    Behind { set: Set, negated: bool },
}

/// Deeper nesting is not read.
const DEPTH: u32 = 60;

/// What a pattern says, when it is understood.
pub(super) fn parse(pattern: &str) -> Option<Ast> {
    let mut parser = Parser {
        chars: pattern.chars().peekable(),
        any_case: false,
        dot_all: false,
    };
    let ast = parser.choice(0)?;
    parser.chars.next().is_none().then_some(ast)
}

struct Parser<'a> {
    chars: Peekable<Chars<'a>>,
    any_case: bool,
    dot_all: bool,
}

impl Parser<'_> {
    fn eat(&mut self, it: char) -> bool {
        self.chars.next_if_eq(&it).is_some()
    }

    /// Whether what follows is this text; it is taken then.
    fn eat_text(&mut self, text: &str) -> bool {
        let mut ahead = self.chars.clone();
        let same = text.chars().all(|it| ahead.next() == Some(it));
        if same {
            self.chars = ahead;
        }
        same
    }

    fn choice(&mut self, depth: u32) -> Option<Ast> {
        if depth > DEPTH {
            return None;
        }
        let mut rows = vec![self.row(depth)?];
        while self.eat('|') {
            rows.push(self.row(depth)?);
        }
        match rows.len() {
            1 => rows.pop(),
            _ => Some(Ast::Choice(rows)),
        }
    }

    fn row(&mut self, depth: u32) -> Option<Ast> {
        let mut row = Vec::new();
        while self.chars.peek().is_some_and(|it| !"|)".contains(*it)) {
            if self.flags() {
                continue;
            }
            let atom = self.atom(depth)?;
            row.push(self.repeated(atom)?);
        }
        Some(Ast::Row(row))
    }

    /// `(?i)` and `(?s)`, from here on.
    fn flags(&mut self) -> bool {
        if self.eat_text("(?i)") {
            self.any_case = true;
        } else if self.eat_text("(?s)") {
            self.dot_all = true;
        } else {
            return false;
        }
        true
    }

    fn atom(&mut self, depth: u32) -> Option<Ast> {
        Some(match self.chars.next()? {
            '^' => Ast::Start,
            '$' => Ast::End,
            '.' => Ast::Set(Set::dot(self.dot_all)),
            '(' => return self.group(depth),
            '[' => Ast::Set(self.class()?),
            '\\' => return self.escape(),
            '*' | '+' | '?' => return None,
            it => self.one(it),
        })
    }

    fn one(&self, it: char) -> Ast {
        Ast::Set(self.cased(Set::one(it)))
    }

    fn cased(&self, set: Set) -> Set {
        if self.any_case {
            set.in_any_case()
        } else {
            set
        }
    }

    fn group(&mut self, depth: u32) -> Option<Ast> {
        let look = [
            ("?=", false, true),
            ("?!", true, true),
            ("?<=", false, false),
        ];
        let look = look.into_iter().chain([("?<!", true, false)]);
        for (sign, negated, ahead) in look {
            if self.eat_text(sign) {
                let inner = self.choice(depth + 1)?;
                let closed = self.eat(')');
                return match inner {
                    it if ahead => Some(Ast::Ahead {
                        of: Box::new(it),
                        negated,
                    }),
                    Ast::Row(mut row) => match (row.pop(), row.is_empty()) {
                        (Some(Ast::Set(set)), true) => Some(Ast::Behind { set, negated }),
                        _ => None,
                    },
                    _ => None,
                }
                .filter(|_| closed);
            }
        }
        if self.chars.peek() == Some(&'?') && !self.eat_text("?:") {
            return None;
        }
        // A flag within a group ends with it.
        let flags = (self.any_case, self.dot_all);
        let inner = self.choice(depth + 1)?;
        (self.any_case, self.dot_all) = flags;
        self.eat(')').then_some(inner)
    }

    fn repeated(&mut self, of: Ast) -> Option<Ast> {
        let (least, most) = match self.chars.peek() {
            Some('*') => (0, u32::MAX),
            Some('+') => (1, u32::MAX),
            Some('?') => (0, 1),
            Some('{') => match self.counts() {
                Some(counts) => counts,
                None => return Some(of),
            },
            _ => return Some(of),
        };
        // `counts` has left its closing brace, so that there is one sign to take in every case.
        self.chars.next();
        let greedy = !self.eat('?');
        // Possessive, as Java has it: what it matches is a part of what the greedy form matches.
        self.eat('+');
        (least <= most).then(|| Ast::Repeat {
            of: Box::new(of),
            least,
            most,
            greedy,
        })
    }

    /// `{2}`, `{2,}`, `{2,5}`, `{,5}` but for the closing brace; anything else is plain text.
    fn counts(&mut self) -> Option<(u32, u32)> {
        let mut ahead = self.chars.clone();
        ahead.next();
        let mut number = |most: u32| {
            let mut digits = 0;
            let mut value = 0u32;
            while let Some(digit) = ahead.peek().and_then(|it| it.to_digit(10)) {
                value = value.saturating_mul(10).saturating_add(digit);
                digits += 1;
                ahead.next();
            }
            let comma = ahead.next_if_eq(&',').is_some();
            let value = if digits == 0 { most } else { value };
            (digits, comma, value, ahead.peek() == Some(&'}'))
        };
        let (digits, comma, least, mut closed) = number(0);
        let mut most = least;
        if comma {
            let (more, _, value, end) = number(u32::MAX);
            most = value;
            closed = end && digits + more > 0;
        }
        if !closed || digits == 0 && !comma {
            return None;
        }
        self.chars = ahead;
        Some((least, most))
    }

    fn escape(&mut self) -> Option<Ast> {
        let next = *self.chars.peek()?;
        let simple = match next {
            'b' => Some(Ast::Boundary(true)),
            'B' => Some(Ast::Boundary(false)),
            'A' => Some(Ast::Start),
            'Z' | 'z' => Some(Ast::End),
            _ => None,
        };
        if simple.is_some() {
            self.chars.next();
            return simple;
        }
        // A reference to what a group has matched.
        if ('1'..='9').contains(&next) {
            return None;
        }
        match self.escaped()? {
            Escaped::One(it) => Some(self.one(it)),
            Escaped::Set(set) => Some(Ast::Set(self.cased(set))),
        }
    }

    /// What stands after a backslash, in a class and outside.
    fn escaped(&mut self) -> Option<Escaped> {
        let it = self.chars.next()?;
        if let Some(set) = Set::shorthand(it) {
            return Some(Escaped::Set(set));
        }
        Some(Escaped::One(match it {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'f' => '\x0c',
            'v' => '\x0b',
            '0' => '\0',
            'x' => self.hex(2)?,
            'u' => self.unicode()?,
            'p' | 'P' => {
                let mut name = String::new();
                if self.eat('{') {
                    while let Some(it) = self.chars.next_if(|it| *it != '}') {
                        name.push(it);
                    }
                    self.chars.next();
                } else {
                    name.push(self.chars.next()?);
                }
                let mut set = Set::default();
                set.add_class(Class::named(&name)?, it == 'P');
                return Some(Escaped::Set(set));
            }
            it => it,
        }))
    }

    fn digits(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0, |value, _| {
            Some(value * 16 + self.chars.next()?.to_digit(16)?)
        })
    }

    fn hex(&mut self, count: u32) -> Option<char> {
        self.digits(count).and_then(char::from_u32)
    }

    /// `\u0041`, `\u{1F600}`, and the two halves of a character beyond.
    fn unicode(&mut self) -> Option<char> {
        if self.eat('{') {
            let mut value = 0u32;
            while let Some(it) = self.chars.next_if(|it| *it != '}') {
                value = value.checked_mul(16)?.checked_add(it.to_digit(16)?)?;
            }
            self.chars.next();
            return char::from_u32(value);
        }
        let unit = self.digits(4)?;
        match unit {
            0xd800..0xdc00 => {
                if !self.eat_text("\\u") {
                    return None;
                }
                let low = self
                    .digits(4)?
                    .checked_sub(0xdc00)
                    .filter(|it| *it < 0x400)?;
                char::from_u32(0x10000 + ((unit - 0xd800) << 10) + low)
            }
            _ => char::from_u32(unit),
        }
    }

    /// A class, after its opening bracket.
    fn class(&mut self) -> Option<Set> {
        let negated = self.eat('^');
        let mut set = Set::default();
        let mut first = true;
        loop {
            let it = self.chars.next()?;
            let from = match it {
                ']' if !first => break,
                '\\' => self.escaped_in_class()?,
                it => Escaped::One(it),
            };
            first = false;
            let from = match from {
                Escaped::Set(other) => {
                    set.add(&other);
                    continue;
                }
                Escaped::One(it) => it,
            };
            let mut ahead = self.chars.clone();
            if ahead.next() != Some('-') || matches!(ahead.next(), None | Some(']')) {
                set.add_range(from, from);
                continue;
            }
            self.chars.next();
            let to = match self.chars.next()? {
                '\\' => self.escaped_in_class()?,
                it => Escaped::One(it),
            };
            match to {
                Escaped::One(to) if from <= to => set.add_range(from, to),
                Escaped::One(_) => return None,
                // `[+-\w]`: no range, three members.
                Escaped::Set(other) => {
                    set.add_range(from, from);
                    set.add_range('-', '-');
                    set.add(&other);
                }
            }
        }
        let set = self.cased(set);
        Some(if negated { set.negated() } else { set })
    }

    fn escaped_in_class(&mut self) -> Option<Escaped> {
        if self.eat('b') {
            return Some(Escaped::One('\x08'));
        }
        self.escaped()
    }
}

enum Escaped {
    One(char),
    Set(Set),
}
