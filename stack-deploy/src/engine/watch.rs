//! An operation that runs in AWS, followed to its end.
//!
//! The status of the stack decides, by ARN, and only when it is credible: when it is not the read
//! of a moment before the operation, and not the status of somebody's operation after it.

use std::time::Duration;

use crate::api::{ErrorKind, Request, Response, StackDescription};
use crate::engine::events::{Events, cancel_token, delete_token};
use crate::engine::verdict::{Goal, Verdict, verdict};
use crate::engine::work::{PATIENCE, Work};
use crate::engine::{
    Before, Decision, End, Entry, Notice, OnTimeout, OperationCall, Question, Step, Warning,
};
use crate::stack_status::StackStatus;
use crate::time::Time;

/// How long reads may be older than the operation.
const STALE: Duration = Duration::from_secs(3 * 60);
/// How often in a row the stack may be answered for with an error that does not pass.
const ODD: u32 = 10;
/// Between two looks: at first, and at most.
const QUICK: u64 = 2_000;
const SLOW: u64 = 30_000;

/// What is watched.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) token: String,
    /// The change set, when the operation is one's execution.
    pub(crate) change_set: Option<String>,
    pub(crate) before: Option<Before>,
    pub(crate) marker: Option<String>,
    pub(crate) goal: Goal,
    pub(crate) timeout: Duration,
    pub(crate) on_timeout: OnTimeout,
    pub(crate) role: Option<String>,
}

/// How it ended.
#[derive(Debug)]
pub(crate) enum Seen {
    Success(Box<StackDescription>),
    RolledBack(StackStatus, String),
    Operator(StackStatus, String),
    /// The stack is gone, and that was not the goal.
    Gone,
    /// The goal was reached, and the stack is gone since.
    Overtaken,
    /// It is over, and what it came to only its events say.
    ByEvents(StackStatus),
    Unknown(String),
}

struct Watcher<'a> {
    it: &'a Watched,
    events: Events,
    until: Time,
    /// The stack was seen at work since.
    at_work: bool,
    /// Reads that did not show the operation, since when.
    stale_since: Option<Time>,
    cancelled: bool,
    /// The stack is deleted because the user wants no more of it.
    deleted: bool,
    told: Option<StackStatus>,
}

/// Follows the operation to its end.
pub(crate) async fn watch(work: &mut Work, it: &Watched) -> Seen {
    let until = work.now() + it.timeout;
    let arn = it.arn.clone();
    work.step(Step::Watch { arn, until }).await;
    let mut watcher = Watcher {
        events: Events::new(&it.arn, it.marker.clone(), &it.token),
        it,
        until,
        at_work: false,
        stale_since: None,
        cancelled: false,
        deleted: false,
        told: None,
    };
    let seen = watcher.follow(work).await;
    if !matches!(seen, Seen::Unknown(_)) {
        watcher.events.finish(work).await;
    }
    let ended = watcher.events.ended();
    let seen = match (seen, ended) {
        (Seen::Gone, Some(status)) if *status != StackStatus::DeleteComplete => {
            match verdict(it.goal, status) {
                Verdict::Success => Seen::Overtaken,
                _ => Seen::ByEvents(status.clone()),
            }
        }
        (seen, _) => seen,
    };
    work.failures = watcher.events.failures();
    let left = watcher.events.left_behind();
    if matches!(seen, Seen::Success(_)) && it.goal != Goal::Delete && !left.is_empty() {
        work.warn(Warning::LeftBehind(left)).await;
    }
    seen
}

