//! `down`: the environment of a branch goes, with all that it has.

use std::time::Duration;

use branch_naming::tags;

use crate::api::{ErrorKind, Request, StackDescription};
use crate::engine::{End, Engine, Exit, Memory, OperatePlan, Operation, Outcome, Success};
use crate::stack_status::{StackStatus, Standing};

use super::system::{Deployed, System};
use super::tools::{LOOK, News, Tools};

/// How an environment is taken down.
#[derive(Clone, Debug)]
pub struct DownOptions {
    /// The branch's environment goes although it is protected: the branch, named again.
    pub protected: Option<String>,
    /// What cannot be deleted is left in the account, and the stack goes all the same; only after a
    /// deletion that failed.
    pub force: bool,
    /// Does not wait for the end.
    pub no_wait: bool,
    /// How long the end is waited for.
    pub timeout: Duration,
    /// How long other operations are waited for.
    pub patience: Duration,
    /// Changes nothing.
    pub dry_run: bool,
    /// The role that CloudFormation acts with.
    pub role: Option<String>,
}

impl Default for DownOptions {
    /// Waits for the end, twenty minutes at most.
    fn default() -> DownOptions {
        DownOptions {
            protected: None,
            force: false,
            no_wait: false,
            timeout: Duration::from_secs(20 * 60),
            patience: Duration::from_secs(10 * 60),
            dry_run: false,
            role: None,
        }
    }
}

/// What came of taking an environment down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Down {
    /// The branch, as it was given or as the stack's tag writes it.
    pub branch: String,
    /// The stack.
    pub stack: String,
    /// How many seconds it took.
    pub seconds: u64,
    /// How it ended.
    pub end: DownEnd,
    /// What is in the way, in AWS's words.
    pub blockers: Vec<String>,
    /// What can be done next.
    pub advice: Vec<String>,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DownEnd {
    /// It is gone.
    Gone,
    /// There was none.
    Absent,
    /// It was begun, and nobody waits.
    Started,
    /// It would go (`dry_run`).
    Planned,
    /// It was refused; nothing was changed.
    Refused(String),
    /// It could not be deleted, and was tried twice.
    Stuck(String),
    /// Somebody else is at work.
    Busy(String),
    /// How it ended was not seen.
    Unknown(String),
    /// The user interrupted.
    Interrupted,
}

impl DownEnd {
    /// The exit code that says so.
    pub fn exit(&self) -> Exit {
        match self {
            DownEnd::Gone | DownEnd::Absent | DownEnd::Started | DownEnd::Planned => Exit::Ok,
            DownEnd::Refused(_) => Exit::Refused,
            DownEnd::Stuck(_) => Exit::NeedsOperator,
            DownEnd::Busy(_) => Exit::Busy,
            DownEnd::Unknown(_) => Exit::Unknown,
            DownEnd::Interrupted => Exit::Interrupted,
        }
    }
}

/// Takes the environment of a branch down. A stack that does not carry the tags of this branch's
/// environment is left alone, and so is a protected one unless it is named again.
pub fn down(tools: &Tools<'_>, system: &System, branch: &str, options: &DownOptions) -> Down {
    let began = tools.now();
    let mut it = Down {
        branch: branch.to_owned(),
        stack: String::new(),
        seconds: 0,
        end: DownEnd::Gone,
        blockers: Vec::new(),
        advice: Vec::new(),
    };
    it.end = match whole(tools, system, branch, options, &mut it) {
        Ok(end) | Err(end) => end,
    };
    it.seconds = tools.now().since(began).as_secs();
    it
}

fn whole(
    tools: &Tools<'_>,
    system: &System,
    branch: &str,
    options: &DownOptions,
    it: &mut Down,
) -> Result<DownEnd, DownEnd> {
    let names = system.names(branch).map_err(DownEnd::Refused)?;
    it.stack = names.stack();
    if system.is_protected(branch) && options.protected.as_deref() != Some(branch) {
        it.advice = vec![format!("preview down {branch} --protected {branch}")];
        return Err(DownEnd::Refused(format!(
            "the environment of `{}` is protected: name it again with `--protected`",
            tags::readable(branch)
        )));
    }
    tools
        .guard(system.environment.as_ref())
        .map_err(DownEnd::Refused)?;
    let found = describe(tools, &it.stack)?;
    let Some(stack) = found.filter(|it| it.status != StackStatus::DeleteComplete) else {
        return Ok(DownEnd::Absent);
    };
    let pairs = stack.tags.iter().map(|(key, value)| (&**key, &**value));
    // A change set that was never executed has no tags of its own, and no resources.
    let shell = stack.status.standing() == Standing::Shell && stack.tags.is_empty();
    if !shell && !tags::owns(&names, pairs) {
        return Err(DownEnd::Refused(format!(
            "stack `{}` does not carry the tags of the environment of `{}`: it stays",
            stack.name,
            tags::readable(branch)
        )));
    }
    if shell {
        return Ok(DownEnd::Absent);
    }
    take_down(tools, system, stack, options, it)
}

