//! Two containers of a task have the same name.

use std::collections::BTreeSet;

use stack_core::Severity;

use crate::check::containers::TASK;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "duplicate-container-name",
    severity: Severity::Error,
    page: include_str!("duplicate_container_name.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for task in stack.of(TASK) {
        let mut seen = BTreeSet::new();
        for container in task.get("ContainerDefinitions").items() {
            let name = container.get("Name");
            if let Some(text) = name.text()
                && !seen.insert(text.to_owned())
            {
                let message = format!("`{}` has another container `{text}`", task.id());
                report.at(&name, message, "give each container of a task its own name");
            }
        }
    }
}
