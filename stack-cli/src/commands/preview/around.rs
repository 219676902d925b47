//! What stands around the operations on environments: clock, signals, what is shown.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use stack_core::Problem;
use stack_deploy::Time;
use stack_deploy::api::StackEvent;
use stack_deploy::diagnose::{Case, diagnose};
use stack_deploy::drive::{Interrupts, Surroundings};
use stack_deploy::engine::{Decision, Entry, Notice, Outcome, Question};
use stack_deploy::observe::{Looks, Observer};
use stack_deploy::previews::{self, News, evidence};

use crate::aws::signals::{self, Underway};
use crate::aws::{Clock, PreviewClient};
use crate::terminal::Terminal;

/// What stands around.
pub(super) struct Around<'t> {
    terminal: &'t Terminal,
    client: Arc<dyn PreviewClient>,
    interrupts: Arc<Interrupts>,
    underway: Arc<Underway>,
    clock: Clock,
    /// What was waited for last: said once, and every half minute.
    waiting: Mutex<(String, Time)>,
    /// What was seen of services while it ran.
    seen: Mutex<Seen>,
    region: String,
}

#[derive(Default)]
struct Seen {
    observer: Observer,
    events: Vec<StackEvent>,
}

/// How often a wait is said again.
const HEARTBEAT: Duration = Duration::from_secs(30);

impl<'t> Around<'t> {
    pub(super) fn new(
        terminal: &'t Terminal,
        client: Arc<dyn PreviewClient>,
        region: &str,
    ) -> Around<'t> {
        let around = Around {
            terminal,
            client,
            interrupts: Arc::new(Interrupts::default()),
            underway: Arc::new(Underway::default()),
            clock: Clock::start(),
            waiting: Mutex::new((String::new(), Time(0))),
            seen: Mutex::default(),
            region: region.to_owned(),
        };
        signals::heed(&around.interrupts, &around.underway, "preview up");
        around
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, text: &str) {
        let seconds = self.clock.elapsed().as_secs();
        self.terminal.talk(&format!("{seconds:>4} s  {text}"));
    }
}

impl Surroundings for Around<'_> {
    fn now(&self) -> Time {
        self.clock.now()
    }

    /// The stack itself says what is under way: whoever begins again finds it there.
    fn record(&self, stack: &str, entry: &Entry) -> Result<(), String> {
        self.underway.heed(stack, entry);
        Ok(())
    }

    fn decide(&self, _: &str, question: &Question) -> Decision {
        match question {
            Question::Approve(_) => Decision::Yes,
            Question::Interrupted { .. } => Decision::Detach,
            Question::DeleteRolledBack { .. } | Question::Destroy { .. } => Decision::NobodyThere,
        }
    }

    fn show(&self, stack: &str, notice: &Notice) {
        match notice {
            Notice::Status { status, reason } => {
                let reason = reason
                    .as_ref()
                    .map_or(String::new(), |it| format!(": {it}"));
                self.say(&format!("{stack} {status}{reason}"));
            }
            Notice::Events(events) => {
                let mut seen = self.seen();
                seen.observer.heed(self.now(), stack, events);
                seen.events.extend(events.iter().cloned());
                drop(seen);
                for it in events.iter().filter(|it| !it.is_of_stack()) {
                    let reason = it
                        .reason
                        .as_ref()
                        .map_or(String::new(), |it| format!(": {it}"));
                    self.say(&format!("{} {}{reason}", it.logical_id, it.status));
                }
            }
            Notice::Again { call, error, .. } => self.say(&format!("{call} again: {error}")),
            Notice::Step(_) | Notice::Review(_) | Notice::Warning(_) => (),
        }
    }
}

impl previews::Around for Around<'_> {
    fn pause(&self, duration: Duration) {
        let looks = Looks {
            ecs: &*self.client,
            balancing: &*self.client,
        };
        // Tasks that stopped are forgotten within the hour, and those of a service that is deleted
        // at once.
        self.seen().observer.look(self.now(), looks);
        let known = self.interrupts.count();
        let until = Instant::now() + duration;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.interrupts.count() > known {
                return;
            }
            thread::sleep(left.min(Duration::from_millis(100)));
        }
    }

    fn interrupts(&self) -> u8 {
        self.interrupts.count()
    }

    fn tell(&self, news: &News) {
        match news {
            News::Step(text) => self.say(text),
            News::Waiting { what, until } => {
                let mut last = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                let now = self.now();
                if last.0 != *what || now.since(last.1) >= HEARTBEAT {
                    *last = (what.clone(), now);
                    let left = super::long(until.since(now).as_secs());
                    self.say(&format!("waiting, {left} at most, for {what}"));
                }
            }
            News::Predicted(it) => {
                if it.seconds > 0 {
                    let parts = it.parts.iter().filter(|it| it.1 > 0);
                    let parts: Vec<String> = parts
                        .map(|(what, seconds)| format!("{what} {seconds} s"))
                        .collect();
                    self.say(&format!("about {} s: {}", it.seconds, parts.join(", ")));
                }
                if let Some(why) = &it.stuck {
                    let message = format!("the deployment may not finish: {why}");
                    self.terminal
                        .problems(&[Problem::warning("rollout", message)]);
                }
            }
            News::Live { url, seconds } => self.say(&format!("{url} answers after {seconds} s")),
            News::Warning(text) => {
                self.terminal.problems(&[Problem::warning("preview", text)]);
            }
        }
    }

    fn diagnose(&self, outcome: &Outcome) -> Vec<String> {
        let seen = self.seen();
        let diagnosis = diagnose(&Case {
            outcome,
            events: &seen.events,
            dossiers: &seen.observer.dossiers(&outcome.stack),
            region: &self.region,
            line: &|_| None,
        });
        drop(seen);
        let Some(diagnosis) = diagnosis else {
            return evidence(&*self.client, outcome);
        };
        let mut lines = vec![diagnosis.sentence];
        lines.extend(diagnosis.evidence.into_iter().map(|it| it.text));
        lines.extend(diagnosis.next.into_iter().map(|it| match it.command {
            Some(command) => format!("{}: `{command}`", it.what),
            None => it.what,
        }));
        lines
    }
}
