//! Changes as people read them: text for a terminal, Markdown for a pull request.
//!
//! [`lines`] gives pieces of text, each with what it stands for, so that whoever prints can colour
//! them.

mod lines;
mod markdown;

pub use lines::{Line, Segment, Style, lines, summary};
pub use markdown::markdown;

use super::Changes;

/// Plain text; empty when nothing changes.
///
/// `+` is made, `~` updated, `±` replaced, `-` removed, `·` only noted. What is only possible has a
/// question mark.
pub fn text(changes: &Changes) -> String {
    let mut out = String::new();
    for line in lines(changes) {
        out.push_str(&"  ".repeat(line.depth));
        for segment in &line.segments {
            out.push_str(&segment.text);
        }
        out.push('\n');
    }
    out
}
