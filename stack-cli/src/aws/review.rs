//! What a change set will do, as somebody reads it who approves it: our own reading of both
//! templates, and where AWS says something else.

use std::collections::{BTreeMap, BTreeSet};

use stack_core::Template;
use stack_deploy::api::{ChangeAction, ChangeSetKind, Replacement, ResourceChange};
use stack_deploy::engine::{Review, hides};
use stack_review::diff::render::{self, Line, Segment, Style};
use stack_review::diff::{self, Action, Changes};
use stack_review::network::{self, Network};
use stack_review::{Estate, StackInput};

use super::{Place, seconds};
use crate::changes;
use crate::commands::diff::deployments;

/// More new resources than this are told by type.
const EACH: usize = 12;

/// What is read out of a change set.
#[derive(Debug)]
pub(crate) struct Reviewed {
    pub(crate) lines: Vec<Line>,
    /// Logical ids whose data is lost, as we see it.
    pub(crate) losses: BTreeSet<String>,
}

/// Reads a change set.
pub(crate) fn of(review: &Review, place: Option<&Place>) -> Reviewed {
    let new = Template::parse(&review.template).ok();
    let old = review.deployed_template.as_deref();
    let old = old.and_then(|it| Template::parse(it).ok());
    let given = shown(&review.parameters, &review.deployed_parameters);
    let had = shown(&review.deployed_parameters, &BTreeMap::new());
    let before = stack(review, old.as_ref(), &had, place);
    let after = stack(review, new.as_ref(), &given, place);
    let is_readable = new.is_some() && (old.is_some() || review.kind == ChangeSetKind::Create);
    let changes =
        is_readable.then(|| diff::compare_stacks(&before, &after, &diff::Options::default()));
    let mut lines = vec![heading(review, changes.as_ref())];
    let mut losses = BTreeSet::new();
    match &changes {
        Some(changes) => {
            lines.extend(own(review, changes));
            losses.extend(lost(changes));
            let (before, after) = (Estate::new(before), Estate::new(after));
            if review.kind == ChangeSetKind::Update && !changes.is_empty() {
                let shifts =
                    network::compare(&Network::of(before.world()), &Network::of(after.world()));
                lines.extend(inner(changes::of_shifts(&shifts)));
                let deployments = deployments(changes, &before, &after);
                lines.extend(inner(changes::of_deployments(&deployments)));
            }
        }
        None => lines.extend(review.changes.iter().map(of_aws)),
    }
    lines.extend(parameters(review));
    if let Some(changes) = &changes {
        lines.extend(differences(review, changes));
    }
    lines.extend(notes(review));
    Reviewed { lines, losses }
}

fn stack<'a>(
    review: &'a Review,
    template: Option<&'a Template>,
    arguments: &'a BTreeMap<String, String>,
    place: Option<&'a Place>,
) -> Vec<StackInput<'a>> {
    let Some(template) = template else {
        return Vec::new();
    };
    let arguments = arguments.iter().map(|(k, v)| (k.as_str(), v.as_str()));
    vec![StackInput {
        arguments: arguments.collect(),
        account: place.and_then(|it| it.account.as_deref()),
        region: place.map(|it| it.region.as_str()),
        ..StackInput::new(&review.stack, template)
    }]
}

/// Values that may be read; those that stay are what they were.
fn shown(
    values: &BTreeMap<String, String>,
    before: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let value = |(name, value): (&String, &String)| {
        let value = match value.as_str() {
            "(as before)" => before.get(name)?,
            _ => value,
        };
        (value != "****").then(|| (name.clone(), value.clone()))
    };
    values.iter().filter_map(value).collect()
}

fn line(depth: usize, segments: impl IntoIterator<Item = (String, Style)>) -> Line {
    let segment = |(text, style)| Segment { text, style };
    Line {
        depth,
        segments: segments.into_iter().map(segment).collect(),
    }
}

fn heading(review: &Review, changes: Option<&Changes>) -> Line {
    let what = match (review.kind, changes) {
        (ChangeSetKind::Create, _) => {
            let number = review.changes.len();
            format!(
                ": a new stack, {}",
                crate::terminal::count(number, "resource")
            )
        }
        (ChangeSetKind::Update, Some(changes)) if !changes.is_empty() => {
            format!(": {}", render::summary(changes))
        }
        (ChangeSetKind::Update, _) => {
            let number = review.changes.len();
            format!(": {}", crate::terminal::count(number, "change"))
        }
    };
    line(
        0,
        [(review.stack.clone(), Style::Heading), (what, Style::Plain)],
    )
}

/// Our own reading.
fn own(review: &Review, changes: &Changes) -> Vec<Line> {
    let created: Vec<_> = changes
        .resources()
        .map(|it| it.1)
        .filter(|it| it.action == Action::Create)
        .collect();
    if review.kind == ChangeSetKind::Create && created.len() > EACH {
        let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for it in created {
            kinds.entry(&it.kind).or_default().push(&it.id);
        }
        return kinds
            .into_iter()
            .map(|(kind, ids)| {
                let number = match ids.len() {
                    1 => String::new(),
                    more => format!(" ×{more}"),
                };
                let more = ids.len().saturating_sub(4);
                let mut names = ids[..ids.len() - more].join(", ");
                if more > 0 {
                    names.push_str(&format!(" and {more} more"));
                }
                line(
                    1,
                    [
                        ("+ ".to_owned(), Style::Added),
                        (kind.to_owned(), Style::Plain),
                        (number, Style::Name),
                        (format!("  {names}"), Style::Faint),
                    ],
                )
            })
            .collect();
    }
    // The summary and the stack's name are in the heading.
    render::lines(changes).into_iter().skip(3).collect()
}

