//! [`Record`]: what changed, for programs: one JSON object a line.

use schemars::JsonSchema;
use serde::Serialize;
use stack_deploy::diagnose::Diagnosis;
use stack_deploy::observe::Dossier;
use stack_deploy::{Time, Utc};

use super::state::{Change, Resource, What};
use super::words;

/// The version of the schema.
const SCHEMA: &str = "stack/progress.v1";

/// One line of `--progress json`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "Progress")]
pub(crate) struct Record {
    /// `stack/progress.v1`.
    schema: &'static str,
    /// When it was heard, by the clock of this machine: RFC 3339, UTC.
    time: String,
    /// The stack; missing where it is about all.
    #[serde(skip_serializing_if = "Option::is_none")]
    stack: Option<String>,
    #[serde(flatten)]
    event: Happening,
}

/// What happened.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Happening {
    /// The next step of the operation begins.
    Step {
        /// In words.
        text: String,
    },
    /// The stack has another status.
    Status {
        /// In AWS's words, such as `UPDATE_IN_PROGRESS`.
        status: String,
        /// Why, in AWS's words.
        reason: Option<String>,
    },
    /// A resource has another status.
    Resource(ResourceRecord),
    /// A service of ECS has other figures.
    Service(ServiceRecord),
    /// ECS said something of a service.
    ServiceEvent {
        /// The service's logical id.
        logical_id: String,
        /// In ECS's words.
        message: String,
        /// When ECS said it: RFC 3339, UTC.
        said: String,
    },
    /// A service cannot be observed; the operation goes on.
    Unseen {
        /// The service's logical id.
        logical_id: String,
        /// Why.
        why: String,
    },
    /// A call is made again.
    Again {
        /// AWS's name of it.
        call: String,
        /// What it came to.
        error: String,
        /// In how many seconds.
        wait: f64,
    },
    /// Worth knowing; it goes on.
    Warning {
        /// In words.
        text: String,
    },
    /// A change set is refused.
    Refused {
        /// Its ARN.
        change_set: String,
        /// How many resources it would change.
        changes: usize,
    },
    /// What is waited for, when nothing was told for a while.
    Waiting {
        /// In words.
        text: String,
    },
    /// The stack's operation is over.
    Ended {
        /// In a word: `created`, `updated`, `unchanged`, `rolled back`, …
        end: &'static str,
        /// In full.
        text: String,
        /// The exit code that says it.
        exit: u8,
        /// How long it took.
        seconds: u64,
        /// Commands of this program that go on from there.
        next: Vec<String>,
    },
    /// Why the operation failed.
    Diagnosis(DiagnosisRecord),
    /// All is over.
    Total {
        /// In words.
        text: String,
        /// The exit code.
        exit: u8,
    },
}

/// A resource.
#[derive(Debug, Serialize, JsonSchema)]
struct ResourceRecord {
    /// Its logical id.
    logical_id: String,
    /// Its type.
    #[serde(rename = "type")]
    kind: String,
    /// What it is called outside; empty while that is not known.
    physical_id: String,
    /// In AWS's words, such as `CREATE_COMPLETE`.
    status: String,
    /// Why, where that is worth reading.
    reason: Option<String>,
    /// It ended only because another failed.
    cancelled: bool,
    /// How long it took; missing while it goes on.
    seconds: Option<f64>,
    /// How many resources of the stack are done.
    done: usize,
    /// Of how many.
    planned: usize,
}

/// A service of ECS.
#[derive(Debug, Serialize, JsonSchema)]
struct ServiceRecord {
    /// Its logical id.
    logical_id: String,
    /// Its name.
    service: String,
    /// Newest first.
    deployments: Vec<DeploymentRecord>,
    /// The targets of all its groups; missing when there are none.
    targets: Option<TargetsRecord>,
}

/// A deployment of a service.
#[derive(Debug, Serialize, JsonSchema)]
struct DeploymentRecord {
    /// ECS's id.
    id: String,
    /// `PRIMARY` is the newest.
    status: String,
    /// The task definition's ARN.
    task_definition: String,
    desired: i32,
    running: i32,
    pending: i32,
    failed: i32,
    /// `IN_PROGRESS`, `COMPLETED` or `FAILED`; missing where ECS does not say.
    rollout: Option<String>,
}

/// Targets, counted.
#[derive(Debug, Serialize, JsonSchema)]
struct TargetsRecord {
    healthy: usize,
    unhealthy: usize,
    initial: usize,
    draining: usize,
    other: usize,
}

/// Why an operation failed.
#[derive(Debug, Serialize, JsonSchema)]
struct DiagnosisRecord {
    /// The resource; empty for the stack itself.
    logical_id: String,
    /// One sentence.
    cause: String,
    /// `known`, `likely` or `unknown`.
    certainty: String,
    /// The line of the program: `src/shop.rs:41`.
    line: Option<String>,
    /// What it is taken from.
    evidence: Vec<EvidenceRecord>,
    /// What can be done, the best first.
    next: Vec<NextRecord>,
}

