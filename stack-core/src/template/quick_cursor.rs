//! Where in its text the quick reading of YAML is, and what stands there.

use super::limits::Mark;
use super::quick_yaml::{GivenUp, Read};

/// Keys are shorter: the parser takes 1,024 characters.
const LONGEST_KEY: usize = 1_000;

/// Where the reading is.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    /// The number of the line, from 1, and where it begins.
    line: u32,
    start: usize,
    /// Whether each byte of the text is a character of its own.
    ascii: bool,
    /// How many bytes of the line are no character of their own, as far as `counted`.
    more: usize,
    counted: usize,
}

/// Whether a word ends before this byte.
pub(super) fn ends_word(next: Option<u8>) -> bool {
    matches!(next, None | Some(b' ' | b'\n' | b'\t'))
}

pub(super) fn is_bracket_or_comma(byte: u8) -> bool {
    matches!(byte, b',' | b'[' | b']' | b'{' | b'}')
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str, ascii: bool) -> Cursor<'t> {
        Cursor {
            text,
            ascii,
            at: 0,
            line: 1,
            start: 0,
            more: 0,
            counted: 0,
        }
    }

    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(super) fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.byte(0)
    }

    /// Whether a word ends so many bytes ahead.
    pub(super) fn is_word(&self, length: usize) -> bool {
        ends_word(self.byte(length))
    }

    pub(super) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// The column in bytes, from 0.
    pub(super) fn column(&self) -> usize {
        self.at - self.start
    }

    pub(super) fn mark(&mut self) -> Mark {
        if !self.ascii {
            // Each byte is looked at once, however long the line and however many places on it.
            let bytes = &self.text.as_bytes()[self.counted..self.at];
            self.more += bytes.iter().filter(|it| matches!(it, 0x80..=0xbf)).count();
            self.counted = self.at;
        }
        Mark {
            line: self.line,
            column: (self.column() - self.more) as u32 + 1,
        }
    }

    /// Takes the text when it stands here as a word.
    pub(super) fn eat(&mut self, word: &str) -> bool {
        let found = self.rest().starts_with(word) && self.is_word(word.len());
        if found {
            self.at += word.len();
        }
        found
    }

    /// Whether a line that begins here says something about documents.
    pub(super) fn is_directive(&self) -> bool {
        let rest = self.rest();
        rest.starts_with("---") || rest.starts_with("...") || rest.starts_with('%')
    }

    /// Skips spaces and says how many.
    pub(super) fn spaces(&mut self) -> usize {
        let from = self.at;
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
        self.at - from
    }

    pub(super) fn line_break(&mut self) {
        self.at += 1;
        self.line += 1;
        self.start = self.at;
        (self.more, self.counted) = (0, self.at);
    }

    /// To the beginning of the line.
    pub(super) fn back_to_line(&mut self) {
        self.at = self.start;
        (self.more, self.counted) = (0, self.at);
    }

    pub(super) fn line_end(&self) -> usize {
        self.rest()
            .find('\n')
            .map_or(self.text.len(), |it| self.at + it)
    }

    pub(super) fn comment(&mut self) {
        self.at = self.line_end();
    }

    /// Whether a comment begins here.
    pub(super) fn is_comment(&self) -> bool {
        let before = || self.text.as_bytes()[self.at - 1] == b' ';
        self.peek() == Some(b'#') && (self.column() == 0 || before())
    }

    /// Whether nothing but a comment stands on the rest of the line; blanks have been skipped.
    pub(super) fn at_line_end(&self) -> bool {
        matches!(self.peek(), None | Some(b'\n')) || self.is_comment()
    }

    /// Whether a colon makes a key of what began at `mark`; then goes to it. `adjacent` where no
    /// blank has to follow.
    pub(super) fn colon(&mut self, mark: Mark, adjacent: bool) -> Read<bool> {
        let from = self.at;
        self.spaces();
        if self.peek() != Some(b':') || !(adjacent || self.is_word(1)) {
            self.at = from;
            return Ok(false);
        }
        if self.line == mark.line && self.column() < mark.column as usize + LONGEST_KEY {
            return Ok(true);
        }
        Err(GivenUp)
    }

    /// Blanks, line breaks and comments inside of brackets.
    pub(super) fn flow_blanks(&mut self) -> Read {
        loop {
            self.spaces();
            match self.peek() {
                Some(b'\n') => {
                    self.line_break();
                    if self.is_directive() {
                        return Err(GivenUp);
                    }
                }
                Some(b'#') if self.is_comment() => self.comment(),
                Some(b'\t' | b'#') => return Err(GivenUp),
                _ => return Ok(()),
            }
        }
    }
}
