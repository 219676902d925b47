//! `promote`: what runs in one environment gets the tags of another.

use stack_core::{App, Problem};
use stack_deploy::ecr::Digest;
use stack_deploy::history::Ledger;
use stack_deploy::images::{Moved, Promotion, PromotionPlan, plan_promotion, promote};
use stack_deploy::services::Declaration;
use stack_review::diff::render::Line;

use super::assemble;
use super::lines::{Sheet, digest};
use crate::aws::{AccessArguments, Aws, Guarding, Reach, Voice, ended};
use crate::stop::Stop;
use crate::terminal::Terminal;

/// Give the image that runs in one environment to another
///
/// The very manifest that all tasks run gets the tags of the other environment, all architectures
/// with it; nothing is pulled or built. `rollout` then brings it to the tasks.
///
/// Exit codes: 0 promoted, or it was before; 3 failed; 5 not known; 6 refused; 7 somebody else is at
/// work; 130 interrupted before.
#[derive(clap::Args, Debug)]
pub(crate) struct Promote {
    /// The service
    #[arg(value_name = "SERVICE")]
    service: String,
    /// The environment whose image it is
    #[arg(value_name = "FROM")]
    from: String,
    /// The environment that gets it
    #[arg(value_name = "TO")]
    to: String,
    /// Another image of the repository than what runs: sha256:…
    #[arg(long, value_name = "DIGEST", value_parser = digest)]
    digest: Option<Digest>,
    /// The container whose image it is, when the service has images of several repositories
    #[arg(long, value_name = "NAME")]
    container: Option<String>,
    #[command(flatten)]
    guarding: Guarding,
    #[command(flatten)]
    access: AccessArguments,
}

impl Promote {
    pub(crate) fn run(&self, app: App, aws: &dyn Aws, terminal: &Terminal) -> Result<(), Stop> {
        let assembly = assemble(app, "; nothing was promoted")?;
        let declaration = Declaration::of(&assembly);
        let voice = Voice::new(terminal, Vec::new());
        let reach = Reach::new(aws, self.access.access());
        let promotion = Promotion {
            service: declaration
                .service(&self.service, &self.from)
                .map_err(|it| ended(&it))?
                .name
                .clone(),
            from: self.from.clone(),
            to: self.to.clone(),
            digest: self.digest.clone(),
            container: self.container.clone(),
            force: self.guarding.force(),
        };
        let freezes = self.guarding.freezes()?;
        let plan = plan_promotion(&reach, &reach, &declaration, &promotion, &freezes);
        let plan = plan.map_err(|it| ended(&it))?;
        let warning = |it: &String| Problem::warning("promotion", it.clone());
        voice.problems(&plan.warnings.iter().map(warning).collect::<Vec<_>>());
        if plan.changes.is_empty() {
            let short = plan.manifest.digest.short();
            return voice.result(&format!("{} has {short} already\n", self.to));
        }
        let question = format!("promote to {}?", self.to);
        if !self
            .guarding
            .approved(&voice, &reach, &shown(&plan), &question)?
        {
            return Ok(());
        }
        let history = self.guarding.history(&reach)?;
        let run = self.guarding.run()?;
        let ledger = Ledger::new(Some(&*history), &reach, &run);
        let promoted = promote(&reach, &plan, &ledger).map_err(|it| ended(&it))?;
        let warning = |it: &String| Problem::warning("promotion", it.clone());
        voice.problems(&promoted.warnings.iter().map(warning).collect::<Vec<_>>());
        for (tag, moved) in &promoted.tags {
            let names = match moved {
                Moved::Now => "names",
                Moved::Before => "named before",
            };
            let name = &plan.repository.name;
            voice.result(&format!("{name}:{tag} {names} {}\n", promoted.digest))?;
        }
        let (service, to) = (&promotion.service, &self.to);
        voice.talk(&format!("next: `rollout {service} --env {to}`"));
        Ok(())
    }
}

/// What will be done.
fn shown(plan: &PromotionPlan) -> Vec<Line> {
    let mut sheet = Sheet::new();
    let it = &plan.promotion;
    sheet.heading(&format!("{}: {} to {}", it.service, it.from, it.to));
    let commit = plan.commit.as_ref();
    let commit = commit.map_or_else(String::new, |it| format!(", commit {it}"));
    sheet.plain(&format!("image {}{commit}", plan.manifest.digest));
    for change in &plan.changes {
        match &change.from {
            Some(from) => sheet.changed(&format!(
                "tag `{}` moves from {} to {}",
                change.tag,
                from.short(),
                plan.manifest.digest.short()
            )),
            None => sheet.added(&format!("tag `{}` is new", change.tag)),
        }
    }
    if let Some(say) = &plan.template_to_say {
        let has = plan.template_says.as_ref();
        let has = has.map_or_else(String::new, |it| format!(", which says `{}`", it.version));
        sheet.advice(&format!(
            "the template of `{}`{has}, is to say `{}`",
            it.to, say.version
        ));
    }
    for why in &plan.overridden {
        let reason = it.force.as_deref().unwrap_or_default();
        sheet.danger(&format!("forced: {why}; because: {reason}"));
    }
    sheet.lines
}
