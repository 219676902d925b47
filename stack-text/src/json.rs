//! Reads JSON and keeps what a plain reader loses: places, order, digits, duplicate keys.

use stack_core::Problem;

use crate::source::Place;
use crate::tree::{Entry, Node, Tree};

/// Deeper nesting is refused, so that hostile text cannot exhaust the stack.
const MAX_DEPTH: usize = 64;
/// Longer text is refused: no task definition (64 KiB at most) and no settings come near.
pub(crate) const MAX_BYTES: usize = 1_000_000;

/// The tree, or everything that is wrong: duplicate keys, and the first syntax error.
pub(crate) fn read(text: &str, name: &str) -> Result<Node, Vec<Problem>> {
    let start = Place::start(name, text);
    if text.len() > MAX_BYTES {
        return Err(vec![too_long(&start)]);
    }
    let mut reader = Reader {
        text,
        at: 0,
        start,
        problems: Vec::new(),
    };
    match reader.document() {
        Ok(node) if reader.problems.is_empty() => Ok(node),
        Ok(_) => Err(reader.problems),
        Err(problem) => {
            reader.problems.push(*problem);
            Err(reader.problems)
        }
    }
}

pub(crate) fn too_long(start: &Place) -> Problem {
    Problem::error(
        "too-long",
        format!("`{}` has more than {MAX_BYTES} bytes", start.source.name),
    )
    .at(start.source.name.clone())
}

/// The offset in the file of a byte of a decoded string whose opening quote stands at `quote`.
pub(crate) fn offset_in_string(text: &str, quote: usize, decoded: usize) -> usize {
    let mut reader = Reader {
        text,
        at: quote + 1,
        start: Place::start("", ""),
        problems: Vec::new(),
    };
    let mut length = 0;
    while length < decoded {
        match reader.character() {
            Ok(Some(it)) => length += it.len_utf8(),
            _ => break,
        }
    }
    reader.at
}

type Read<T> = Result<T, Box<Problem>>;

