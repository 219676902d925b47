//! [`Around`]: what stands around the engines of a command: clock, journal, questions, progress.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use stack_deploy::Time;
use stack_deploy::drive::{Interrupts, Surroundings};
use stack_deploy::engine::{Decision, Entry, Notice, Outcome, Question, Review};

use super::ask::Answers;
use super::journal::OpenJournal;
use super::signals::Underway;
use super::{Places, Voice, review};
use crate::progress::{Lookout, Progress};

/// What is decided without asking.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manner {
    /// Change sets are made and shown, and not executed.
    pub(crate) dry_run: bool,
    /// An earlier run is gone on with.
    pub(crate) resumes: bool,
    /// An interrupt rolls a running update back.
    pub(crate) cancel_on_interrupt: bool,
    /// What may be lost, by stack.
    pub(crate) losses: BTreeMap<String, BTreeSet<String>>,
}

/// What stands around the engines.
pub(crate) struct Around<'a> {
    pub(crate) voice: &'a Voice<'a>,
    pub(crate) progress: &'a Progress,
    /// Who observes services; told what CloudFormation says.
    pub(crate) lookout: Lookout,
    pub(crate) places: &'a Places,
    pub(crate) journal: Option<&'a OpenJournal>,
    pub(crate) answers: &'a dyn Answers,
    pub(crate) interrupts: Arc<Interrupts>,
    pub(crate) underway: Arc<Underway>,
    pub(crate) manner: Manner,
    /// Stacks of which this run has written something.
    begun: Mutex<BTreeSet<String>>,
    /// One question at a time, with what belongs to it.
    turn: Mutex<()>,
    /// What is done about an interrupt: asked once for all stacks.
    interrupted: Mutex<Option<Decision>>,
    changed: Mutex<BTreeSet<String>>,
}

impl<'a> Around<'a> {
    pub(crate) fn new(
        voice: &'a Voice<'a>,
        progress: &'a Progress,
        places: &'a Places,
        answers: &'a dyn Answers,
    ) -> Around<'a> {
        Around {
            voice,
            progress,
            lookout: Lookout::new(),
            places,
            journal: None,
            answers,
            interrupts: Arc::new(Interrupts::default()),
            underway: Arc::new(Underway::default()),
            manner: Manner::default(),
            begun: Mutex::default(),
            turn: Mutex::new(()),
            interrupted: Mutex::new(None),
            changed: Mutex::new(BTreeSet::new()),
        }
    }

    /// The stacks for which a change set with changes was made.
    pub(crate) fn changed(&self) -> BTreeSet<String> {
        let changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        changed.clone()
    }

    fn approve(&self, stack: &str, review: &Review) -> Decision {
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        changed.insert(stack.to_owned());
        drop(changed);
        let reviewed = review::of(review, self.places.place(stack));
        if self.manner.dry_run {
            // What cannot be written to standard output has no reader.
            let _ = self.voice.styled_result(&reviewed.lines);
            return Decision::No("it is a dry run".to_owned());
        }
        // Who approves sees it; who wants to see only problems, does not.
        if review.asks.is_some() || !self.voice.terminal().is_quiet() {
            self.voice.show(&reviewed.lines);
        }
        let accepted = self.manner.losses.get(stack);
        let lost: Vec<&str> = reviewed
            .losses
            .iter()
            .filter(|it| !accepted.is_some_and(|all| all.contains(*it)))
            .map(String::as_str)
            .collect();
        if !lost.is_empty() {
            let flags = lost
                .iter()
                .map(|it| format!("--accept-data-loss {stack}/{it}"));
            let flags: Vec<String> = flags.collect();
            return Decision::No(format!(
                "data in `{}` would be lost; keep it with a deletion policy, or accept that: `{}`",
                lost.join("`, `"),
                flags.join(" ")
            ));
        }
        if review.asks.is_none() {
            return Decision::Yes;
        }
        if !self.answers.is_there() {
            return Decision::NobodyThere;
        }
        match self.ask(&format!("deploy {stack}? [y/N] ")).as_deref() {
            Some("y" | "Y" | "yes") => Decision::Yes,
            _ => Decision::No("you said no".to_owned()),
        }
    }

    /// Whether an entry says more than the journal does. A run that began nothing, such as one that
    /// was refused, must not make it forget what an earlier one began.
    fn is_news(&self, stack: &str, entry: &Entry) -> bool {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        match entry {
            Entry::Finished { exit, .. } => {
                *exit == 0 || self.manner.resumes || begun.contains(stack)
            }
            _ => {
                begun.insert(stack.to_owned());
                true
            }
        }
    }

    fn ask(&self, question: &str) -> Option<String> {
        self.answers.ask(question, &self.interrupts)
    }

    /// Has the user type the stack's name.
    fn name(&self, stack: &str, warning: &str) -> Decision {
        if !self.answers.is_there() {
            return Decision::NobodyThere;
        }
        self.voice.talk(warning);
        let question = format!("type the stack's name, `{stack}`, to go on: ");
        match self.ask(&question) {
            Some(typed) if typed == stack => Decision::Yes,
            _ => Decision::No("the stack's name was not typed".to_owned()),
        }
    }

    fn on_interrupt(&self, can_cancel: bool, can_delete: bool) -> Decision {
        let mut decided = self
            .interrupted
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let fits = |it: &Decision| can_cancel || *it != Decision::Cancel;
        if let Some(decision) = decided.clone().filter(fits) {
            return decision;
        }
        let decision = if self.manner.cancel_on_interrupt && can_cancel {
            Decision::Cancel
        } else if self.manner.cancel_on_interrupt || !self.answers.is_there() {
            Decision::Detach
        } else {
            let cancel = match (can_cancel, can_delete) {
                (true, _) => ", [c]ancel it (AWS rolls the update back)",
                (false, true) => " (a creation is ended by `destroy`)",
                (false, false) => "",
            };
            let question = format!(
                "\nthe operation runs in AWS: [l]eave it to run and stop watching{cancel}, or [w]atch on? "
            );
            match self.ask(&question).as_deref() {
                Some("c" | "cancel") if can_cancel => Decision::Cancel,
                Some("w" | "watch") => Decision::KeepWaiting,
                _ => Decision::Detach,
            }
        };
        if decision != Decision::KeepWaiting {
            *decided = Some(decision.clone());
        }
        decision
    }
}