/// Something that AWS said.
#[derive(Debug, Serialize, JsonSchema)]
struct EvidenceRecord {
    /// When, by the clock of AWS: RFC 3339, UTC.
    time: Option<String>,
    /// `stack`, `service`, `task` or `target`.
    source: String,
    /// Of what.
    place: String,
    /// In AWS's words.
    text: String,
    /// How often.
    times: usize,
}

/// What can be done.
#[derive(Debug, Serialize, JsonSchema)]
struct NextRecord {
    /// What, or what for.
    what: String,
    /// A command for a shell.
    command: Option<String>,
}

impl Record {
    fn new(time: Time, stack: Option<&str>, event: Happening) -> Record {
        Record {
            schema: SCHEMA,
            time: Utc(time).to_string(),
            stack: stack.map(str::to_owned),
            event,
        }
    }

    /// A change.
    pub(super) fn of(change: &Change) -> Record {
        Record::new(change.time, Some(&change.stack), event(&change.what))
    }

    /// What a stack waits for.
    pub(super) fn waiting(time: Time, stack: &str, text: &str) -> Record {
        let text = text.to_owned();
        Record::new(time, Some(stack), Happening::Waiting { text })
    }

    /// Why a stack failed.
    pub(super) fn diagnosis(time: Time, it: &Diagnosis) -> Record {
        let evidence = it.evidence.iter().map(|it| EvidenceRecord {
            time: it.time.map(|it| Utc(it).to_string()),
            source: it.source.to_string(),
            place: it.place.clone(),
            text: it.text.clone(),
            times: it.times,
        });
        let next = it.next.iter().map(|it| NextRecord {
            what: it.what.clone(),
            command: it.command.clone(),
        });
        let event = Happening::Diagnosis(DiagnosisRecord {
            logical_id: it.logical_id.clone(),
            cause: it.sentence.clone(),
            certainty: it.certainty.to_string(),
            line: it.line.clone(),
            evidence: evidence.collect(),
            next: next.collect(),
        });
        Record::new(time, Some(&it.stack), event)
    }

    /// The end of all.
    pub(super) fn total(time: Time, text: &str, exit: u8) -> Record {
        let text = text.to_owned();
        Record::new(time, None, Happening::Total { text, exit })
    }
}

fn event(what: &What) -> Happening {
    match what {
        What::Step(step) => Happening::Step {
            text: words::step(step),
        },
        What::Status { status, reason } => Happening::Status {
            status: status.to_string(),
            reason: reason.clone(),
        },
        What::Resource {
            logical_id,
            resource,
            done,
        } => Happening::Resource(of_resource(logical_id, resource, *done)),
        What::Service {
            logical_id,
            dossier,
        } => Happening::Service(service(logical_id, dossier)),
        What::ServiceEvent { logical_id, event } => Happening::ServiceEvent {
            logical_id: logical_id.clone(),
            message: event.message.clone(),
            said: Utc(event.time).to_string(),
        },
        What::Unseen { logical_id, why } => Happening::Unseen {
            logical_id: logical_id.clone(),
            why: why.clone(),
        },
        What::Again { call, error, wait } => Happening::Again {
            call: call.clone(),
            error: error.clone(),
            wait: wait.as_secs_f64(),
        },
        What::Warning(warning) => Happening::Warning {
            text: words::warning(warning),
        },
        What::Doubt(doubt) => Happening::Warning {
            text: doubt.to_string(),
        },
        What::Refused(review) => Happening::Refused {
            change_set: review.change_set.clone(),
            changes: review.changes.len(),
        },
        What::Ended { outcome, seconds } => Happening::Ended {
            end: words::end(&outcome.end),
            text: words::end_in_full(&outcome.end),
            exit: outcome.end.exit().code(),
            seconds: *seconds,
            next: outcome.next.clone(),
        },
    }
}

fn of_resource(logical_id: &str, it: &Resource, (done, planned): (usize, usize)) -> ResourceRecord {
    ResourceRecord {
        logical_id: logical_id.to_owned(),
        kind: it.kind.clone(),
        physical_id: it.physical_id.clone(),
        status: it.status.clone(),
        reason: it.reason.clone(),
        cancelled: it.cancelled,
        seconds: it.ended.map(|ended| ended.since(it.began).as_secs_f64()),
        done,
        planned,
    }
}

fn service(logical_id: &str, dossier: &Dossier) -> ServiceRecord {
    let service = dossier.service.as_ref();
    let deployments = service.into_iter().flat_map(|it| &it.deployments);
    let deployments = deployments.map(|it| DeploymentRecord {
        id: it.id.clone(),
        status: it.status.clone(),
        task_definition: it.task_definition.clone(),
        desired: it.desired,
        running: it.running,
        pending: it.pending,
        failed: it.failed,
        rollout: it.rollout.clone(),
    });
    ServiceRecord {
        logical_id: logical_id.to_owned(),
        service: service.map(|it| it.name.clone()).unwrap_or_default(),
        deployments: deployments.collect(),
        targets: dossier.targets().map(|it| TargetsRecord {
            healthy: it.healthy,
            unhealthy: it.unhealthy,
            initial: it.initial,
            draining: it.draining,
            other: it.other,
        }),
    }
}
