//! `rollback SERVICE --env ENVIRONMENT --to …`: back to an image that ran before.

use std::time::Duration;

use stack_core::{App, Problem};
use stack_deploy::ecs::Service;
use stack_deploy::engine::Exit;
use stack_deploy::history::Ledger;
use stack_deploy::services::{Declaration, Rollout, Waiting, Wanted, plan_rollback, roll_back};

use super::assemble;
use super::lines::Sheet;
use super::rollout::{News, shown, tell};
use crate::aws::{Access, Aws, Guarding, Reach, Voice, ended};
use crate::stop::Stop;
use crate::terminal::Terminal;

/// What can be said of going back with a service.
#[derive(clap::Args, Debug)]
pub(crate) struct ServiceRollback {
    /// Go back with a service to a tag, a digest, a commit or a moment in UTC, such as
    /// 2026-11-20T14:30; what is not clear lists the choices
    #[arg(
        long,
        value_name = "IMAGE",
        requires = "environment",
        help_heading = "Services"
    )]
    to: Option<String>,
    /// The service's environment
    #[arg(
        long = "env",
        value_name = "ENVIRONMENT",
        requires = "to",
        help_heading = "Services"
    )]
    environment: Option<String>,
    /// The container whose image it is, when the service has images of several repositories
    #[arg(long, value_name = "NAME", requires = "to", help_heading = "Services")]
    container: Option<String>,
    #[command(flatten)]
    guarding: Guarding,
}

impl ServiceRollback {
    /// The environment and the image, when it is a service that goes back.
    pub(crate) fn asked(&self) -> Option<(&str, &str)> {
        Some((self.environment.as_deref()?, self.to.as_deref()?))
    }

    /// Goes back; `bound` is how long that is waited for.
    pub(crate) fn run(
        &self,
        app: App,
        services: &[String],
        (environment, to): (&str, &str),
        (access, bound): (Access, Option<Duration>),
        aws: &dyn Aws,
        terminal: &Terminal,
    ) -> Result<(), Stop> {
        let [service] = services else {
            let message = "`--to` goes back with one service";
            return Err(Problem::error("usage", message).into());
        };
        let assembly = assemble(app, "; nothing was rolled back")?;
        let declaration = Declaration::of(&assembly);
        let declared = declaration.service(service, environment);
        let declared = declared.map_err(|it| ended(&it))?;
        let voice = Voice::new(terminal, Vec::new());
        let reach = Reach::new(aws, access);
        let freezes = self.guarding.freezes()?;
        let history = self.guarding.history(&reach)?;
        let run = self.guarding.run()?;
        let ledger = Ledger::new(Some(&*history), &reach, &run);
        let asked = Rollout {
            service: declared,
            container: self.container.clone(),
            wanted: Wanted::Current,
            force: self.guarding.force(),
        };
        let plan = plan_rollback(&reach, &ledger, &asked, to, &freezes);
        let plan = plan.map_err(|it| ended(&it))?;
        let mut lines = shown(&plan.rollout);
        let mut sheet = Sheet::new();
        for change in &plan.changes {
            let from = change.from.as_ref().map_or("no image", |it| it.short());
            let back = plan.choice.digest.short();
            sheet.changed(&format!(
                "tag `{}` goes back from {from} to {back}",
                change.tag
            ));
        }
        lines.extend(sheet.lines);
        let question = format!("roll {environment} back?");
        if !self.guarding.approved(&voice, &reach, &lines, &question)? {
            return Ok(());
        }
        reach.heed_signals();
        let news = News::new(&voice);
        let told = |environment: &str, service: &Service| news.tell(environment, service);
        let waiting = Waiting { bound, told: &told };
        let result = roll_back(&reach, &plan, &waiting, &ledger);
        tell(&voice, &result)?;
        match result.end.exit() {
            Exit::Ok => Ok(()),
            exit => Err(Stop::Ended {
                problems: Vec::new(),
                exit: exit.code(),
            }),
        }
    }
}
