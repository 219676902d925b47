//! `rollout`: a service is rolled out in one environment or several.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use stack_core::{App, Problem};
use stack_deploy::ecr::{Digest, Version};
use stack_deploy::ecs::Service;
use stack_deploy::engine::Exit;
use stack_deploy::history::Ledger;
use stack_deploy::services::{
    Declaration, DeclaredService, Rollout as Asked, RolloutEnd, RolloutPlan, RolloutResult,
    Waiting, Wanted, Way, plan_rollouts, roll_out_all,
};
use stack_review::diff::render::Line;

use super::assemble;
use super::lines::{Sheet, digest};
use crate::aws::{AccessArguments, Aws, Guarding, Reach, Voice, duration, ended, problem};
use crate::stop::Stop;
use crate::terminal::{Terminal, plural};

/// Roll a service out: start its tasks anew, in one environment or several, accounts side by side
///
/// A tag that moves is resolved anew; another image goes into a new revision of the task definition.
/// It is done when every task runs the image.
///
/// Exit codes: 0 done; 3 failed, and ECS rolled back; 4 failed, and needs you; 5 not known, or goes
/// on; 6 refused; 7 somebody else is at work; 130 interrupted before. Of several environments, what
/// most needs somebody.
#[derive(clap::Args, Debug)]
pub(crate) struct Rollout {
    /// The service
    #[arg(value_name = "SERVICE")]
    service: String,
    /// An environment; can be said several times
    #[arg(
        long = "env",
        value_name = "ENVIRONMENT",
        value_delimiter = ',',
        required_unless_present = "all_envs"
    )]
    environments: Vec<String>,
    /// All environments of the service
    #[arg(long, conflicts_with = "environments")]
    all_envs: bool,
    /// One environment after the other, as images are promoted; the first that fails keeps the rest
    #[arg(long)]
    in_order: bool,
    /// The image: sha256:…
    #[arg(long, value_name = "DIGEST", value_parser = digest, conflicts_with = "tag")]
    digest: Option<Digest>,
    /// The tag of the image
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,
    /// The container whose image it is, when the service has images of several repositories
    #[arg(long, value_name = "NAME")]
    container: Option<String>,
    #[command(flatten)]
    waiting: WaitingArguments,
    #[command(flatten)]
    guarding: Guarding,
    #[command(flatten)]
    access: AccessArguments,
}

/// How a rollout is waited for.
#[derive(clap::Args, Clone, Debug)]
struct WaitingArguments {
    /// How long it is waited for; it goes on in AWS when that is over
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, default_value = "30m", help_heading = "Waiting")]
    timeout: Duration,
    /// Do not wait for the end
    #[arg(long, help_heading = "Waiting")]
    no_wait: bool,
}

impl Rollout {
    pub(crate) fn run(&self, app: App, aws: &dyn Aws, terminal: &Terminal) -> Result<(), Stop> {
        let assembly = assemble(app, "; nothing was rolled out")?;
        let declaration = Declaration::of(&assembly);
        let voice = Voice::new(terminal, Vec::new());
        let reach = Reach::new(aws, self.access.access());
        let services = self.services(&declaration)?;
        let freezes = self.guarding.freezes()?;
        let wanted = match (&self.digest, &self.tag) {
            (Some(it), _) => Wanted::Version(Version::Digest(it.clone())),
            (None, Some(it)) => Wanted::Version(Version::Tag(it.clone())),
            (None, None) => Wanted::Current,
        };
        let asked: Vec<Asked<'_>> = services
            .iter()
            .map(|service| Asked {
                service,
                container: self.container.clone(),
                wanted: wanted.clone(),
                force: self.guarding.force(),
            })
            .collect();
        let planned = plan_rollouts(&reach, &reach, &asked, &freezes);
        let mut plans = Vec::new();
        let mut exits = Vec::new();
        for (service, plan) in services.iter().zip(planned) {
            match plan {
                // What is after the one that cannot is not begun.
                Ok(plan) if exits.is_empty() || !self.in_order => plans.push(plan),
                Ok(_) => voice.talk(&format!("{}: not begun", service.environment)),
                Err(stopped) => {
                    exits.push(stopped.exit);
                    voice.problems(&[problem(&stopped).at(&service.environment)]);
                }
            }
        }
        if plans.is_empty() {
            return finish(exits);
        }
        let lines: Vec<Line> = plans.iter().flat_map(shown).collect();
        let number = plans.len();
        let question = format!("roll out in {number} {}?", plural(number, "environment"));
        if !self.guarding.approved(&voice, &reach, &lines, &question)? {
            return finish(exits);
        }
        let history = self.guarding.history(&reach)?;
        let run = self.guarding.run()?;
        let ledger = Ledger::new(Some(&*history), &reach, &run);
        reach.heed_signals();
        let news = News::new(&voice);
        let told = |environment: &str, service: &Service| news.tell(environment, service);
        let waiting = Waiting {
            bound: (!self.waiting.no_wait).then_some(self.waiting.timeout),
            told: &told,
        };
        let results = roll_out_all(&reach, &plans, &waiting, &ledger, self.in_order);
        for result in &results {
            tell(&voice, result)?;
            exits.push(result.end.exit());
        }
        finish(exits)
    }

