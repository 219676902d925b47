//! `extend`: an environment lives longer, or as long as its branch. `list`: all of them.

use std::time::Duration;

use branch_naming::tags;
use stack_core::Template;
use stack_core::build::Life;

use crate::api::{ApiError, Parameter, ParameterValue};
use crate::engine::{DeployPlan, End, Engine, Exit, Memory, RequireApproval};
use crate::stack_status::Standing;
use crate::time::Time;

use super::fast;
use super::shape::{Shape, with_life};
use super::system::{Deployed, System};
use super::tools::Tools;

/// All environments of the system, by branch.
///
/// # Errors
///
/// What kept it from an answer.
pub fn list(tools: &Tools<'_>, system: &System) -> Result<Vec<Deployed>, ApiError> {
    let stacks = tools.again(|| tools.aws.stacks())?;
    let mut all: Vec<Deployed> = stacks
        .iter()
        .filter_map(|it| Deployed::of(system, it))
        .collect();
    all.sort_by(|a, b| (&a.branch, &a.stack).cmp(&(&b.branch, &b.stack)));
    Ok(all)
}

/// What came of giving an environment another life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extended {
    /// The stack.
    pub stack: String,
    /// When its time is up now; none when it is pinned.
    pub expires: Option<Time>,
    /// How it ended.
    pub end: ExtendEnd,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExtendEnd {
    /// It lives so long.
    Done,
    /// It was refused; nothing was changed.
    Refused(String),
    /// It failed; it lives as long as before.
    Failed(String),
    /// Somebody else is at work.
    Busy(String),
    /// How it ended was not seen.
    Unknown(String),
}

impl ExtendEnd {
    /// The exit code that says so.
    pub fn exit(&self) -> Exit {
        match self {
            ExtendEnd::Done => Exit::Ok,
            ExtendEnd::Refused(_) => Exit::Refused,
            ExtendEnd::Failed(_) => Exit::Failed,
            ExtendEnd::Busy(_) => Exit::Busy,
            ExtendEnd::Unknown(_) => Exit::Unknown,
        }
    }
}

/// Lets the environment of a branch live so many hours from now on, or as long as its branch. Only
/// tags change; what runs goes on running.
pub fn extend(
    tools: &Tools<'_>,
    system: &System,
    branch: &str,
    life: Life,
    role: Option<String>,
) -> Extended {
    let mut it = Extended {
        stack: String::new(),
        expires: None,
        end: ExtendEnd::Done,
    };
    if let Err(end) = whole(tools, system, branch, life, role, &mut it) {
        it.end = end;
    }
    it
}

fn whole(
    tools: &Tools<'_>,
    system: &System,
    branch: &str,
    life: Life,
    role: Option<String>,
    it: &mut Extended,
) -> Result<(), ExtendEnd> {
    let refused = ExtendEnd::Refused;
    let names = system.names(branch).map_err(refused)?;
    it.stack = names.stack();
    let hours = match life {
        Life::Hours(hours) if (1..=8_760).contains(&hours) => Some(hours),
        Life::Hours(hours) => {
            let why = format!("an environment lives 1 to 8,760 hours, not {hours}");
            return Err(refused(why));
        }
        Life::Pinned => None,
        Life::Usual => {
            return Err(refused("say how long: `--hours N`, or `--pin`".to_owned()));
        }
    };
    tools.guard(system.environment.as_ref()).map_err(refused)?;
    let found = tools
        .describe(&it.stack)
        .map_err(|it| refused(format!("nothing was changed: {it}")))?;
    let shown = tags::readable(branch);
    let stack = found.filter(|it| it.status.standing() != Standing::Absent);
    let stack = stack.ok_or_else(|| refused(format!("`{shown}` has no environment")))?;
    let pairs = stack.tags.iter().map(|(key, value)| (&**key, &**value));
    if !tags::owns(&names, pairs) {
        return Err(refused(format!(
            "stack `{}` does not carry the tags of the environment of `{shown}`",
            stack.name
        )));
    }
    let unreadable = |why: String| refused(format!("the template that is deployed: {why}"));
    let template = tools
        .template(&stack.arn)
        .map_err(|it| unreadable(it.to_string()))?;
    let template =
        Template::from_json(&template).map_err(|_| unreadable("it is none of ours".to_owned()))?;
    let shape = Shape::of(&template);
    let template = with_life(&template, hours);
    let mut plan = DeployPlan::new(&stack.name, &system.region, template.to_json());
    plan.environment.clone_from(&system.environment);
    let declared = template.section("Parameters").into_iter();
    let declared = declared.flat_map(stack_core::Object::keys);
    let previous = declared.map(|name| Parameter {
        name: name.to_owned(),
        value: ParameterValue::Previous,
    });
    plan.parameters = previous.collect();
    // What runs stays, also when the service was told past the stack.
    let live = fast::service(tools, &stack, &shape).ok().flatten();
    let live = live.and_then(|it| fast::image(tools, &shape, &it).ok().flatten());
    if let (Some(name), Some(live)) = (&shape.image, live)
        && stack.parameters.get(name) != Some(&live)
        && let Some(parameter) = plan.parameters.iter_mut().find(|it| it.name == *name)
    {
        parameter.value = ParameterValue::Plain(live);
    }
    plan.tags.clone_from(&stack.tags);
    plan.tags.remove(tags::HOURS);
    if let Some(hours) = hours {
        plan.tags.insert(tags::HOURS.to_owned(), hours.to_string());
    }
    plan.owner_tag = Some(tags::REF.to_owned());
    plan.role = role;
    plan.termination_protection = stack.termination_protection;
    plan.options.approval = RequireApproval::Never;
    plan.options.yes = true;
    // An environment holds nothing that must live, whatever the change set fears for its logs.
    let ids = template.resources().map(|it| it.0.to_owned());
    plan.options.accept_data_loss = ids.collect();
    plan.options.wait_for_others = Some(Duration::from_secs(5 * 60));
    plan.options.prefix = "preview-life".to_owned();
    let seed = tools.seed.of("extend");
    let engine = Engine::deploy(plan, seed, Memory::Nothing, tools.pace.clone());
    match tools.drive(engine, &stack.name).end {
        End::Done(_) => (),
        End::Refused(why) => return Err(ExtendEnd::Refused(why)),
        End::Busy { why, .. } | End::Overtaken(why) => return Err(ExtendEnd::Busy(why)),
        End::Unknown(why) => return Err(ExtendEnd::Unknown(why)),
        End::Interrupted => return Err(ExtendEnd::Unknown("interrupted".to_owned())),
        End::Failed(why) | End::RolledBack { why, .. } | End::NeedsOperator { why, .. } => {
            return Err(ExtendEnd::Failed(why));
        }
        End::Started | End::Skipped { .. } => (),
    }
    let now = tools.describe(&stack.arn).ok().flatten();
    it.expires = now
        .and_then(|it| Deployed::of(system, &it))
        .and_then(|it| it.expires());
    Ok(())
}
