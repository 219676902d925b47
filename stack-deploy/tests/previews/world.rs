//! An account with the base of the program, and runs in it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use stack_core::build::{Life, Preview, Previews};
use stack_core::prelude::*;
use stack_core::{App, Assembly};
use stack_deploy::drive::Surroundings;
use stack_deploy::engine::{Decision, Entry, Notice, Pace, Question, Seed};
use stack_deploy::previews::*;
use stack_deploy::{StackStatus, Time};
use stack_templates::*;

use super::clock::{Clock, START};
use super::cloud::{ACCOUNT, Cloud, LISTENER, State};

pub const NAMING: Naming = naming!("preview", "acme/shop");

pub struct World {
    pub state: Arc<Mutex<State>>,
    pub clock: Arc<Clock>,
    pub system: System,
}

/// A program, with the memory of a task.
pub fn program(memory: u32) -> App {
    let mut app = App::new();
    let place = Environment::new(ACCOUNT, "eu-west-1");
    let mut stack = app.stack("PreviewBase");
    stack.environment(place.clone());
    let network = stack.add("Network", Network::new(cidr!("10.60.0.0/16"), 2));
    let zone = Zone::existing("Z0123456789PREVIEW", "preview.shop-dev.example");
    let base = BranchBase::new(network, &zone, NAMING, "shop/web")
        .open_to([cidr!("203.0.113.0/24")])
        .instances(["m6i.large", "m6a.large", "m5.large"], 1, 4)
        .at_most_each(2);
    let base = stack.add("Previews", base);
    let previews = base.previews().standing([Preview::of("main").pinned()]);
    app.previews(previews, move |app, asked| {
        let environment = BranchEnvironment::asked(base, asked, port!(8080))
            .size(128, asked.memory_or(mib(memory)));
        let mut stack = app.stack(base.stack(&asked.branch));
        stack.environment(place.clone());
        stack.add("Web", environment);
    });
    app
}

pub fn made(asked: &Preview, memory: u32) -> Result<Assembly, String> {
    let mut app = program(memory);
    app.ask_for_preview("preview", asked.clone());
    app.synth().map_err(|it| format!("{it:?}"))
}

impl World {
    pub fn new() -> World {
        let app = program(256);
        let systems = app.preview_systems();
        let (previews, environment) = systems.first().expect("one");
        let previews: Previews = (*previews).clone();
        let system = System::new(previews, environment.clone(), "us-east-1");
        let mut state = State::default();
        let assembly = made(&Preview::of("x"), 256).expect("a program");
        let mut outputs = BTreeMap::new();
        for wire in assembly
            .wiring()
            .iter()
            .filter(|it| it.from_stack == "PreviewBase")
        {
            let value = match wire.parameter.as_str() {
                "PreviewsEdgeListener" => LISTENER.to_owned(),
                other => format!("of-{other}"),
            };
            outputs.insert(wire.output.clone(), value);
        }
        state
            .given("PreviewBase", StackStatus::CreateComplete, START)
            .it
            .outputs = outputs;
        World {
            state: Arc::new(Mutex::new(state)),
            clock: Arc::new(Clock::new()),
            system,
        }
    }

    pub fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs something on a thread's turn.
    pub fn as_thread<T>(&self, who: usize, work: impl FnOnce(&Tools<'_>, &Watch) -> T) -> T {
        let cloud = Cloud {
            state: self.state.clone(),
            clock: self.clock.clone(),
            who,
        };
        let watch = Watch {
            clock: self.clock.clone(),
            who,
            said: Mutex::new(Vec::new()),
        };
        self.clock.sleep(who, Duration::ZERO);
        let tools = Tools {
            aws: &cloud,
            around: &watch,
            seed: Seed([u8::try_from(who).expect("few") + 1; 16]),
            pace: Pace::default(),
        };
        let result = work(&tools, &watch);
        self.clock.leave();
        result
    }

    pub fn alone<T>(&self, work: impl FnOnce(&Tools<'_>) -> T) -> T {
        self.as_thread(0, |tools, _| work(tools))
    }

    pub fn up(&self, asked: &Preview) -> Up {
        self.up_with(asked, 256, |_| ())
    }

    pub fn up_with(&self, asked: &Preview, memory: u32, change: impl Fn(&mut UpOptions)) -> Up {
        self.alone(|tools| {
            let mut options = UpOptions::new(tools.around.now());
            change(&mut options);
            up(tools, &self.system, asked, |it| made(it, memory), &options)
        })
    }

    pub fn down(&self, branch: &str, options: &DownOptions) -> Down {
        self.alone(|tools| down(tools, &self.system, branch, options))
    }

    pub fn extend(&self, branch: &str, life: Life) -> Extended {
        self.alone(|tools| extend(tools, &self.system, branch, life, None))
    }

    /// Time passes.
    pub fn hours(&self, hours: u64) {
        self.clock.sleep(0, Duration::from_secs(hours * 3_600));
        self.clock.leave();
    }

    pub fn name(&self, branch: &str) -> String {
        NAMING.names(branch).stack()
    }

    /// Brings an environment up and puts its stack into a status.
    pub fn given(&self, branch: &str, image: &str, status: &str) {
        let up = self.up(&Preview::of(branch).image(image).owner("ana").hours(48));
        assert_eq!(up.end, UpEnd::Live, "{up:?}");
        let name = self.name(branch);
        let mut state = self.state();
        state.log.clear();
        let stack = state.stack_mut(&name).expect("it");
        stack.it.status = StackStatus::parse(status);
    }
}

pub struct Watch {
    clock: Arc<Clock>,
    who: usize,
    said: Mutex<Vec<News>>,
}

impl Surroundings for Watch {
    fn now(&self) -> Time {
        self.clock.now()
    }

    fn record(&self, _: &str, _: &Entry) -> Result<(), String> {
        Ok(())
    }

    fn decide(&self, _: &str, question: &Question) -> Decision {
        match question {
            Question::Approve(_) => Decision::Yes,
            _ => Decision::NobodyThere,
        }
    }

    fn show(&self, _: &str, _: &Notice) {}
}

impl Around for Watch {
    fn pause(&self, duration: Duration) {
        self.clock.sleep(self.who, duration);
    }

    fn tell(&self, news: &News) {
        self.said
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(news.clone());
    }
}
