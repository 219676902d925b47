//! Progress as lines: one for each change, and the outcome.

use std::collections::BTreeMap;
use std::time::Instant;

use stack_core::Problem;
use stack_deploy::engine::{End, Notice, Outcome, Step, Success, Warning};

use crate::aws::{Voice, seconds};
use crate::stop::Stop;
use crate::table::columns;

/// Shows what happens, while it happens.
#[derive(Debug)]
pub(crate) struct Progress<'a> {
    voice: &'a Voice<'a>,
    began: Instant,
}

impl<'a> Progress<'a> {
    pub(crate) fn new(voice: &'a Voice<'a>) -> Progress<'a> {
        Progress {
            voice,
            began: Instant::now(),
        }
    }

    /// A notice of an engine; of several stacks at once.
    pub(crate) fn show(&self, stack: &str, notice: &Notice) {
        match notice {
            Notice::Step(step) => {
                if let Some(text) = step_text(step) {
                    self.voice.talk(&format!("{stack}: {text}"));
                }
            }
            Notice::Status { status, reason } => {
                let reason = reason
                    .as_ref()
                    .map_or(String::new(), |it| format!(": {it}"));
                self.voice.talk(&format!("{stack}: {status}{reason}"));
            }
            // Shown by who approves.
            Notice::Review(_) => (),
            Notice::Events(events) => {
                for it in events.iter().filter(|it| !it.is_of_stack()) {
                    let reason = it
                        .reason
                        .as_ref()
                        .map_or(String::new(), |it| format!(": {it}"));
                    self.voice.talk(&format!(
                        "{} {stack}: {} {} {}{reason}",
                        it.time, it.logical_id, it.kind, it.status
                    ));
                }
            }
            Notice::Again { call, error, wait } => {
                let wait = seconds(*wait);
                self.voice
                    .talk(&format!("{stack}: {call} again in {wait}: {error}"));
            }
            Notice::Warning(warning) => {
                let problem = Problem::warning("deploy", warning_text(warning)).at(stack);
                self.voice.problems(&[problem]);
            }
        }
    }

    /// How the stacks ended, in this order, and what can be done next.
    pub(crate) fn finish(
        &self,
        order: &[String],
        outcomes: &BTreeMap<String, Outcome>,
    ) -> Result<(), Stop> {
        let ended = || order.iter().filter_map(|it| outcomes.get(it));
        let mut problems = Vec::new();
        let mut rows = Vec::new();
        for it in ended() {
            let (word, problem) = told(it);
            rows.push([it.stack.clone(), word.to_owned()]);
            problems.extend(problem);
        }
        self.voice.problems(&problems);
        self.voice.result(&columns(&rows))?;
        for it in ended().filter(|it| problems_none(it)) {
            for advice in &it.next {
                self.voice.talk(&format!("next: `{advice}`"));
            }
        }
        let number = crate::terminal::count(rows.len(), "stack");
        let took = seconds(self.began.elapsed());
        self.voice.talk(&format!("{number} in {took}"));
        Ok(())
    }
}

impl Progress<'_> {
    /// What would come of it.
    pub(crate) fn finish_dry_run(&self, order: &[String], outcomes: &BTreeMap<String, Outcome>) {
        let ended = order.iter().filter_map(|it| outcomes.get(it));
        let mut problems = Vec::new();
        for it in ended {
            match &it.end {
                End::Done(Success::NoChanges) => {
                    self.voice
                        .talk(&format!("{}: nothing would change", it.stack));
                }
                End::Skipped { because_of } => {
                    self.voice.talk(&format!(
                        "{}: cannot be planned before `{because_of}` is deployed",
                        it.stack
                    ));
                }
                _ => problems.extend(told(it).1),
            }
        }
        self.voice.problems(&problems);
        self.voice.talk("a dry run: nothing was executed");
    }
}

/// Whether nothing is wrong that would carry the advice.
fn problems_none(outcome: &Outcome) -> bool {
    told(outcome).1.is_none()
}

