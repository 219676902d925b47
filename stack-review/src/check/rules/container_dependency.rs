//! A container waits for what cannot happen.

use std::collections::BTreeMap;

use stack_core::Severity;

use crate::check::containers::{TASK, all_containers};
use crate::check::{Report, Rule};
use crate::model::{Resource, Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "container-dependency",
    severity: Severity::Error,
    page: include_str!("container_dependency.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for task in stack.of(TASK) {
        let Some(containers) = all_containers(task) else {
            continue;
        };
        let names: Option<BTreeMap<String, usize>> = containers
            .iter()
            .enumerate()
            .map(|(n, it)| Some((it.get("Name").text()?.to_owned(), n)))
            .collect();
        let Some(names) = names else { continue };
        let mut waits: Vec<Vec<usize>> = Vec::new();
        for container in &containers {
            let mut on = Vec::new();
            for dependency in container.get("DependsOn").items() {
                let name = dependency.get("ContainerName");
                let Some(text) = name.text() else { continue };
                match names.get(text) {
                    Some(number) => {
                        on.push(*number);
                        met(
                            &containers[*number],
                            text,
                            &dependency.get("Condition"),
                            report,
                        );
                    }
                    None => {
                        let known: Vec<String> = names.keys().map(|it| format!("`{it}`")).collect();
                        let message =
                            format!("`{}` has no container `{text}` to wait for", task.id());
                        report.at(
                            &name,
                            message,
                            format!("its containers are {}", known.join(", ")),
                        );
                    }
                }
            }
            waits.push(on);
        }
        circles(task, &containers, waits, report);
    }
}

/// Whether the other container can ever be as it should.
fn met(other: &View<'_, '_>, name: &str, condition: &View<'_, '_>, report: &mut Report<'_>) {
    match condition.text() {
        Some("HEALTHY") if other.get("HealthCheck").is_absent() => {
            let message = format!("container `{name}` has no health check, so it never is healthy");
            report.at(
                condition,
                message,
                "give it a `HealthCheck`, one in the image does not count, or wait for \
                `START`",
            );
        }
        Some(end @ ("SUCCESS" | "COMPLETE"))
            if other.get("Essential").bool() == Some(true)
                || other.get("Essential").is_absent() =>
        {
            let message = format!("container `{name}` is essential: when it ends, the task does");
            report.at(
                condition,
                message,
                format!(
                    "set its `Essential` to false, or wait for another condition than \
                `{end}`"
                ),
            );
        }
        _ => (),
    }
}

/// Takes away what waits for nothing until only circles are left.
fn circles(
    task: Resource<'_, '_>,
    containers: &[View<'_, '_>],
    mut waits: Vec<Vec<usize>>,
    report: &mut Report<'_>,
) {
    let mut left: Vec<usize> = (0..containers.len()).collect();
    loop {
        let before = left.len();
        let still = left.clone();
        left.retain(|it| waits[*it].iter().any(|on| still.binary_search(on).is_ok()));
        if left.len() == before {
            break;
        }
    }
    let Some(first) = left.first().copied() else {
        return;
    };
    // From one that is left there is always a way on, and it comes round.
    let mut way = vec![first];
    let at = loop {
        let last = way[way.len() - 1];
        waits[last].retain(|it| left.binary_search(it).is_ok());
        let Some(next) = waits[last].first().copied() else {
            return;
        };
        if let Some(at) = way.iter().position(|it| *it == next) {
            break at;
        }
        way.push(next);
    };
    let name = |it: &usize| {
        format!(
            "`{}`",
            containers[*it].get("Name").text().unwrap_or_default()
        )
    };
    let mut circle: Vec<String> = way[at..].iter().map(name).collect();
    circle.push(circle[0].clone());
    let message = format!(
        "containers of `{}` wait for each other: {}",
        task.id(),
        circle.join(" → ")
    );
    report.at(
        &containers[way[at]].get("DependsOn"),
        message,
        "let one of them start by itself",
    );
}
