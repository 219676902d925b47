//! Drives an engine against the model under virtual time, injects what goes wrong, and holds what
//! is promised against every step.

use std::collections::BTreeSet;
use std::time::Duration;

use stack_deploy::api::*;
use stack_deploy::engine::*;
use stack_deploy::{ApiError, ErrorKind, Time};

use crate::cloud::Cloud;

/// A value that nobody may see.
pub const CANARY: &str = "canary-7f3a";

/// What goes wrong with one call.
#[derive(Clone, Debug, PartialEq)]
pub enum Harm {
    /// AWS answers with this, and does nothing.
    Answer(ApiError),
    /// Nothing arrives there.
    LostBefore,
    /// It is done, and the answer is lost.
    LostAfter,
    /// It is done, and the answer cannot be understood.
    Garbled,
    /// It takes a minute, and comes to nothing.
    Hangs,
    /// The process dies before it.
    KillBefore,
    /// The process dies after it.
    KillAfter,
    /// The user interrupts while it runs.
    Interrupt,
    /// Somebody else begins an operation before it.
    OtherActor,
    /// Somebody deletes the stack before it, and makes another.
    Recreated,
    /// The answer is this.
    Instead(Box<Answer>),
    /// Pages repeat, are empty, or are in another order.
    OddPages,
    /// A read shows how it was before the last call that changed something.
    Old,
}

/// Whether and how a call is harmed. It is told the call, how often such calls came before it,
/// and whether the change set was executed.
pub type Harmer<'a> = dyn FnMut(&Seen<'_>) -> Option<Harm> + 'a;

/// A moment at which something can go wrong.
#[derive(Debug)]
pub struct Seen<'a> {
    pub action: &'a Action,
    /// Counts calls and entries, from 0.
    pub number: usize,
    /// An operation was sent.
    pub sent: bool,
    pub now: Time,
    pub cloud: &'a Cloud,
}

pub struct World {
    pub cloud: Cloud,
    pub journal: Vec<Entry>,
    pub log: Vec<String>,
    approved: BTreeSet<String>,
    identified: bool,
    pub mutations: usize,
    /// Calls and entries so far.
    pub number: usize,
    pub answers_no: bool,
    pub on_interrupt: Decision,
    /// The plan's deletion of resources was accepted.
    pub deletes: bool,
    pub template: Option<String>,
    /// The change sets of this drive, by name.
    named: BTreeSet<String>,
    /// Change sets that the user was told of, because they could not be deleted.
    told: BTreeSet<String>,
    /// As it was before the last call that changed something.
    past: Option<Box<Cloud>>,
}

/// How a drive ended.
#[derive(Debug)]
pub enum Ended {
    Outcome(Box<Outcome>),
    Killed,
}

impl World {
    pub fn new(cloud: Cloud) -> World {
        World {
            cloud,
            journal: Vec::new(),
            log: Vec::new(),
            approved: BTreeSet::new(),
            identified: false,
            mutations: 0,
            number: 0,
            answers_no: false,
            on_interrupt: Decision::Detach,
            deletes: false,
            template: None,
            named: BTreeSet::new(),
            told: BTreeSet::new(),
            past: None,
        }
    }

    fn pass(&mut self, duration: Duration) {
        let to = self.cloud.now + duration;
        self.cloud.advance(to);
    }

