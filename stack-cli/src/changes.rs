//! Changes as programs read them, and what is said of the deployments that follow.

use schemars::JsonSchema;
use serde::Serialize;
use stack_review::diff::render::{Line, Segment, Style};
use stack_review::diff::{
    Action, ChangeKind, Changes, Direction, Effect, Fate, HazardKind, PropertyChange,
    ResourceChange, SectionChange, StackFate,
};
use stack_review::network::Shift;
use stack_review::rollout::{Outcome, Simulation};

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Stack<'a> {
    /// Empty for a template alone.
    name: &'a str,
    /// `stays`, `created` or `deleted`.
    fate: &'static str,
    /// The most dangerous first.
    resources: Vec<Resource<'a>>,
    /// Parameters, outputs, conditions and the rest of the template.
    sections: Vec<Section<'a>>,
    hazards: Vec<Hazard<'a>>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Resource<'a> {
    /// The logical id.
    id: &'a str,
    /// The resource type.
    #[serde(rename = "type")]
    kind: &'a str,
    /// `note`, `create`, `update`, `interrupt`, `may-replace`, `replace` or `remove`.
    action: &'static str,
    /// Whether that happens for certain, where the resource is there.
    certain: bool,
    /// What it depends on whether the resource is there.
    conditions: &'a [String],
    /// What becomes of what is deployed: `retained`, `snapshotted` or `deleted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    fate: Option<&'static str>,
    properties: Vec<Property<'a>>,
    /// What changes beside the properties.
    attributes: Vec<Property<'a>>,
    /// Why it is replaced, from the resource itself to the change that began it.
    chain: Vec<Link<'a>>,
    /// The logical id under which it is deployed now, when only that seems to change.
    #[serde(skip_serializing_if = "Option::is_none")]
    moved_from: Option<Moved<'a>>,
    hazards: Vec<Hazard<'a>>,
    /// What is allowed that was not, and the other way round.
    security: Vec<Security<'a>>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Property<'a> {
    /// Where: `ContainerDefinitions[web].Image`.
    path: &'a str,
    /// `added`, `removed`, `changed`, `moved` or `follows`.
    change: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'a str>,
    /// What it depends on whether it changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    when: Option<&'a str>,
    /// `none`, `update`, `interrupt`, `may-replace` or `replace`.
    effect: &'static str,
    /// What the effect depends on.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'a str>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Link<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    stack: Option<&'a str>,
    resource: &'a str,
    property: &'a str,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Moved<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    stack: Option<&'a str>,
    id: &'a str,
    /// How much of it stays the same, in percent.
    likeness: usize,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Hazard<'a> {
    /// `data-loss`, `refused`, `name-collision`, `export-in-use`, `controlled` or `unprotected`.
    kind: &'static str,
    message: &'a str,
    repair: &'a str,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Security<'a> {
    /// `broadened` or `narrowed`.
    direction: &'static str,
    what: &'a str,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Section<'a> {
    section: &'a str,
    path: &'a str,
    change: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    when: Option<&'a str>,
}

/// The changes of each stack.
pub(crate) fn stacks(changes: &Changes) -> Vec<Stack<'_>> {
    changes
        .stacks
        .iter()
        .map(|it| Stack {
            name: &it.name,
            fate: match it.fate {
                StackFate::Stays => "stays",
                StackFate::Created => "created",
                StackFate::Deleted => "deleted",
            },
            resources: it.resources.iter().map(Resource::of).collect(),
            sections: it.sections.iter().map(Section::of).collect(),
            hazards: it.hazards.iter().map(Hazard::of).collect(),
        })
        .collect()
}

impl<'a> Resource<'a> {
    fn of(it: &'a ResourceChange) -> Resource<'a> {
        Resource {
            id: &it.id,
            kind: &it.kind,
            action: match it.action {
                Action::Note => "note",
                Action::Create => "create",
                Action::Update => "update",
                Action::Interrupt => "interrupt",
                Action::MayReplace => "may-replace",
                Action::Replace => "replace",
                Action::Remove => "remove",
            },
            certain: it.certain,
            conditions: &it.conditions,
            fate: it.fate.map(|it| match it {
                Fate::Retained => "retained",
                Fate::Snapshotted => "snapshotted",
                Fate::Deleted => "deleted",
            }),
            properties: it.properties.iter().map(Property::of).collect(),
            attributes: it.attributes.iter().map(Property::of).collect(),
            chain: it
                .chain
                .iter()
                .map(|it| Link {
                    stack: it.stack.as_deref(),
                    resource: &it.resource,
                    property: &it.property,
                })
                .collect(),
            moved_from: it.moved_from.as_ref().map(|it| Moved {
                stack: it.stack.as_deref(),
                id: &it.id,
                likeness: it.likeness,
            }),
            hazards: it.hazards.iter().map(Hazard::of).collect(),
            security: it
                .security
                .iter()
                .map(|it| Security {
                    direction: match it.direction {
                        Direction::Broadened => "broadened",
                        Direction::Narrowed => "narrowed",
                    },
                    what: &it.what,
                })
                .collect(),
        }
    }
}

impl<'a> Property<'a> {
    fn of(it: &'a PropertyChange) -> Property<'a> {
        Property {
            path: &it.path,
            change: word(it.kind),
            before: it.before.as_deref(),
            after: it.after.as_deref(),
            when: it.when.as_deref(),
            effect: match it.effect {
                Effect::None => "none",
                Effect::Update => "update",
                Effect::Interrupt => "interrupt",
                Effect::MayReplace => "may-replace",
                Effect::Replace => "replace",
            },
            because: it.because.as_deref(),
        }
    }
}

impl<'a> Hazard<'a> {
    fn of(it: &'a stack_review::diff::Hazard) -> Hazard<'a> {
        Hazard {
            kind: match it.kind {
                HazardKind::DataLoss => "data-loss",
                HazardKind::Refused => "refused",
                HazardKind::NameCollision => "name-collision",
                HazardKind::ExportInUse => "export-in-use",
                HazardKind::Controlled => "controlled",
                HazardKind::Unprotected => "unprotected",
            },
            message: &it.message,
            repair: &it.repair,
        }
    }
}

impl<'a> Section<'a> {
    fn of(it: &'a SectionChange) -> Section<'a> {
        Section {
            section: &it.section,
            path: &it.path,
            change: word(it.kind),
            before: it.before.as_deref(),
            after: it.after.as_deref(),
            when: it.when.as_deref(),
        }
    }
}

fn word(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Added => "added",
        ChangeKind::Removed => "removed",
        ChangeKind::Changed => "changed",
        ChangeKind::Moved => "moved",
        ChangeKind::Follows => "follows",
    }
}

/// A connection that becomes possible or impossible.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Shifted {
    /// Who begins, whom it wants, on which port.
    connection: String,
    /// `reachable`, `sometimes`, `blocked`, `unknown`, or `absent` where an end was not there.
    before: &'static str,
    after: &'static str,
}

impl Shifted {
    pub(crate) fn of(it: &Shift) -> Shifted {
        Shifted {
            connection: it.question.to_string().replace('`', ""),
            before: it.before,
            after: it.after,
        }
    }
}

/// A line for each connection, under a heading.
pub(crate) fn of_shifts(shifts: &[Shift]) -> Vec<Line> {
    let line = |depth, segments| Line { depth, segments };
    let segment = |text: String, style| Segment { text, style };
    let mut lines = Vec::new();
    if shifts.is_empty() {
        return lines;
    }
    lines.push(line(0, vec![segment(String::new(), Style::Plain)]));
    lines.push(line(
        0,
        vec![segment("reachability".to_owned(), Style::Heading)],
    ));
    for it in shifts {
        let style = match it.after {
            "reachable" | "sometimes" => Style::Danger,
            _ => Style::Changed,
        };
        lines.push(line(
            1,
            vec![
                segment(format!("{}: {} → ", it.question, it.before), Style::Plain),
                segment(it.after.to_owned(), style),
            ],
        ));
    }
    lines
}

/// The same for a pull request.
pub(crate) fn shifts_in_markdown(shifts: &[Shift]) -> String {
    if shifts.is_empty() {
        return String::new();
    }
    let lines = shifts
        .iter()
        .map(|it| format!("- {}: {} → **{}**\n", it.question, it.before, it.after));
    let lines: String = lines.collect();
    format!("\n#### Reachability\n\n{lines}")
}

type Deployed = (String, String, Simulation);

/// A line for each deployment, under a heading.
pub(crate) fn of_deployments(deployments: &[Deployed]) -> Vec<Line> {
    let line = |depth, segments| Line { depth, segments };
    let segment = |text: &str, style| Segment {
        text: text.to_owned(),
        style,
    };
    let mut lines = Vec::new();
    if deployments.is_empty() {
        return lines;
    }
    lines.push(line(0, vec![segment("", Style::Plain)]));
    lines.push(line(0, vec![segment("deployments", Style::Heading)]));
    for it in deployments {
        let (text, style) = told(&it.2);
        lines.push(line(
            1,
            vec![
                segment(&name(it), Style::Name),
                segment(": ", Style::Plain),
                segment(&text, style),
            ],
        ));
    }
    lines
}

/// The same for a pull request.
pub(crate) fn deployments_in_markdown(deployments: &[Deployed]) -> String {
    if deployments.is_empty() {
        return String::new();
    }
    let lines = deployments.iter().map(|it| {
        let mark = match it.2.outcome {
            Outcome::Deadlocks { .. } => "**stuck**: ",
            _ => "",
        };
        format!("- `{}`: {mark}{}\n", name(it), told(&it.2).0)
    });
    let lines: String = lines.collect();
    format!("\n#### Deployments\n\n{lines}")
}

fn name((stack, service, _): &Deployed) -> String {
    match stack.as_str() {
        "" => service.clone(),
        stack => format!("{stack}/{service}"),
    }
}

fn told(simulation: &Simulation) -> (String, Style) {
    match &simulation.outcome {
        Outcome::Deadlocks { why, repairs, .. } => {
            let repairs: Vec<String> = repairs.iter().map(ToString::to_string).collect();
            let any = match repairs.is_empty() {
                true => String::new(),
                false => format!("; any of: {}", repairs.join(", ")),
            };
            (format!("never finishes: {why}{any}"), Style::Danger)
        }
        Outcome::Finishes { .. } => {
            let all = simulation.to_string();
            let line = all.lines().find(|it| it.starts_with("finishes"));
            (line.unwrap_or("finishes").to_owned(), Style::Plain)
        }
        Outcome::Unknown { reason } => (reason.clone(), Style::Faint),
    }
}
