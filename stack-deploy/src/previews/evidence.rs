//! What AWS says of a failure while its resources are still there, in its own words.

use crate::api::{Request, Response};
use crate::ecs::Tasks;
use crate::engine::Outcome;

use super::tools::Cloud;

/// The latest of each that are shown.
const SHOWN: usize = 3;

/// What the stack, its services, their stopped tasks and their targets say of a failure: for
/// [`Around::diagnose`](super::Around::diagnose). What cannot be read is left out.
pub fn evidence(aws: &dyn Cloud, outcome: &Outcome) -> Vec<String> {
    let failures = outcome.failures.iter();
    let mut lines: Vec<String> = failures
        .map(|it| format!("{} ({}): {}", it.logical_id, it.kind, it.reason))
        .collect();
    let Some(stack) = &outcome.arn else {
        return lines;
    };
    for arn in services(aws, stack) {
        // `arn:…:service/CLUSTER/NAME`
        let mut parts = arn.rsplit('/');
        let (Some(name), Some(cluster)) = (parts.next(), parts.next()) else {
            continue;
        };
        let found = aws.services(cluster, std::slice::from_ref(&arn));
        let Some(service) = found.ok().and_then(|it| it.into_iter().next()) else {
            continue;
        };
        let stopped = aws.tasks(cluster, &arn, Tasks::Stopped).unwrap_or_default();
        for task in stopped.iter().take(SHOWN) {
            let mut text = format!("a task of {name} stopped: {}", task.stopped_reason);
            for it in &task.containers {
                match it.exit_code {
                    Some(0) => (),
                    Some(code) => {
                        text.push_str(&format!("; `{}` ended with {code} {}", it.name, it.reason));
                    }
                    None if it.reason.is_empty() => (),
                    None => text.push_str(&format!("; `{}`: {}", it.name, it.reason)),
                }
            }
            lines.push(text.trim_end().to_owned());
        }
        let events = service.events.iter().take(SHOWN);
        lines.extend(events.map(|it| it.message.clone()));
        for group in &service.target_groups {
            let targets = aws.target_health(group).unwrap_or_default();
            let ill = targets.iter().filter(|it| it.state == "unhealthy");
            lines.extend(ill.take(SHOWN).map(|it| {
                format!(
                    "target {}:{} is unhealthy: {} {}",
                    it.id, it.port, it.reason, it.description
                )
            }));
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    lines.retain(|it| seen.insert(it.clone()));
    lines
}

/// The ARNs of the stack's services.
fn services(aws: &dyn Cloud, stack: &str) -> Vec<String> {
    let request = Request::ListStackResources {
        stack: stack.to_owned(),
        next: None,
    };
    let Ok(Response::Resources(page)) = aws.call(&request) else {
        return Vec::new();
    };
    let all = page.resources.into_iter();
    all.filter(|it| it.kind == "AWS::ECS::Service")
        .filter_map(|it| it.physical_id)
        .collect()
}
