//! [`Progress`]: hears what happens from all threads, and writes what is to be shown.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::OpenOptions;
use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Once, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;
use stack_deploy::Time;
use stack_deploy::api::StackEvent;
use stack_deploy::diagnose::Diagnosis;
use stack_deploy::engine::{Notice, Outcome, Review};
use stack_deploy::observe::{Dossier, Doubt, Observation};

use super::layout::{ASCII, Marks, UNICODE, fit_height, one_line};
use super::lines::{self, HEARTBEAT};
use super::mode::{Choice, Mode, is_unicode};
use super::record::Record;
use super::screen::{self, Screen};
use super::state::{Change, News, State};
use super::summary::Account;
use super::{github, tree};
use crate::aws::Clock;
use crate::clean::clean_json;
use crate::terminal::Terminal;

/// Between two drawings: ten a second.
const FRAME: Duration = Duration::from_millis(100);
/// Between two looks at whether a heartbeat is due.
const BEAT: Duration = Duration::from_secs(1);

/// What is shown, where, how.
pub(crate) struct Settings {
    /// As the user says it.
    pub(crate) choice: Choice,
    /// The stacks in the order in which they are shown, each with those it waits for.
    pub(crate) stacks: Vec<(String, Vec<String>)>,
    /// Takes secrets out of a text, in which AWS may repeat them.
    pub(crate) hide: Hide,
}

/// Takes out of a text what must not be shown.
pub(crate) type Hide = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// Hears what happens to the stacks of a run, and shows it.
pub(crate) struct Progress {
    shared: Arc<Shared>,
    terminal: Terminal,
    clock: Clock,
    hide: Hide,
    ticker: Mutex<Option<JoinHandle<()>>>,
}

/// Says why an operation failed, from its outcome, its events and what was seen of its services.
pub(crate) type Explain<'a> = &'a dyn Fn(&Outcome, &[StackEvent], &[Dossier]) -> Option<Diagnosis>;

struct Shared {
    inner: Mutex<Inner>,
    bell: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is to be written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Output {
    /// On standard error.
    pub(super) talk: String,
    /// On standard output.
    pub(super) result: String,
}

/// All but the writing.
pub(super) struct Inner {
    state: State,
    hide: Hide,
    mode: Mode,
    marks: &'static Marks,
    color: bool,
    screen: Screen,
    /// Lines that wait to be shown above the tree.
    above: Vec<String>,
    events: BTreeMap<String, Vec<StackEvent>>,
    /// Something was heard.
    heard: bool,
    /// Somebody else writes.
    asides: usize,
    last_line: Time,
    over: bool,
}

impl Inner {
    pub(super) fn new(
        now: Time,
        mode: Mode,
        unicode: bool,
        color: bool,
        stacks: Vec<(String, Vec<String>)>,
        hide: Hide,
    ) -> Inner {
        Inner {
            state: State::new(now, stacks),
            hide,
            mode,
            marks: if unicode { &UNICODE } else { &ASCII },
            color,
            screen: Screen::default(),
            above: Vec::new(),
            events: BTreeMap::new(),
            heard: false,
            asides: 0,
            last_line: now,
            over: false,
        }
    }

    /// Hears something of a stack.
    pub(super) fn hear(&mut self, now: Time, stack: &str, news: &News<'_>) -> Output {
        self.heard = true;
        if let News::Notice(Notice::Events(events)) = news {
            let known = self.events.entry(stack.to_owned()).or_default();
            known.extend(events.iter().cloned());
        }
        let changes = self.state.take(now, stack, news);
        let mut output = Output::default();
        for change in &changes {
            self.tell(now, change, &mut output);
        }
        output
    }

    fn tell(&mut self, now: Time, change: &Change, output: &mut Output) {
        match self.mode {
            Mode::Tree if lines::is_lasting(change) => {
                self.above
                    .extend(lines::line(change).map(|it| (self.hide)(&it)));
            }
            Mode::Tree | Mode::Quiet => (),
            Mode::Lines => {
                if let Some(line) = lines::line(change) {
                    self.last_line = now;
                    output.talk.push_str(&(self.hide)(&line));
                    output.talk.push('\n');
                }
            }
            Mode::Json => {
                self.last_line = now;
                output
                    .result
                    .push_str(&json(&Record::of(change), &self.hide));
            }
        }
    }

