//! [`diagnose`]: from all that was said to one cause.

use crate::api::StackEvent;
use crate::classify::{Reason, classify_reason};
use crate::diagnose::place::Place;
use crate::diagnose::repair;
use crate::diagnose::tasks::{Death, deaths};
use crate::diagnose::{Cause, recognise};
use crate::engine::{End, Failure, Outcome};
use crate::observe::Dossier;
use crate::time::Time;

/// How many lines of evidence are kept of one source.
const MOST: usize = 4;

/// What is known when an operation did not succeed.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    /// How it ended.
    pub outcome: &'a Outcome,
    /// All events of the operation that were seen.
    pub events: &'a [StackEvent],
    /// What was seen of its services.
    pub dossiers: &'a [Dossier],
    /// Its region, for commands; empty when it is not known.
    pub region: &'a str,
    /// The line of the program that made a resource, by its logical id.
    pub line: &'a dyn Fn(&str) -> Option<String>,
}

impl std::fmt::Debug for Case<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Case").finish_non_exhaustive()
    }
}

/// How sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// AWS says so of this very resource, or of each of its tasks.
    Known,
    /// It happened to the resource meanwhile, and explains it.
    Likely,
    /// AWS's words are shown as they are.
    Unknown,
}

impl std::fmt::Display for Certainty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Certainty::Known => "known",
            Certainty::Likely => "likely",
            Certainty::Unknown => "unknown",
        })
    }
}

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// CloudFormation.
    Stack,
    /// ECS, of a service.
    Service,
    /// ECS, of a task.
    Task,
    /// Elastic Load Balancing, of a target.
    Target,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Source::Stack => "stack",
            Source::Service => "service",
            Source::Task => "task",
            Source::Target => "target",
        })
    }
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// When, by the clock of AWS.
    pub time: Option<Time>,
    /// Who.
    pub source: Source,
    /// Of which resource: `Shop/ApiService`.
    pub place: String,
    /// In AWS's words.
    pub text: String,
    /// How often.
    pub times: usize,
}

/// What can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextStep {
    /// What for, or what itself.
    pub what: String,
    /// A command for a shell.
    pub command: Option<String>,
}

/// Why an operation failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The resource: its stack, `Shop`.
    pub stack: String,
    /// Its logical id; empty for the stack itself.
    pub logical_id: String,
    /// Its type; empty when it is not known.
    pub kind: String,
    /// The line of the program that made it.
    pub line: Option<String>,
    /// What is wrong; none when that is not known.
    pub cause: Option<Cause>,
    /// One sentence: what is wrong with which resource. When it is not known, AWS's words.
    pub sentence: String,
    /// How sure it is.
    pub certainty: Certainty,
    /// What it is taken from, oldest first, and what still is so last.
    pub evidence: Vec<Evidence>,
    /// What can be done, the best first.
    pub next: Vec<NextStep>,
}

/// A cause that was found, and where.
struct Found {
    cause: Cause,
    certainty: Certainty,
    death: Option<Death>,
}

/// Why the operation did not succeed. None when it did, and when it was refused, interrupted,
/// skipped or met somebody else's operation: those ends say why themselves.
pub fn diagnose(case: &Case<'_>) -> Option<Diagnosis> {
    let why = match &case.outcome.end {
        End::Failed(why) | End::RolledBack { why, .. } | End::NeedsOperator { why, .. } => why,
        End::Unknown(why) => {
            // It is still under way, or nobody knows: only what is at work can be told.
            return waiting(case, why);
        }
        End::Done(_)
        | End::Started
        | End::Refused(_)
        | End::Busy { .. }
        | End::Overtaken(_)
        | End::Interrupted
        | End::Skipped { .. } => return None,
    };
    let Some(failure) = root(case) else {
        return Some(of_stack(case, why));
    };
    let dossier = dossier(case, &failure.logical_id);
    let said = recognise(&failure.reason);
    let found = match said {
        Some(cause) if !cause.is_echo() => Some(Found {
            cause,
            certainty: Certainty::Known,
            death: None,
        }),
        echo => dossier.and_then(of_service).or_else(|| {
            echo.map(|cause| Found {
                cause,
                certainty: Certainty::Known,
                death: None,
            })
        }),
    };
    Some(assemble(case, &failure, dossier, found))
}

