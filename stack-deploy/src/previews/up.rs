//! `up`: the environment of a branch is made or changed, whatever its stack is like.
//!
//! There is no lock beside the stack: CloudFormation runs one operation on it at a time, and the
//! name of its change set says when the run was asked for that made it ([`super::run_id`]). A run
//! that finds a later one gives way; a run that finds an earlier one at work ends it. So the latest
//! wins whatever order they come to their turns in, nothing needs to be released after a crash, and
//! no table has to be kept.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use branch_naming::Names;
use stack_core::build::{Life, Preview};
use stack_core::{Assembly, Template};

use crate::api::StackDescription;
use crate::engine::{Assets, Exit};
use crate::stack_status::{StackStatus, Standing};
use crate::time::Time;

use super::admission::Shortage;
use super::fast;
use super::plan::{self, Planned};
use super::predict::{self, Prediction};
use super::run_id::Purpose;
use super::shape::Shape;
use super::system::System;
use super::tools::{News, Tools};

/// How an environment is brought up.
#[derive(Clone, Debug)]
pub struct UpOptions {
    /// When it was asked for: a run that was asked for later wins.
    pub asked: Time,
    /// What is done when there is no room.
    pub when_full: WhenFull,
    /// Does not wait for the end.
    pub no_wait: bool,
    /// How long the end is waited for.
    pub timeout: Duration,
    /// How long an earlier run's operation, or room, is waited for.
    pub patience: Duration,
    /// Leaves what failed to be created, to be looked at.
    pub keep_failed: bool,
    /// Changes nothing.
    pub dry_run: bool,
    /// The role that CloudFormation acts with.
    pub role: Option<String>,
    /// Where templates go that are too long for a call.
    pub assets: Option<Assets>,
}

impl UpOptions {
    /// Waits for the end, twenty minutes at most; is refused when there is no room.
    pub fn new(asked: Time) -> UpOptions {
        UpOptions {
            asked,
            when_full: WhenFull::Refuse,
            no_wait: false,
            timeout: Duration::from_secs(20 * 60),
            patience: Duration::from_secs(10 * 60),
            keep_failed: false,
            dry_run: false,
            role: None,
            assets: None,
        }
    }
}

/// What is done when there is no room for another environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenFull {
    /// It is refused.
    #[default]
    Refuse,
    /// It waits for room.
    Queue,
    /// The one that was deployed longest ago goes: none that is pinned, protected, or kept by the
    /// program.
    EvictOldest,
}

/// How an environment gets to its image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Its stack is made.
    Create,
    /// Its stack is changed.
    Update,
    /// Only the image is another: the service is told first, the stack after it.
    ImageOnly,
    /// It is as it is to be.
    Nothing,
}

/// What came of bringing an environment up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Up {
    /// The branch, as it was given.
    pub branch: String,
    /// The stack.
    pub stack: String,
    /// Where it is to be reached.
    pub url: Option<String>,
    /// The tag or digest of its image.
    pub image: Option<String>,
    /// Whose it is.
    pub owner: Option<String>,
    /// The way that was gone.
    pub way: Way,
    /// How many seconds it was to take.
    pub predicted: Option<Prediction>,
    /// How many seconds it took until the new image answered.
    pub seconds: Option<u64>,
    /// When its time is up.
    pub expires: Option<Time>,
    /// The place of its rule.
    pub priority: Option<u32>,
    /// How it ended.
    pub end: UpEnd,
    /// Environments that went for it.
    pub evicted: Vec<String>,
    /// Worth knowing.
    pub warnings: Vec<String>,
    /// Why it failed, as far as it was found out.
    pub diagnosis: Vec<String>,
    /// What can be done next.
    pub advice: Vec<String>,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpEnd {
    /// The image runs.
    Live,
    /// It was begun, and nobody waits.
    Started,
    /// It would be done (`dry_run`).
    Planned,
    /// A run that was asked for later took over.
    Superseded,
    /// It was refused; nothing was changed.
    Refused(String),
    /// There is no room.
    Full(Vec<Shortage>),
    /// It failed; an environment that stood runs on as it was.
    Failed(String),
    /// The stack needs somebody.
    NeedsOperator(String),
    /// Somebody else is at work.
    Busy(String),
    /// How it ended was not seen.
    Unknown(String),
    /// The user interrupted.
    Interrupted,
}

impl UpEnd {
    /// The exit code that says so.
    pub fn exit(&self) -> Exit {
        match self {
            UpEnd::Live | UpEnd::Started | UpEnd::Planned => Exit::Ok,
            UpEnd::Superseded | UpEnd::Busy(_) => Exit::Busy,
            UpEnd::Refused(_) | UpEnd::Full(_) => Exit::Refused,
            UpEnd::Failed(_) => Exit::Failed,
            UpEnd::NeedsOperator(_) => Exit::NeedsOperator,
            UpEnd::Unknown(_) => Exit::Unknown,
            UpEnd::Interrupted => Exit::Interrupted,
        }
    }
}