impl Watcher<'_> {
    async fn follow(&mut self, work: &mut Work) -> Seen {
        let mut pause = QUICK;
        let mut odd = 0;
        let mut status: Option<StackStatus> = None;
        loop {
            if work.interrupted()
                && let Some(seen) = self.interrupted(work, status.as_ref()).await
            {
                return seen;
            }
            let news = self.events.read(work, false).await;
            let request = Request::DescribeStack {
                stack: self.it.arn.clone(),
            };
            match work.once(&request).await {
                Ok(Response::Stack(stack)) => {
                    odd = 0;
                    if let Some(seen) = self.decide(work, &stack) {
                        return seen;
                    }
                    if self.told.as_ref() != Some(&stack.status) {
                        self.told = Some(stack.status.clone());
                        pause = QUICK;
                        let reason = stack.reason.clone();
                        let status = stack.status.clone();
                        work.tell(Notice::Status { status, reason }).await;
                    }
                    if let Some(seen) = self.overdue(work, &stack).await {
                        return seen;
                    }
                    status = Some(stack.status);
                }
                Ok(_) => odd += 1,
                Err(error) if error.passes() || error.kind == ErrorKind::Abandoned => (),
                Err(error)
                    if matches!(
                        error.kind,
                        ErrorKind::Expired
                            | ErrorKind::Credentials
                            | ErrorKind::Clock
                            | ErrorKind::Denied
                    ) =>
                {
                    return self.unseen(error.to_string());
                }
                Err(error) => {
                    odd += 1;
                    if odd >= ODD {
                        return self.unseen(error.to_string());
                    }
                }
            }
            if odd >= ODD {
                return self.unseen("AWS answers what nobody asked".to_owned());
            }
            if work.now() >= self.until + PATIENCE {
                return self.unseen("AWS did not answer in time".to_owned());
            }
            if news {
                pause = QUICK;
            }
            let wait = work.random.between(pause * 3 / 4, pause * 5 / 4);
            pause = (pause * 3 / 2).min(SLOW);
            work.sleep(Duration::from_millis(wait)).await;
        }
    }

    /// Nobody can look at the stack any more. Its events may have told the end before.
    fn unseen(&self, why: String) -> Seen {
        match self.events.ended() {
            Some(status) => Seen::ByEvents(status.clone()),
            None => Seen::Unknown(why),
        }
    }

    /// The end, when this description of the stack is one and can be believed.
    fn decide(&mut self, work: &Work, stack: &StackDescription) -> Option<Seen> {
        let goal = if self.deleted {
            Goal::Delete
        } else {
            self.it.goal
        };
        let verdict = verdict(goal, &stack.status);
        let old = self.it.before.as_ref().is_some_and(|it| it.is_still(stack))
            && self.events.ended() != Some(&stack.status)
            && verdict != Verdict::Running;
        let foreign = stack.arn != self.it.arn || self.is_foreign(stack);
        if foreign && !old {
            // Ours is over, else nobody else's could have begun.
            if let Some(status) = self.events.ended() {
                return Some(Seen::ByEvents(status.clone()));
            }
            if !self.waited(work) {
                return None;
            }
            return Some(Seen::Unknown(
                "somebody else's operation came after it before its end was seen".to_owned(),
            ));
        }
        if old || verdict == Verdict::Elsewhere {
            if !self.waited(work) {
                return None;
            }
            return Some(self.unseen(format!(
                "the stack is {} and does not show the operation",
                stack.status
            )));
        }
        let why = stack.reason.clone().unwrap_or_default();
        let status = stack.status.clone();
        match verdict {
            Verdict::Running | Verdict::SuccessCleanup | Verdict::RolledBackCleanup => {
                // A status that is not known shows nothing.
                self.at_work |= !matches!(status, StackStatus::Unknown(_));
                self.stale_since = None;
                None
            }
            _ if !self.is_credible(stack) => {
                if !self.waited(work) {
                    return None;
                }
                Some(self.unseen(format!(
                    "the stack is {status}, and nothing says that this is of our operation"
                )))
            }
            Verdict::Success if self.deleted => Some(Seen::RolledBack(
                status,
                "deleted, as the user wanted".to_owned(),
            )),
            Verdict::Success => Some(Seen::Success(Box::new(stack.clone()))),
            Verdict::RolledBack => Some(Seen::RolledBack(status, why)),
            Verdict::Operator => Some(Seen::Operator(status, why)),
            Verdict::Gone => Some(Seen::Gone),
            Verdict::Elsewhere => None,
        }
    }

    /// Whether reads have been old for longer than reads can be.
    fn waited(&mut self, work: &Work) -> bool {
        let since = *self.stale_since.get_or_insert(work.now());
        work.now().since(since) >= STALE
    }

    fn is_foreign(&self, stack: &StackDescription) -> bool {
        let another = match (&self.it.change_set, &stack.change_set) {
            (Some(ours), Some(theirs)) => ours != theirs && self.at_work,
            _ => false,
        };
        another || self.events.taken_over()
    }

    /// Whether the end that a description shows is that of our operation.
    fn is_credible(&self, stack: &StackDescription) -> bool {
        let executed = stack.change_set.is_some() && stack.change_set == self.it.change_set;
        let changed = self
            .it
            .before
            .as_ref()
            .is_some_and(|it| it.updated != stack.updated && stack.updated.is_some());
        // Where AWS tells nothing by which the operation could be known, another status must do.
        let untold = stack.change_set.is_none()
            && self.it.before.as_ref().is_some_and(|it| {
                it.updated == stack.updated && it.status != stack.status.as_str()
            });
        executed
            || changed
            || untold
            || self.at_work
            || self.events.ended() == Some(&stack.status)
            // A stack that is deleted can only have been deleted.
            || self.it.goal == Goal::Delete
            || self.deleted
    }

    /// Time is up: cancelled, left alone, or good enough.
    async fn overdue(&mut self, work: &mut Work, stack: &StackDescription) -> Option<Seen> {
        if work.now() < self.until {
            return None;
        }
        let status = stack.status.clone();
        match verdict(self.it.goal, &status) {
            Verdict::SuccessCleanup => {
                work.warn(Warning::CleanupGoesOn(status)).await;
                return Some(Seen::Success(Box::new(stack.clone())));
            }
            Verdict::RolledBackCleanup => {
                work.warn(Warning::CleanupGoesOn(status.clone())).await;
                let why = stack.reason.clone().unwrap_or_default();
                return Some(Seen::RolledBack(status, why));
            }
            Verdict::Running
            | Verdict::Success
            | Verdict::RolledBack
            | Verdict::Operator
            | Verdict::Gone
            | Verdict::Elsewhere => (),
        }
        let cancels = self.it.on_timeout == OnTimeout::Cancel
            && !self.cancelled
            && self.it.goal == Goal::Update
            && status == StackStatus::UpdateInProgress;
        if cancels && self.cancel(work).await {
            self.until = work.now() + self.it.timeout;
            return None;
        }
        let bound = match self.it.timeout.as_secs() {
            seconds @ 0..120 => format!("{seconds} s"),
            seconds => format!("{} min", seconds / 60),
        };
        Some(self.unseen(format!(
            "it did not end within {bound}; the stack is {status}"
        )))
    }

    /// The user interrupted: once is a question, twice is enough.
    async fn interrupted(&mut self, work: &mut Work, status: Option<&StackStatus>) -> Option<Seen> {
        if work.interrupted_twice() {
            return Some(self.unseen("interrupted; the operation goes on in AWS".to_owned()));
        }
        work.heed();
        let can_cancel = self.it.goal == Goal::Update
            && !self.cancelled
            && status == Some(&StackStatus::UpdateInProgress);
        let can_delete = self.it.goal == Goal::Create
            && !self.deleted
            && status == Some(&StackStatus::CreateInProgress);
        let question = Question::Interrupted {
            stack: self.it.name.clone(),
            can_cancel,
            can_delete,
        };
        match work.ask(question).await {
            Decision::KeepWaiting => None,
            Decision::Cancel if can_cancel => {
                self.cancel(work).await;
                None
            }
            Decision::Delete(name) if can_delete && name == self.it.name => {
                // While the user typed, it may have ended well: then there is something to lose.
                if self.is_being_created(work).await {
                    self.delete(work).await;
                }
                None
            }
            Decision::Detach
            | Decision::Cancel
            | Decision::Delete(_)
            | Decision::NobodyThere
            | Decision::Yes
            | Decision::No(_) => {
                Some(self.unseen("stopped watching; the operation goes on in AWS".to_owned()))
            }
        }
    }

    async fn intend(&mut self, work: &mut Work, call: OperationCall, token: &str) -> bool {
        let entry = Entry::OperationIntended {
            call,
            stack: self.it.arn.clone(),
            token: token.to_owned(),
            marker: self.it.marker.clone(),
        };
        match work.record(entry).await {
            Ok(()) => true,
            Err(why) => {
                work.warn(Warning::JournalLost(why)).await;
                false
            }
        }
    }

    /// Whether AWS takes it back.
    async fn cancel(&mut self, work: &mut Work) -> bool {
        let token = cancel_token(&self.it.token);
        if !self.intend(work, OperationCall::Cancel, &token).await {
            return false;
        }
        self.cancelled = true;
        let request = Request::CancelUpdateStack {
            stack: self.it.arn.clone(),
            token,
        };
        self.tried(work, "the operation cancelled", &request).await
    }

    async fn is_being_created(&self, work: &mut Work) -> bool {
        let request = Request::DescribeStack {
            stack: self.it.arn.clone(),
        };
        matches!(
            work.read(&request).await,
            Ok(Response::Stack(stack)) if stack.status == StackStatus::CreateInProgress
        )
    }

    async fn delete(&mut self, work: &mut Work) {
        let token = delete_token(&self.it.token);
        if !self.intend(work, OperationCall::Delete, &token).await {
            return;
        }
        let request = Request::DeleteStack {
            stack: self.it.arn.clone(),
            token,
            role: self.it.role.clone(),
            retain: Default::default(),
            force: false,
        };
        self.deleted = self.tried(work, "the stack deleted", &request).await;
    }

    async fn tried(&mut self, work: &mut Work, what: &'static str, request: &Request) -> bool {
        let sent = work.send(request, PATIENCE).await;
        match sent.answer {
            Ok(_) => true,
            Err(error) => {
                let why = error.to_string();
                work.warn(Warning::NotSet { what, why }).await;
                sent.doubtful
            }
        }
    }
}

/// The end that a terminal status of our own operation tells, when only its events do.
pub(crate) fn by_events(goal: Goal, status: StackStatus) -> Result<(), End> {
    let why = "its events say so".to_owned();
    match verdict(goal, &status) {
        Verdict::Success | Verdict::SuccessCleanup => Ok(()),
        Verdict::RolledBack | Verdict::RolledBackCleanup => Err(End::RolledBack { status, why }),
        Verdict::Operator => Err(End::NeedsOperator { status, why }),
        Verdict::Gone => Err(End::Failed("the stack was deleted".to_owned())),
        Verdict::Running | Verdict::Elsewhere => Err(End::Unknown(why)),
    }
}
