//! [`Outcome`]: whether a deployment finishes, how, or what it gets stuck on.

use std::collections::BTreeSet;
use std::fmt;

use super::deployment::{Deployment, HostPort, Instance, Needs};

/// What comes of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All tasks are of the new revision in the end.
    Finishes {
        /// What happens, in order.
        schedule: Vec<Step>,
        /// How long it takes at most.
        seconds: u64,
        /// The fewest healthy tasks on the way.
        lowest_healthy: u32,
        /// The most tasks that run or start at once.
        highest_running: u32,
    },
    /// It stops moving before that.
    Deadlocks {
        /// So many steps were taken; 0 when the first is already impossible.
        at_step: usize,
        /// The steps up to there.
        schedule: Vec<Step>,
        /// What is in the way.
        why: Why,
        /// Each alone lets it finish, and no smaller change of its kind does.
        repairs: Vec<Repair>,
        /// Whether it would finish if the scheduler chose other instances than its strategy says;
        /// `None` when there are too many choices to try.
        another_choice: Option<bool>,
    },
    /// It turns on something that is only known at deployment.
    Unknown {
        /// What that is.
        reason: String,
    },
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Seconds after the deployment began.
    pub at: u64,
    /// What it is.
    pub action: Action,
    /// Healthy tasks after it.
    pub healthy: u32,
    /// Tasks that run or start after it; those that are being stopped do not count.
    pub running: u32,
}

/// What happens. Tasks are numbered, old ones first; instances by their place in the fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Action {
    /// A task of the new revision is started.
    Start { task: usize, instance: usize },
    /// It is healthy.
    Healthy { task: usize, instance: usize },
    /// The traffic moves to the new revision.
    Shift,
    /// A task of the old revision is told to stop: it drains, then ends.
    Stop { task: usize, instance: usize },
    /// It has ended, and what it took is free.
    Stopped { task: usize, instance: usize },
    /// An instance is ordered.
    Order { instance: usize },
    /// It takes tasks.
    Ready { instance: usize },
    /// An instance is lost, with all its tasks.
    Lost { instance: usize, tasks: u32 },
}

/// What a deployment gets stuck on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// Not even the tasks of the old revision find room: so many of them do.
    pub standing: Option<u32>,
    /// Tasks that shall run.
    pub wanted: u32,
    /// Healthy tasks at that point.
    pub healthy: u32,
    /// So many have to stay.
    pub floor: u32,
    /// Tasks that run at that point.
    pub running: u32,
    /// So many may.
    pub ceiling: u32,
    /// Why instances have no room for a further task, and how many of them.
    pub blocked: Vec<(Blocker, usize)>,
    /// The instances there are.
    pub instances: usize,
}

/// Why an instance does not take a task.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Blocker {
    /// Placement constraints forbid it.
    Constraint,
    /// Its fixed host ports are taken.
    Ports(BTreeSet<HostPort>),
    /// Another task of the service stands there, and no two may.
    Distinct,
    /// Memory: MiB wanted, MiB left.
    Memory(u32, u32),
    /// CPU: units wanted, units left.
    Cpu(u32, u32),
    /// No network interface is left of so many.
    Interfaces(u32),
    /// No address is left of so many.
    Addresses(u32),
    /// Too few GPUs are left.
    Gpus,
}

impl fmt::Display for Blocker {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Blocker::Constraint => write!(to, "a placement constraint rules it out"),
            Blocker::Ports(ports) => {
                let ports: Vec<String> = ports.iter().map(ToString::to_string).collect();
                let plural = if ports.len() == 1 { "" } else { "s" };
                let verb = if ports.len() == 1 { "is" } else { "are" };
                write!(to, "host port{plural} {} {verb} taken", ports.join(", "))
            }
            Blocker::Distinct => write!(to, "a task of the service is already there"),
            Blocker::Memory(wanted, left) => {
                write!(to, "{wanted} MiB of memory wanted, {left} left")
            }
            Blocker::Cpu(wanted, left) => write!(to, "{wanted} CPU units wanted, {left} left"),
            Blocker::Interfaces(of) => {
                write!(to, "no network interface left of {of} for tasks")
            }
            Blocker::Addresses(of) => write!(to, "no address left of {of}"),
            Blocker::Gpus => write!(to, "no GPU left"),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(standing) = self.standing {
            match (standing, self.wanted) {
                (0, 1) => write!(to, "its task finds no room at all")?,
                (0, wanted) => write!(to, "none of its {wanted} tasks finds room at all")?,
                (standing, wanted) => {
                    write!(to, "only {standing} of {wanted} tasks find room at all")?;
                }
            }
        } else {
            let floor = self.floor;
            match self.healthy {
                healthy if healthy > floor => write!(to, "stopping more old tasks makes no room")?,
                0 => write!(to, "no task is healthy")?,
                1 => write!(
                    to,
                    "the one healthy task may not stop (the floor is {floor})"
                )?,
                healthy => {
                    write!(
                        to,
                        "none of {healthy} healthy tasks may stop (the floor is {floor})"
                    )?;
                }
            }
            if self.running >= self.ceiling {
                return write!(to, ", and no more than {} may run", self.ceiling);
            }
            write!(to, ", and a new one finds no room")?;
        }
        for (n, (blocker, instances)) in self.blocked.iter().enumerate() {
            let lead = if n == 0 { ": " } else { "; " };
            if matches!(blocker, Blocker::Addresses(_)) {
                write!(to, "{lead}{blocker}")?;
            } else if *instances == self.instances && self.instances > 1 {
                write!(to, "{lead}on all {instances} instances {blocker}")?;
            } else if self.instances == 1 {
                write!(to, "{lead}on the one instance {blocker}")?;
            } else {
                write!(
                    to,
                    "{lead}on {instances} of {} instances {blocker}",
                    self.instances
                )?;
            }
        }
        if self.instances == 0 {
            write!(to, ": there is no instance")?;
        }
        Ok(())
    }
}

