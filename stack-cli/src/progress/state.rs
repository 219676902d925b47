//! [`State`]: all stacks of a run as they are known now, folded from what is heard.

use std::collections::BTreeMap;

use stack_deploy::Time;
use stack_deploy::api::{ChangeAction, StackEvent};
use stack_deploy::ecs::ServiceEvent;
use stack_deploy::engine::{Notice, Outcome, Review, Step, Warning};
use stack_deploy::observe::{Dossier, Doubt, Observation, Sight};
use stack_deploy::{Reason, StackStatus, classify_reason};

/// All stacks of a run.
#[derive(Debug)]
pub(super) struct State {
    /// When it began.
    pub(super) began: Time,
    /// In the order in which they are shown.
    pub(super) stacks: Vec<Stack>,
}

/// A stack.
#[derive(Debug)]
pub(super) struct Stack {
    pub(super) name: String,
    /// The stacks that it waits for.
    pub(super) after: Vec<String>,
    /// When something was first heard of it.
    pub(super) began: Option<Time>,
    pub(super) step: Option<Step>,
    pub(super) status: Option<StackStatus>,
    /// How many resources are to change, as far as it is known.
    pub(super) planned: usize,
    pub(super) resources: BTreeMap<String, Resource>,
    pub(super) services: BTreeMap<String, Dossier>,
    /// A call that is made again, and when.
    pub(super) again: Option<(String, Time)>,
    pub(super) ended: Option<(Time, Outcome)>,
}

/// A resource that something happens or happened to.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    pub(super) kind: String,
    pub(super) physical_id: String,
    /// AWS's word.
    pub(super) status: String,
    /// Why, where that is worth reading.
    pub(super) reason: Option<String>,
    /// By the clock of AWS.
    pub(super) began: Time,
    pub(super) ended: Option<Time>,
    /// It ended only because another failed.
    pub(super) cancelled: bool,
    /// Another resource takes its place.
    pub(super) replaced: bool,
}

/// How a status ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    AtWork,
    Done,
    Failed,
}

/// How a resource's status, in AWS's words, ends.
pub(super) fn standing(status: &str) -> Standing {
    match status {
        _ if status.ends_with("_IN_PROGRESS") => Standing::AtWork,
        _ if status.ends_with("_FAILED") => Standing::Failed,
        _ => Standing::Done,
    }
}

