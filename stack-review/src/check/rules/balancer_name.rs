//! A name that Elastic Load Balancing refuses.

use stack_core::Severity;

use crate::check::balancing;
use crate::check::words::quoted;
use crate::check::{Report, Rule};
use crate::model::Piece;
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "balancer-name",
    severity: Severity::Error,
    page: include_str!("balancer_name.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for kind in [balancing::BALANCER, balancing::TARGETS] {
        for resource in stack.of(kind) {
            let name = resource.get("Name");
            if let Some(text) = name.text() {
                if let Some(wrong) = wrong(text, kind == balancing::BALANCER) {
                    report.at(&name, format!("the name {} {wrong}", quoted(text)), "");
                }
                continue;
            }
            let known: usize = name
                .pieces()
                .iter()
                .map(|it| match it {
                    Piece::Text(it) => it.chars().count(),
                    Piece::Value(_) => 0,
                })
                .sum();
            if known > 32 {
                report.at(
                    &name,
                    format!("the name has {known} characters and more; 32 is the most"),
                    "",
                );
            }
        }
    }
}

fn wrong(name: &str, is_balancer: bool) -> Option<&'static str> {
    if name.is_empty() {
        // A default that must be replaced.
        None
    } else if name.chars().count() > 32 {
        Some("has more than 32 characters")
    } else if !name
        .bytes()
        .all(|it| it.is_ascii_alphanumeric() || it == b'-')
    {
        Some("has more in it than letters, digits and hyphens")
    } else if name.starts_with('-') || name.ends_with('-') {
        Some("begins or ends with a hyphen")
    } else if is_balancer && name.starts_with("internal-") {
        Some("begins with `internal-`, which AWS keeps for itself")
    } else {
        None
    }
}
