//! What a template may cost to read, and how the readers report a mistake.
//!
//! A template comes from outside: every limit is checked while reading, before memory or time is
//! spent on what is past it.

use crate::problem::Problem;

/// Bytes of a document: the most that CloudFormation takes (1 MB, from S3).
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
pub(super) const BYTES: usize = 1_000_000;
/// Values of the tree, YAML aliases expanded.
pub(super) const NODES: usize = 100_000;
/// Lists, objects and functions inside each other.
pub(super) const DEPTH: usize = 64;
/// Uses of YAML aliases, those inside what an alias stands for included.
pub(super) const ALIASES: usize = 10_000;
/// Mistakes reported at once.
pub(super) const PROBLEMS: usize = 50;

/// A place in the text, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) line: u32,
    pub(super) column: u32,
}

impl Mark {
    pub(super) const START: Mark = Mark { line: 1, column: 1 };

    /// An error at this place of the text; the problem's place is `line:column`.
    pub(super) fn error(self, code: &'static str, message: impl Into<String>) -> Problem {
        Problem::error(code, message).at(self.to_string())
    }
}

impl std::fmt::Display for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Refuses a document by its size and drops a byte order mark.
///
/// CloudFormation takes a leading byte order mark (its console does; tools that made it part of the
/// first key then failed on such templates), so it is no mistake. It is not kept.
pub(super) fn admit(text: &str) -> Result<&str, Problem> {
    if text.len() > BYTES {
        let message = format!("the template has {} bytes", text.len());
        return Err(Mark::START
            .error("template-too-large", message)
            .help(format!("CloudFormation takes at most {BYTES} bytes")));
    }
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Something of the user's for a message: one line, not too long.
pub(super) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut short: String = text
        .chars()
        .take(LONGEST)
        .map(|it| if it.is_control() { '\u{fffd}' } else { it })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    short
}
