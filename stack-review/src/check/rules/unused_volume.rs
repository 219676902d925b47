//! A volume that no container mounts.

use stack_core::Severity;

use crate::check::containers::{TASK, all_containers};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "unused-volume",
    severity: Severity::Warning,
    page: include_str!("unused_volume.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for task in stack.of(TASK) {
        let Some(containers) = all_containers(task) else {
            continue;
        };
        let known = containers
            .iter()
            .all(|it| it.get("MountPoints").has_known_items());
        let mounted: Vec<_> = containers
            .iter()
            .flat_map(|it| it.get("MountPoints").items())
            .map(|it| it.get("SourceVolume"))
            .collect();
        if !known {
            continue;
        }
        for volume in task.get("Volumes").items() {
            let name = volume.get("Name");
            let Some(text) = name.text() else { continue };
            if mounted.iter().all(|it| it.same(&name) == Some(false)) {
                let message = format!("no container mounts the volume `{text}`");
                report.at(
                    &name,
                    message,
                    "mount it with `MountPoints`, or leave it out",
                );
            }
        }
    }
}
