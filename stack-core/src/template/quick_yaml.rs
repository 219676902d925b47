//! The YAML of nearly every template, read quickly.
//!
//! People write templates in a small part of YAML: block lists and mappings, scalars plain, quoted
//! or in blocks, brackets, comments and the short forms of functions. [`events`] reads this part in
//! one pass and gives the events that the parser of the whole language gives, several times faster.
//! It decides nothing on its own: at anything else, mistakes included, it gives up, and that parser
//! reads the document from its beginning.

use std::borrow::Cow;

use saphyr_parser::{Event, ScalarStyle, Tag};

use super::limits::Mark;
use super::quick_cursor::{Cursor, ends_word};
use super::short_form;
use crate::problem::Problem;

/// The document is not in the part that is read here, or something is wrong with it.
pub(super) struct GivenUp;

impl From<Problem> for GivenUp {
    fn from(_: Problem) -> GivenUp {
        GivenUp
    }
}

pub(super) type Read<T = ()> = Result<T, GivenUp>;

/// Gives the events of a document to `take`, up to the first that it refuses. `take` has to bound
/// how deep lists and mappings are inside each other.
pub(super) fn events<'t>(
    text: &'t str,
    take: impl FnMut(Event<'t>, Mark) -> Result<(), Problem>,
) -> Read {
    // Line breaks of other systems, and byte order marks inside of the text.
    let ascii = text.is_ascii();
    if text.contains('\r') || !ascii && text.contains('\u{feff}') {
        return Err(GivenUp);
    }
    let mut reader = Reader {
        cursor: Cursor::new(text, ascii),
        indent: None,
        begun: false,
        take,
    };
    reader.next_line()?;
    reader.node(None, true)?;
    match reader.indent {
        None => Ok(()),
        Some(_) => Err(GivenUp),
    }
}

type ATag<'t> = Option<Cow<'t, Tag>>;

/// A scalar on one line, where it begins and how it is written.
type Scalar<'t> = (Cow<'t, str>, ScalarStyle, Mark);

struct Reader<'t, T> {
    cursor: Cursor<'t>,
    /// The column of the line at whose beginning the cursor is; `None` at the end of the text.
    indent: Option<usize>,
    /// Whether the document has begun.
    begun: bool,
    take: T,
}