/// A single change that lets a deployment finish.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Repair {
    /// A lower minimum healthy percent: this one.
    MinimumHealthyPercent(u32),
    /// A higher maximum percent: this one.
    MaximumPercent(u32),
    /// Host port 0, so that the agent chooses free ones.
    DynamicHostPorts,
    /// The same, which takes another network mode than `host`.
    BridgeNetwork,
    /// So many instances more, like the first.
    MoreInstances(usize),
    /// A higher maximum of the Auto Scaling group: this one.
    MaximumSize(usize),
    /// Tasks of this much memory in MiB: how much, and how much less that is.
    LessMemory(u32, u32),
    /// Tasks of this many CPU units: how many, and how many fewer that are.
    LessCpu(u32, u32),
    /// Instances with so many network interfaces more.
    MoreInterfaces(u32),
    /// So many addresses more in the subnets.
    MoreAddresses(u32),
    /// Tasks of the service may share an instance.
    SharedInstances,
}

impl Repair {
    /// The deployment with the change made, the old revision with it: as it will be from then on.
    pub fn apply(&self, to: &Deployment) -> Deployment {
        let mut it = to.clone();
        match *self {
            Repair::MinimumHealthyPercent(percent) => it.minimum_healthy_percent = percent,
            Repair::MaximumPercent(percent) => it.maximum_percent = percent,
            Repair::DynamicHostPorts | Repair::BridgeNetwork => {
                it.before.ports.clear();
                it.after.ports.clear();
            }
            Repair::MoreInstances(more) => {
                if let Some(first) = it.fleet.instances.first().cloned() {
                    let zones = it
                        .fleet
                        .instances
                        .iter()
                        .map(|it| it.zone + 1)
                        .max()
                        .unwrap_or(1);
                    for _ in 0..more {
                        let number = u32::try_from(it.fleet.instances.len()).unwrap_or(0);
                        it.fleet.instances.push(Instance {
                            zone: number % zones,
                            taken: Needs::default(),
                            eligible: true,
                            ..first.clone()
                        });
                    }
                }
            }
            Repair::MaximumSize(maximum) => {
                if let Some(scaling) = &mut it.fleet.scaling {
                    scaling.maximum = maximum;
                }
            }
            Repair::LessMemory(memory, _) => {
                it.before.memory = it.before.memory.min(memory);
                it.after.memory = it.after.memory.min(memory);
            }
            Repair::LessCpu(cpu, _) => {
                it.before.cpu = it.before.cpu.min(cpu);
                it.after.cpu = it.after.cpu.min(cpu);
            }
            Repair::MoreInterfaces(more) | Repair::MoreAddresses(more) => {
                for instance in &mut it.fleet.instances {
                    instance.interfaces = instance.interfaces.saturating_add(more);
                }
                if let Some(scaling) = &mut it.fleet.scaling {
                    let interfaces = &mut scaling.instance.interfaces;
                    *interfaces = interfaces.saturating_add(more);
                }
            }
            Repair::SharedInstances => it.distinct_instance = false,
        }
        it
    }
}

impl fmt::Display for Repair {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Repair::MinimumHealthyPercent(it) => write!(to, "minimum healthy percent {it}"),
            Repair::MaximumPercent(it) => write!(to, "maximum percent {it}"),
            Repair::DynamicHostPorts => write!(to, "host port 0"),
            Repair::BridgeNetwork => write!(to, "network mode `bridge` with host port 0"),
            Repair::MoreInstances(1) => write!(to, "one more instance"),
            Repair::MoreInstances(it) => write!(to, "{it} more instances"),
            Repair::MaximumSize(it) => write!(to, "maximum size {it} of the Auto Scaling group"),
            Repair::LessMemory(it, less) => {
                write!(to, "{less} MiB less memory for a task ({it} MiB)")
            }
            Repair::LessCpu(it, less) => {
                write!(to, "{less} CPU units fewer for a task ({it} units)")
            }
            Repair::MoreInterfaces(1) => {
                write!(to, "instances with one network interface more")
            }
            Repair::MoreInterfaces(it) => {
                write!(to, "instances with {it} network interfaces more")
            }
            Repair::MoreAddresses(1) => write!(to, "one more free address in the subnets"),
            Repair::MoreAddresses(it) => write!(to, "{it} more free addresses in the subnets"),
            Repair::SharedInstances => write!(to, "no `distinctInstance` constraint"),
        }
    }
}