impl Surroundings for Around<'_> {
    fn now(&self) -> Time {
        self.progress.now()
    }

    fn record(&self, stack: &str, entry: &Entry) -> Result<(), String> {
        if let Some(journal) = self.journal
            && self.is_news(stack, entry)
        {
            let written = journal.file.append(self.now(), stack, entry);
            written.map_err(|it| crate::files::reason(&it))?;
        }
        self.underway.heed(stack, entry);
        Ok(())
    }

    fn decide(&self, stack: &str, question: &Question) -> Decision {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Question::Approve(review) = question {
            self.progress.expect(stack, review);
        }
        self.progress.aside(|| self.answer(stack, question))
    }

    fn show(&self, stack: &str, notice: &Notice) {
        self.progress.show(stack, notice);
        match notice {
            Notice::Review(review) => {
                let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
                let reviewed = review::of(review, self.places.place(stack));
                self.progress.aside(|| self.voice.show(&reviewed.lines));
            }
            Notice::Events(events) => {
                if let Some(place) = self.places.place(stack) {
                    self.lookout.heed(place, stack, events);
                }
            }
            Notice::Step(_) | Notice::Status { .. } | Notice::Again { .. } | Notice::Warning(_) => {
            }
        }
    }

    fn ended(&self, stack: &str, outcome: &Outcome) {
        // A dry run ends with a refusal that is none.
        if !self.manner.dry_run {
            self.progress.ended(stack, outcome);
        }
    }
}

impl Around<'_> {
    fn answer(&self, stack: &str, question: &Question) -> Decision {
        match question {
            Question::Approve(review) => self.approve(stack, review),
            Question::DeleteRolledBack { left, .. } if self.manner.dry_run => {
                let number = crate::terminal::count(left.len(), "resource");
                Decision::No(format!("it is a dry run, and {number} would be deleted"))
            }
            Question::DeleteRolledBack { left, .. } => {
                let warning = format!(
                    "the creation of {stack} was rolled back; to create it again it is deleted with what is left:\n{}",
                    listed(left)
                );
                self.name(stack, &warning)
            }
            Question::Destroy { resources, .. } => {
                let number = crate::terminal::count(resources.len(), "resource");
                let warning = format!(
                    "{stack}: {number} will be deleted, but for those with a deletion policy that keeps them:\n{}",
                    listed(resources)
                );
                self.name(stack, &warning)
            }
            Question::Interrupted {
                can_cancel,
                can_delete,
                ..
            } => self.on_interrupt(*can_cancel, *can_delete),
        }
    }
}

/// A line for each resource.
fn listed(resources: &BTreeMap<String, String>) -> String {
    let lines = resources.iter().map(|(id, kind)| format!("  {id} {kind}"));
    lines.collect::<Vec<_>>().join("\n")
}