    /// Time passes: the tree is drawn, or it is said what is waited for.
    pub(super) fn tick(&mut self, now: Time, size: (usize, usize)) -> Output {
        let mut output = Output::default();
        let silent = now.since(self.last_line) >= HEARTBEAT;
        match self.mode {
            // Before anything is heard, others write.
            Mode::Tree if self.heard && self.asides == 0 && !self.over => {
                let (width, height) = size;
                let rows = tree::rows(&self.state, now, self.marks).into_iter();
                let rows = rows.map(|it| it.hiding(&*self.hide)).collect();
                // The last line is the cursor's.
                let rows = fit_height(rows, height.saturating_sub(1), self.marks);
                let above = std::mem::take(&mut self.above);
                output.talk = self
                    .screen
                    .draw(&above, &rows, width, self.color, self.marks);
            }
            Mode::Lines if silent => {
                self.last_line = now;
                for (stack, text) in lines::heartbeat(&self.state, now) {
                    let line = one_line(&format!("{now} {stack}: {text}"));
                    output.talk.push_str(&(self.hide)(&line));
                    output.talk.push('\n');
                }
            }
            Mode::Json if silent => {
                self.last_line = now;
                for (stack, text) in lines::heartbeat(&self.state, now) {
                    let record = Record::waiting(now, &stack, &text);
                    output.result.push_str(&json(&record, &self.hide));
                }
            }
            Mode::Tree | Mode::Lines | Mode::Json | Mode::Quiet => (),
        }
        output
    }

    /// Takes the tree away, so that somebody else can write.
    fn clear(&mut self, width: usize) -> String {
        let mut text = self.screen.clear(width);
        for line in std::mem::take(&mut self.above) {
            text.push_str(&line);
            text.push('\n');
        }
        text
    }