    /// Drives to the end, or to death.
    pub fn drive(&mut self, engine: &mut Engine, harm: &mut Harmer<'_>) -> Ended {
        let began = self.cloud.now;
        let mut event = Event::Start;
        let mut sent = false;
        let mut steps = 0_u32;
        self.identified = false;
        self.named.clear();
        loop {
            steps += 1;
            assert!(steps < 100_000, "it ends (P9)");
            assert!(
                self.cloud.now.since(began) < Duration::from_secs(8 * 3600),
                "it ends in time (P9): {:#?}",
                self.log.iter().rev().take(20).collect::<Vec<_>>()
            );
            let action = engine.next(self.cloud.now, event);
            if !matches!(action, Action::Call(_)) {
                let text = format!("{action:?}");
                assert!(!text.contains(CANARY), "no secret is shown (P8): {text}");
            }
            let harmed = if matches!(action, Action::Call(_) | Action::Record(_)) {
                let seen = Seen {
                    action: &action,
                    number: self.number,
                    sent,
                    now: self.cloud.now,
                    cloud: &self.cloud,
                };
                let harmed = harm(&seen);
                self.number += 1;
                harmed
            } else {
                None
            };
            if let Some(harm) = &harmed {
                self.log.push(format!("HARM {harm:?}"));
                match harm {
                    Harm::KillBefore => return Ended::Killed,
                    Harm::Interrupt => engine.interrupt(),
                    _ => (),
                }
            }
            event = match action {
                Action::Done(outcome) => {
                    self.log.push(format!("{outcome:?}"));
                    self.judge(&outcome);
                    return Ended::Outcome(outcome);
                }
                Action::Sleep(duration) => {
                    assert!(duration <= Duration::from_secs(120), "{duration:?}");
                    self.pass(duration);
                    Event::Woke
                }
                Action::Tell(notice) => {
                    if let Notice::Warning(Warning::ChangeSetLeft { change_set, .. }) = &notice {
                        self.told.insert(change_set.clone());
                    }
                    if let Notice::Review(review) = &notice {
                        assert!(!self.approved.contains(&review.change_set));
                    }
                    self.log
                        .push(format!("{notice:?}").chars().take(200).collect());
                    Event::Told
                }
                Action::Ask(question) => Event::Decided(self.decide(&question)),
                Action::Record(entry) => {
                    let text = serde_json::to_string(&entry).expect("plain data");
                    assert!(!text.contains(CANARY), "no secret is written (P8)");
                    assert_eq!(
                        serde_json::from_str::<Entry>(&text).expect("the same"),
                        entry
                    );
                    match harmed {
                        None | Some(Harm::Interrupt) => {
                            self.journal.push(entry);
                            Event::Recorded(Ok(()))
                        }
                        Some(Harm::KillAfter) => {
                            self.journal.push(entry);
                            return Ended::Killed;
                        }
                        Some(Harm::OtherActor) => {
                            self.journal.push(entry);
                            self.cloud.other_actor("Shop");
                            Event::Recorded(Ok(()))
                        }
                        Some(Harm::Recreated) => {
                            self.journal.push(entry);
                            self.cloud.delete_and_recreate("Shop");
                            Event::Recorded(Ok(()))
                        }
                        Some(Harm::LostAfter) => {
                            self.journal.push(entry);
                            Event::Recorded(Err("the disk is full".to_owned()))
                        }
                        Some(_) => Event::Recorded(Err("the disk is full".to_owned())),
                    }
                }
                Action::Call(request) => {
                    let call = request.call();
                    let answer = self.call(&request, harmed.as_ref());
                    sent |= matches!(
                        call,
                        Call::ExecuteChangeSet | Call::ContinueUpdateRollback | Call::DeleteStack
                    );
                    if harmed == Some(Harm::KillAfter) {
                        return Ended::Killed;
                    }
                    Event::Answered(answer)
                }
            };
        }
    }

