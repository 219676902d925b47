//! [`verify`]: whether ECS runs what a stack that is done says.
//!
//! CloudFormation can call an update complete whose deployment ECS rolled back. So after a success
//! the services are asked: each must run the task definition of the stack, and have finished.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use serde_json::Value;

use crate::api::{ApiError, Request, Response};
use crate::cloudformation::CloudFormation;
use crate::ecs::{Ecs, Service};
use crate::observe::ServicePlace;

/// Between two looks at services whose deployment is not over, and how many.
const PAUSE: Duration = Duration::from_secs(5);
const LOOKS: u32 = 12;
/// More pages than a stack can have resources.
const MOST_PAGES: usize = 50;

/// What a service of a stack is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Its logical id.
    pub logical_id: String,
    /// Where it is.
    pub place: ServicePlace,
    /// The task definition: an ARN, or `family:revision`.
    pub task_definition: String,
}

/// A reason to doubt that a service is what its stack says. A warning: the stack is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// It runs something else: most likely ECS rolled its deployment back.
    AnotherTaskDefinition {
        /// The service's logical id.
        logical_id: String,
        /// What it is to run.
        expected: String,
        /// What it runs.
        runs: String,
    },
    /// Its deployment is not over, or failed.
    NotCompleted {
        /// The service's logical id.
        logical_id: String,
        /// `IN_PROGRESS` or `FAILED`, in AWS's words.
        rollout: String,
        /// ECS's words on that.
        reason: String,
    },
    /// It could not be looked at.
    NotSeen {
        /// The service's logical id; empty when that concerns all.
        logical_id: String,
        /// Why.
        why: String,
    },
}

impl Doubt {
    /// Whether another look can clear it.
    pub fn is_passing(&self) -> bool {
        matches!(self, Doubt::NotCompleted { rollout, .. } if rollout == "IN_PROGRESS")
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Doubt::AnotherTaskDefinition {
                logical_id,
                expected,
                runs,
            } => write!(
                f,
                "`{logical_id}` runs `{}`, and the stack says `{}`: most likely ECS rolled its deployment back",
                short(runs),
                short(expected)
            ),
            Doubt::NotCompleted {
                logical_id,
                rollout,
                reason,
            } => {
                write!(f, "the deployment of `{logical_id}` is {rollout}")?;
                match reason.is_empty() {
                    true => Ok(()),
                    false => write!(f, ": {reason}"),
                }
            }
            Doubt::NotSeen { logical_id, why } if logical_id.is_empty() => {
                write!(f, "nobody could see whether the services run: {why}")
            }
            Doubt::NotSeen { logical_id, why } => {
                write!(f, "nobody could see whether `{logical_id}` runs: {why}")
            }
        }
    }
}

/// `family:revision` of a task definition's ARN.
pub(crate) fn short(task_definition: &str) -> &str {
    let found = task_definition.rsplit_once("task-definition/");
    found.map_or(task_definition, |it| it.1)
}

/// What the services of a template are to run, given the physical ids of its resources. Services
/// whose deployments ECS does not do, and those whose task definition is not said by the template
/// itself, are left out.
pub fn expected(template: &str, physical: &BTreeMap<String, String>) -> Vec<Expected> {
    let template: Value = serde_json::from_str(template).unwrap_or_default();
    let Some(resources) = template.get("Resources").and_then(Value::as_object) else {
        return Vec::new();
    };
    let mut all: Vec<Expected> = resources
        .iter()
        .filter(|(_, it)| it["Type"] == "AWS::ECS::Service")
        .filter_map(|(id, it)| {
            let properties = &it["Properties"];
            let controller = &properties["DeploymentController"]["Type"];
            if !(controller.is_null() || controller == "ECS") {
                return None;
            }
            let definition = &properties["TaskDefinition"];
            let task_definition = match (definition.as_str(), definition["Ref"].as_str()) {
                (Some(literal), _) => literal.to_owned(),
                (None, Some(other)) => physical.get(other)?.clone(),
                (None, None) => return None,
            };
            Some(Expected {
                logical_id: id.clone(),
                place: ServicePlace::of(physical.get(id)?)?,
                task_definition,
            })
        })
        .collect();
    all.sort_by(|a, b| a.logical_id.cmp(&b.logical_id));
    all
}