/// How often a stack is begun with anew, because somebody else was quicker.
const ROUNDS: u32 = 6;

/// Brings the environment of a branch up. `make` runs the program, which makes the branch's stack
/// with what is asked, completed by what stands: image, owner and life stay as they are when
/// nothing is said of them.
pub fn up(
    tools: &Tools<'_>,
    system: &System,
    asked: &Preview,
    make: impl FnOnce(&Preview) -> Result<Assembly, String>,
    options: &UpOptions,
) -> Up {
    let mut run = Run {
        tools,
        system,
        options,
        began: tools.now(),
        avoided: BTreeSet::new(),
        up: Up {
            branch: asked.branch.clone(),
            stack: String::new(),
            url: None,
            image: asked.image.clone(),
            owner: asked.owner.clone(),
            way: Way::Nothing,
            predicted: None,
            seconds: None,
            expires: None,
            priority: None,
            end: UpEnd::Live,
            evicted: Vec::new(),
            warnings: Vec::new(),
            diagnosis: Vec::new(),
            advice: Vec::new(),
        },
    };
    let end = match run.whole(asked, make) {
        Ok(end) | Err(end) => end,
    };
    run.up.end = end;
    run.up
}

pub(super) struct Run<'a> {
    pub(super) tools: &'a Tools<'a>,
    pub(super) system: &'a System,
    pub(super) options: &'a UpOptions,
    pub(super) began: Time,
    /// Places of rules that somebody else took.
    pub(super) avoided: BTreeSet<u32>,
    pub(super) up: Up,
}

/// What is known of the branch's stack before the program runs.
struct Before {
    stack: Option<StackDescription>,
    /// What the service runs.
    live: Option<String>,
}

