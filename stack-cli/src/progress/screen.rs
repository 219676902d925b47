//! A part of the terminal that is drawn anew, and lines above it that stay.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use super::layout::{Marks, Row, Tone, columns};

/// The cursor is hidden now.
static HIDDEN: AtomicBool = AtomicBool::new(false);

const HIDE: &str = "\x1b[?25l";
const SHOW: &str = "\x1b[?25h";

/// Shows the cursor again if it is hidden. To be called by whoever ends the process at once; all
/// other ways out, panics too, do it by themselves.
pub(crate) fn restore() {
    if HIDDEN.swap(false, Ordering::SeqCst) {
        let _ = io::stderr().lock().write_all(SHOW.as_bytes());
    }
}

/// What was drawn, so that it can be drawn over.
#[derive(Debug, Default)]
pub(super) struct Screen {
    /// How many columns each line that is drawn takes.
    lines: Vec<usize>,
    /// Whether the cursor was hidden by us.
    hides: bool,
}

impl Screen {
    /// The text that draws the rows where the last ones were, with lines above that stay. Each row
    /// is one line of the terminal, so that the cursor finds back.
    pub(super) fn draw(
        &mut self,
        above: &[String],
        rows: &[Row],
        width: usize,
        color: bool,
        marks: &Marks,
    ) -> String {
        let mut out = String::new();
        // The terminal shows all of it at once, if it can.
        out.push_str("\x1b[?2026h");
        if !self.hides {
            self.hides = true;
            HIDDEN.store(true, Ordering::SeqCst);
            out.push_str(HIDE);
        }
        self.up(width, &mut out);
        for line in above {
            out.push_str(line);
            out.push_str("\x1b[K\n");
        }
        self.lines.clear();
        for row in rows {
            let pieces = row.fit(width, marks);
            self.lines
                .push(pieces.iter().map(|it| columns(&it.1)).sum());
            for (tone, text) in pieces {
                paint(tone, &text, color, &mut out);
            }
            out.push_str("\x1b[K\n");
        }
        out.push_str("\x1b[J\x1b[?2026l");
        out
    }

    /// The text that takes away what was drawn, and gives the cursor back.
    pub(super) fn clear(&mut self, width: usize) -> String {
        let mut out = String::new();
        if !self.lines.is_empty() {
            self.up(width, &mut out);
            out.push_str("\x1b[J");
        }
        if self.hides {
            self.hides = false;
            HIDDEN.store(false, Ordering::SeqCst);
            out.push_str(SHOW);
        }
        self.lines.clear();
        out
    }

    /// To where the first line is. On a terminal that became narrower, lines were broken.
    fn up(&self, width: usize, out: &mut String) {
        let width = width.max(1);
        let lines = self.lines.iter().map(|it| it.div_ceil(width).max(1));
        let lines: usize = lines.sum();
        if lines > 0 {
            out.push_str(&format!("\x1b[{lines}A"));
        }
        out.push('\r');
    }
}

fn paint(tone: Tone, text: &str, color: bool, out: &mut String) {
    let code = match tone {
        Tone::Plain => "",
        Tone::Strong => "1",
        Tone::Faint => "2",
        Tone::Good => "32",
        Tone::Bad => "31",
        Tone::Busy => "36",
    };
    match color && !code.is_empty() && !text.is_empty() {
        true => out.push_str(&format!("\x1b[{code}m{text}\x1b[0m")),
        false => out.push_str(text),
    }
}
