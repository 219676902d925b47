//! Reading JSON: strictly RFC 8259, without recursion, numbers digit for digit.

use std::borrow::Cow;

use super::builder::Builder;
use super::frequent;
use super::limits::{Mark, excerpt};
use crate::problem::Problem;
use crate::value::Expr;

/// Reads a document; remembers where things stand when `remember` says so.
pub(super) fn read(text: &str, remember: bool) -> (Builder, Result<(), Problem>) {
    let mut builder = Builder::new(remember);
    let mut reader = Reader {
        text,
        at: 0,
        line: 1,
        line_start: 0,
        builder: &mut builder,
    };
    let read = reader.document();
    (builder, read)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    line_start: usize,
    builder: &'a mut Builder,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<(), Problem> {
        let mut open: Vec<u8> = Vec::new();
        loop {
            if let Some(opened) = self.value()? {
                open.push(opened);
                self.blanks();
                if self.peek() != Some(closing(opened)) {
                    if opened == b'{' {
                        self.key()?;
                    }
                    continue;
                }
            }
            loop {
                self.blanks();
                let Some(&innermost) = open.last() else {
                    return match self.peek() {
                        None => Ok(()),
                        Some(_) => Err(self.unexpected("the end of the template")),
                    };
                };
                match self.peek() {
                    Some(b',') => {
                        self.at += 1;
                        if innermost == b'{' {
                            self.blanks();
                            self.key()?;
                        }
                        break;
                    }
                    Some(byte) if byte == closing(innermost) => {
                        self.at += 1;
                        open.pop();
                        self.builder.close();
                    }
                    _ if innermost == b'{' => return Err(self.unexpected("`,` or `}`")),
                    _ => return Err(self.unexpected("`,` or `]`")),
                }
            }
        }
    }

    /// Reads a value, or the opening of a list or object, which it then returns.
    fn value(&mut self) -> Result<Option<u8>, Problem> {
        self.blanks();
        let mark = self.mark();
        let value = match self.peek() {
            Some(b'{') => {
                self.at += 1;
                self.builder.open_object(mark)?;
                return Ok(Some(b'{'));
            }
            Some(b'[') => {
                self.at += 1;
                self.builder.open_list(mark)?;
                return Ok(Some(b'['));
            }
            Some(b'"') => Expr::String(frequent::text(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ if self.word("true") => Expr::Bool(true),
            _ if self.word("false") => Expr::Bool(false),
            _ if self.word("null") => Expr::Null,
            _ => return Err(self.unexpected("a value")),
        };
        self.builder.value(mark, value)?;
        Ok(None)
    }

    fn key(&mut self) -> Result<(), Problem> {
        let mark = self.mark();
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a name in double quotes"));
        }
        let key = self.string()?;
        self.builder.key(mark, frequent::text(key));
        self.blanks();
        if self.peek() != Some(b':') {
            return Err(self.unexpected("`:`"));
        }
        self.at += 1;
        Ok(())
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.text[self.at..].starts_with(word);
        if found {
            self.at += word.len();
        }
        found
    }

    fn number(&mut self) -> Result<Expr, Problem> {
        let from = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        let mut whole = true;
        if self.peek() == Some(b'.') {
            whole = false;
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            whole = false;
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        // `007` is text for a reader of account ids and no number for JSON.
        if let Some(b'0'..=b'9') = self.peek() {
            return Err(self.unexpected("a number without leading zeros"));
        }
        Ok(number(&self.text[from..self.at], whole))
    }

    fn digits(&mut self) -> Result<(), Problem> {
        let from = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if from == self.at {
            return Err(self.unexpected("a digit"));
        }
        Ok(())
    }

    /// Reads a string that begins here.
    #[inline]
    fn string(&mut self) -> Result<Cow<'a, str>, Problem> {
        self.at += 1;
        let (text, from) = (self.text, self.at);
        let end = from + plain_bytes(&text.as_bytes()[from..]);
        match text.get(from..end) {
            Some(plain) if text.as_bytes().get(end) == Some(&b'"') => {
                self.at = end + 1;
                Ok(Cow::Borrowed(plain))
            }
            _ => self.string_with_escapes().map(Cow::Owned),
        }
    }

    // Apart from the rest, which is small.
    #[inline(never)]
    fn string_with_escapes(&mut self) -> Result<String, Problem> {
        let mut string = String::new();
        loop {
            let rest = &self.text[self.at..];
            let stop = plain_bytes(rest.as_bytes());
            string.push_str(&rest[..stop]);
            self.at += stop;
            match self.peek() {
                None => return Err(self.unexpected("`\"` at the end of the text")),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(string);
                }
                Some(b'\\') => string.push(self.escape()?),
                _ => {
                    let help = "write a line break as `\\n`, a tab as `\\t`";
                    return Err(self.error("a control character inside a text").help(help));
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, Problem> {
        self.at += 1;
        let Some(byte) = self.peek() else {
            return Err(self.unexpected("an escape"));
        };
        let char = match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'u' => return self.unicode(),
            _ => return Err(self.unexpected("one of the escapes `\"\\/bfnrtu`")),
        };
        self.at += 1;
        Ok(char)
    }

    /// Reads `u` and what follows it in `\uXXXX`, two of them for a character outside the first
    /// plane.
    fn unicode(&mut self) -> Result<char, Problem> {
        let unit = self.unit()?;
        let mut code = unit;
        if let 0xd800..=0xdbff = unit
            && self.word("\\")
            && self.peek() == Some(b'u')
        {
            let low = self.unit()?;
            if !(0xdc00..=0xdfff).contains(&low) {
                return Err(self.error("half a surrogate pair is no character"));
            }
            code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        }
        match char::from_u32(code) {
            Some('\0') => Err(self.error("`\\u0000` cannot stand in a template")),
            Some(char) => Ok(char),
            None => Err(self.error("half a surrogate pair is no character")),
        }
    }

    fn unit(&mut self) -> Result<u32, Problem> {
        self.at += 1;
        let digits = self.text.as_bytes().get(self.at..self.at + 4);
        let digits = digits
            .filter(|it| it.iter().all(u8::is_ascii_hexdigit))
            .and_then(|it| std::str::from_utf8(it).ok())
            .and_then(|it| u32::from_str_radix(it, 16).ok());
        let Some(unit) = digits else {
            return Err(self.unexpected("four hexadecimal digits"));
        };
        self.at += 4;
        Ok(unit)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn blanks(&mut self) {
        let (bytes, mut at) = (self.text.as_bytes(), self.at);
        loop {
            match bytes.get(at) {
                Some(b'\n') => {
                    at += 1;
                    self.line += 1;
                    self.line_start = at;
                    at += spaces(&bytes[at..]);
                }
                Some(b' ' | b'\t' | b'\r') => at += 1,
                _ => break,
            }
        }
        self.at = at;
    }

    fn mark(&self) -> Mark {
        Mark {
            line: self.line,
            column: (self.at - self.line_start) as u32 + 1,
        }
    }

    #[cold]
    fn error(&self, message: impl Into<String>) -> Problem {
        self.mark().error("json-syntax", message)
    }

    #[cold]
    fn unexpected(&self, expected: &str) -> Problem {
        // The position may be inside a character only after an escape, where the rest is ASCII.
        match self.text.get(self.at..).and_then(|it| it.chars().next()) {
            None => self.error(format!(
                "expected {expected}, found the end of the template"
            )),
            Some(found) => {
                let found = excerpt(found.encode_utf8(&mut [0; 4]));
                self.error(format!("expected {expected}, found `{found}`"))
            }
        }
    }
}

/// How many bytes of a string, from the first, stand for themselves.
// On its own it needs nothing of the stack.
#[inline(never)]
fn plain_bytes(bytes: &[u8]) -> usize {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGHEST: u64 = EACH * 0x80;
    // The highest bit of each byte below the limit, eight at once; above the first such byte there
    // may be others. Bytes that have that bit already are taken out at the end.
    let below = |word: u64, limit: u64| word.wrapping_sub(EACH * limit);
    let is = |word: u64, byte: u8| below(word ^ (EACH * u64::from(byte)), 1);
    let mut at = 0;
    while let Some(eight) = bytes[at..].first_chunk() {
        let word = u64::from_le_bytes(*eight);
        let found = is(word, b'"') | is(word, b'\\') | below(word, 0x20);
        let found = found & !word & HIGHEST;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let plain = |it: &&u8| !matches!(it, b'"' | b'\\' | ..0x20);
    at + bytes[at..].iter().take_while(plain).count()
}

/// How many spaces there are, from the first byte.
fn spaces(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(eight) = bytes[at..].first_chunk() {
        let other = u64::from_le_bytes(*eight) ^ u64::from_le_bytes([b' '; 8]);
        if other != 0 {
            return at + other.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    at + bytes[at..].iter().take_while(|it| **it == b' ').count()
}

fn closing(opened: u8) -> u8 {
    if opened == b'{' { b'}' } else { b']' }
}

/// A number as JSON writes it; `whole` when it has neither fraction nor exponent.
pub(super) fn number(lexeme: &str, whole: bool) -> Expr {
    // `-0` is no `i64`: it would lose its sign.
    if whole
        && lexeme != "-0"
        && let Ok(it) = lexeme.parse()
    {
        return Expr::Int(it);
    }
    Expr::Decimal(Cow::Owned(lexeme.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::plain_bytes;

    #[test]
    fn plain_bytes_end_at_a_quote_a_backslash_or_a_control_character() {
        let fillers: [&[u8]; 4] = [b"a", b"\x20", b"\x7f", "\u{a2}\u{fffd}".as_bytes()];
        for filler in fillers {
            for length in 0..20 {
                let plain = filler.repeat(length);
                assert_eq!(plain_bytes(&plain), plain.len());
                for byte in 0..=255 {
                    let text = [&plain[..], &[byte], b"\"\x01..............."].concat();
                    let ends = byte == b'"' || byte == b'\\' || byte < 0x20;
                    let expected = plain.len() + usize::from(!ends);
                    assert_eq!(plain_bytes(&text), expected, "{text:?}");
                }
            }
        }
    }
}
