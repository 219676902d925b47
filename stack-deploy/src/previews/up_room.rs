//! `up` finds room: behind the load balancer, on the instances, among the rules.

use std::time::Duration;

use branch_naming::Names;

use crate::api::StackDescription;
use crate::load_balancing::ListenerRule;

use super::admission::{self, Need, Room};
use super::plan::Planned;
use super::run_id;
use super::system::Deployed;
use super::tools::News;
use super::up::{Run, UpEnd, WhenFull};
use super::{down, priority};

impl Run<'_> {
    /// Whether there is room, and what the policy says when there is none.
    pub(super) fn admit(
        &mut self,
        names: &Names<'_>,
        planned: &Planned,
        stands: bool,
    ) -> Result<(), UpEnd> {
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

    /// What there is in the live account. What cannot be read is not counted, and said.
    pub(super) fn room(&mut self, names: &Names<'_>, planned: &Planned) -> Result<Room, UpEnd> {
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
    pub(super) fn priority(
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
