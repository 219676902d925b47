//! What the tasks of a service died of: all of them together.

use std::collections::BTreeMap;

use crate::diagnose::{Cause, recognise};
use crate::ecs::{Task, TaskContainer};
use crate::observe::Dossier;
use crate::time::Time;

/// What some tasks died of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Death {
    pub(crate) cause: Option<Cause>,
    /// AWS's words.
    pub(crate) text: String,
    /// The container, when it was one.
    pub(crate) container: Option<String>,
    /// Of how many tasks.
    pub(crate) tasks: usize,
    /// The last of them.
    pub(crate) time: Option<Time>,
    /// The task definition.
    pub(crate) definition: String,
}

/// What the tasks died of, most first. Tasks of a deployment that was given up come before those of
/// any other.
pub(crate) fn deaths(dossier: &Dossier) -> Vec<Death> {
    let mut found: BTreeMap<(Option<Cause>, String), Death> = BTreeMap::new();
    for task in dossier.stopped.values() {
        let death = death(task);
        // Texts of one cause differ in ids and times.
        let text = death.cause.is_none().then(|| death.text.clone());
        let entry = found
            .entry((death.cause.clone(), text.unwrap_or_default()))
            .or_insert_with(|| Death {
                tasks: 0,
                ..death.clone()
            });
        entry.tasks += 1;
        if death.time > entry.time {
            *entry = Death {
                tasks: entry.tasks,
                ..death
            };
        }
    }
    let mut all: Vec<Death> = found.into_values().collect();
    // What is understood comes first, then what says more than how it ended.
    all.sort_by_key(|it| {
        (
            it.cause.is_none(),
            std::cmp::Reverse(it.tasks),
            it.cause.as_ref().is_some_and(Cause::is_symptom),
        )
    });
    all
}

fn death(task: &Task) -> Death {
    let told = |cause, text: &str, container: Option<&TaskContainer>| Death {
        cause,
        text: text.to_owned(),
        container: container.map(|it| it.name.clone()),
        tasks: 1,
        time: task.stopped,
        definition: task.task_definition.clone(),
    };
    // What is said of a container is nearer than what is said of the task.
    for container in &task.containers {
        if let Some(cause) = recognise(&container.reason) {
            return told(Some(cause), &container.reason, Some(container));
        }
    }
    let of_task = recognise(&task.stopped_reason);
    let exits = matches!(of_task, Some(Cause::Exited { .. })) || of_task.is_none();
    if exits && let Some(container) = culprit(task) {
        let text = match container.reason.as_str() {
            "" => task.stopped_reason.clone(),
            reason => format!("{}: {reason}", task.stopped_reason),
        };
        let cause = Cause::Exited {
            container: container.name.clone(),
            code: container.exit_code,
        };
        return told(Some(cause), &text, Some(container));
    }
    let unhealthy = task.containers.iter().find(|it| it.health == "UNHEALTHY");
    told(of_task, &task.stopped_reason, unhealthy)
}

/// The container that ended the task: one that failed; else one that ended by itself, when it is
/// said that an essential one did.
fn culprit(task: &Task) -> Option<&TaskContainer> {
    // The others are told to stop then, and exit with 137 or 143.
    let told_to = |it: &TaskContainer| matches!(it.exit_code, Some(137 | 143));
    let failed = |it: &&TaskContainer| it.exit_code.is_some_and(|code| code != 0);
    let containers = &task.containers;
    containers
        .iter()
        .find(|it| failed(it) && !told_to(it))
        .or_else(|| containers.iter().find(failed))
        .or_else(|| {
            let exited = task.stop_code == "EssentialContainerExited";
            containers
                .iter()
                .find(|it| exited && it.exit_code == Some(0))
        })
}
