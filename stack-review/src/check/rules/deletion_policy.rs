//! A deletion policy that CloudFormation does not know, or that the type does not have.

use stack_core::Severity;

use crate::check::words::{either, quoted};
use crate::check::{Report, Rule};
use crate::model::{SNAPSHOTS, Stack};

pub(super) const RULE: Rule = Rule {
    code: "deletion-policy",
    severity: Severity::Error,
    page: include_str!("deletion_policy.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if !stack.world().is_default() {
        return;
    }
    for entry in stack.entries() {
        for (name, value) in entry.view.body().iter() {
            let values: &[&str] = match name {
                "DeletionPolicy" => &["Delete", "Retain", "RetainExceptOnCreate", "Snapshot"],
                "UpdateReplacePolicy" => &["Delete", "Retain", "Snapshot"],
                _ => continue,
            };
            let place = || format!("{}/{name}", entry.view.id());
            match value.as_str() {
                Some("Snapshot")
                    if !SNAPSHOTS.contains(&entry.kind) && entry.kind.starts_with("AWS::") =>
                {
                    let message = format!("CloudFormation takes no snapshots of {}", entry.kind);
                    report.here(place(), message, "use `Retain`");
                }
                Some(it) if !values.contains(&it) => {
                    report.here(
                        place(),
                        format!("{} is no {name}", quoted(it)),
                        format!("it is {}", either(values.iter().copied())),
                    );
                }
                None if value.intrinsic().is_none()
                    || !stack.template().root().contains("Transform") =>
                {
                    report.here(
                        place(),
                        format!("`{name}` is one of {}", either(values.iter().copied())),
                        "functions need the transform `AWS::LanguageExtensions`",
                    );
                }
                _ => (),
            }
        }
    }
}