    fn services<'d>(&self, declaration: &'d Declaration) -> Result<Vec<&'d DeclaredService>, Stop> {
        let all = declaration.of_name(&self.service);
        let all = all.map_err(|it| ended(&it))?;
        if self.all_envs {
            return Ok(all);
        }
        for it in &self.environments {
            let found = declaration.service(&self.service, it);
            found.map_err(|it| ended(&it))?;
        }
        let is_named = |it: &&DeclaredService| self.environments.contains(&it.environment);
        Ok(all.into_iter().filter(is_named).collect())
    }
}

fn finish(exits: Vec<Exit>) -> Result<(), Stop> {
    match Exit::of_all(exits) {
        Exit::Ok => Ok(()),
        exit => Err(Stop::Ended {
            problems: Vec::new(),
            exit: exit.code(),
        }),
    }
}

/// What will be done in an environment.
pub(super) fn shown(plan: &RolloutPlan) -> Vec<Line> {
    let mut sheet = Sheet::new();
    let declared = &plan.declared;
    sheet.heading(&format!("{} in {}", declared.name, declared.environment));
    let tasks = usize::try_from(plan.seen.service.desired).unwrap_or_default();
    sheet.plain(&format!(
        "{tasks} {} {}",
        plural(tasks, "task"),
        match plan.runs_already {
            true => "to start anew, with the image that runs",
            false => "to start anew, with another image",
        }
    ));
    sheet.plain(&format!("image {}", plan.manifest.digest));
    match &plan.way {
        Way::Anew => sheet.plain("the task definition stays; its tag is resolved anew"),
        Way::Revision(images) => {
            for (container, image) in images {
                sheet.changed(&format!("a new revision: `{container}` has `{image}`"));
            }
        }
    }
    if let Some(says) = &plan.template_says {
        sheet.advice(&format!(
            "the template of `{}` says `{}`: a deployment that changes the task definition brings that back",
            declared.stack, says.version
        ));
    }
    if let Some(reason) = &plan.reason {
        sheet.danger(&format!("forced; because: {reason}"));
    }
    sheet.lines
}

/// What came of it in an environment.
pub(super) fn tell(voice: &Voice<'_>, result: &RolloutResult) -> Result<(), Stop> {
    let warning = |it: &String| Problem::warning("rollout", it.clone());
    voice.problems(&result.warnings.iter().map(warning).collect::<Vec<_>>());
    let environment = &result.declared.environment;
    let digest = result.digest.as_ref().map_or("", |it| it.as_str());
    match &result.end {
        RolloutEnd::Done(0) => voice.result(&format!(
            "{environment}: no task is wanted; the next ones run {digest}\n"
        )),
        RolloutEnd::Done(tasks) => {
            let tasks_run = match tasks {
                1 => "1 task runs".to_owned(),
                _ => format!("all {tasks} tasks run"),
            };
            voice.result(&format!("{environment}: {tasks_run} {digest}\n"))
        }
        RolloutEnd::Started => voice.result(&format!(
            "{environment}: started; `status --all-envs` says how far it is\n"
        )),
        RolloutEnd::Skipped(because) => {
            voice.result(&format!("{environment}: not begun, because of {because}\n"))
        }
        RolloutEnd::Stopped(stopped) => {
            voice.problems(&[problem(stopped).at(environment)]);
            Ok(())
        }
    }
}

/// A line whenever the numbers of an environment change.
pub(super) struct News<'a> {
    voice: &'a Voice<'a>,
    last: Mutex<BTreeMap<String, String>>,
}

impl<'a> News<'a> {
    pub(super) fn new(voice: &'a Voice<'a>) -> News<'a> {
        News {
            voice,
            last: Mutex::default(),
        }
    }

    pub(super) fn tell(&self, environment: &str, service: &Service) {
        let Some(it) = service.primary() else {
            return;
        };
        let mut line = format!(
            "{environment}: {} of {} new tasks run, {} start",
            it.running, it.desired, it.pending
        );
        if it.failed > 0 {
            line.push_str(&format!(", {} failed", it.failed));
        }
        let old: i32 = service.deployments.iter().map(|it| it.running).sum();
        if old > it.running {
            line.push_str(&format!(", {} old ones run", old - it.running));
        }
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.get(environment) != Some(&line) {
            self.voice.talk(&line);
            last.insert(environment.to_owned(), line);
        }
    }
}