/// Deeper by one step, without the empty line before.
fn inner(lines: Vec<Line>) -> impl Iterator<Item = Line> {
    let deeper = |it: Line| Line {
        depth: it.depth + 1,
        ..it
    };
    lines.into_iter().skip(1).map(deeper)
}

fn lost(changes: &Changes) -> impl Iterator<Item = String> {
    let lost = changes.resources().filter(|it| it.1.loses_data());
    lost.map(|it| it.1.id.clone())
}

/// Parameters that are given something else than before.
fn parameters(review: &Review) -> Vec<Line> {
    let mut lines = Vec::new();
    for (name, value) in &review.parameters {
        let before = review.deployed_parameters.get(name);
        let text = match (before, value.as_str()) {
            (_, "(as before)") => continue,
            (Some(_), "****") => "given anew, hidden".to_owned(),
            (None, "****") => "hidden".to_owned(),
            (Some(before), value) if before == value => continue,
            (Some(before), value) => format!("{before} → {value}"),
            (None, value) => value.to_owned(),
        };
        lines.push(line(
            1,
            [
                ("parameter ".to_owned(), Style::Faint),
                (name.clone(), Style::Name),
                (format!(": {text}"), Style::Plain),
            ],
        ));
    }
    lines
}

/// A change as AWS says it.
fn of_aws(change: &ResourceChange) -> Line {
    let (sign, style, word) = match (&change.action, change.replacement) {
        (ChangeAction::Add, _) => ("+", Style::Added, "added".to_owned()),
        (ChangeAction::Remove, _) => ("-", Style::Removed, "removed".to_owned()),
        (ChangeAction::Modify, Replacement::Never) => ("~", Style::Changed, "updated".to_owned()),
        (ChangeAction::Modify, Replacement::Conditional) => {
            ("±", Style::Danger, "may be replaced".to_owned())
        }
        (ChangeAction::Modify, Replacement::Always) => ("±", Style::Danger, "replaced".to_owned()),
        (ChangeAction::Import, _) => ("+", Style::Added, "taken in".to_owned()),
        (ChangeAction::Dynamic, _) => ("~", Style::Changed, "known when it runs".to_owned()),
        (ChangeAction::Sync, _) => ("~", Style::Faint, "written down as it is".to_owned()),
        (ChangeAction::Unknown(it), _) => ("?", Style::Danger, it.clone()),
    };
    line(
        1,
        [
            (format!("{sign} "), style),
            (change.logical_id.clone(), Style::Name),
            (format!(" {} ", change.kind), Style::Plain),
            (word, style),
        ],
    )
}

/// Where AWS says something else than we do.
fn differences(review: &Review, changes: &Changes) -> Vec<Line> {
    let ours: BTreeMap<&str, Action> = changes
        .resources()
        .map(|it| (it.1.id.as_str(), it.1.action))
        .collect();
    let mut lines = Vec::new();
    let mut say = |text: String, style| {
        lines.push(line(1, [("AWS: ".to_owned(), Style::Faint), (text, style)]))
    };
    for change in &review.changes {
        let id = &change.logical_id;
        let replaced = match change.replacement {
            Replacement::Never => None,
            Replacement::Conditional => Some("may be replaced"),
            Replacement::Always => Some("is replaced"),
        };
        match (ours.get(id.as_str()), &change.action) {
            (_, ChangeAction::Add | ChangeAction::Import | ChangeAction::Sync) => (),
            (Some(Action::Remove | Action::Replace | Action::MayReplace), _) => (),
            (Some(_), ChangeAction::Remove) => {
                say(format!("`{id}` is removed"), Style::Danger);
            }
            (Some(_), _) => {
                if let Some(word) = replaced {
                    say(format!("`{id}` {word}{}", causes(change)), Style::Danger);
                }
            }
            (None, ChangeAction::Remove) => {
                say(
                    format!("`{id}` ({}) is removed", change.kind),
                    Style::Danger,
                );
            }
            (None, ChangeAction::Modify | ChangeAction::Dynamic | ChangeAction::Unknown(_)) => {
                let (word, style) = match replaced {
                    Some(word) => (word, Style::Danger),
                    None => ("is updated too", Style::Changed),
                };
                say(
                    format!("`{id}` ({}) {word}{}", change.kind, causes(change)),
                    style,
                );
            }
        }
    }
    if !review.incomplete.is_empty() {
        let names = review.incomplete.join("`, `");
        say(
            format!("values of `{names}` are not known before it runs"),
            Style::Changed,
        );
    }
    lines
}

/// Which properties make it so.
fn causes(change: &ResourceChange) -> String {
    let property = |path: &str| {
        let path = path.trim_start_matches('/').replace('/', ".");
        let path = path.strip_prefix("Properties.").unwrap_or(&path).to_owned();
        match hides(&change.kind, &path) {
            true => format!("{path} (hidden)"),
            false => path,
        }
    };
    let names: BTreeSet<String> = change
        .properties
        .iter()
        .map(|it| property(&it.path))
        .collect();
    let names: Vec<String> = names.into_iter().take(4).collect();
    match names.is_empty() {
        true => String::new(),
        false => format!(" because of {}", names.join(", ")),
    }
}

fn notes(review: &Review) -> Vec<Line> {
    let mut lines = Vec::new();
    if !review.capabilities.is_empty() {
        let all: Vec<&str> = review.capabilities.iter().map(String::as_str).collect();
        let text = format!("grants {}", all.join(", "));
        lines.push(line(1, [(text, Style::Faint)]));
    }
    let text = format!("waited for at most {}", seconds(review.bound));
    lines.push(line(1, [(text, Style::Faint)]));
    lines
}
