//! Two port mappings of a task have the same name.

use std::collections::BTreeSet;

use stack_core::Severity;

use crate::check::containers::TASK;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "duplicate-port-name",
    severity: Severity::Warning,
    page: include_str!("duplicate_port_name.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for task in stack.of(TASK) {
        let mut seen = BTreeSet::new();
        for container in task.get("ContainerDefinitions").items() {
            for mapping in container.get("PortMappings").items() {
                let name = mapping.get("Name");
                if let Some(text) = name.text()
                    && !seen.insert(text.to_owned())
                {
                    let message = format!("`{}` has another port `{text}`", task.id());
                    report.at(&name, message, "give each port of a task its own name");
                }
            }
        }
    }
}
