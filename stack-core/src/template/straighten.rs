//! Indentation that CloudFormation's YAML takes and the parser does not.
//!
//! YAML 1.2 wants the lines inside brackets and inside quotes indented deeper than what they belong
//! to; YAML 1.1 readers take them anywhere, and people write the closing bracket under its key.
//! Blanks at the beginning of such a line mean nothing, so where the parser stops at one, the line
//! is indented and the reading starts over.

use std::collections::BTreeMap;

use saphyr_parser::ScanError;

use super::limits::Mark;

/// Text is read again so many times its length at most, and so many bytes: linear time even where
/// every line is to be moved.
const TIMES: usize = 48;
const BUDGET: usize = 16_000_000;
/// Lines are not moved farther to the right.
const FARTHEST: usize = 1_000;

/// A text whose lines are moved as the parser needs it.
pub(super) struct Straightened {
    text: String,
    /// By how much each line was moved.
    moved: BTreeMap<u32, u32>,
    read: usize,
}

impl Straightened {
    pub(super) fn new(text: &str) -> Straightened {
        Straightened {
            text: text.to_owned(),
            moved: BTreeMap::new(),
            read: 0,
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The place in the text as it was.
    pub(super) fn original(&self, mark: Mark) -> Mark {
        let moved = self.moved.get(&mark.line).copied().unwrap_or(0);
        Mark {
            column: mark.column.saturating_sub(moved).max(1),
            ..mark
        }
    }

    /// Moves the lines at which the parser stopped to the column `target` (from 0); `false` when it stopped for something else.
    pub(super) fn straighten(&mut self, error: &ScanError, target: usize) -> bool {
        // Moving lines costs a fraction of reading them.
        self.read += error.marker().index() + self.text.len() / 8;
        let line = error.marker().line();
        let (first, last) = match error.info() {
            "invalid indentation" | "invalid indentation in flow construct" => (line, line),
            "invalid indentation in quoted scalar" => {
                match self.quoted(line, error.marker().col()) {
                    Some(last) => (line + 1, last),
                    None => return false,
                }
            }
            _ => return false,
        };
        if self.read > BUDGET.min(TIMES * self.text.len()) {
            return false;
        }
        self.indent(first, last, target.min(FARTHEST))
    }

    /// The last line of the quoted text that begins at a line (from 1) and column (from 0).
    fn quoted(&self, line: usize, column: usize) -> Option<usize> {
        let (at, _) = lines(&self.text).nth(line.checked_sub(1)?)?;
        let mut rest = self.text[at..].chars().skip(column);
        let quote = rest.next().filter(|it| matches!(it, '"' | '\''))?;
        let mut last = line;
        while let Some(char) = rest.next() {
            match char {
                '\n' => last += 1,
                '\\' if quote == '"' => last += usize::from(rest.next() == Some('\n')),
                // Doubled, it is a quote inside the text.
                '\'' if quote == '\'' && rest.clone().next() == Some('\'') => {
                    rest.next();
                }
                _ if char == quote => return Some(last),
                _ => {}
            }
        }
        None
    }

    /// Indents lines to a column; `false` when there is nothing to move.
    fn indent(&mut self, first: usize, last: usize, target: usize) -> bool {
        let mut text = String::with_capacity(self.text.len() + 64);
        let mut any = false;
        for (number, (_, line)) in lines(&self.text).enumerate() {
            let number = number + 1;
            let column = line.bytes().take_while(|it| *it == b' ').count();
            let blank = line.trim_matches([' ', '\t', '\r', '\n']).is_empty();
            if (first..=last).contains(&number) && !blank && column < target {
                any = true;
                text.extend(std::iter::repeat_n(' ', target - column));
                *self.moved.entry(number as u32).or_default() += (target - column) as u32;
            }
            text.push_str(line);
        }
        self.text = text;
        any
    }
}

/// The lines with their breaks, and where each begins.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let begin = at;
        at += line.len();
        (begin, line)
    })
}
