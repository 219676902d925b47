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

use crate::api::{Request, Response, StackDescription};
use crate::engine::{Assets, End, Exit, Outcome, Success};
use crate::load_balancing::ListenerRule;
use crate::stack_status::{StackStatus, Standing};
use crate::time::Time;

use super::admission::{self, Need, Room, Shortage};
use super::fast::{self, Rolled};
use super::plan::{self, Planned};
use super::predict::{self, Prediction};
use super::run_id::{self, Purpose};
use super::shape::Shape;
use super::system::{Deployed, System};
use super::tools::{LOOK, News, Tools};
use super::{down, priority};

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
    began: Time,
    /// Places of rules that somebody else took.
    avoided: BTreeSet<u32>,
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

    /// What the service runs now.
    fn live_by(&self, planned: &Planned, stack: &StackDescription) -> Option<String> {
        let service = fast::service(self.tools, stack, &planned.shape).ok()??;
        fast::image(self.tools, &planned.shape, &service).ok()?
    }

    /// Whether a run that was asked for later has changed the stack.
    fn is_overtaken(&self, names: &Names<'_>) -> Result<bool, UpEnd> {
        let now = self.describe(&names.stack())?;
        Ok(now.is_some_and(|it| run_id::is_overtaken(&it, self.options.asked)))
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

    /// The service gets the image at once; CloudFormation learns of it afterwards. False when it must
    /// be begun with anew.
    ///
    /// Several runs can tell a service at once, and which was asked for later only the stack says.
    /// So a run that finds a later one in the stack takes back what it told; a run whose word was
    /// replaced looks at the stack, and tells again when nobody later is there.
    fn image_first(
        &mut self,
        names: &Names<'_>,
        planned: &Planned,
        stack: &StackDescription,
    ) -> Result<bool, UpEnd> {
        let Some(wanted) = &planned.image else {
            return Ok(true);
        };
        if self.is_overtaken(names)? {
            return Err(UpEnd::Superseded);
        }
        self.tools.step(format!("image `{wanted}` to the service"));
        let rolled = self.roll(planned, stack, wanted);
        if self.is_overtaken(names)? {
            self.take_back(names, planned, wanted)?;
            return Err(UpEnd::Superseded);
        }
        match rolled {
            Rolled::Done => {
                let seconds = self.elapsed();
                self.up.seconds = Some(seconds);
                let url = self.up.url.clone().unwrap_or_default();
                self.tools.around.tell(&News::Live { url, seconds });
                Ok(true)
            }
            // The stack knows how to get there as well.
            Rolled::Cannot(why) => {
                self.warn(format!("the image goes through the stack: {why}"));
                Ok(true)
            }
            Rolled::Overtaken => Ok(false),
            Rolled::Failed(why) => {
                let mut outcome = plan::no_outcome(&self.up.stack);
                outcome.arn = Some(stack.arn.clone());
                outcome.end = End::Failed(why.clone());
                self.up.diagnosis = self.tools.around.diagnose(&outcome);
                Err(UpEnd::Failed(why))
            }
            Rolled::Unknown(why) => Err(UpEnd::Unknown(why)),
        }
    }

    fn roll(&self, planned: &Planned, stack: &StackDescription, image: &str) -> Rolled {
        fast::roll(
            self.tools,
            stack,
            &planned.shape,
            image,
            self.options.timeout,
        )
    }

    /// The service is told what the stack says, when it still runs what we told it.
    fn take_back(&mut self, names: &Names<'_>, planned: &Planned, told: &str) -> Result<(), UpEnd> {
        let until = self.tools.now() + self.options.patience;
        while self.tools.now() < until {
            let Some(stack) = self.describe(&names.stack())? else {
                return Ok(());
            };
            // CloudFormation is about to tell it.
            if stack.status.in_progress() {
                self.pause(LOOK)?;
                continue;
            }
            let says = planned.recorded_image(&stack);
            let runs_ours = self.live_by(planned, &stack).as_deref() == Some(told);
            if let Some(image) = says.filter(|it| it != told && runs_ours) {
                self.tools.step(format!(
                    "a later run wants `{image}`: the service is told so"
                ));
                let _ = self.roll(planned, &stack, &image);
            }
            return Ok(());
        }
        Ok(())
    }

    pub(super) fn elapsed(&self) -> u64 {
        self.tools.now().since(self.began).as_secs()
    }

    pub(super) fn warn(&mut self, text: String) {
        self.tools.warn(text.clone());
        self.up.warnings.push(text);
    }

    /// Whether there is room, and what the policy says when there is none.
    fn admit(&mut self, names: &Names<'_>, planned: &Planned, stands: bool) -> Result<(), UpEnd> {
        let need = Need {
            owner: self.up.owner.clone(),
            tasks: planned.shape.tasks,
            size: planned.shape.size,
            stands,
        };
        let until = self.tools.now() + self.options.patience;
        let mut told = false;
        loop {
            let room = self.room(names, planned)?;
            let short = admission::shortages(self.system, &room, &need);
            let Some(first) = short.first() else {
                return Ok(());
            };
            let candidate = first.would_free.first().cloned();
            match self.options.when_full {
                WhenFull::EvictOldest if candidate.is_some() && !self.options.dry_run => {
                    let stack = candidate.unwrap_or_default();
                    if self.up.evicted.len() >= 5 || self.up.evicted.contains(&stack) {
                        return Err(UpEnd::Full(short));
                    }
                    self.tools.step(format!("`{stack}` makes room"));
                    let role = self.options.role.clone();
                    let gone = down::evict(self.tools, self.system, &stack, role);
                    gone.map_err(|why| {
                        UpEnd::Failed(format!("`{stack}` was to make room, and stays: {why}"))
                    })?;
                    self.up.evicted.push(stack);
                }
                WhenFull::Queue if self.tools.now() < until && !self.options.dry_run => {
                    if !told {
                        told = true;
                        let what = format!("room: {}", first.message);
                        self.tools.around.tell(&News::Waiting { what, until });
                    }
                    self.pause(Duration::from_secs(15))?;
                    // Who waits may be waited for in vain.
                    if let Some(stack) = self.describe(&names.stack())?
                        && run_id::is_overtaken(&stack, self.options.asked)
                    {
                        return Err(UpEnd::Superseded);
                    }
                }
                WhenFull::Refuse | WhenFull::Queue | WhenFull::EvictOldest => {
                    return Err(UpEnd::Full(short));
                }
            }
        }
    }

    pub(super) fn pause(&self, duration: Duration) -> Result<(), UpEnd> {
        self.tools.around.pause(duration);
        match self.tools.interrupted() {
            true => Err(UpEnd::Interrupted),
            false => Ok(()),
        }
    }

    /// What there is in the live account. What cannot be read is not counted, and said.
    fn room(&mut self, names: &Names<'_>, planned: &Planned) -> Result<Room, UpEnd> {
        let (tools, aws) = (self.tools, self.tools.aws);
        let mut room = Room::default();
        let mut unread = Vec::new();
        match tools.again(|| aws.stacks()) {
            Ok(all) => {
                let found = all.iter().filter_map(|it| Deployed::of(self.system, it));
                room.others = found.filter(|it| it.stack != names.stack()).collect();
            }
            Err(error) => {
                unread.push(format!("stacks: {error}"));
            }
        }
        match tools.again(|| aws.limits()) {
            Ok(limits) => room.limits = limits,
            Err(error) => unread.push(format!("quotas: {error}")),
        }
        let balancer = planned.listener.as_deref().and_then(load_balancer_of);
        if let Some(balancer) = balancer {
            let rules = tools.again(|| {
                let mut all: Vec<ListenerRule> = Vec::new();
                for listener in aws.listeners(&balancer)? {
                    all.extend(aws.rules(&listener)?);
                }
                Ok(all)
            });
            match rules {
                Ok(all) => {
                    room.rules = count(
                        priority::taken(&all)
                            .len()
                            .max(all.iter().filter(|it| it.priority.is_some()).count()),
                    )
                }
                Err(error) => unread.push(format!("rules: {error}")),
            }
            match tools.again(|| aws.target_groups()) {
                Ok(all) => {
                    let behind = all
                        .iter()
                        .filter(|it| it.load_balancers.contains(&balancer));
                    room.target_groups = count(behind.count());
                }
                Err(error) => unread.push(format!("target groups: {error}")),
            }
        }
        if let Some(cluster) = &planned.cluster {
            match tools.again(|| aws.instances(cluster)) {
                Ok(all) => room.instances = all,
                Err(error) => unread.push(format!("instances: {error}")),
            }
            let services = tools.again(|| {
                let names = aws.list_services(cluster)?;
                aws.services(cluster, &names)
            });
            match services {
                Ok(all) => {
                    let wanted = all.iter().map(|it| u32::try_from(it.desired).unwrap_or(0));
                    room.tasks = wanted.sum();
                }
                Err(error) => unread.push(format!("services: {error}")),
            }
        }
        if !unread.is_empty() && self.up.warnings.is_empty() {
            self.warn(format!(
                "what there is room for is not all known: {}",
                unread.join("; ")
            ));
        }
        Ok(room)
    }

    /// The place of the rule: the one it has, or one that is free.
    fn priority(
        &mut self,
        names: &Names<'_>,
        planned: &Planned,
        stack: Option<&StackDescription>,
    ) -> Result<Option<u32>, UpEnd> {
        let (Some(parameter), Some(listener)) = (&planned.shape.priority, &planned.listener) else {
            return Ok(None);
        };
        let kept = stack.and_then(|it| it.parameters.get(parameter)?.parse::<u32>().ok());
        let rules = self.tools.again(|| self.tools.aws.rules(listener));
        let rules = match (rules, kept) {
            (Ok(rules), _) => rules,
            (Err(_), Some(kept)) => return Ok(Some(kept)),
            (Err(error), None) => {
                return Err(UpEnd::Refused(format!(
                    "the rules of the listener cannot be read, so no place of a rule is known to be free: {error}"
                )));
            }
        };
        if let Some(other) = priority::same_host(&rules, &planned.shape.hosts, kept)
            && kept.is_none_or(|kept| !rules.iter().any(|it| it.priority == Some(kept)))
        {
            return Err(UpEnd::Refused(format!(
                "the rule at {} already takes `{}`: `preview sweep` finds what no stack has, otherwise delete that rule",
                other.priority.unwrap_or_default(),
                planned.shape.hosts.join("`, `"),
            )));
        }
        if kept.is_some() {
            return Ok(kept);
        }
        let mut taken = priority::taken(&rules);
        taken.extend(&self.avoided);
        let free = priority::probe(names.rule_priority(), &taken);
        free.map(Some).ok_or_else(|| {
            UpEnd::Refused("every place of a rule of the listener is taken".to_owned())
        })
    }

    /// What the engine's outcome means; none when it must be begun with anew.
    fn ended(
        &mut self,
        names: &Names<'_>,
        planned: &Planned,
        outcome: Outcome,
        is_new: bool,
        leftover: Option<String>,
    ) -> Result<Option<UpEnd>, UpEnd> {
        self.up.advice.clone_from(&outcome.next);
        let warnings = outcome.warnings.iter().map(|it| format!("{it:?}"));
        self.up.warnings.extend(warnings);
        match &outcome.end {
            End::Done(success) => {
                let stack = self.describe(&names.stack())?;
                if let Some(stack) = &stack {
                    self.live_now(names, planned, stack, *success, leftover)?;
                }
                Ok(Some(UpEnd::Live))
            }
            End::Started => Ok(Some(UpEnd::Started)),
            End::Refused(why) => Err(UpEnd::Refused(why.clone())),
            End::Interrupted => Err(UpEnd::Interrupted),
            // Somebody else's operation can hide the end of ours.
            End::Unknown(_) if self.gave_way(names, &outcome) => Err(UpEnd::Superseded),
            End::Unknown(why) => Err(UpEnd::Unknown(why.clone())),
            End::Skipped { .. } => Err(UpEnd::Refused("it was not begun".to_owned())),
            // The next look at the stack says who it is, and who wins.
            End::Busy { .. } | End::Overtaken(_) => {
                self.pause(Duration::from_secs(2))?;
                Ok(None)
            }
            End::Failed(why) | End::RolledBack { why, .. } | End::NeedsOperator { why, .. } => {
                let why = why.clone();
                self.failed(names, outcome, &why, is_new)
            }
        }
    }

    /// The image runs, and that is seen, not believed.
    fn live_now(
        &mut self,
        names: &Names<'_>,
        planned: &Planned,
        stack: &StackDescription,
        success: Success,
        leftover: Option<String>,
    ) -> Result<(), UpEnd> {
        self.up.expires = Deployed::of(self.system, stack).and_then(|it| it.expires());
        let until = self.tools.now() + Duration::from_secs(120);
        let end = self.tools.now() + self.options.timeout;
        while let Some(wanted) = &planned.image
            && let Some(live) = self.live_by(planned, stack)
            && live != *wanted
        {
            if self.is_overtaken(names)? {
                return Err(UpEnd::Superseded);
            }
            // What somebody tells it meanwhile they take back, or write into the stack.
            let is_old = Some(&live) == leftover.as_ref();
            if !is_old && self.tools.now() < until {
                self.pause(LOOK)?;
                continue;
            }
            // The stack was told nothing new, and the service had been told something else.
            self.warn(format!("the service runs `{live}`, and is told `{wanted}`"));
            match self.roll(planned, stack, wanted) {
                Rolled::Done => break,
                Rolled::Overtaken if self.tools.now() < end => (),
                Rolled::Overtaken => {
                    return Err(UpEnd::Busy("the service is told something else".to_owned()));
                }
                Rolled::Cannot(why) | Rolled::Failed(why) => return Err(UpEnd::Failed(why)),
                Rolled::Unknown(why) => return Err(UpEnd::Unknown(why)),
            }
        }
        if self.up.seconds.is_none() && success != Success::NoChanges {
            let seconds = self.elapsed();
            self.up.seconds = Some(seconds);
            let url = self.up.url.clone().unwrap_or_default();
            self.tools.around.tell(&News::Live { url, seconds });
        }
        Ok(())
    }

    /// It failed: for somebody who came later, for a place that was taken, or for good.
    fn failed(
        &mut self,
        names: &Names<'_>,
        outcome: Outcome,
        why: &str,
        is_new: bool,
    ) -> Result<Option<UpEnd>, UpEnd> {
        if self.gave_way(names, &outcome) {
            return Err(UpEnd::Superseded);
        }
        let stack = self.describe(&names.stack())?;
        if is_new && priority::was_taken(&outcome.failures) && self.avoided.len() < 3 {
            if let Some(place) = self.up.priority {
                self.warn(format!(
                    "place {place} was taken meanwhile: another one is tried"
                ));
                self.avoided.insert(place);
            }
            return Ok(None);
        }
        self.up.diagnosis = self.tools.around.diagnose(&outcome);
        let left = stack.filter(|it| {
            matches!(
                it.status.standing(),
                Standing::HalfCreated | Standing::RolledBackCreation | Standing::StuckRollback
            )
        });
        let Some(left) = left else {
            return Err(match outcome.end {
                End::NeedsOperator { .. } => UpEnd::NeedsOperator(why.to_owned()),
                _ => UpEnd::Failed(why.to_owned()),
            });
        };
        if self.options.keep_failed {
            let next = format!("preview down {}", self.up.branch);
            self.up.advice = vec![next];
            return Err(UpEnd::Failed(why.to_owned()));
        }
        self.up.advice.clear();
        self.tools.step("what was made of it goes");
        match self.clear(names, &left) {
            Ok(()) => Err(UpEnd::Failed(why.to_owned())),
            Err(UpEnd::Superseded) => Err(UpEnd::Superseded),
            Err(_) => Err(UpEnd::NeedsOperator(format!(
                "{why}; what was made of it could not be deleted"
            ))),
        }
    }

    /// Whether a later run has taken the stack over.
    fn gave_way(&self, names: &Names<'_>, outcome: &Outcome) -> bool {
        let overtaken = |it: &StackDescription| run_id::is_overtaken(it, self.options.asked);
        self.was_ended_by_another(outcome)
            || matches!(self.tools.describe(&names.stack()), Ok(Some(it)) if overtaken(&it))
    }

    /// Whether the operation was ended by another run: cancelled, or its stack deleted.
    fn was_ended_by_another(&self, outcome: &Outcome) -> bool {
        let Some(arn) = &outcome.arn else {
            return false;
        };
        let request = Request::DescribeStackEvents {
            stack: arn.clone(),
            next: None,
        };
        let Ok(Response::Events(page)) = self.tools.read(&request) else {
            return false;
        };
        let ends = ["UPDATE_ROLLBACK_IN_PROGRESS", "DELETE_IN_PROGRESS"];
        let turn = page
            .events
            .iter()
            .filter(|it| it.is_of_stack())
            .find(|it| ends.contains(&it.status.as_str()));
        let Some(turn) = turn.filter(|it| it.time >= self.began) else {
            return false;
        };
        let cancelled = turn
            .reason
            .as_deref()
            .is_some_and(|it| it.contains("User Initiated"));
        let foreign = match (&turn.token, &outcome.token) {
            (Some(theirs), Some(ours)) => {
                let seed = |it: &str| it.split('-').next().map(str::to_owned);
                seed(theirs) != seed(ours)
            }
            _ => false,
        };
        // We cancel nothing that we wait for.
        cancelled || foreign
    }
}

/// The load balancer of a listener, by their ARNs.
fn load_balancer_of(listener: &str) -> Option<String> {
    let (balancer, _) = listener.rsplit_once('/')?;
    let (before, after) = balancer.split_once(":listener/")?;
    Some(format!("{before}:loadbalancer/{after}"))
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
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