impl Run<'_> {
    fn whole(
        &mut self,
        asked: &Preview,
        make: impl FnOnce(&Preview) -> Result<Assembly, String>,
    ) -> Result<UpEnd, UpEnd> {
        let names = self.system.names(&asked.branch).map_err(UpEnd::Refused)?;
        self.up.stack = names.stack();
        check(asked).map_err(UpEnd::Refused)?;
        let place = self.system.environment.as_ref();
        self.tools.guard(place).map_err(UpEnd::Refused)?;
        let before = self.look(&names)?;
        let asked = completed(asked, &before);
        self.up.owner.clone_from(&asked.owner);
        let assembly = make(&asked).map_err(UpEnd::Refused)?;
        let planned = plan::of(self, &names, &asked, &assembly)?;
        self.up.image.clone_from(&planned.image);
        self.up.url.clone_from(&planned.url);
        let mut round = 0;
        loop {
            round += 1;
            let stack = self.settle(&names)?;
            match self.go(&names, &assembly, &planned, stack)? {
                Some(end) => return Ok(end),
                None if round < ROUNDS => (),
                None => {
                    return Err(UpEnd::Busy(
                        "somebody else was quicker every time".to_owned(),
                    ));
                }
            }
        }
    }

    /// What stands, before anything is done.
    fn look(&mut self, names: &Names<'_>) -> Result<Before, UpEnd> {
        let none = Before {
            stack: None,
            live: None,
        };
        let Some(stack) = self.describe(&names.stack())? else {
            return Ok(none);
        };
        match stack.status.standing() {
            Standing::Absent | Standing::Shell => return Ok(none),
            _ => self.owned(names, &stack)?,
        }
        if stack.status == StackStatus::DeleteInProgress {
            return Ok(none);
        }
        let live = self.live(&stack).unwrap_or_default();
        Ok(Before {
            stack: Some(stack),
            live,
        })
    }

    /// What the stack's service runs, when it has one.
    fn live(&self, stack: &StackDescription) -> Option<Option<String>> {
        let template = self.tools.template(&stack.arn).ok()?;
        let shape = Shape::of(&Template::from_json(&template).ok()?);
        let service = fast::service(self.tools, stack, &shape).ok()??;
        Some(fast::image(self.tools, &shape, &service).ok().flatten())
    }

    pub(super) fn describe(&self, stack: &str) -> Result<Option<StackDescription>, UpEnd> {
        self.tools.describe(stack).map_err(|error| {
            if self.tools.interrupted() {
                UpEnd::Interrupted
            } else {
                UpEnd::Refused(format!("nothing was changed: {error}"))
            }
        })
    }

    /// One try: none when it must be begun with anew.
    fn go(
        &mut self,
        names: &Names<'_>,
        assembly: &Assembly,
        planned: &Planned,
        stack: Option<StackDescription>,
    ) -> Result<Option<UpEnd>, UpEnd> {
        let way = self.way(planned, stack.as_ref())?;
        self.up.way = way;
        if way != Way::Nothing {
            self.admit(names, planned, stack.is_some())?;
        }
        let place = self.priority(names, planned, stack.as_ref())?;
        self.up.priority = place;
        let service = planned.shape.service.as_deref();
        let prediction = predict::predict(assembly, &names.stack(), service, way, false);
        self.tools.around.tell(&News::Predicted(prediction.clone()));
        self.up.predicted = Some(prediction);
        if self.options.dry_run {
            return Ok(Some(UpEnd::Planned));
        }
        let fast = way == Way::ImageOnly && !self.options.no_wait;
        if let (true, Some(stack)) = (fast, &stack)
            && !self.image_first(names, planned, stack)?
        {
            return Ok(None);
        }
        let purpose = if fast {
            Purpose::Record
        } else {
            Purpose::Deploy
        };
        let leftover = stack.as_ref().and_then(|it| self.live_by(planned, it));
        let plan = planned.deploy_plan(self, place, purpose, stack.is_none());
        let outcome = plan::deploy(self, plan);
        self.ended(names, planned, outcome, stack.is_none(), leftover)
    }

    /// How the image gets there.
    fn way(&self, planned: &Planned, stack: Option<&StackDescription>) -> Result<Way, UpEnd> {
        let Some(stack) = stack.filter(|it| it.status.standing() == Standing::Ready) else {
            return Ok(Way::Create);
        };
        let deployed = self.tools.template(&stack.arn).ok();
        let deployed = deployed.and_then(|it| Template::from_json(&it).ok());
        let same = deployed.is_some_and(|it| planned.is_same_but_image(&it, stack));
        if !same {
            return Ok(Way::Update);
        }
        let service = fast::service(self.tools, stack, &planned.shape)
            .ok()
            .flatten();
        let Some(service) = service.filter(fast::is_steady) else {
            return Ok(Way::Update);
        };
        let live = fast::image(self.tools, &planned.shape, &service)
            .ok()
            .flatten();
        let recorded = planned.recorded_image(stack);
        Ok(match (live, &planned.image) {
            (Some(live), Some(wanted)) if live != *wanted => Way::ImageOnly,
            (Some(_), Some(wanted)) if recorded.as_ref() == Some(wanted) => {
                match planned.has_same_tags(stack) {
                    true => Way::Nothing,
                    false => Way::Update,
                }
            }
            _ => Way::Update,
        })
    }

    pub(super) fn elapsed(&self) -> u64 {
        self.tools.now().since(self.began).as_secs()
    }

    pub(super) fn warn(&mut self, text: String) {
        self.tools.warn(text.clone());
        self.up.warnings.push(text);
    }

    pub(super) fn pause(&self, duration: Duration) -> Result<(), UpEnd> {
        self.tools.around.pause(duration);
        match self.tools.interrupted() {
            true => Err(UpEnd::Interrupted),
            false => Ok(()),
        }
    }
}

/// What cannot be asked for at all.
fn check(asked: &Preview) -> Result<(), String> {
    if let Some(image) = asked.image.as_ref().filter(|it| !super::is_image(it)) {
        return Err(format!(
            "`{}` is neither a tag nor a digest of an image: a tag has 1 to 128 letters, digits, `_`, `.` and `-`, first no `.` or `-`; a digest is `sha256:` and 64 hexadecimal digits",
            branch_naming::tags::readable(image)
        ));
    }
    if let Life::Hours(hours) = asked.life
        && !(1..=8_760).contains(&hours)
    {
        return Err(format!(
            "an environment lives 1 to 8,760 hours, not {hours}"
        ));
    }
    match asked.owner.as_deref() {
        Some(owner) if owner.trim().is_empty() => Err("the owner has no name".to_owned()),
        _ => Ok(()),
    }
}

/// What is asked, with what stands where nothing is said.
fn completed(asked: &Preview, before: &Before) -> Preview {
    let mut asked = asked.clone();
    let Some(stack) = &before.stack else {
        return asked;
    };
    if asked.image.is_none() {
        let recorded = || super::system::ends_in(&stack.parameters, "Image");
        asked.image = before.live.clone().or_else(recorded);
    }
    if asked.owner.is_none() {
        asked.owner = stack.tags.get(branch_naming::tags::OWNER).cloned();
    }
    if asked.life == Life::Usual {
        asked.life = super::system::life(&stack.tags);
    }
    asked
}

/// Values of outputs by stack, as far as they are asked for.
pub(super) type Outputs = BTreeMap<String, BTreeMap<String, String>>;
