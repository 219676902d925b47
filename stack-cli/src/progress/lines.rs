//! One line for each change, and a heartbeat: for logs of continuous integration.

use std::time::Duration;

use stack_deploy::observe::Dossier;
use stack_deploy::{Time, diagnose};

use super::layout::one_line;
use super::state::{Change, Stack, State, What};
use super::tree::{deployment, short_kind, targets, without_name};
use super::words;

/// After how long without a line it is said what is waited for.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(30);
/// How many resources a heartbeat names.
const MOST: usize = 3;

/// The line of a change; none when it is not worth one. `is_lasting` changes are told above a tree
/// too: they must not be gone when it is.
pub(super) fn line(change: &Change) -> Option<String> {
    let text = text(&change.what)?;
    Some(one_line(&format!(
        "{} {}: {text}",
        change.time, change.stack
    )))
}

/// Whether a change is told beside a tree as well.
pub(super) fn is_lasting(change: &Change) -> bool {
    match &change.what {
        What::Resource { resource, .. } => {
            resource.status.ends_with("_FAILED") && !resource.cancelled
        }
        What::ServiceEvent { event, .. } => diagnose::recognise(&event.message).is_some(),
        What::Unseen { .. } | What::Warning(_) | What::Doubt(_) => true,
        What::Step(_)
        | What::Status { .. }
        | What::Service { .. }
        | What::Again { .. }
        | What::Refused(_)
        | What::Ended { .. } => false,
    }
}

fn text(what: &What) -> Option<String> {
    Some(match what {
        What::Step(step) => words::step(step),
        What::Status { status, reason } => {
            let word = words::status(status);
            let name = match word == status.as_str() {
                true => String::new(),
                false => format!(" ({status})"),
            };
            match reason.as_deref().filter(|it| *it != "User Initiated") {
                Some(reason) => format!("{word}{name}: {reason}"),
                None => format!("{word}{name}"),
            }
        }
        What::Resource {
            logical_id,
            resource,
            done: (done, all),
        } => {
            let word = words::resource(resource);
            let mut text = format!("{logical_id} {word}");
            if let Some(ended) = resource.ended {
                if !resource.cancelled {
                    let took = words::duration(ended.since(resource.began));
                    text.push_str(&format!(" in {took}"));
                }
                text.push_str(&format!(" [{done}/{all}]"));
            }
            text.push_str(&format!(" ({})", short_kind(&resource.kind)));
            if let Some(reason) = &resource.reason {
                text.push_str(&format!(": {reason}"));
            }
            text
        }
        What::Service {
            logical_id,
            dossier,
        } => format!("{logical_id}: {}", service(dossier)?),
        What::ServiceEvent { logical_id, event } => {
            let known = diagnose::recognise(&event.message).is_some();
            if !known && !event.message.contains("rolling back to") {
                return None;
            }
            format!("{logical_id}: ECS says: {}", without_name(&event.message))
        }
        What::Unseen { logical_id, why } => {
            format!("{logical_id}: cannot be observed, which changes nothing: {why}")
        }
        What::Again { call, error, wait } => {
            format!("{call} again in {}: {error}", words::duration(*wait))
        }
        What::Warning(warning) => format!("warning: {}", words::warning(warning)),
        What::Doubt(doubt) => format!("warning: {doubt}"),
        What::Refused(_) => return None,
        What::Ended { outcome, seconds } => {
            let end = words::end_in_full(&outcome.end);
            match words::took_in_words(&outcome.end, Duration::from_secs(*seconds)) {
                Some(took) => format!("{end} {took}"),
                None => end,
            }
        }
    })
}

/// The deployments and targets of a service in one line.
fn service(dossier: &Dossier) -> Option<String> {
    let deployments = dossier.service.iter().flat_map(|it| &it.deployments);
    let mut parts: Vec<String> = deployments.map(deployment).collect();
    parts.extend(targets(dossier));
    (!parts.is_empty()).then(|| parts.join("; ").replace("  ", " "))
}

/// What is waited for, and since when: a line for each stack that is at work.
pub(super) fn heartbeat(state: &State, now: Time) -> Vec<(String, String)> {
    let at_work = state.stacks.iter().filter(|it| it.ended.is_none());
    let lines = at_work.filter_map(|it| Some((it.name.clone(), awaited(it, now)?)));
    lines.collect()
}

/// What a stack waits for.
fn awaited(stack: &Stack, now: Time) -> Option<String> {
    let began = stack.began?;
    let (done, all) = stack.done();
    let at_work = stack.at_work();
    if at_work.is_empty() {
        let what = match (&stack.again, &stack.status, &stack.step) {
            (Some((call, _)), ..) => format!("until {call} is answered"),
            (None, Some(status), _) if status.in_progress() => words::status(status).to_owned(),
            (None, _, Some(step)) => words::step(step),
            (None, ..) => return None,
        };
        return Some(format!(
            "still at it after {}: {what}",
            words::duration(now.since(began))
        ));
    }
    let mut names: Vec<String> = at_work
        .iter()
        .take(MOST)
        .map(|(id, resource)| {
            let since = words::took(resource, now);
            match stack.services.get(*id).and_then(service) {
                Some(service) => format!("{id} for {since} ({service})"),
                None => format!("{id} for {since}"),
            }
        })
        .collect();
    if at_work.len() > MOST {
        names.push(format!("{} more", at_work.len() - MOST));
    }
    Some(format!("waiting for {} [{done}/{all}]", names.join(", ")))
}