    /// What came of it, in the order of the stacks.
    fn account(&self, now: Time, outcomes: &BTreeMap<String, Outcome>) -> Account {
        let known = self.state.stacks.iter().map(|it| &it.name);
        let mut names: Vec<&String> = known.filter(|it| outcomes.contains_key(*it)).collect();
        names.extend(outcomes.keys().filter(|it| self.state.stack(it).is_none()));
        let took = self.state.stacks.iter().filter_map(|it| {
            let ended = it.ended.as_ref().map_or(now, |it| it.0);
            Some((it.name.clone(), ended.since(it.began?)))
        });
        Account {
            outcomes: names
                .into_iter()
                .filter_map(|it| outcomes.get(it).cloned())
                .collect(),
            took: took.collect(),
            whole: now.since(self.state.began),
            ..Account::default()
        }
    }
}

/// A record as a line. Secrets are looked for in the values: in the text they can be escaped.
fn json(record: &Record, hide: &Hide) -> String {
    let mut value = serde_json::to_value(record).unwrap_or_default();
    let text = match hide_in(&mut value, hide) {
        true => value.to_string(),
        // In the order of the schema.
        false => serde_json::to_string(record).unwrap_or_default(),
    };
    format!("{}\n", clean_json(&text))
}

/// Whether there was something to hide.
fn hide_in(value: &mut Value, hide: &Hide) -> bool {
    match value {
        Value::String(text) => {
            let hidden = hide(text);
            let found = hidden != *text;
            *text = hidden;
            found
        }
        Value::Array(all) => all
            .iter_mut()
            .fold(false, |found, it| hide_in(it, hide) | found),
        Value::Object(all) => all
            .values_mut()
            .fold(false, |found, it| hide_in(it, hide) | found),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).and_then(|it| it.into_string().ok())
}

impl Progress {
    /// Begins to show. A thread of its own draws, or says what is waited for, until
    /// [`finish`](Progress::finish).
    pub(crate) fn new(settings: Settings, terminal: Terminal) -> Progress {
        let Settings {
            choice,
            stacks,
            hide,
        } = settings;
        let clock = Clock::start();
        let mode = choice.mode(terminal.is_quiet(), Terminal::can_draw(), variable);
        let count = stacks.len();
        let inner = Inner::new(
            clock.now(),
            mode,
            is_unicode(variable),
            terminal.color(),
            stacks,
            Arc::clone(&hide),
        );
        let shared = Arc::new(Shared {
            inner: Mutex::new(inner),
            bell: Condvar::new(),
        });
        if mode == Mode::Lines && is_github() {
            let title = format!("Progress of {}", crate::terminal::count(count, "stack"));
            terminal.live(&github::group(&title));
        }
        let period = match mode {
            Mode::Tree => Some(FRAME),
            Mode::Lines | Mode::Json => Some(BEAT),
            Mode::Quiet => None,
        };
        if mode == Mode::Tree {
            restore_on_panic();
        }
        let ticker = period.map(|period| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || tick(&shared, clock, terminal, period))
        });
        Progress {
            shared,
            terminal,
            clock,
            hide,
            ticker: Mutex::new(ticker),
        }
    }

    /// The moment, for engines too.
    pub(crate) fn now(&self) -> Time {
        self.clock.now()
    }

    fn hear(&self, stack: &str, news: &News<'_>) {
        let mut inner = self.shared.lock();
        let output = inner.hear(self.clock.now(), stack, news);
        // Under the lock: lines of several threads stay in order.
        write(self.terminal, &output);
    }

    /// Shows what an engine tells.
    pub(crate) fn show(&self, stack: &str, notice: &Notice) {
        self.hear(stack, &News::Notice(notice));
    }

    /// Knows from now on how much is to change.
    pub(crate) fn expect(&self, stack: &str, review: &Review) {
        self.hear(stack, &News::Review(review));
    }

    /// Shows what an observer saw.
    pub(crate) fn seen(&self, observation: &Observation) {
        self.hear(&observation.stack, &News::Seen(observation));
    }

    /// Shows what is doubted after a success.
    pub(crate) fn doubt(&self, stack: &str, doubts: &[Doubt]) {
        self.hear(stack, &News::Doubts(doubts));
    }

    /// Shows that a stack's operation is over.
    pub(crate) fn ended(&self, stack: &str, outcome: &Outcome) {
        self.hear(stack, &News::Ended(outcome));
    }

    /// Lets somebody else write, a question for example: the tree is away meanwhile.
    pub(crate) fn aside<T>(&self, work: impl FnOnce() -> T) -> T {
        struct Aside<'a>(&'a Shared);
        impl Drop for Aside<'_> {
            fn drop(&mut self) {
                self.0.lock().asides -= 1;
            }
        }
        {
            let mut inner = self.shared.lock();
            inner.asides += 1;
            let text = inner.clear(self.terminal.size().0);
            self.terminal.live(&text);
        }
        let _aside = Aside(&self.shared);
        work()
    }

    /// The services of a stack that something happened to.
    pub(crate) fn services(&self, stack: &str) -> BTreeSet<String> {
        let inner = self.shared.lock();
        let resources = inner
            .state
            .stack(stack)
            .into_iter()
            .flat_map(|it| &it.resources);
        let services = resources.filter(|(_, it)| it.kind == "AWS::ECS::Service");
        services.map(|(id, _)| id.clone()).collect()
    }

    /// Everything that was seen of a stack's services.
    fn dossiers(&self, stack: &str) -> Vec<Dossier> {
        let inner = self.shared.lock();
        let stack = inner.state.stack(stack);
        let services = stack.into_iter().flat_map(|it| it.services.values());
        services.cloned().collect()
    }

    /// Ends, and says what came of it: on standard output, and to GitHub's runner when it is there.
    /// `explain` says why an operation failed, from its outcome, its events and what was seen of
    /// its services.
    pub(crate) fn finish(
        &self,
        outcomes: &BTreeMap<String, Outcome>,
        doubts: BTreeMap<String, Vec<Doubt>>,
        explain: Explain<'_>,
    ) -> Account {
        self.stop();
        let now = self.clock.now();
        let (mut account, events, mode) = {
            let inner = self.shared.lock();
            (
                inner.account(now, outcomes),
                inner.events.clone(),
                inner.mode,
            )
        };
        account.doubts = doubts;
        for outcome in &account.outcomes {
            let events = events.get(&outcome.stack).map_or(&[][..], Vec::as_slice);
            let dossiers = self.dossiers(&outcome.stack);
            if let Some(diagnosis) = explain(outcome, events, &dossiers) {
                account.diagnoses.insert(outcome.stack.clone(), diagnosis);
            }
        }
        self.conclude(now, mode, &account);
        account
    }

    /// Ends, and says what a dry run found out: beside its result, on standard error.
    pub(crate) fn finish_dry_run(&self, outcomes: &BTreeMap<String, Outcome>) {
        self.stop();
        let account = self.shared.lock().account(self.clock.now(), outcomes);
        let text = (self.hide)(&account.dry_run());
        self.terminal.talk(text.trim_end());
    }

    fn conclude(&self, now: Time, mode: Mode, account: &Account) {
        let github = is_github();
        if github && mode == Mode::Lines {
            self.terminal.live(github::END_GROUP);
        }
        // Nobody is left to tell when standard output is gone.
        let _ = match mode {
            Mode::Json => {
                let mut text = String::new();
                for diagnosis in account.diagnoses.values() {
                    text.push_str(&json(&Record::diagnosis(now, diagnosis), &self.hide));
                }
                let exit = account.exit().code();
                let total = Record::total(now, &account.total(), exit);
                text.push_str(&json(&total, &self.hide));
                self.terminal.raw(&text)
            }
            Mode::Tree | Mode::Lines | Mode::Quiet => self
                .terminal
                .painted_result(&(self.hide)(&account.text(mode == Mode::Quiet))),
        };
        if github {
            let annotations = github::annotations(account);
            self.terminal.live(&(self.hide)(&annotations));
            if let Some(path) = variable("GITHUB_STEP_SUMMARY").filter(|it| !it.is_empty()) {
                let file = OpenOptions::new().append(true).create(true).open(&path);
                let text = (self.hide)(&github::step_summary(account));
                let written = file.and_then(|mut it| it.write_all(text.as_bytes()));
                if let Err(error) = written {
                    let reason = crate::files::reason(&error);
                    let text = format!("note: the step's summary could not be written: {reason}");
                    self.terminal.talk(&text);
                }
            }
        }
    }

    /// Ends the thread, and takes the tree away.
    fn stop(&self) {
        let was_over = {
            let mut inner = self.shared.lock();
            std::mem::replace(&mut inner.over, true)
        };
        if was_over {
            return;
        }
        self.shared.bell.notify_all();
        let ticker = self
            .ticker
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(ticker) = ticker {
            // It does not panic, and if it did all the same: the rest is told.
            let _ = ticker.join();
        }
        if thread::panicking() {
            // What the panic says stands below the tree.
            return screen::restore();
        }
        let text = self.shared.lock().clear(self.terminal.size().0);
        self.terminal.live(&text);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.stop();
    }
}

fn is_github() -> bool {
    variable("GITHUB_ACTIONS").as_deref() == Some("true")
}

fn write(terminal: Terminal, output: &Output) {
    terminal.live(&output.talk);
    if !output.result.is_empty() {
        // A reader that went away does not end a deployment.
        let _ = terminal.raw(&output.result);
    }
}

fn tick(shared: &Shared, clock: Clock, terminal: Terminal, period: Duration) {
    let mut inner = shared.lock();
    while !inner.over {
        let output = inner.tick(clock.now(), terminal.size());
        write(terminal, &output);
        let waited = shared.bell.wait_timeout_while(inner, period, |it| !it.over);
        inner = waited.unwrap_or_else(PoisonError::into_inner).0;
    }
}

/// A panic shows the cursor before it says what it has to say.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            screen::restore();
            usual(panic);
        }));
    });
}
