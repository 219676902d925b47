//! The tree: stacks, what happens to their resources, the deployments of their services.

use stack_deploy::ecs::Deployment;
use stack_deploy::engine::End;
use stack_deploy::observe::Dossier;
use stack_deploy::{StackStatus, Time, diagnose};

use super::layout::{Marks, Row, Tone, columns};
use super::state::{Resource, Stack, Standing, State, standing};
use super::words;

/// How often the marks of what is at work turn.
const TURN: u64 = 100;
/// How many resources at work are shown of a stack before they are counted.
const MOST: usize = 8;

/// The rows of a tree, as the state is now.
pub(super) fn rows(state: &State, now: Time, marks: &Marks) -> Vec<Row> {
    let mut rows = Vec::new();
    let names = state.stacks.iter().map(|it| columns(&it.name));
    let width = names.filter(|it| *it <= 32).max().unwrap_or(0);
    for stack in &state.stacks {
        rows.push(head(stack, width, now, marks));
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

fn head(stack: &Stack, width: usize, now: Time, marks: &Marks) -> Row {
    let name = |row: Row| {
        let row = row.with(Tone::Strong, &stack.name);
        row.with(
            Tone::Plain,
            &padded("  ", 2 + width.saturating_sub(columns(&stack.name))),
        )
    };
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

/// A line below a stack: its pieces, and what stands at the right edge.
struct Line(Vec<(Tone, String)>, String);

impl Line {
    fn of(tone: Tone, text: impl Into<String>) -> Line {
        Line(vec![(tone, text.into())], String::new())
    }
}

/// What happens in a stack: what failed, and what is at work.
fn body(stack: &Stack, now: Time, marks: &Marks) -> Vec<Row> {
    let failed = stack
        .resources
        .iter()
        .filter(|(_, it)| standing(&it.status) == Standing::Failed && !it.cancelled);
    let mut shown: Vec<(&String, &Resource)> = failed.collect();
    let at_work = stack.at_work();
    shown.extend(at_work.iter().take(MOST));
    let widths = Widths::of(&shown);
    let mut groups: Vec<Vec<Line>> = shown
        .into_iter()
        .map(|(id, resource)| {
            let mut group = leaf(id, resource, &widths, now, marks);
            if resource.ended.is_none()
                && let Some(dossier) = stack.services.get(id)
            {
                group.extend(service(dossier));
            }
            group
        })
        .collect();
    if at_work.len() > MOST {
        let text = format!("{} and {} more", marks.waits, at_work.len() - MOST);
        groups.push(vec![Line::of(Tone::Faint, text)]);
    }
    let mut rows = Vec::new();
    let count = groups.len();
    for (index, group) in groups.into_iter().enumerate() {
        let (first, others) = match index + 1 == count {
            true => (marks.last, marks.blank),
            false => (marks.branch, marks.line),
        };
        for (line, Line(pieces, right)) in group.into_iter().enumerate() {
            let branch = if line == 0 { first } else { others };
            let mut row = Row::new().with(Tone::Faint, branch);
            if line > 0 {
                // What belongs to the resource above.
                row = row.with(Tone::Plain, "  ");
            }
            for (tone, text) in pieces {
                row = row.with(tone, &text);
            }
            rows.push(row.right(&right));
        }
    }
    rows
}

/// How wide ids and words are below a stack, so that they stand below each other.
struct Widths(usize, usize);

impl Widths {
    fn of(shown: &[(&String, &Resource)]) -> Widths {
        let ids = shown.iter().map(|(id, _)| columns(id));
        let words = shown.iter().map(|(_, it)| columns(&words::resource(it)));
        // A very long id stands out alone.
        Widths(
            ids.filter(|it| *it <= 32).max().unwrap_or(0),
            words.max().unwrap_or(0),
        )
    }
}

/// The text, and spaces up to the width.
fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// A resource, and why when that is worth reading.
fn leaf(id: &str, it: &Resource, widths: &Widths, now: Time, marks: &Marks) -> Vec<Line> {
    let (mark, mark_tone, tone) = match standing(&it.status) {
        Standing::Failed => (marks.failed, Tone::Bad, Tone::Bad),
        Standing::Done => (marks.done, Tone::Good, Tone::Plain),
        Standing::AtWork => (spin(now, marks), Tone::Busy, Tone::Plain),
    };
    let text = format!(
        " {}  {}  ",
        padded(id, widths.0),
        padded(&words::resource(it), widths.1)
    );
    let pieces = vec![
        (mark_tone, mark.to_owned()),
        (tone, text),
        (Tone::Faint, short_kind(&it.kind).to_owned()),
    ];
    let mut lines = vec![Line(pieces, words::took(it, now))];
    if let Some(reason) = &it.reason {
        lines.push(match tone {
            Tone::Bad => Line::of(Tone::Bad, in_short(reason)),
            _ => Line::of(Tone::Faint, reason.clone()),
        });
    }
    lines
}

/// `ECS::Service`: all but what each type begins with.
pub(super) fn short_kind(kind: &str) -> &str {
    kind.strip_prefix("AWS::").unwrap_or(kind)
}

/// The deployments of a service, its targets, and the last trouble that ECS told of.
fn service(dossier: &Dossier) -> Vec<Line> {
    let mut lines = Vec::new();
    let deployments = dossier.service.iter().flat_map(|it| &it.deployments);
    for it in deployments {
        let tone = match it.failed > 0 || it.rollout.as_deref() == Some("FAILED") {
            true => Tone::Bad,
            false => Tone::Plain,
        };
        lines.push(Line::of(tone, deployment(it)));
    }
    if let Some(text) = targets(dossier) {
        lines.push(Line::of(Tone::Plain, text));
    }
    let trouble = dossier
        .events
        .iter()
        .rev()
        .find(|it| diagnose::recognise(&it.message).is_some());
    if let Some(event) = trouble {
        let text = format!("{} {}", event.time, in_short(without_name(&event.message)));
        lines.push(Line::of(Tone::Bad, text));
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
