//! What the commands about services and images show of what they will do.

use stack_deploy::ecr::Digest;
use stack_review::diff::render::{Line, Segment, Style};

/// Lines, a heading with what belongs to it below.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) lines: Vec<Line>,
}

impl Sheet {
    pub(super) fn new() -> Sheet {
        Sheet::default()
    }

    fn line(&mut self, depth: usize, style: Style, text: &str) {
        let segment = Segment {
            text: text.to_owned(),
            style,
        };
        self.lines.push(Line {
            depth,
            segments: vec![segment],
        });
    }

    pub(super) fn heading(&mut self, text: &str) {
        self.line(0, Style::Heading, text);
    }
    pub(super) fn plain(&mut self, text: &str) {
        self.line(1, Style::Plain, text);
    }
    pub(super) fn added(&mut self, text: &str) {
        self.line(1, Style::Added, text);
    }
    pub(super) fn changed(&mut self, text: &str) {
        self.line(1, Style::Changed, text);
    }
    pub(super) fn advice(&mut self, text: &str) {
        self.line(1, Style::Advice, text);
    }
    pub(super) fn danger(&mut self, text: &str) {
        self.line(1, Style::Danger, text);
    }
}

/// A digest on the command line.
pub(super) fn digest(text: &str) -> Result<Digest, String> {
    Digest::parse(text)
        .ok_or_else(|| format!("`{text}` is no digest: `sha256:` and 64 hexadecimal digits"))
}
