//! A record's name that DNS does not take.

use stack_core::Severity;

use crate::check::records::records;
use crate::check::words::quoted;
use crate::check::{Report, Rule};
use crate::model::Piece;
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "record-name",
    severity: Severity::Error,
    page: include_str!("record_name.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for record in records(stack) {
        let name = record.get("Name");
        if let Some(text) = name.text() {
            if let Some(wrong) = wrong(text) {
                report.at(&name, format!("{} {wrong}", quoted(text)), "");
            }
            continue;
        }
        // What is known of a label cannot get shorter.
        for piece in name.pieces() {
            if let Piece::Text(text) = piece
                && text.split('.').any(|it| it.len() > 63)
            {
                report.at(&name, "a label has more than 63 characters", "");
            }
        }
    }
    for zone in stack.of("AWS::Route53::HostedZone") {
        let name = zone.get("Name");
        if let Some(wrong) = name.text().filter(|it| !it.is_empty()).and_then(wrong) {
            report.at(
                &name,
                format!("{} {wrong}", quoted(name.text().unwrap_or_default())),
                "",
            );
        }
    }
}

fn wrong(name: &str) -> Option<&'static str> {
    let bare = name.strip_suffix('.').unwrap_or(name);
    if bare.len() > 255 {
        return Some("has more than 255 characters");
    }
    let mut labels = bare.split('.');
    if bare.is_empty() {
        None
    } else if labels.clone().any(str::is_empty) {
        Some("has an empty label")
    } else if labels.clone().any(|it| it.len() > 63) {
        Some("has a label of more than 63 characters")
    } else if labels.any(|it| it.contains(' ') || it.contains('/') && !it.contains("in-addr"))
        || bare.contains("://")
    {
        Some("is no name of a host")
    } else {
        None
    }
}