impl<'t, T: FnMut(Event<'t>, Mark) -> Result<(), Problem>> Reader<'t, T> {
    fn emit(&mut self, event: Event<'t>, mark: Mark) -> Read {
        Ok((self.take)(event, mark)?)
    }

    fn end(&mut self, event: Event<'t>) -> Read {
        let mark = self.cursor.mark();
        self.emit(event, mark)
    }

    fn scalar(&mut self, (text, style, mark): Scalar<'t>, tag: ATag<'t>) -> Read {
        self.emit(Event::Scalar(text, style, 0, tag), mark)
    }

    /// A value of which nothing, or no more than its tag, is written.
    fn nothing(&mut self, mark: Mark, tag: ATag<'t>) -> Read {
        self.scalar((Cow::Borrowed(""), ScalarStyle::Plain, mark), tag)
    }

    /// From behind a value to the beginning of the next line that says something.
    fn next_line(&mut self) -> Read {
        let cursor = &mut self.cursor;
        loop {
            let spaces = cursor.spaces();
            let begins = cursor.column() == spaces;
            match cursor.peek() {
                None => {
                    self.indent = None;
                    return Ok(());
                }
                Some(b'\n') => cursor.line_break(),
                Some(b'#') if cursor.is_comment() => cursor.comment(),
                Some(b'\t') => return Err(GivenUp),
                Some(_) if begins => {
                    if spaces == 0 && cursor.is_directive() {
                        let ends = self.begun && cursor.eat("...");
                        if ends && cursor.rest().trim_end_matches('\n').is_empty() {
                            self.indent = None;
                            return Ok(());
                        }
                        if self.begun || !cursor.eat("---") {
                            return Err(GivenUp);
                        }
                        self.begun = true;
                        continue;
                    }
                    self.begun = true;
                    self.indent = Some(spaces);
                    return Ok(());
                }
                Some(_) => return Err(GivenUp),
            }
        }
    }

    /// A node inside of what is indented by `parent`, and what follows it up to the next line.
    /// `fresh` where a list or mapping can begin.
    fn node(&mut self, parent: Option<usize>, mut fresh: bool) -> Read {
        let begin = self.cursor.mark();
        let tag = self.tag()?;
        if tag.is_some() {
            let value = !fresh;
            fresh = self.cursor.at_line_end();
            if fresh {
                self.next_line()?;
                if !(self.indent > parent || value && self.is_below(parent)) {
                    return self.nothing(begin, tag);
                }
            }
        }
        let mark = self.cursor.mark();
        let begin = if tag.is_some() { begin } else { mark };
        match self.cursor.peek() {
            Some(b'-') if self.cursor.is_word(1) => match fresh {
                true => self.list(tag, begin),
                false => Err(GivenUp),
            },
            Some(b'[' | b'{') => {
                self.flow(tag, begin)?;
                self.next_line()
            }
            Some(b'|' | b'>') => {
                let (text, style, mark) = self.cursor.block(parent)?;
                let begin = if tag.is_some() { begin } else { mark };
                self.scalar((text, style, begin), tag)?;
                self.next_line()
            }
            Some(_) => {
                let (mut text, style) = self.cursor.inline(false)?;
                if self.cursor.colon(mark, false)? {
                    return match fresh {
                        true => self.mapping((text, style, mark), tag, begin),
                        false => Err(GivenUp),
                    };
                }
                if let (ScalarStyle::Plain, Some(parent)) = (style, parent) {
                    self.cursor.continued(&mut text, parent)?;
                }
                self.scalar((text, style, begin), tag)?;
                self.next_line()
            }
            None => Err(GivenUp),
        }
    }

    /// Whether the line belongs to what is indented by `parent`; the items of a list may stand
    /// below its key.
    fn is_below(&self, parent: Option<usize>) -> bool {
        self.indent > parent || self.indent == parent && self.is_item()
    }

    fn is_item(&self) -> bool {
        self.cursor.peek() == Some(b'-') && self.cursor.is_word(1)
    }

    /// Whether the line goes on with what stands at the column; it must not be indented deeper.
    fn goes_on(&self, column: usize) -> Read<bool> {
        match self.indent {
            Some(indent) if indent > column => Err(GivenUp),
            indent => Ok(indent == Some(column)),
        }
    }

    fn list(&mut self, tag: ATag<'t>, begin: Mark) -> Read {
        let column = self.cursor.column();
        self.emit(Event::SequenceStart(0, tag), begin)?;
        loop {
            self.cursor.skip(1);
            self.cursor.spaces();
            if self.cursor.at_line_end() {
                self.next_line()?;
                if self.indent <= Some(column) {
                    return Err(GivenUp);
                }
            }
            self.node(Some(column), true)?;
            if !self.goes_on(column)? || !self.is_item() {
                break;
            }
        }
        self.end(Event::SequenceEnd)
    }

    /// A mapping whose first key has been read.
    fn mapping(&mut self, mut key: Scalar<'t>, tag: ATag<'t>, begin: Mark) -> Read {
        let column = key.2.column as usize - 1;
        self.emit(Event::MappingStart(0, tag), begin)?;
        loop {
            self.scalar(key, None)?;
            self.cursor.skip(1);
            self.value(column)?;
            if !self.goes_on(column)? {
                break;
            }
            key = self.key(false)?;
        }
        self.end(Event::MappingEnd)
    }

    /// A key up to its colon.
    fn key(&mut self, flow: bool) -> Read<Scalar<'t>> {
        let mark = self.cursor.mark();
        let (text, style) = self.cursor.inline(flow)?;
        match self
            .cursor
            .colon(mark, flow && style != ScalarStyle::Plain)?
        {
            true => Ok((text, style, mark)),
            false => Err(GivenUp),
        }
    }

    /// The value of a key at a column.
    fn value(&mut self, column: usize) -> Read {
        self.cursor.spaces();
        if !self.cursor.at_line_end() {
            return self.node(Some(column), false);
        }
        let mark = self.cursor.mark();
        self.next_line()?;
        match self.is_below(Some(column)) {
            true => self.node(Some(column), true),
            false => self.nothing(mark, None),
        }
    }

    /// A list or mapping in brackets.
    fn flow(&mut self, tag: ATag<'t>, begin: Mark) -> Read {
        let mapping = self.cursor.peek() == Some(b'{');
        let (start, end, closing) = match mapping {
            true => (Event::MappingStart(0, tag), Event::MappingEnd, b'}'),
            false => (Event::SequenceStart(0, tag), Event::SequenceEnd, b']'),
        };
        self.emit(start, begin)?;
        self.cursor.skip(1);
        loop {
            self.cursor.flow_blanks()?;
            if self.cursor.peek() == Some(closing) {
                break;
            }
            if mapping {
                let key = self.key(true)?;
                self.scalar(key, None)?;
                self.cursor.skip(1);
                self.cursor.flow_blanks()?;
            }
            self.flow_node(!mapping)?;
            self.cursor.flow_blanks()?;
            match self.cursor.peek() {
                Some(b',') => self.cursor.skip(1),
                Some(byte) if byte == closing => break,
                _ => return Err(GivenUp),
            }
        }
        self.end(end)?;
        self.cursor.skip(1);
        Ok(())
    }

    /// A node inside of brackets; `pair` where it can be a mapping of one field without brackets of
    /// its own.
    fn flow_node(&mut self, pair: bool) -> Read {
        let begin = self.cursor.mark();
        let tag = self.tag()?;
        match self.cursor.peek() {
            Some(b'[' | b'{') => return self.flow(tag, begin),
            Some(b',' | b']' | b'}') if tag.is_some() => return self.nothing(begin, tag),
            _ => {}
        }
        let (text, style) = self.cursor.inline(true)?;
        let scalar = (text, style, begin);
        if !pair || tag.is_some() || !self.cursor.colon(begin, style != ScalarStyle::Plain)? {
            return self.scalar(scalar, tag);
        }
        self.emit(Event::MappingStart(0, None), begin)?;
        self.scalar(scalar, None)?;
        self.cursor.skip(1);
        self.cursor.flow_blanks()?;
        self.flow_node(false)?;
        self.end(Event::MappingEnd)
    }

    /// A short form, and the blanks after it.
    fn tag(&mut self) -> Read<ATag<'t>> {
        if self.cursor.peek() != Some(b'!') {
            return Ok(None);
        }
        let rest = &self.cursor.rest()[1..];
        let end = rest.bytes().position(|it| ends_word(Some(it)));
        let name = &rest[..end.unwrap_or(rest.len())];
        let Some(tag) = short_form::tag(name) else {
            return Err(GivenUp);
        };
        self.cursor.skip(1 + name.len());
        self.cursor.spaces();
        Ok(Some(Cow::Borrowed(tag)))
    }
}
