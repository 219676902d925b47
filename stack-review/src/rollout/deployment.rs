//! [`Deployment`]: everything a deployment of a service turns on, in plain numbers.

use std::collections::BTreeSet;
use std::fmt;

/// A service whose `desired` tasks of the old revision are to become as many of the new one.
///
/// ```
/// use stack_review::rollout::{Deployment, Instance, Needs, Outcome};
///
/// // Two instances, a task with host port 80 on each.
/// let fleet = vec![Instance::new("a", 2048, 3827, 2); 2];
/// let mut web = Deployment::new(2, Needs::new(256, 512).port(80), fleet);
/// assert!(matches!(web.simulate(), Outcome::Deadlocks { .. }));
/// web.minimum_healthy_percent = 50;
/// assert!(matches!(web.simulate(), Outcome::Finishes { lowest_healthy: 1, .. }));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// So many tasks; for a daemon as many as there are eligible instances, whatever this says.
    pub desired: u32,
    /// So much of `desired`, rounded up, stays healthy (0–100, default 100).
    pub minimum_healthy_percent: u32,
    /// So much of `desired`, rounded down, runs or starts at once (100–200, default 200; a daemon
    /// never has more than 100).
    pub maximum_percent: u32,
    /// How old tasks give way to new ones.
    pub strategy: Strategy,
    /// What a task of the old revision takes.
    pub before: Needs,
    /// What a task of the new revision takes.
    pub after: Needs,
    /// Where tasks can run.
    pub fleet: Fleet,
    /// How the scheduler chooses among instances with room; the first decides, the next among what
    /// is then equal.
    pub placement: Vec<Preference>,
    /// No two tasks of the service on an instance; those that are being stopped do not count.
    ///
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-constraints.html>
    pub distinct_instance: bool,
    /// Whether tasks share the network of their instance (`host` mode), so that every port is fixed.
    pub host_network: bool,
    /// The instances that the old tasks stand on, those that scaling adds counted after the others;
    /// `None` where the scheduler would have put them.
    pub standing: Option<Vec<usize>>,
    /// How long things take.
    pub times: Times,
    /// Instances that are lost in the middle.
    pub loss: Option<Loss>,
}

/// How old tasks give way to new ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// `desired` tasks, a few at a time.
    Replica,
    /// One task on each eligible instance: stopped there, then started.
    Daemon,
    /// All new tasks beside the old ones, then the traffic, then so many seconds of bake time.
    BlueGreen {
        /// Seconds that both revisions run after the traffic has moved.
        bake: u64,
    },
    /// As blue/green; the traffic moves in equal steps.
    Linear {
        /// Percent of the traffic that a step moves (1–100).
        step_percent: u32,
        /// Seconds after each step but the last.
        step_bake: u64,
        /// Seconds after the last.
        bake: u64,
    },
    /// As blue/green; a part of the traffic moves first.
    Canary {
        /// Seconds with only that part moved.
        canary_bake: u64,
        /// Seconds after the rest.
        bake: u64,
    },
}

impl Strategy {
    /// Whether all new tasks run before any old one is stopped.
    pub fn is_side_by_side(self) -> bool {
        !matches!(self, Strategy::Replica | Strategy::Daemon)
    }

    /// Seconds between all new tasks being healthy and the old ones being stopped.
    pub(super) fn bake(self) -> u64 {
        match self {
            Strategy::Replica | Strategy::Daemon => 0,
            Strategy::BlueGreen { bake } => bake,
            Strategy::Linear {
                step_percent,
                step_bake,
                bake,
            } => {
                let steps = 100_u32.div_ceil(step_percent.clamp(1, 100));
                u64::from(steps - 1) * step_bake + bake
            }
            Strategy::Canary { canary_bake, bake } => canary_bake + bake,
        }
    }
}

/// What a task takes of the instance it runs on.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Needs {
    /// CPU units; 1024 are a virtual CPU.
    pub cpu: u32,
    /// MiB: the task's, or of each container its reservation or else its limit.
    pub memory: u32,
    /// Network interfaces: 1 in `awsvpc` mode, else 0.
    pub interfaces: u32,
    /// GPUs.
    pub gpus: u32,
    /// Fixed host ports; a port that the agent chooses is none.
    pub ports: BTreeSet<HostPort>,
}

impl Needs {
    /// So many CPU units and so much memory in MiB, nothing else.
    pub fn new(cpu: u32, memory: u32) -> Needs {
        Needs {
            cpu,
            memory,
            ..Needs::default()
        }
    }

    /// A fixed host port more, TCP.
    pub fn port(mut self, number: u16) -> Needs {
        let protocol = Protocol::Tcp;
        self.ports.insert(HostPort { number, protocol });
        self
    }

    /// A network interface of its own, as in `awsvpc` mode.
    pub fn awsvpc(mut self) -> Needs {
        self.interfaces = 1;
        self
    }
}

/// A port of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPort {
    /// 1–65535.
    pub number: u16,
    /// A port is free or taken for each protocol.
    pub protocol: Protocol,
}

/// TCP or UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl fmt::Display for HostPort {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = match self.protocol {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
        };
        write!(to, "{}/{protocol}", self.number)
    }
}

/// Where tasks can run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fleet {
    /// The instances there are. For Fargate one, which is a pool of addresses.
    pub instances: Vec<Instance>,
    /// How it grows, when it does.
    pub scaling: Option<Scaling>,
}