/// Asks ECS once whether `services` (logical ids) of a stack (its ARN) run what its template says:
/// those that the operation touched. A service that it did not touch may run what somebody rolled
/// out since. Nothing that goes wrong here is more than a doubt.
pub fn verify(
    stack: &str,
    template: &str,
    services: &BTreeSet<String>,
    cloudformation: &dyn CloudFormation,
    ecs: &dyn Ecs,
) -> Vec<Doubt> {
    // Most operations touch no service: then nobody is asked.
    if services.is_empty() {
        return Vec::new();
    }
    match physical_ids(stack, cloudformation) {
        Ok(physical) => {
            let mut expected = expected(template, &physical);
            expected.retain(|it| services.contains(&it.logical_id));
            look(&expected, ecs)
        }
        Err(error) => vec![Doubt::NotSeen {
            logical_id: String::new(),
            why: error.to_string(),
        }],
    }
}

/// As [`verify`], and again for up to a minute while deployments are about to end. `sleep` waits,
/// and says whether to go on.
pub fn verify_until(
    stack: &str,
    template: &str,
    services: &BTreeSet<String>,
    cloudformation: &dyn CloudFormation,
    ecs: &dyn Ecs,
    sleep: &mut dyn FnMut(Duration) -> bool,
) -> Vec<Doubt> {
    let mut doubts = verify(stack, template, services, cloudformation, ecs);
    for _ in 1..LOOKS {
        let passing = !doubts.is_empty() && doubts.iter().all(Doubt::is_passing);
        if !passing || !sleep(PAUSE) {
            break;
        }
        doubts = verify(stack, template, services, cloudformation, ecs);
    }
    doubts
}

fn physical_ids(
    stack: &str,
    cloudformation: &dyn CloudFormation,
) -> Result<BTreeMap<String, String>, ApiError> {
    let mut ids = BTreeMap::new();
    let mut next = None;
    for _ in 0..MOST_PAGES {
        let request = Request::ListStackResources {
            stack: stack.to_owned(),
            next,
        };
        let Response::Resources(page) = cloudformation.call(&request)? else {
            return Err(ApiError::malformed("another answer than was asked for"));
        };
        for it in page.resources {
            if let Some(physical) = it.physical_id {
                ids.insert(it.logical_id, physical);
            }
        }
        next = page.next;
        if next.is_none() {
            return Ok(ids);
        }
    }
    Err(ApiError::malformed("the pages of resources do not end"))
}

fn look(expected: &[Expected], ecs: &dyn Ecs) -> Vec<Doubt> {
    let mut clusters: BTreeMap<&str, Vec<&Expected>> = BTreeMap::new();
    for it in expected {
        clusters.entry(&it.place.cluster).or_default().push(it);
    }
    let mut doubts = Vec::new();
    for (cluster, all) in clusters {
        for some in all.chunks(10) {
            let names: Vec<String> = some.iter().map(|it| it.place.arn.clone()).collect();
            match ecs.services(cluster, &names) {
                Ok(services) => doubts.extend(some.iter().filter_map(|it| doubt(it, &services))),
                Err(error) => doubts.extend(some.iter().map(|it| Doubt::NotSeen {
                    logical_id: it.logical_id.clone(),
                    why: error.to_string(),
                })),
            }
        }
    }
    doubts
}

fn doubt(expected: &Expected, services: &[Service]) -> Option<Doubt> {
    let logical_id = expected.logical_id.clone();
    let Some(service) = services.iter().find(|it| it.arn == expected.place.arn) else {
        return Some(Doubt::NotSeen {
            logical_id,
            why: "ECS does not know it".to_owned(),
        });
    };
    // Without a primary deployment the service itself says what it is to run.
    let runs = service
        .primary()
        .map_or(&service.task_definition, |it| &it.task_definition);
    if !is_same(runs, &expected.task_definition) {
        return Some(Doubt::AnotherTaskDefinition {
            logical_id,
            expected: expected.task_definition.clone(),
            runs: runs.clone(),
        });
    }
    let primary = service.primary()?;
    let rollout = primary.rollout.as_deref()?;
    (rollout != "COMPLETED").then(|| Doubt::NotCompleted {
        logical_id,
        rollout: rollout.to_owned(),
        reason: primary.rollout_reason.clone(),
    })
}

/// Whether the ARN of what runs is what was said: an ARN, `family:revision`, or a family, which
/// stands for any revision of it.
fn is_same(runs: &str, said: &str) -> bool {
    let (runs, said) = (short(runs), short(said));
    runs == said || runs.rsplit_once(':').is_some_and(|it| it.0 == said)
}