/// What is heard.
#[derive(Debug)]
pub(super) enum News<'a> {
    Notice(&'a Notice),
    Review(&'a Review),
    Seen(&'a Observation),
    Doubts(&'a [Doubt]),
    Ended(&'a Outcome),
}

/// Something that changed, to be told once.
#[derive(Clone, Debug)]
pub(super) struct Change {
    /// When it was heard.
    pub(super) time: Time,
    pub(super) stack: String,
    pub(super) what: What,
}

/// What changed.
#[derive(Clone, Debug)]
pub(super) enum What {
    Step(Step),
    Status {
        status: StackStatus,
        reason: Option<String>,
    },
    Resource {
        logical_id: String,
        resource: Resource,
        /// How many are done, of how many.
        done: (usize, usize),
    },
    Service {
        logical_id: String,
        dossier: Box<Dossier>,
    },
    ServiceEvent {
        logical_id: String,
        event: ServiceEvent,
    },
    Unseen {
        logical_id: String,
        why: String,
    },
    Again {
        call: String,
        error: String,
        wait: std::time::Duration,
    },
    Warning(Warning),
    Doubt(Doubt),
    /// A change set is refused.
    Refused(Box<Review>),
    Ended {
        outcome: Box<Outcome>,
        seconds: u64,
    },
}

impl State {
    /// The stacks, in order, each with those it waits for.
    pub(super) fn new(began: Time, stacks: Vec<(String, Vec<String>)>) -> State {
        let stacks = stacks
            .into_iter()
            .map(|(name, after)| Stack::new(name, after));
        State {
            began,
            stacks: stacks.collect(),
        }
    }

    pub(super) fn stack(&self, name: &str) -> Option<&Stack> {
        self.stacks.iter().find(|it| it.name == name)
    }

    fn stack_mut(&mut self, name: &str) -> &mut Stack {
        let index = match self.stacks.iter().position(|it| it.name == name) {
            Some(index) => index,
            None => {
                self.stacks.push(Stack::new(name.to_owned(), Vec::new()));
                self.stacks.len() - 1
            }
        };
        &mut self.stacks[index]
    }

    /// Takes what is heard of a stack; what changed by it comes back.
    pub(super) fn take(&mut self, now: Time, stack: &str, news: &News<'_>) -> Vec<Change> {
        let whats = self.stack_mut(stack).take(now, news);
        let changes = whats.into_iter().map(|what| Change {
            time: now,
            stack: stack.to_owned(),
            what,
        });
        changes.collect()
    }
}

impl Stack {
    fn new(name: String, after: Vec<String>) -> Stack {
        Stack {
            name,
            after,
            began: None,
            step: None,
            status: None,
            planned: 0,
            resources: BTreeMap::new(),
            services: BTreeMap::new(),
            again: None,
            ended: None,
        }
    }

    fn take(&mut self, now: Time, news: &News<'_>) -> Vec<What> {
        if !matches!(news, News::Ended(_)) {
            self.began.get_or_insert(now);
        }
        match news {
            News::Notice(notice) => self.notice(now, notice),
            News::Review(review) => {
                let changes = review.changes.iter();
                let real = changes.filter(|it| it.action != ChangeAction::Sync);
                self.planned = real.count();
                Vec::new()
            }
            News::Seen(observation) => self.seen(observation),
            News::Doubts(doubts) => doubts.iter().cloned().map(What::Doubt).collect(),
            News::Ended(outcome) => {
                self.again = None;
                self.ended = Some((now, (*outcome).clone()));
                let began = self.began.unwrap_or(now);
                vec![What::Ended {
                    outcome: Box::new((*outcome).clone()),
                    seconds: now.since(began).as_secs(),
                }]
            }
        }
    }

    fn notice(&mut self, now: Time, notice: &Notice) -> Vec<What> {
        // An answer came: nothing is waited for any more.
        self.again = None;
        match notice {
            Notice::Step(step) => {
                self.step = Some(step.clone());
                vec![What::Step(step.clone())]
            }
            Notice::Status { status, reason } => {
                self.status = Some(status.clone());
                vec![What::Status {
                    status: status.clone(),
                    reason: reason.clone(),
                }]
            }
            Notice::Review(review) => vec![What::Refused(Box::new((**review).clone()))],
            Notice::Events(events) => {
                let changes = events.iter().filter_map(|it| self.event(it));
                changes.collect()
            }
            Notice::Again { call, error, wait } => {
                self.again = Some((call.to_string(), now + *wait));
                vec![What::Again {
                    call: call.to_string(),
                    error: error.to_string(),
                    wait: *wait,
                }]
            }
            Notice::Warning(warning) => vec![What::Warning(warning.clone())],
        }
    }

    fn event(&mut self, event: &StackEvent) -> Option<What> {
        if event.is_of_stack() {
            return None;
        }
        let reason = event.reason.clone().filter(|it| is_worth_reading(it));
        let cancelled = event
            .reason
            .as_deref()
            .is_some_and(|it| classify_reason(it) == Reason::Cancelled);
        let standing = standing(&event.status);
        let before = self.resources.get(&event.logical_id);
        // Events of one moment come in any order: that it begins is no news after its end.
        if standing == Standing::AtWork
            && before.is_some_and(|it| {
                it.ended >= Some(event.time) && verb(&it.status) == verb(&event.status)
            })
        {
            return None;
        }
        // AWS says twice that it begins, the second time with the name.
        let again = before.is_some_and(|it| it.status == event.status && it.reason == reason);
        let began = match before {
            Some(it) if it.ended.is_none() => it.began,
            _ => event.time,
        };
        let says_replaced = event
            .reason
            .as_deref()
            .is_some_and(|it| it.contains("requires the creation of a new physical resource"));
        let resource = Resource {
            kind: event.kind.clone(),
            physical_id: event.physical_id.clone(),
            status: event.status.clone(),
            reason: reason.filter(|_| !cancelled),
            began,
            ended: (standing != Standing::AtWork).then_some(event.time),
            cancelled,
            replaced: says_replaced || before.is_some_and(|it| it.replaced && it.ended.is_none()),
        };
        self.resources
            .insert(event.logical_id.clone(), resource.clone());
        (!again).then(|| What::Resource {
            logical_id: event.logical_id.clone(),
            resource,
            done: self.done(),
        })
    }

    fn seen(&mut self, observation: &Observation) -> Vec<What> {
        let logical_id = observation.logical_id.clone();
        match &observation.sight {
            Sight::Unseen(why) => vec![What::Unseen {
                logical_id,
                why: why.clone(),
            }],
            Sight::Seen { dossier, news } => {
                let told = news.iter().map(|event| What::ServiceEvent {
                    logical_id: logical_id.clone(),
                    event: event.clone(),
                });
                let mut whats: Vec<What> = told.collect();
                let old = self
                    .services
                    .insert(logical_id.clone(), (**dossier).clone());
                if old.is_none_or(|it| figures(&it) != figures(dossier)) {
                    whats.push(What::Service {
                        logical_id,
                        dossier: dossier.clone(),
                    });
                }
                whats
            }
        }
    }

    /// How many resources are done, of how many.
    pub(super) fn done(&self) -> (usize, usize) {
        let ended = self.resources.values().filter(|it| it.ended.is_some());
        (ended.count(), self.planned.max(self.resources.len()))
    }

    /// Resources that something happens to, those that began first before others.
    pub(super) fn at_work(&self) -> Vec<(&String, &Resource)> {
        let all = self.resources.iter();
        let mut at_work: Vec<_> = all.filter(|(_, it)| it.ended.is_none()).collect();
        at_work.sort_by_key(|(id, it)| (it.began, *id));
        at_work
    }
}

/// `UPDATE` of `UPDATE_IN_PROGRESS`.
fn verb(status: &str) -> &str {
    status.split('_').next().unwrap_or(status)
}

/// What of a service is told when it changes.
fn figures(dossier: &Dossier) -> String {
    let service = dossier.service.as_ref();
    let deployments: Vec<_> = service
        .into_iter()
        .flat_map(|it| &it.deployments)
        .map(|it| {
            let counts = (it.desired, it.running, it.pending, it.failed);
            (&it.id, &it.status, counts, &it.rollout)
        })
        .collect();
    format!("{deployments:?} {:?}", dossier.targets())
}

/// Whether a reason says more than that it goes on.
fn is_worth_reading(reason: &str) -> bool {
    const USUAL: [&str; 6] = [
        // That it is replaced is said in a word.
        "Requested update requires the creation of a new physical resource",
        "Resource creation Initiated",
        "User Initiated",
        "Transformation succeeded",
        "Eventual consistency check initiated",
        "CONFIGURATION_COMPLETE",
    ];
    let usual = USUAL.iter().any(|it| reason.starts_with(it));
    !reason.is_empty() && !usual
}
