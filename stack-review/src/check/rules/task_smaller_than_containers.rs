//! Containers that want more than their task has.

use stack_core::Severity;

use crate::check::containers::{TASK, all_containers, called};
use crate::check::{Report, Rule};
use crate::model::{Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "task-smaller-than-containers",
    severity: Severity::Error,
    page: include_str!("task_smaller_than_containers.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for task in stack.of(TASK) {
        let Some(containers) = all_containers(task) else {
            continue;
        };
        if let Some(memory) = mebibytes(&task.get("Memory")) {
            for container in &containers {
                let limit = container.get("Memory");
                if let Some(number) = limit.int().filter(|it| *it > memory) {
                    let message = format!(
                        "{} may have {number} MiB, and `{}` {memory}",
                        called(container),
                        task.id()
                    );
                    report.at(
                        &limit,
                        message,
                        "raise the memory of the task, or lower the container's",
                    );
                }
            }
            // The limit is reserved where there is no reservation. What is known is a part of the
            // sum, and the sum is no less.
            let reserved: i64 = containers
                .iter()
                .filter_map(|it| match it.get("MemoryReservation") {
                    own if own.is_set() => own.int(),
                    _ => it.get("Memory").int().filter(|it| *it <= memory),
                })
                .fold(0, i64::saturating_add);
            if reserved > memory {
                let message = format!("its containers reserve {reserved} MiB of {memory}");
                report.at(&task.get("Memory"), message, format!("{reserved} or more"));
            }
        }
        let cpu = task.get("Cpu");
        let units: i64 = containers
            .iter()
            .filter_map(|it| it.get("Cpu").int())
            .fold(0, i64::saturating_add);
        if let Some(most) = cpu.int().filter(|it| units > *it) {
            let message = format!("its containers take {units} CPU units of {most}");
            report.at(&cpu, message, format!("{units} or more"));
        }
    }
}

/// The memory of a task when it is given as a number.
fn mebibytes(view: &View<'_, '_>) -> Option<i64> {
    view.int()
}