/// The first failure that is not only the end of others.
fn root(case: &Case<'_>) -> Option<Failure> {
    if let Some(first) = case.outcome.failures.first() {
        return Some(first.clone());
    }
    // Somebody who resumed an operation has its events alone.
    let event = case.events.iter().find(|it| {
        let reason = it.reason.as_deref().unwrap_or_default();
        it.status.ends_with("_FAILED")
            && !it.is_of_stack()
            && classify_reason(reason) != Reason::Cancelled
    })?;
    Some(Failure {
        logical_id: event.logical_id.clone(),
        physical_id: event.physical_id.clone(),
        kind: event.kind.clone(),
        status: event.status.clone(),
        reason: event.reason.clone().unwrap_or_default(),
        time: event.time,
    })
}

fn dossier<'a>(case: &Case<'a>, logical_id: &str) -> Option<&'a Dossier> {
    case.dossiers.iter().find(|it| it.logical_id == logical_id)
}

/// What is behind the failure of a service: what its tasks died of, else what ECS says of it, else
/// what its targets say.
fn of_service(dossier: &Dossier) -> Option<Found> {
    let deaths = deaths(dossier);
    let understood: usize = deaths
        .iter()
        .filter(|it| it.cause.is_some())
        .map(|it| it.tasks)
        .sum();
    let mut found = deaths.into_iter().find_map(|death| {
        let cause = death.cause.clone().filter(|it| !it.is_echo())?;
        Some(Found {
            cause,
            certainty: match death.tasks == understood {
                true => Certainty::Known,
                false => Certainty::Likely,
            },
            death: Some(death),
        })
    });
    // Why targets fail their checks, the task does not say.
    if let Some(it) = &mut found
        && matches!(&it.cause, Cause::TargetUnhealthy { why } if why.is_empty())
        && let Some(why) = unhealthy_because(dossier)
    {
        it.cause = Cause::TargetUnhealthy { why };
    }
    found
        .or_else(|| {
            // The newest word counts: what was in the way before may be gone.
            let said = dossier.events.iter().rev();
            let mut causes = said.filter_map(|it| recognise(&it.message));
            causes.find(|it| !it.is_echo()).map(likely)
        })
        .or_else(|| {
            let why = unhealthy_because(dossier)?;
            Some(likely(Cause::TargetUnhealthy { why }))
        })
}

fn likely(cause: Cause) -> Found {
    Found {
        cause,
        certainty: Certainty::Likely,
        death: None,
    }
}

/// What is said of targets that fail their checks.
fn unhealthy_because(dossier: &Dossier) -> Option<String> {
    let said = dossier
        .events
        .iter()
        .rev()
        .find_map(|it| match recognise(&it.message) {
            Some(Cause::TargetUnhealthy { why }) if !why.is_empty() => Some(why),
            _ => None,
        });
    said.or_else(|| {
        let mut targets = dossier.targets.values().flatten();
        let target = targets.find(|it| it.state == "unhealthy")?;
        let why = [&target.description, &target.reason];
        why.into_iter().find(|it| !it.is_empty()).cloned()
    })
}

fn assemble(
    case: &Case<'_>,
    failure: &Failure,
    dossier: Option<&Dossier>,
    found: Option<Found>,
) -> Diagnosis {
    let place = Place {
        stack: case.outcome.stack.clone(),
        logical_id: failure.logical_id.clone(),
        kind: failure.kind.clone(),
        line: (case.line)(&failure.logical_id),
    };
    let mut evidence = vec![Evidence {
        time: Some(failure.time),
        source: Source::Stack,
        place: place.to_string(),
        text: failure.reason.clone(),
        times: 1,
    }];
    if let Some(dossier) = dossier {
        evidence.extend(seen(dossier, &place.to_string()));
    }
    for other in case.outcome.failures.iter().skip(1).take(MOST) {
        evidence.push(Evidence {
            time: Some(other.time),
            source: Source::Stack,
            place: format!("{}/{}", place.stack, other.logical_id),
            text: other.reason.clone(),
            times: 1,
        });
    }
    evidence.sort_by_key(|it| (it.time.is_none(), it.time));
    let (sentence, certainty) = match &found {
        Some(it) => (
            format!("`{}` failed: {}", place.logical_id, it.cause),
            it.certainty,
        ),
        None => (
            verbatim(&place.logical_id, &failure.reason),
            Certainty::Unknown,
        ),
    };
    let death = found.as_ref().and_then(|it| it.death.clone());
    let cause = found.map(|it| it.cause);
    let next = repair::next(
        case,
        &place,
        cause.as_ref(),
        dossier,
        death.as_ref(),
        &failure.physical_id,
    );
    diagnosis(place, cause, sentence, certainty, evidence, next)
}

