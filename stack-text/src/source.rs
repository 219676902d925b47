//! Where in a file something stands: `task.json:3:14`.

use std::fmt;
use std::sync::Arc;

use crate::line_and_column;

/// A file's name and text.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// A place in a file. Line and column are counted only when it is shown.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) source: Arc<Source>,
    pub(crate) offset: usize,
}

impl Place {
    /// The beginning of a text.
    pub(crate) fn start(name: &str, text: &str) -> Place {
        Place {
            source: Arc::new(Source {
                name: name.to_owned(),
                text: text.to_owned(),
            }),
            offset: 0,
        }
    }

    /// Another place in the same file.
    pub(crate) fn at(&self, offset: usize) -> Place {
        Place {
            source: Arc::clone(&self.source),
            offset,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Source { name, text } = &*self.source;
        if text.is_empty() {
            return f.write_str(name);
        }
        let (line, column) = line_and_column(text, self.offset);
        write!(f, "{name}:{line}:{column}")
    }
}

/// The byte at a line and a column (both from 1), the inverse of [`line_and_column`].
pub(crate) fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let line_start = match line {
        0 | 1 => 0,
        _ => text
            .match_indices('\n')
            .nth(line - 2)
            .map_or(text.len(), |(at, _)| at + 1),
    };
    text[line_start..]
        .char_indices()
        .nth(column.saturating_sub(1))
        .map_or(text.len(), |(at, _)| line_start + at)
}