    fn call(&mut self, request: &Request, harm: Option<&Harm>) -> Answer {
        let call = request.call();
        self.log.push(format!("{} {call}", self.cloud.now));
        let took = if harm == Some(&Harm::Hangs) {
            60_000
        } else {
            100
        };
        self.pass(Duration::from_millis(took));
        match harm {
            Some(Harm::OtherActor) => self.cloud.other_actor("Shop"),
            Some(Harm::Recreated) => self.cloud.delete_and_recreate("Shop"),
            _ => (),
        }
        self.check(request);
        match harm {
            Some(Harm::Answer(error)) => return Err(error.clone()),
            Some(Harm::LostBefore) => return Err(ApiError::no_answer("connection reset")),
            Some(Harm::Hangs) => return Err(ApiError::no_answer("no answer in 60 s")),
            Some(Harm::Instead(answer)) => return (**answer).clone(),
            _ => (),
        }
        if call.mutates() {
            self.past = Some(Box::new(self.cloud.clone()));
        }
        if harm == Some(&Harm::Old)
            && !call.mutates()
            && call != Call::GetCallerIdentity
            && let Some(past) = &mut self.past
        {
            return past.call(request);
        }
        let answer = self.cloud.call(request);
        if answer.is_ok() && call == Call::GetCallerIdentity {
            self.identified = true;
        }
        if !matches!(answer, Ok(Response::Template(_))) {
            self.log
                .push(format!("  {answer:?}").chars().take(300).collect());
        }
        match harm {
            Some(Harm::LostAfter) => Err(ApiError::no_answer("connection reset")),
            Some(Harm::Garbled) => Err(ApiError::malformed("no XML")),
            Some(Harm::OddPages) => odd(answer),
            _ => answer,
        }
    }

    /// What is promised of calls.
    fn check(&mut self, request: &Request) {
        let call = request.call();
        if call.mutates() {
            self.mutations += 1;
            assert!(self.identified, "{call} comes after the guard (P5)");
        }
        match request {
            Request::ExecuteChangeSet { change_set, .. } => {
                assert!(self.approved.contains(change_set), "it was approved (P1)");
                let it = self
                    .cloud
                    .change_sets
                    .iter()
                    .find(|it| it.arn == *change_set);
                if let (Some(it), Some(template)) = (it, &self.template) {
                    assert_eq!(it.template, *template, "what was approved runs (P1)");
                }
                assert!(
                    self.journal.iter().any(|it| matches!(it, Entry::ExecutionIntended { change_set: arn, .. } if arn == change_set)),
                    "the journal knows before (P7)"
                );
            }
            Request::DeleteStack { stack, .. } if !self.deletes => {
                if let Some(index) = self.cloud.find(stack) {
                    let left = &self.cloud.stacks[index].resources;
                    assert!(
                        left.is_empty(),
                        "nothing is deleted with a stack (P4): {left:?}"
                    );
                }
            }
            Request::CreateChangeSet(it) => {
                assert!(it.name.starts_with("stack-"), "change sets have names (P6)");
                assert!(!it.token.is_empty());
                self.named.insert(it.name.clone());
            }
            _ => (),
        }
    }

    fn decide(&mut self, question: &Question) -> Decision {
        self.log
            .push(format!("{question:?}").chars().take(200).collect());
        match question {
            Question::Approve(review) => {
                if self.answers_no {
                    return Decision::No("I do not want it".to_owned());
                }
                self.approved.insert(review.change_set.clone());
                Decision::Yes
            }
            Question::DeleteRolledBack { .. } => Decision::No("I do not want it".to_owned()),
            Question::Destroy { .. } => {
                self.deletes = true;
                Decision::Yes
            }
            Question::Interrupted { .. } => self.on_interrupt.clone(),
        }
    }

