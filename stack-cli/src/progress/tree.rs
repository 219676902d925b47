//! The tree: stacks, what happens to their resources, the deployments of their services.

use stack_deploy::ecs::Deployment;
use stack_deploy::engine::End;
use stack_deploy::observe::Dossier;
use stack_deploy::{StackStatus, Time, diagnose};

use super::layout::{Marks, Row, Tone};
use super::state::{Resource, Stack, Standing, State, standing};
use super::words;

/// How often the marks of what is at work turn.
const TURN: u64 = 100;
/// How many resources at work are shown of a stack before they are counted.
const MOST: usize = 8;

/// The rows of a tree, as the state is now.
pub(super) fn rows(state: &State, now: Time, marks: &Marks) -> Vec<Row> {
    let mut rows = Vec::new();
    for stack in &state.stacks {
        rows.push(head(stack, now, marks));
        if stack.ended.is_none() {
            rows.extend(body(stack, now, marks));
        }
    }
    rows
}

fn spin(now: Time, marks: &Marks) -> &'static str {
    let turns = marks.spins.len() as u64;
    let turn = usize::try_from(now.0 / TURN % turns.max(1)).unwrap_or_default();
    marks.spins.get(turn).copied().unwrap_or_default()
}

fn head(stack: &Stack, now: Time, marks: &Marks) -> Row {
    let name = |row: Row| row.with(Tone::Strong, &stack.name).with(Tone::Plain, "  ");
    if let Some((time, outcome)) = &stack.ended {
        let good = words::is_good(&outcome.end);
        let (mark, tone) = match &outcome.end {
            _ if good => (marks.done, Tone::Good),
            End::Skipped { .. } => (marks.waits, Tone::Faint),
            _ => (marks.failed, Tone::Bad),
        };
        let row = name(Row::new().with(tone, &format!("{mark} ")));
        let (done, _) = stack.done();
        let row = match (good, done) {
            (true, 1) => row.with(
                Tone::Plain,
                &format!("{}, 1 resource", words::end(&outcome.end)),
            ),
            (true, 2..) => {
                let text = format!("{}, {done} resources", words::end(&outcome.end));
                row.with(Tone::Plain, &text)
            }
            _ => row.with(tone, &words::end_in_full(&outcome.end)),
        };
        return match stack.began {
            Some(began) => row.right(&words::duration(time.since(began))),
            None => row,
        };
    }
    let Some(began) = stack.began else {
        let row = name(Row::new().with(Tone::Faint, &format!("{} ", marks.waits)));
        let waits = match stack.after.as_slice() {
            [] => "waits".to_owned(),
            after => format!("waits for {}", after.join(", ")),
        };
        return row.with(Tone::Faint, &waits);
    };
    let row = name(Row::new().with(Tone::Busy, &format!("{} ", spin(now, marks))));
    let row = match (&stack.status, &stack.step) {
        (Some(status), _) if status.in_progress() => {
            let rolls_back = matches!(
                status,
                StackStatus::RollbackInProgress | StackStatus::UpdateRollbackInProgress
            );
            let tone = if rolls_back { Tone::Bad } else { Tone::Plain };
            row.with(tone, words::status(status))
        }
        (_, Some(step)) => row.with(Tone::Plain, &words::step(step)),
        _ => row,
    };
    let (done, all) = stack.done();
    let row = match all {
        0 => row,
        _ => row.with(Tone::Faint, &format!("  {done} of {all}")),
    };
    let row = match &stack.again {
        Some((call, until)) => {
            let wait = words::duration(until.since(now));
            row.with(Tone::Busy, &format!("  {call} again in {wait}"))
        }
        None => row,
    };
    row.right(&words::duration(now.since(began)))
}

/// What happens in a stack: what failed, what is at work, and how much is done.
fn body(stack: &Stack, now: Time, marks: &Marks) -> Vec<Row> {
    let mut groups: Vec<Vec<(Tone, String, String)>> = Vec::new();
    let failed = stack
        .resources
        .iter()
        .filter(|(_, it)| standing(&it.status) == Standing::Failed && !it.cancelled);
    for (id, resource) in failed {
        groups.push(leaf(id, resource, now, marks));
    }
    let at_work = stack.at_work();
    for (id, resource) in at_work.iter().take(MOST) {
        let mut group = leaf(id, resource, now, marks);
        if let Some(dossier) = stack.services.get(*id) {
            group.extend(service(dossier));
        }
        groups.push(group);
    }
    if at_work.len() > MOST {
        let text = format!("{} and {} more", marks.waits, at_work.len() - MOST);
        groups.push(vec![(Tone::Faint, text, String::new())]);
    }
    let mut rows = Vec::new();
    let count = groups.len();
    for (index, group) in groups.into_iter().enumerate() {
        let (first, others) = match index + 1 == count {
            true => (marks.last, marks.blank),
            false => (marks.branch, marks.line),
        };
        for (line, (tone, text, right)) in group.into_iter().enumerate() {
            let branch = if line == 0 { first } else { others };
            let row = Row::new().with(Tone::Faint, branch);
            // Below a resource: what belongs to it.
            let row = if line == 0 {
                row
            } else {
                row.with(Tone::Plain, "  ")
            };
            rows.push(row.with(tone, &text).right(&right));
        }
    }
    rows
}