fn step_text(step: &Step) -> Option<String> {
    Some(match step {
        Step::Guard | Step::Lookup => return None,
        Step::WaitForOthers { status, until } => {
            format!("somebody's operation runs ({status}); waiting until {until} UTC")
        }
        Step::DeleteRolledBack { .. } => {
            "its creation was rolled back; deleting what is left of it".to_owned()
        }
        Step::Upload { bucket, bytes } => format!("template of {bytes} bytes to bucket `{bucket}`"),
        Step::ChangeSet { .. } => "making a change set".to_owned(),
        Step::Execute { .. } => "executing the change set".to_owned(),
        Step::Send { call } => format!("{call}"),
        Step::Watch { until, .. } => format!("watching until {until} UTC at most"),
        Step::Finish => "setting what no change set sets".to_owned(),
    })
}

fn warning_text(warning: &Warning) -> String {
    match warning {
        Warning::EventsIncomplete(why) => {
            format!("not all events could be read, the outcome is right all the same: {why}")
        }
        Warning::NoDeployedTemplate(why) => {
            format!("the deployed template cannot be read, so nothing is compared with it: {why}")
        }
        Warning::LeftBehind(all) => {
            let names: Vec<String> = all
                .iter()
                .map(|it| {
                    format!(
                        "`{}` ({} {}): {}",
                        it.logical_id, it.kind, it.physical_id, it.reason
                    )
                })
                .collect();
            format!(
                "CloudFormation gave up deleting what is in no stack now: {}",
                names.join("; ")
            )
        }
        Warning::ChangeSetLeft { change_set, why } => {
            format!("the change set `{change_set}` is left and cannot be deleted: {why}")
        }
        Warning::NotSet { what, why } => format!("{what} could not be set: {why}"),
        Warning::StaysProtected => {
            "termination protection is on, the program says off, and it stays on".to_owned()
        }
        Warning::CleanupGoesOn(status) => {
            format!("CloudFormation still removes old resources ({status})")
        }
        Warning::Skipped(ids) => {
            format!(
                "`{}` are not what the stack says they are: compare them with `drift`",
                ids.join("`, `")
            )
        }
        Warning::JournalLost(why) => format!("the journal could not be written: {why}"),
        Warning::Slow(what) => what.clone(),
        other => format!("{other:?}"),
    }
}

/// A word for the end, and what is wrong, if something is.
fn told(outcome: &Outcome) -> (&'static str, Option<Problem>) {
    let stack = &outcome.stack;
    let problem = |code, message: String| {
        let mut problem = Problem::error(code, message);
        if let Some(first) = outcome.failures.first() {
            problem = problem.at(format!(
                "{stack}/{} ({}): {}: {}",
                first.logical_id, first.kind, first.status, first.reason
            ));
        }
        if !outcome.next.is_empty() {
            problem = problem.help(format!("next: `{}`", outcome.next.join("`, then `")));
        }
        Some(problem)
    };
    match &outcome.end {
        End::Done(Success::Created) => ("created", None),
        End::Done(Success::Updated) => ("updated", None),
        End::Done(Success::NoChanges) => ("unchanged", None),
        End::Done(Success::Deleted) => ("deleted", None),
        End::Done(Success::Absent) => ("was not there", None),
        End::Done(Success::RolledBack) => ("rolled back", None),
        End::Started => ("started", None),
        End::Refused(why) => ("refused", problem("refused", format!("`{stack}`: {why}"))),
        End::Failed(why) => (
            "failed",
            problem("failed", format!("`{stack}` is as it was: {why}")),
        ),
        End::RolledBack { status, why } => (
            "rolled back",
            problem(
                "rolled-back",
                format!("`{stack}` failed and was rolled back, it is {status}: {why}"),
            ),
        ),
        End::NeedsOperator { status, why } => (
            "stuck",
            problem(
                "stuck",
                format!("`{stack}` is {status} and needs you: {why}"),
            ),
        ),
        End::Unknown(why) => (
            "unknown",
            problem(
                "unknown",
                format!("what became of `{stack}` is not known: {why}"),
            ),
        ),
        End::Busy { why, .. } => (
            "busy",
            problem(
                "busy",
                format!("`{stack}`: {why}; `--wait 10m` waits for it"),
            ),
        ),
        End::Overtaken(why) => (
            "overtaken",
            problem("overtaken", format!("`{stack}`: {why}")),
        ),
        End::Interrupted => ("interrupted", None),
        End::Skipped { because_of } => (
            "skipped",
            problem(
                "skipped",
                format!("`{stack}` takes values from `{because_of}`, which did not get there"),
            ),
        ),
    }
}