fn diagnosis(
    place: Place,
    cause: Option<Cause>,
    sentence: String,
    certainty: Certainty,
    evidence: Vec<Evidence>,
    next: Vec<NextStep>,
) -> Diagnosis {
    Diagnosis {
        stack: place.stack,
        logical_id: place.logical_id,
        kind: place.kind,
        line: place.line,
        cause,
        sentence,
        certainty,
        evidence,
        next,
    }
}

/// What is not understood, as it was said.
fn verbatim(logical_id: &str, text: &str) -> String {
    match text.trim() {
        "" => format!("`{logical_id}` failed, and AWS does not say why"),
        text => format!("`{logical_id}` failed: {text}"),
    }
}

/// What was seen of a service that speaks of trouble.
fn seen(dossier: &Dossier, place: &str) -> Vec<Evidence> {
    let mut all = Vec::new();
    for death in deaths(dossier).into_iter().take(MOST) {
        let of = match &death.container {
            Some(container) => format!("{place} (container {container})"),
            None => place.to_owned(),
        };
        let text = match &death.cause {
            Some(Cause::Exited {
                code: Some(code), ..
            }) => format!("{} (exit code {code})", death.text),
            _ => death.text,
        };
        all.push(Evidence {
            time: death.time,
            source: Source::Task,
            place: of,
            text,
            times: death.tasks,
        });
    }
    let troubles = dossier.events.iter().rev();
    let troubles = troubles.filter(|it| recognise(&it.message).is_some());
    all.extend(troubles.take(MOST).map(|it| Evidence {
        time: Some(it.time),
        source: Source::Service,
        place: place.to_owned(),
        text: it.message.clone(),
        times: 1,
    }));
    let targets = dossier.targets.values().flatten();
    let unhealthy = targets.filter(|it| it.state == "unhealthy");
    all.extend(unhealthy.take(MOST).map(|it| {
        Evidence {
            time: None,
            source: Source::Target,
            place: format!("{place} ({}:{})", it.id, it.port),
            text: [it.reason.as_str(), it.description.as_str()]
                .into_iter()
                .filter(|it| !it.is_empty())
                .collect::<Vec<_>>()
                .join(": "),
            times: 1,
        }
    }));
    all
}

/// A failure of no resource: the stack itself, or what came before its resources.
fn of_stack(case: &Case<'_>, why: &str) -> Diagnosis {
    let place = Place {
        stack: case.outcome.stack.clone(),
        ..Place::default()
    };
    let cause = recognise(why);
    let certainty = match cause {
        Some(_) => Certainty::Known,
        None => Certainty::Unknown,
    };
    let sentence = match (&cause, why.trim()) {
        (Some(cause), _) => format!("`{}` failed: {cause}", place.stack),
        (None, why) => verbatim(&place.stack, why),
    };
    let evidence = vec![Evidence {
        time: None,
        source: Source::Stack,
        place: place.stack.clone(),
        text: why.to_owned(),
        times: 1,
    }];
    let next = repair::next(case, &place, cause.as_ref(), None, None, "");
    diagnosis(place, cause, sentence, certainty, evidence, next)
}

/// An operation that nobody saw the end of: what it was waiting for, when that is known.
fn waiting(case: &Case<'_>, why: &str) -> Option<Diagnosis> {
    let dossier = case.dossiers.iter().find(|it| is_stuck(it))?;
    let found = of_service(dossier)?;
    let place = Place {
        stack: case.outcome.stack.clone(),
        logical_id: dossier.logical_id.clone(),
        kind: "AWS::ECS::Service".to_owned(),
        line: (case.line)(&dossier.logical_id),
    };
    let mut evidence = vec![Evidence {
        time: None,
        source: Source::Stack,
        place: place.stack.clone(),
        text: why.to_owned(),
        times: 1,
    }];
    evidence.extend(seen(dossier, &place.to_string()));
    evidence.sort_by_key(|it| (it.time.is_none(), it.time));
    let sentence = format!("`{}` does not get ready: {}", place.logical_id, found.cause);
    let next = repair::next(
        case,
        &place,
        Some(&found.cause),
        Some(dossier),
        found.death.as_ref(),
        "",
    );
    // What is seen of it now need not be how it ends.
    let cause = Some(found.cause);
    Some(diagnosis(
        place,
        cause,
        sentence,
        Certainty::Likely,
        evidence,
        next,
    ))
}

/// Whether a service was last seen without all that it is to run.
fn is_stuck(dossier: &Dossier) -> bool {
    let Some(service) = &dossier.service else {
        return false;
    };
    let primary = service.primary();
    primary.is_some_and(|it| it.running < it.desired || it.failed > 0)
        || dossier.targets().is_some_and(|it| it.healthy < it.wanted())
}