    /// What is promised of outcomes.
    fn judge(&self, outcome: &Outcome) {
        let ours = outcome
            .token
            .as_ref()
            .and_then(|it| self.cloud.operations.get(it));
        let good = ours
            .and_then(|it| it.end.as_ref())
            .map(|it| it.as_str().to_owned());
        let story = || format!("{outcome:#?}\n{ours:?}\n{:#?}", self.log);
        match &outcome.end {
            End::Done(Success::Created) => {
                assert_eq!(good.as_deref(), Some("CREATE_COMPLETE"), "P2: {}", story());
            }
            End::Done(Success::Updated) => {
                let known = matches!(good.as_deref(), Some("UPDATE_COMPLETE"));
                let cleans = ours.is_some_and(|it| it.end.is_none())
                    && outcome
                        .warnings
                        .iter()
                        .any(|it| matches!(it, Warning::CleanupGoesOn(_)));
                assert!(known || cleans, "P2: {}", story());
            }
            End::Done(Success::Deleted) => {
                let arn = outcome.arn.as_deref().and_then(|it| self.cloud.find(it));
                let gone = arn.is_some_and(|it| {
                    self.cloud.stacks[it].status == stack_deploy::StackStatus::DeleteComplete
                });
                assert!(gone, "P2: {}", story());
            }
            End::Done(Success::RolledBack) => {
                assert_eq!(
                    good.as_deref(),
                    Some("UPDATE_ROLLBACK_COMPLETE"),
                    "P2: {}",
                    story()
                );
            }
            End::Done(Success::NoChanges | Success::Absent) | End::Started => (),
            End::Unknown(_) | End::Skipped { .. } | End::Overtaken(_) => (),
            End::Refused(_) | End::Busy { .. } | End::Interrupted => {
                assert!(ours.is_none(), "nothing was executed (P3): {}", story());
            }
            End::Failed(_) | End::RolledBack { .. } | End::NeedsOperator { .. } => {
                let succeeded =
                    matches!(good.as_deref(), Some("CREATE_COMPLETE" | "UPDATE_COMPLETE"));
                // It ended well in the moment in which the user had it deleted.
                let wanted = self.journal.iter().any(|it| {
                    matches!(it, Entry::OperationIntended { call: OperationCall::Delete, token, .. } if token.ends_with("-execute-delete"))
                });
                assert!(
                    !succeeded || wanted,
                    "no success is called a failure (P3): {}",
                    story()
                );
            }
        }
        let left: Vec<&str> = self
            .cloud
            .left()
            .filter(|it| it.name.starts_with("stack-"))
            .filter(|it| !self.told.contains(&it.arn) && !self.told.contains(&it.name))
            .map(|it| it.name.as_str())
            .collect();
        assert!(
            left.len() <= 1,
            "one change set at the most stays (P6): {left:?} {}",
            story()
        );
        let ours = left.iter().any(|it| self.named.contains(*it));
        match outcome.end.exit() {
            Exit::Unknown => (),
            Exit::Ok => assert!(left.is_empty(), "no change set stays (P6): {}", story()),
            _ => assert!(!ours, "no change set stays (P6): {}", story()),
        }
    }
}

/// Pages as AWS sometimes sends them.
fn odd(answer: Answer) -> Answer {
    match answer {
        Ok(Response::Events(mut page)) => {
            page.events.reverse();
            if let Some(first) = page.events.first().cloned() {
                page.events.push(first);
            }
            Ok(Response::Events(page))
        }
        Ok(Response::ChangeSet(mut page)) => {
            page.changes.reverse();
            if let Some(first) = page.changes.first().cloned() {
                page.changes.push(first);
            }
            Ok(Response::ChangeSet(page))
        }
        Ok(Response::Resources(mut page)) => {
            page.resources.reverse();
            Ok(Response::Resources(page))
        }
        other => other,
    }
}

pub fn throttled() -> ApiError {
    ApiError::answered("Throttling", 400, "Rate exceeded")
}

pub fn server() -> ApiError {
    ApiError::answered("InternalFailure", 500, "")
}

pub fn expired() -> ApiError {
    ApiError::answered(
        "ExpiredToken",
        403,
        "The security token included in the request is expired",
    )
}

pub fn denied() -> ApiError {
    ApiError::answered(
        "AccessDenied",
        403,
        "User: arn:aws:sts::1:x is not authorized to perform: y",
    )
}

pub fn clock() -> ApiError {
    let error = ApiError::answered(
        "SignatureDoesNotMatch",
        403,
        "Signature expired: 20261121T080000Z is now earlier than 20261121T081500Z (20261121T082000Z - 5 min.)",
    );
    assert_eq!(error.kind, ErrorKind::Clock);
    error
}
