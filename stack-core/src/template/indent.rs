//! Quoted texts whose later lines stand to the left of where YAML wants them.
//!
//! ```yaml
//! Licence:
//!   Description: 'a text that goes on
//!   at the depth of its name'
//! ```
//!
//! YAML forbids it, PyYAML and CloudFormation take it, and real templates have it; the same goes for
//! a `]` or `}` at the depth of what it closes. The first is mended by writing the line break as the
//! space it stands for (lines after it count one less), the second by more spaces, which mean
//! nothing there.

use std::borrow::Cow;

/// How many lines are mended before the text is given up.
const LINES: usize = 64;

/// Whether what the parser says of a line can be mended without changing what the text means.
pub(super) fn is_mended(complaint: &str, text: &str, line: usize) -> bool {
    let closes = || {
        let line = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
        line.trim_start().starts_with([']', '}'])
    };
    complaint.ends_with("invalid indentation in quoted scalar")
        || complaint.ends_with("invalid indentation") && closes()
}

/// The text mended, where the parser complains of line `line` (from 1): of a quoted text it names the
/// line where that begins.
fn mended(text: &str, line: usize) -> Option<String> {
    let ends = |line: usize| {
        text.match_indices('\n')
            .nth(line.checked_sub(1)?)
            .map(|it| it.0)
    };
    let start = ends(line.saturating_sub(1)).map_or(0, |it| it + 1);
    let content = text[start..].trim_start_matches(' ');
    if content.starts_with([']', '}']) {
        // Deeper than anything may be nested.
        let spaces = " ".repeat(2 * super::limits::DEPTH);
        return Some(format!("{}{spaces}{content}", &text[..start]));
    }
    let end = ends(line)?;
    let (before, after) = (&text[..end], text[end + 1..].trim_start_matches(' '));
    // An empty line stands for a line break, not for a space.
    let folds = !after.starts_with(['\n', '\r']) && !after.is_empty();
    folds.then(|| format!("{} {after}", before.trim_end_matches([' ', '\r'])))
}

/// Reads a text, and again with lines mended as long as that is what is wrong. `read` gives the line
/// complained of.
pub(super) fn read_mending<T, E>(
    text: &str,
    mut read: impl FnMut(&str) -> Result<T, (Option<usize>, E)>,
) -> Result<T, E> {
    let mut text = Cow::Borrowed(text);
    let mut tries = 0;
    loop {
        match read(&text) {
            Ok(read) => return Ok(read),
            Err((Some(line), error)) => match mended(&text, line) {
                Some(better) if tries < LINES => text = Cow::Owned(better),
                _ => return Err(error),
            },
            Err((None, error)) => return Err(error),
        }
        tries += 1;
    }
}
