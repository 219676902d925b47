//! Rows of text that fit: widths, what is cut, marks with and without Unicode.

use crate::clean::clean;

/// How a piece of a row looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Strong,
    Faint,
    Good,
    Bad,
    Busy,
}

/// The marks of a tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marks {
    pub(super) done: &'static str,
    pub(super) failed: &'static str,
    pub(super) waits: &'static str,
    /// One after the other, while something is at work.
    pub(super) spins: &'static [&'static str],
    pub(super) branch: &'static str,
    pub(super) last: &'static str,
    pub(super) line: &'static str,
    pub(super) blank: &'static str,
    pub(super) cut: &'static str,
}

/// For terminals that show Unicode.
pub(super) const UNICODE: Marks = Marks {
    done: "✓",
    failed: "✗",
    waits: "·",
    spins: &["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
    branch: "├─ ",
    last: "└─ ",
    line: "│  ",
    blank: "   ",
    cut: "…",
};

/// For all others.
pub(super) const ASCII: Marks = Marks {
    done: "+",
    failed: "x",
    waits: ".",
    spins: &["-", "\\", "|", "/"],
    branch: "|- ",
    last: "`- ",
    line: "|  ",
    blank: "   ",
    cut: "~",
};

/// A row: pieces from the left, and one at the right edge.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pieces: Vec<(Tone, String)>,
    right: String,
}

impl Row {
    pub(super) fn new() -> Row {
        Row::default()
    }

    /// Adds a piece: cleaned, and on one line.
    pub(super) fn with(mut self, tone: Tone, text: &str) -> Row {
        self.pieces.push((tone, one_line(text)));
        self
    }

    /// The row without what must not be shown: before it is cut, so that no part of it is left.
    pub(super) fn hiding(mut self, hide: &dyn Fn(&str) -> String) -> Row {
        for (_, text) in &mut self.pieces {
            *text = hide(text);
        }
        self
    }

    /// What stands at the right edge.
    pub(super) fn right(mut self, text: &str) -> Row {
        self.right = one_line(text);
        self
    }

    /// The pieces of exactly one line, at most `width` columns wide. What does not fit is cut, and
    /// what stands at the right edge is left out first.
    pub(super) fn fit(&self, width: usize, marks: &Marks) -> Vec<(Tone, String)> {
        let left: usize = self.pieces.iter().map(|it| columns(&it.1)).sum();
        let right = columns(&self.right);
        // Half of the row belongs to the left in any case.
        let shows_right = right > 0 && right + 2 <= width / 2;
        let room = match shows_right {
            true => width - right - 2,
            false => width,
        };
        let mut row = cut(&self.pieces, room, marks);
        if shows_right {
            let used = left.min(room);
            row.push((Tone::Plain, " ".repeat(width - right - used)));
            row.push((Tone::Faint, self.right.clone()));
        }
        row
    }
}

/// The pieces, cut to the room there is.
fn cut(pieces: &[(Tone, String)], room: usize, marks: &Marks) -> Vec<(Tone, String)> {
    let whole: usize = pieces.iter().map(|it| columns(&it.1)).sum();
    if whole <= room {
        return pieces.to_vec();
    }
    let room_for_text = room.saturating_sub(columns(marks.cut));
    let mut used = 0;
    let mut row = Vec::new();
    for (tone, text) in pieces {
        let mut kept = String::new();
        for it in text.chars() {
            if used + column(it) > room_for_text {
                kept.push_str(if room > 0 { marks.cut } else { "" });
                row.push((*tone, kept));
                return row;
            }
            used += column(it);
            kept.push(it);
        }
        row.push((*tone, kept));
    }
    row
}

/// Safe to print, on one line.
pub(super) fn one_line(text: &str) -> String {
    let text = text.split(['\n', '\t']).collect::<Vec<_>>().join(" ");
    clean(&text).into_owned()
}

/// How many columns a text takes, at most.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(column).sum()
}

/// How many columns a character takes, at most: letters of Europe, punctuation, arrows, boxes and
/// our marks take one; whatever can be wide is taken for wide.
fn column(it: char) -> usize {
    match u32::from(it) {
        0..=0x10ff | 0x2000..=0x231a | 0x2500..=0x25fc | 0x2713 | 0x2717 | 0x2800..=0x28ff => 1,
        _ => 2,
    }
}

/// The rows that fit into so many lines: what is left out at the end is counted.
pub(super) fn fit_height(mut rows: Vec<Row>, height: usize, marks: &Marks) -> Vec<Row> {
    if rows.len() > height {
        let kept = height.saturating_sub(1);
        let left = rows.len() - kept;
        rows.truncate(kept);
        let text = format!("{} {left} more lines", marks.cut);
        rows.push(Row::new().with(Tone::Faint, &text));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(row: &Row, width: usize) -> String {
        let pieces = row.fit(width, &UNICODE);
        pieces.into_iter().map(|it| it.1).collect()
    }

    #[test]
    fn a_row_is_never_wider_than_it_may_be() {
        let row = Row::new()
            .with(Tone::Plain, "├─ ✓ Shop ")
            .with(
                Tone::Bad,
                "überlang 日本語 with\na second line\tand \x1b[31mred",
            )
            .right("1m 12s");
        for width in 0..100 {
            let line = text(&row, width);
            assert!(columns(&line) <= width, "{width}: {line}");
            assert!(!line.contains(['\n', '\t', '\x1b']), "{line}");
        }
        assert_eq!(text(&row, 30), "├─ ✓ Shop überlang 日…  1m 12s");
        assert_eq!(text(&row, 12), "├─ ✓ Shop ü…");
    }

    #[test]
    fn rows_that_do_not_fit_are_counted() {
        let rows = || (0..5).map(|it| Row::new().with(Tone::Plain, &it.to_string()));
        let kept = fit_height(rows().collect(), 3, &UNICODE);
        let lines: Vec<String> = kept.iter().map(|it| text(it, 80)).collect();
        assert_eq!(lines, ["0", "1", "… 3 more lines"]);
        assert_eq!(fit_height(rows().collect(), 5, &UNICODE).len(), 5);
    }
}