struct Reader<'a> {
    text: &'a str,
    at: usize,
    start: Place,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn document(&mut self) -> Read<Node> {
        let node = self.value(0)?;
        self.space();
        if self.at < self.text.len() {
            return Err(self.wrong("there is more after the end of the JSON value"));
        }
        Ok(node)
    }

    fn value(&mut self, depth: usize) -> Read<Node> {
        self.space();
        let place = self.start.at(self.at);
        if depth > MAX_DEPTH {
            return Err(self.wrong(format!("JSON nests deeper than {MAX_DEPTH} levels")));
        }
        let tree = match self.peek() {
            Some('{') if self.text[self.at..].starts_with("{{") => self.word()?,
            Some('{') => self.object(depth)?,
            Some('[') => self.list(depth)?,
            Some('"') => Tree::Text(self.string()?),
            Some('-' | '0'..='9') => Tree::Number(self.number()?),
            _ => self.word()?,
        };
        Ok(Node { place, tree })
    }

    fn object(&mut self, depth: usize) -> Read<Tree> {
        self.at += 1;
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen = std::collections::BTreeMap::new();
        self.space();
        if self.take('}') {
            return Ok(Tree::Object(entries));
        }
        loop {
            self.space();
            let place = self.start.at(self.at);
            if self.peek() != Some('"') {
                return Err(self.wrong("expected a key in double quotes"));
            }
            let key = self.string()?;
            if let Some(first) = seen.insert(key.clone(), place.clone()) {
                self.problems.push(
                    Problem::error("duplicate-key", format!("the key `{key}` is given twice"))
                        .at(place.to_string())
                        .help(format!("it is already given at {first}")),
                );
            }
            self.space();
            if !self.take(':') {
                return Err(self.wrong(format!("expected `:` after the key `{key}`")));
            }
            let node = self.value(depth + 1)?;
            entries.push(Entry { key, place, node });
            self.space();
            if self.take('}') {
                return Ok(Tree::Object(entries));
            }
            self.comma('}')?;
        }
    }

    fn list(&mut self, depth: usize) -> Read<Tree> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.take(']') {
            return Ok(Tree::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            if self.take(']') {
                return Ok(Tree::List(items));
            }
            self.comma(']')?;
        }
    }

    fn comma(&mut self, close: char) -> Read<()> {
        if !self.take(',') {
            return Err(self.wrong(format!("expected `,` or `{close}`")));
        }
        self.space();
        if self.peek() == Some(close) {
            return Err(self.wrong(format!("JSON has no comma before `{close}`")));
        }
        Ok(())
    }

    fn string(&mut self) -> Read<String> {
        self.at += 1;
        let mut text = String::new();
        while let Some(it) = self.character()? {
            text.push(it);
        }
        Ok(text)
    }

    /// The next character of a string; `None` at its closing quote.
    fn character(&mut self) -> Read<Option<char>> {
        let it = match self.peek() {
            None => return Err(self.wrong("this JSON string does not end")),
            Some('"') => {
                self.at += 1;
                return Ok(None);
            }
            Some('\\') => self.escaped()?,
            Some('\0'..='\u{1f}') => {
                return Err(self.wrong(
                    "a JSON string has no line breaks and control characters as they are; \
                     write `\\n` or `\\u0000`",
                ));
            }
            Some(it) => {
                self.at += it.len_utf8();
                it
            }
        };
        Ok(Some(it))
    }

    fn escaped(&mut self) -> Read<char> {
        let start = self.at;
        self.at += 1;
        let it = match self.peek() {
            Some('"') => '"',
            Some('\\') => '\\',
            Some('/') => '/',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => return self.unicode(start),
            _ => {
                self.at = start;
                return Err(self.wrong("JSON has no such escape; a backslash is written `\\\\`"));
            }
        };
        self.at += 1;
        Ok(it)
    }

    /// `\u0041`, or a pair such as `\ud83d\ude00`.
    fn unicode(&mut self, start: usize) -> Read<char> {
        self.at += 1;
        let mut units = self.hex().into_iter().collect::<Vec<u16>>();
        if matches!(units[..], [0xD800..=0xDBFF]) && self.text[self.at..].starts_with("\\u") {
            self.at += 2;
            units.extend(self.hex());
        }
        match char::decode_utf16(units).collect::<Result<Vec<_>, _>>() {
            Ok(it) if it.len() == 1 => Ok(it[0]),
            _ => {
                self.at = start;
                Err(self.wrong("this `\\u` escape is no character"))
            }
        }
    }

    fn hex(&mut self) -> Option<u16> {
        let digits = self.text.get(self.at..self.at + 4)?;
        if !digits.bytes().all(|it| it.is_ascii_hexdigit()) {
            return None;
        }
        self.at += 4;
        u16::from_str_radix(digits, 16).ok()
    }

    fn number(&mut self) -> Read<String> {
        let start = self.at;
        self.take('-');
        let leading_zero = self.peek() == Some('0');
        let mut fine = match self.digits() {
            0 => false,
            count => count == 1 || !leading_zero,
        };
        if self.take('.') {
            fine &= self.digits() > 0;
        }
        if self.take('e') || self.take('E') {
            let _sign = self.take('+') || self.take('-');
            fine &= self.digits() > 0;
        }
        let digits = &self.text[start..self.at];
        if fine && digits.len() <= 64 {
            return Ok(digits.to_owned());
        }
        self.at = start;
        Err(self.wrong(
            "this is no JSON number; digits with leading zeros, such as an account id, are \
             written in quotes",
        ))
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some('0'..='9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn word(&mut self) -> Read<Tree> {
        for (word, tree) in [
            ("true", Tree::Bool(true)),
            ("false", Tree::Bool(false)),
            ("null", Tree::Null),
        ] {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(tree);
            }
        }
        let rest = &self.text[self.at..];
        let mut problem = self.wrong(match self.peek() {
            None => "the JSON ends too early",
            Some('\u{feff}') => "the file begins with a byte order mark; JSON has none",
            _ => "expected a JSON value",
        });
        if rest.starts_with("{{") {
            problem.help =
                Some("a placeholder stands in quotes, also alone: `\"{{name}}\"`".into());
        } else if rest.starts_with('/') || rest.starts_with('#') {
            problem.help = Some("JSON has no comments".into());
        }
        Err(problem)
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn take(&mut self, it: char) -> bool {
        let found = self.peek() == Some(it);
        if found {
            self.at += it.len_utf8();
        }
        found
    }

    fn wrong(&self, message: impl Into<String>) -> Box<Problem> {
        let place = self.start.at(self.at).to_string();
        let mut problem = Problem::error("json-syntax", message).at(place);
        if self.text[self.at..].starts_with("{{") {
            problem.help =
                Some("a placeholder stands in quotes, also alone: `\"{{name}}\"`".into());
        }
        Box::new(problem)
    }
}