/// A resource, and why when that is worth reading.
fn leaf(id: &str, resource: &Resource, now: Time, marks: &Marks) -> Vec<(Tone, String, String)> {
    let (mark, tone) = match standing(&resource.status) {
        Standing::Failed => (marks.failed, Tone::Bad),
        Standing::Done => (marks.done, Tone::Good),
        Standing::AtWork => (spin(now, marks), Tone::Plain),
    };
    let word = words::resource(resource);
    let text = format!("{mark} {id}  {word}  {}", short_kind(&resource.kind));
    let mut lines = vec![(tone, text, words::took(resource, now))];
    if let Some(reason) = &resource.reason {
        lines.push(match tone {
            Tone::Bad => (Tone::Bad, in_short(reason), String::new()),
            _ => (Tone::Faint, reason.clone(), String::new()),
        });
    }
    lines
}

/// `ECS::Service`: all but what each type begins with.
pub(super) fn short_kind(kind: &str) -> &str {
    kind.strip_prefix("AWS::").unwrap_or(kind)
}

/// The deployments of a service, its targets, and the last trouble that ECS told of.
fn service(dossier: &Dossier) -> Vec<(Tone, String, String)> {
    let mut lines = Vec::new();
    let deployments = dossier.service.iter().flat_map(|it| &it.deployments);
    for it in deployments {
        let tone = match it.failed > 0 || it.rollout.as_deref() == Some("FAILED") {
            true => Tone::Bad,
            false => Tone::Plain,
        };
        lines.push((tone, deployment(it), String::new()));
    }
    if let Some(text) = targets(dossier) {
        lines.push((Tone::Plain, text, String::new()));
    }
    let trouble = dossier
        .events
        .iter()
        .rev()
        .find(|it| diagnose::recognise(&it.message).is_some());
    if let Some(event) = trouble {
        let text = format!("{} {}", event.time, in_short(without_name(&event.message)));
        lines.push((Tone::Bad, text, String::new()));
    }
    lines
}

/// `new shop-api:42  1 of 2 running, 1 starting, 3 failed`.
pub(super) fn deployment(it: &Deployment) -> String {
    let which = match it.status.as_str() {
        "PRIMARY" => "new",
        "ACTIVE" => "old",
        other => other,
    };
    let definition = it.task_definition.rsplit_once('/');
    let definition = definition.map_or(it.task_definition.as_str(), |it| it.1);
    let mut text = format!(
        "{which} {definition}  {} of {} running",
        it.running, it.desired
    );
    for (count, word) in [(it.pending, "starting"), (it.failed, "failed")] {
        if count > 0 {
            text.push_str(&format!(", {count} {word}"));
        }
    }
    if it.rollout.as_deref() == Some("FAILED") {
        text.push_str("; given up");
    }
    text
}

/// `targets 1 of 2 healthy, 1 unhealthy`.
pub(super) fn targets(dossier: &Dossier) -> Option<String> {
    let counts = dossier.targets()?;
    let mut text = format!("targets  {} of {} healthy", counts.healthy, counts.wanted());
    let others = [
        (counts.unhealthy, "unhealthy"),
        (counts.initial, "checked for the first time"),
        (counts.draining, "draining"),
    ];
    for (count, word) in others {
        if count > 0 {
            text.push_str(&format!(", {count} {word}"));
        }
    }
    Some(text)
}

/// What a text of AWS means, where that is known: shorter than the text, which is told elsewhere.
fn in_short(text: &str) -> String {
    diagnose::recognise(text).map_or_else(|| text.to_owned(), |it| it.to_string())
}

/// What ECS says, without the name of the service that it always begins with.
pub(super) fn without_name(message: &str) -> &str {
    let rest = message.strip_prefix("(service ");
    let rest = rest.and_then(|it| it.split_once(") "));
    rest.map_or(message, |it| it.1)
}
