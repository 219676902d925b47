//! An image whose tag moves.

use stack_core::Severity;

use crate::check::containers::{called, each_container};
use crate::check::{Report, Rule};
use crate::model::{Piece, Stack};

pub(super) const RULE: Rule = Rule {
    code: "unpinned-image",
    severity: Severity::Warning,
    page: include_str!("unpinned_image.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for (_, container) in each_container(stack) {
        let image = container.get("Image");
        let pieces = image.pieces();
        // What is put in may hold the tag, unless text that does follows it.
        let Some(Piece::Text(last)) = pieces.last() else {
            continue;
        };
        let end = last.rsplit('/').next().unwrap_or(last);
        if end.contains('@') || (pieces.len() > 1 && !last.contains(['/', ':'])) {
            continue;
        }
        let message = match end.rsplit_once(':') {
            Some((_, "latest")) => format!(
                "{} takes the image that is `latest` when it starts",
                called(&container)
            ),
            Some(_) => continue,
            None => format!(
                "the image of {} has no tag, so it is `latest`",
                called(&container)
            ),
        };
        report.at(
            &image,
            message,
            "name a version, best by digest: what runs is then what was tested",
        );
    }
}
