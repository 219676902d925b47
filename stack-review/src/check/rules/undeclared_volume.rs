//! A container mounts what its task does not have.

use stack_core::Severity;

use crate::check::containers::{TASK, all_containers, called};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "undeclared-volume",
    severity: Severity::Error,
    page: include_str!("undeclared_volume.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for task in stack.of(TASK) {
        let volumes = task.get("Volumes");
        let names: Vec<_> = volumes.items().iter().map(|it| it.get("Name")).collect();
        let Some(containers) = all_containers(task) else {
            continue;
        };
        for container in &containers {
            for mount in container.get("MountPoints").items() {
                let source = mount.get("SourceVolume");
                let Some(wanted) = source.text() else {
                    continue;
                };
                let none = names
                    .iter()
                    .all(|it| it.text().is_some_and(|it| it != wanted));
                if volumes.has_known_items() && none {
                    let message = format!("`{}` has no volume `{wanted}`", task.id());
                    report.at(
                        &source,
                        message,
                        format!("declare `{wanted}` among its `Volumes`"),
                    );
                }
            }
            for from in container.get("VolumesFrom").items() {
                let source = from.get("SourceContainer");
                let Some(wanted) = source.text() else {
                    continue;
                };
                if containers
                    .iter()
                    .all(|it| it.get("Name").text().is_some_and(|it| it != wanted))
                {
                    let message = format!(
                        "{} mounts the volumes of `{wanted}`, and there is no such \
                        container",
                        called(container)
                    );
                    report.at(&source, message, "name a container of the same task");
                }
            }
        }
    }
}