/// Takes down a stack that is an environment of the system.
pub(super) fn take_down(
    tools: &Tools<'_>,
    system: &System,
    stack: StackDescription,
    options: &DownOptions,
    it: &mut Down,
) -> Result<DownEnd, DownEnd> {
    if stack.termination_protection {
        return Err(DownEnd::Refused(format!(
            "stack `{}` is under termination protection, which is not switched off here",
            stack.name
        )));
    }
    if options.dry_run {
        return Ok(DownEnd::Planned);
    }
    let stack = at_rest(tools, stack, options)?;
    let Some(stack) = stack else {
        return Ok(DownEnd::Gone);
    };
    let print = stack.tags.get(tags::REF).cloned().unwrap_or_default();
    let was_stuck = stack.status.standing() == Standing::StuckDeletion;
    tools.step("tasks drain, then all goes");
    let first = destroy(
        tools,
        system,
        &stack,
        &print,
        options,
        was_stuck && options.force,
    );
    let outcome = match &first.end {
        // Once more: what was in the way often goes a moment later, such as targets that drain.
        End::NeedsOperator { .. } if !options.no_wait => {
            tools.step("it could not be deleted: once more");
            tools.around.pause(Duration::from_secs(10));
            destroy(tools, system, &stack, &print, options, options.force)
        }
        _ => first,
    };
    match outcome.end {
        End::Done(Success::Absent) | End::Done(_) => Ok(DownEnd::Gone),
        End::Started => Ok(DownEnd::Started),
        End::Refused(why) => Err(DownEnd::Refused(why)),
        End::Interrupted => Err(DownEnd::Interrupted),
        End::Unknown(why) => Err(DownEnd::Unknown(why)),
        End::Busy { why, .. } => Err(DownEnd::Busy(why)),
        End::Failed(why)
        | End::Overtaken(why)
        | End::RolledBack { why, .. }
        | End::NeedsOperator { why, .. } => {
            let each = outcome.failures.iter();
            it.blockers = each
                .map(|it| format!("{} ({}): {}", it.logical_id, it.kind, it.reason))
                .collect();
            it.advice = vec![
                "remove what is in the way, and take it down again".to_owned(),
                format!("preview down {} --force", it.branch),
            ];
            Err(DownEnd::Stuck(why))
        }
        End::Skipped { because_of } => Err(DownEnd::Busy(because_of)),
    }
}

fn describe(tools: &Tools<'_>, stack: &str) -> Result<Option<StackDescription>, DownEnd> {
    tools
        .describe(stack)
        .map_err(|error| match tools.interrupted() {
            true => DownEnd::Interrupted,
            false => DownEnd::Refused(format!("nothing was changed: {error}")),
        })
}

/// An update that runs is cancelled, everything else waited for: a stack at work is not deleted. None
/// when it is gone.
fn at_rest(
    tools: &Tools<'_>,
    mut stack: StackDescription,
    options: &DownOptions,
) -> Result<Option<StackDescription>, DownEnd> {
    let until = tools.now() + options.patience;
    let mut cancelled = false;
    loop {
        match stack.status.standing() {
            Standing::Busy | Standing::Cleanup => (),
            Standing::Absent => return Ok(None),
            Standing::Unknown => {
                return Err(DownEnd::Refused(format!(
                    "stack `{}` has a status that this version does not know: {}",
                    stack.name, stack.status
                )));
            }
            Standing::Shell
            | Standing::Ready
            | Standing::RolledBackCreation
            | Standing::HalfCreated
            | Standing::HalfUpdated
            | Standing::StuckRollback
            | Standing::StuckUpdateRollback
            | Standing::StuckImportRollback
            | Standing::StuckDeletion => return Ok(Some(stack)),
        }
        if !cancelled && stack.status == StackStatus::UpdateInProgress {
            cancelled = true;
            tools.step("its update is cancelled");
            let request = Request::CancelUpdateStack {
                stack: stack.arn.clone(),
                token: format!("{}-cancel", tools.seed),
            };
            if let Err(error) = tools.read(&request)
                && !matches!(error.kind, ErrorKind::CannotCancel | ErrorKind::Blocked(_))
            {
                tools.warn(format!("its update is not cancelled: {error}"));
            }
        } else {
            let what = format!("the stack, which is {}", stack.status);
            tools.around.tell(&News::Waiting { what, until });
        }
        if tools.now() >= until {
            return Err(DownEnd::Busy(format!(
                "stack `{}` is {} for longer than is waited for",
                stack.name, stack.status
            )));
        }
        tools.around.pause(LOOK);
        if tools.interrupted() {
            return Err(DownEnd::Interrupted);
        }
        match describe(tools, &stack.arn)? {
            Some(now) => stack = now,
            None => return Ok(None),
        }
    }
}

fn destroy(
    tools: &Tools<'_>,
    system: &System,
    stack: &StackDescription,
    print: &str,
    options: &DownOptions,
    force: bool,
) -> Outcome {
    let operation = Operation::Destroy {
        retain: Default::default(),
        force,
    };
    let plan = OperatePlan {
        environment: system.environment.clone(),
        owner_tag: Some((tags::REF.to_owned(), print.to_owned())),
        role: options.role.clone(),
        yes: true,
        wait_for_others: Some(options.patience),
        no_wait: options.no_wait,
        timeout: options.timeout,
        ..OperatePlan::new(&stack.name, &system.region, operation)
    };
    let seed = tools.seed.of(&format!("{}-{}", stack.name, tools.now().0));
    let engine = Engine::operate(plan, seed, Memory::Nothing, tools.pace.clone());
    tools.drive(engine, &stack.name)
}

/// Takes down an environment by its stack, for another one.
pub(super) fn evict(
    tools: &Tools<'_>,
    system: &System,
    name: &str,
    role: Option<String>,
) -> Result<(), String> {
    let found = tools.describe(name).map_err(|it| it.to_string())?;
    let Some(stack) = found else { return Ok(()) };
    let deployed = Deployed::of(system, &stack).ok_or("it is no environment")?;
    let options = DownOptions {
        role,
        ..DownOptions::default()
    };
    let mut it = Down {
        branch: deployed.branch,
        stack: name.to_owned(),
        seconds: 0,
        end: DownEnd::Gone,
        blockers: Vec::new(),
        advice: Vec::new(),
    };
    match take_down(tools, system, stack, &options, &mut it) {
        Ok(_) => Ok(()),
        Err(end) => Err(format!("{end:?}")),
    }
}