/// Managed scaling of a capacity provider: instances are added when tasks find no room.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-auto-scaling.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scaling {
    /// What an added instance is like.
    pub instance: Instance,
    /// So many at most in all.
    pub maximum: usize,
    /// Seconds until an added one takes tasks.
    pub boot: u64,
    /// So many percent of the instances are used when all is quiet (1–100); the others stand by.
    pub target_capacity: u32,
}

/// An instance, as far as the tasks of this service may use it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instance {
    /// What people read: a type, `Fargate`.
    pub name: String,
    /// Availability zones are told apart by number.
    pub zone: u32,
    /// CPU units it registers.
    pub cpu: u32,
    /// MiB it registers, which is less than what is sold.
    pub memory: u32,
    /// Network interfaces for tasks: those of the type without the primary one.
    pub interfaces: u32,
    /// GPUs.
    pub gpus: u32,
    /// What tasks of other services take of it.
    pub taken: Needs,
    /// Whether the placement constraints allow it.
    pub eligible: bool,
}

impl Instance {
    /// An instance that nothing else runs on.
    pub fn new(name: &str, cpu: u32, memory: u32, interfaces: u32) -> Instance {
        Instance {
            name: name.to_owned(),
            zone: 0,
            cpu,
            memory,
            interfaces,
            gpus: 0,
            taken: Needs::default(),
            eligible: true,
        }
    }

    /// Fargate: room for everything, as long as there are addresses in the subnets.
    pub fn pool(addresses: u32) -> Instance {
        Instance {
            gpus: u32::MAX,
            ..Instance::new("Fargate", u32::MAX, u32::MAX, addresses)
        }
    }
}

/// What the scheduler prefers among instances with room.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-strategies.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preference {
    /// The zone with the fewest tasks of the service.
    SpreadZones,
    /// The instance with the fewest tasks of the service.
    SpreadInstances,
    /// The instance with the least CPU left.
    BinpackCpu,
    /// The instance with the least memory left.
    BinpackMemory,
    /// Any: the first is taken.
    Random,
}

/// Seconds that things take at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// Pulling the image and starting the containers, up to RUNNING.
    pub start: u64,
    /// From RUNNING to healthy.
    pub healthy: u64,
    /// Draining: the deregistration delay of the target group.
    pub drain: u64,
    /// From SIGTERM to the last container gone: the stop timeout.
    pub stop: u64,
}

impl Times {
    /// Seconds of RUNNING after which a task without any health check counts as healthy.
    ///
    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html>
    pub const SETTLING: u64 = 40;

    /// Pull and start, where nothing is known of it.
    pub const START: u64 = 20;

    /// Until a new instance takes tasks, where nothing is known of it.
    pub const BOOT: u64 = 180;

    /// Without load balancer and health check.
    pub const PLAIN: Times = Times {
        start: Times::START,
        healthy: Times::SETTLING,
        drain: 0,
        stop: 30,
    };
}

/// Spot instances that are taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Seconds after the deployment began.
    pub at: u64,
    /// So many: those with the most tasks of the service.
    pub instances: usize,
    /// Seconds until each has been replaced; `None` when nothing replaces them.
    pub replaced_after: Option<u64>,
}

impl Deployment {
    /// A rolling deployment with ECS's defaults: 100/200, spread over zones, no health check.
    pub fn new(desired: u32, needs: Needs, instances: Vec<Instance>) -> Deployment {
        Deployment {
            desired,
            minimum_healthy_percent: 100,
            maximum_percent: 200,
            strategy: Strategy::Replica,
            before: needs.clone(),
            after: needs,
            fleet: Fleet {
                instances,
                scaling: None,
            },
            placement: vec![Preference::SpreadZones, Preference::SpreadInstances],
            distinct_instance: false,
            host_network: false,
            standing: None,
            times: Times::PLAIN,
            loss: None,
        }
    }

    /// How many tasks there shall be.
    pub fn wanted(&self) -> u32 {
        match self.strategy {
            Strategy::Daemon => {
                let eligible = self.fleet.instances.iter().filter(|it| it.eligible);
                u32::try_from(eligible.count()).unwrap_or(u32::MAX)
            }
            _ => self.desired,
        }
    }

    /// So many tasks stay healthy: `desired × minimum healthy percent`, rounded up.
    pub fn floor(&self) -> u32 {
        if self.strategy.is_side_by_side() {
            return self.wanted();
        }
        let percent = u64::from(self.minimum_healthy_percent.min(100));
        let floor = (u64::from(self.wanted()) * percent).div_ceil(100);
        u32::try_from(floor).unwrap_or(u32::MAX)
    }

    /// So many tasks run or start at once: `desired × maximum percent`, rounded down.
    pub fn ceiling(&self) -> u32 {
        let percent = match self.strategy {
            Strategy::Replica => u64::from(self.maximum_percent),
            Strategy::Daemon => 100,
            _ => 200,
        };
        u32::try_from(u64::from(self.wanted()) * percent / 100).unwrap_or(u32::MAX)
    }

    /// Whether no two tasks may stand on an instance.
    pub(super) fn is_distinct(&self) -> bool {
        self.distinct_instance || self.strategy == Strategy::Daemon
    }
}

/// So many tasks may fail to start or to become healthy before the circuit breaker ends a
/// deployment: half of `desired`, rounded up, at least 3 and at most 200.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html>
pub fn circuit_breaker_threshold(desired: u32) -> u32 {
    desired.div_ceil(2).clamp(3, 200)
}
