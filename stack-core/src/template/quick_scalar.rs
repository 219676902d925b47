//! Scalars of the YAML that is read quickly.

use std::borrow::Cow;

use saphyr_parser::ScalarStyle;

use super::limits::Mark;
use super::quick_cursor::{Cursor, ends_word, is_bracket_or_comma};
use super::quick_yaml::{GivenUp, Read};

impl<'t> Cursor<'t> {
    /// A quoted scalar, or the line of a plain one; `flow` inside of brackets.
    pub(super) fn inline(&mut self, flow: bool) -> Read<(Cow<'t, str>, ScalarStyle)> {
        match self.peek() {
            Some(b'"') => Ok((self.quoted(b'"')?, ScalarStyle::DoubleQuoted)),
            Some(b'\'') => Ok((self.quoted(b'\'')?, ScalarStyle::SingleQuoted)),
            _ => {
                self.begins_plain(flow)?;
                Ok((Cow::Borrowed(self.plain(flow)?), ScalarStyle::Plain))
            }
        }
    }

    fn begins_plain(&self, flow: bool) -> Read {
        match self.peek() {
            None | Some(b' ' | b'\n' | b'\t') => Err(GivenUp),
            Some(b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"' | b'%' | b'@' | b'`') => {
                Err(GivenUp)
            }
            Some(byte) if is_bracket_or_comma(byte) => Err(GivenUp),
            Some(b'?' | b':') if flow => Err(GivenUp),
            Some(b'-') if flow && self.byte(1).is_some_and(is_bracket_or_comma) => Err(GivenUp),
            Some(b'-' | b'?' | b':') if self.is_word(1) => Err(GivenUp),
            Some(_) => Ok(()),
        }
    }

    /// The line of a plain scalar, without the blanks after it.
    fn plain(&mut self, flow: bool) -> Read<&'t str> {
        let bytes = self.text.as_bytes();
        let mut end = self.at;
        while let Some(&byte) = bytes.get(end) {
            match byte {
                b'\n' => break,
                b'\t' => return Err(GivenUp),
                b'#' if bytes[end - 1] == b' ' => break,
                b':' if ends_word(bytes.get(end + 1).copied()) => break,
                b':' if flow && bytes.get(end + 1).copied().is_some_and(is_bracket_or_comma) => {
                    return Err(GivenUp);
                }
                _ if flow && is_bracket_or_comma(byte) => break,
                _ => end += 1,
            }
        }
        let line = self.text[self.at..end].trim_end_matches(' ');
        self.at += line.len();
        Ok(line)
    }

    /// The lines that go on with a plain scalar: they are indented deeper than `parent`.
    pub(super) fn continued(&mut self, text: &mut Cow<'t, str>, parent: usize) -> Read {
        loop {
            let before = *self;
            self.spaces();
            let mut breaks = 0;
            while self.peek() == Some(b'\n') {
                breaks += 1;
                self.line_break();
                self.spaces();
            }
            if breaks == 0 || self.column() <= parent || matches!(self.peek(), None | Some(b'#')) {
                *self = before;
                return Ok(());
            }
            let mark = self.mark();
            let more = self.plain(false)?;
            if self.colon(mark, false)? {
                return Err(GivenUp);
            }
            let text = text.to_mut();
            fold(text, breaks);
            text.push_str(more);
        }
    }

    /// A quoted scalar.
    fn quoted(&mut self, quote: u8) -> Read<Cow<'t, str>> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let stop = |it: u8| it == quote || it == b'\n' || it == b'\\' && quote == b'"';
            let Some(stop) = rest.bytes().position(stop) else {
                return Err(GivenUp);
            };
            let piece = &rest[..stop];
            self.at += stop;
            match self.peek() {
                Some(b'\n') => {
                    text.push_str(piece.trim_end_matches([' ', '\t']));
                    let mut breaks = 0;
                    while self.peek() == Some(b'\n') {
                        breaks += 1;
                        self.line_break();
                        if self.is_directive() {
                            return Err(GivenUp);
                        }
                        self.spaces();
                    }
                    if self.peek() == Some(b'\t') {
                        return Err(GivenUp);
                    }
                    fold(&mut text, breaks);
                }
                Some(b'\\') => {
                    text.push_str(piece);
                    text.push(match self.byte(1) {
                        Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
                        Some(b'n') => '\n',
                        Some(b't') => '\t',
                        Some(b'r') => '\r',
                        _ => return Err(GivenUp),
                    });
                    self.at += 2;
                }
                // Doubled, it is a quote inside the text.
                _ if quote == b'\'' && self.byte(1) == Some(quote) => {
                    text.push_str(piece);
                    text.push('\'');
                    self.at += 2;
                }
                _ => {
                    self.at += 1;
                    if text.is_empty() {
                        return Ok(Cow::Borrowed(piece));
                    }
                    text.push_str(piece);
                    return Ok(Cow::Owned(text));
                }
            }
        }
    }

    /// A scalar in a block, indented deeper than `parent`. Leaves the cursor at the beginning of a
    /// line.
    pub(super) fn block(
        &mut self,
        parent: Option<usize>,
    ) -> Read<(Cow<'t, str>, ScalarStyle, Mark)> {
        let style = match self.peek() {
            Some(b'|') => ScalarStyle::Literal,
            _ => ScalarStyle::Folded,
        };
        self.at += 1;
        let chomping = self.peek().filter(|it| matches!(it, b'+' | b'-'));
        self.at += usize::from(chomping.is_some());
        self.spaces();
        if !self.at_line_end() {
            return Err(GivenUp);
        }
        self.comment();
        // The first line that is not blank says how deep the block is indented.
        let (mut breaks, mut deepest) = (0, 0);
        while self.peek() == Some(b'\n') {
            self.line_break();
            deepest = deepest.max(self.spaces());
            breaks += 1;
        }
        let indent = self.column();
        if matches!(self.peek(), None | Some(b'\t'))
            || deepest > indent
            || Some(indent) <= parent
            || indent == 0
        {
            return Err(GivenUp);
        }
        let mark = self.mark();
        let mut text = "\n".repeat(breaks - 1);
        // Whether the line before begins with a blank, and so is not folded; the first one is not.
        let mut spaced = true;
        breaks = 0;
        loop {
            let end = self.line_end();
            let line = &self.text[self.at..end];
            let blank = line.starts_with([' ', '\t']);
            if style == ScalarStyle::Folded && !spaced && !blank {
                fold(&mut text, breaks);
            } else {
                text.extend(std::iter::repeat_n('\n', breaks));
            }
            text.push_str(line);
            spaced = blank;
            breaks = 0;
            self.at = end;
            while self.peek() == Some(b'\n') {
                self.line_break();
                breaks += 1;
                while self.column() < indent && self.peek() == Some(b' ') {
                    self.at += 1;
                }
            }
            if self.column() < indent || self.peek().is_none() {
                break;
            }
        }
        // The line at which the block ends is looked at anew.
        if self.peek().is_some() {
            self.back_to_line();
        }
        let kept = match chomping {
            Some(b'-') => 0,
            Some(_) => breaks,
            None => breaks.min(1),
        };
        text.extend(std::iter::repeat_n('\n', kept));
        Ok((Cow::Owned(text), style, mark))
    }
}

/// What line breaks between two lines become.
fn fold(text: &mut String, breaks: usize) {
    match breaks {
        1 => text.push(' '),
        _ => text.extend(std::iter::repeat_n('\n', breaks - 1)),
    }
}
