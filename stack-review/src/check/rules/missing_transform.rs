//! What only SAM understands, without its transform.

use stack_core::Severity;

use crate::check::words::quoted;
use crate::check::{Report, Rule};
use crate::model::Stack;
use crate::model::Transforms;

pub(super) const RULE: Rule = Rule {
    code: "missing-transform",
    severity: Severity::Error,
    page: include_str!("missing_transform.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if !stack.world().is_default() || stack.transforms() != Transforms::None {
        return;
    }
    let template = stack.template();
    let repair = "add `Transform: AWS::Serverless-2016-10-31`";
    if template.root().contains("Globals") {
        report.here("Globals", "`Globals` is a section of SAM", repair);
    }
    for entry in stack.entries() {
        let (id, kind) = (entry.view.id(), entry.kind);
        if kind.starts_with("AWS::Serverless::") {
            report.here(
                format!("{id}/Type"),
                format!("{} is a type of SAM", quoted(kind)),
                repair,
            );
            continue;
        }
        for name in entry.view.body().keys() {
            if matches!(name, "Connectors" | "IgnoreGlobals") {
                report.here(
                    format!("{id}/{name}"),
                    format!("`{name}` is an attribute of SAM"),
                    repair,
                );
            }
        }
    }
}
