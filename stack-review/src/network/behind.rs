//! From a load balancer to what hangs behind it, and through it.

use std::borrow::Cow;

use super::answer::{Endpoint, Family, Missing, Protocol, Question};
use super::fault::Fault;
use super::flow::{Side, Verdict};
use super::missing::Change;
use super::parts::*;
use super::read_nodes::ANY;
use super::space::Space;
use super::way::{End, Source, Talk};
use super::who::{INTERNET, Who};

impl Network {
    /// From a load balancer to what hangs behind it; `None` when nothing says that it does.
    pub(super) fn to_targets(
        &self,
        balancer: usize,
        to: &Who,
        question: &Question,
        client: Option<&Side<'_>>,
    ) -> Option<Verdict> {
        let it = &self.balancers[balancer];
        // A client comes by one listener.
        let listeners = it.listeners.iter().filter(|it| {
            client.is_none() || it.port == question.port && it.speaks(question.protocol)
        });
        let listed = listeners.flat_map(|it| &it.targets).copied();
        let mut listed: Vec<usize> = listed.collect();
        listed.sort_unstable();
        listed.dedup();
        if client.is_none() {
            self.asked_groups(&mut listed, to, question);
        }
        let mut each = Vec::new();
        for number in listed {
            let group = &self.targets[number];
            if !group.packets
                || !matches!(to, Who::Node(_)) && !matches!(to, Who::Targets(it) if *it == number)
            {
                continue;
            }
            for member in &group.members {
                if let Who::Node(node) = to
                    && *node != member.node
                {
                    continue;
                }
                each.push(self.to_member(balancer, number, member, question, client));
            }
            if let Who::Targets(_) = to
                && group.members.is_empty()
            {
                each.push(match group.complete && !self.generated {
                    true => Verdict::blocked(
                        format!("target group `{}` has no targets", group.id),
                        None,
                    ),
                    false => Verdict::unknown(format!("the targets of `{}`", group.id)),
                });
            }
        }
        if each.is_empty()
            && let Who::Targets(number) = to
        {
            let all = self.balancers[balancer]
                .listeners
                .iter()
                .all(|it| it.complete);
            let text = format!(
                "no listener of it sends to target group `{}`",
                self.targets[*number].id
            );
            return Some(if all {
                Verdict::blocked(text, None)
            } else {
                Verdict::unknown("where its listeners send")
            });
        }
        Verdict::all(each)
    }

    /// Leaves those target groups that a question to a node is about: the one that it names, or
    /// those that speak its protocol and have its port, where there are some.
    fn asked_groups(&self, listed: &mut Vec<usize>, to: &Who, question: &Question) {
        let Who::Node(node) = to else { return };
        if let Some(Endpoint::Resource { stack, id }) = &question.target_group {
            listed.retain(|it| {
                let group = &self.targets[*it];
                let named = |name: &String| self.stacks.get(&group.stack) == Some(name);
                group.id == *id && stack.as_ref().is_none_or(named)
            });
        }
        // A health check has port and protocol of its own.
        if question.health_check || listed.len() < 2 {
            return;
        }
        let member = |group: &TargetGroup| {
            let found = group.members.iter().find(|it| it.node == *node);
            found.map(|it| it.ports)
        };
        let speaks = |group: &TargetGroup| {
            member(group).is_some()
                && match question.protocol {
                    Protocol::Tcp => group.tcp,
                    Protocol::Udp => group.udp,
                }
        };
        if listed.iter().any(|it| speaks(&self.targets[*it])) {
            listed.retain(|it| speaks(&self.targets[*it]));
        }
        let Some(port) = question.port else { return };
        let has = |group: &TargetGroup| member(group) == Some(Ports::Range(port, port));
        if listed.iter().any(|it| has(&self.targets[*it])) {
            listed.retain(|it| has(&self.targets[*it]));
        }
    }

    pub(super) fn to_member(
        &self,
        balancer: usize,
        number: usize,
        member: &Member,
        question: &Question,
        client: Option<&Side<'_>>,
    ) -> Verdict {
        let (it, group) = (&self.balancers[balancer], &self.targets[number]);
        if let Some(doubt) = &self.nodes[member.node].doubt {
            return Verdict::unknown(doubt.clone());
        }
        let ports = match (question.health_check, group.health_port) {
            (true, HealthPort::Port(port)) => Ports::Range(port, port),
            (true, HealthPort::Unknown) => Ports::Unknown,
            _ => match question.port.filter(|_| client.is_none()) {
                // A container's port stands for the one of its host.
                Some(port) if self.nodes[member.node].hosts.is_none() => Ports::Range(port, port),
                _ => member.ports,
            },
        };
        let Ports::Range(from, to) = ports else {
            return Verdict::unknown(format!("the port of target group `{}`", group.id));
        };
        let mut talk = self.talk((from, to), question);
        if !group.tcp && !question.health_check && client.is_some() {
            talk.protocol = Protocol::Udp;
        }
        let ends = self.ends(it.node);
        let mut each = Vec::new();
        for to in self.ends(member.node) {
            each.push(self.to_end(
                balancer,
                &ends,
                &to,
                group,
                talk,
                question.health_check,
                client,
            ));
        }
        self.all(each, &Who::Node(member.node))
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "one call, and each is its own thing"
    )]
    pub(super) fn to_end(
        &self,
        balancer: usize,
        ends: &[End],
        to: &End,
        group: &TargetGroup,
        talk: Talk,
        health: bool,
        client: Option<&Side<'_>>,
    ) -> Verdict {
        let it = &self.balancers[balancer];
        let zone = |end: &End| &self.subnets[end.seat.subnet].zone;
        let same = |end: &End| {
            zone(end)
                .same(zone(to))
                .or((end.seat.subnet == to.seat.subnet).then_some(true))
        };
        // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-subnets.html
        if !self.is(Fault::ZonesIgnored)
            && !ends.is_empty()
            && ends.iter().all(|it| same(it) == Some(false))
        {
            let subnet = to.seat.subnet;
            let name = &self.nodes[it.node].id;
            let missing = Missing {
                code: "ELB_INSTALLED_AZ_RESTRICTION",
                what: format!(
                    "`{name}` needs a subnet in the zone of {}",
                    self.subnets[subnet].name
                ),
                resource: name.clone(),
                change: Change::Zone { balancer, subnet },
            };
            let why = format!(
                "`{name}` is not enabled in the zone of {}",
                self.subnets[subnet].name
            );
            return Verdict::blocked(why, Some(missing));
        }
        let crosses = group.cross_zone.or(it.cross_zone);
        let senders = ends.iter().filter(|end| {
            crosses != Some(false) || same(end) != Some(false) || self.is(Fault::ZonesIgnored)
        });
        let preserves = if health || !it.network {
            Some(false)
        } else {
            group.preserves
        };
        let each = senders.map(|from| match preserves {
            None => Verdict::unknown(format!(
                "whether target group `{}` preserves client addresses",
                group.id
            )),
            Some(false) => self.private(from, to, talk, self.sender(from, talk.family)),
            Some(true) => {
                let mut side = self.clients(it, from, talk.family, client);
                side.groups = from.seat.groups.as_deref();
                side.known_as = Cow::Borrowed(side.groups.unwrap_or_default());
                self.private(
                    from,
                    to,
                    talk,
                    Source {
                        side,
                        ports: ANY,
                        returns: false,
                    },
                )
            }
        });
        self.all(each, &Who::Node(it.node))
    }

    /// Whose addresses targets see when a load balancer preserves them.
    pub(super) fn clients<'n>(
        &self,
        balancer: &Balancer,
        from: &End,
        family: Family,
        client: Option<&Side<'n>>,
    ) -> Side<'n> {
        if let Some(client) = client {
            return client.clone();
        }
        let vpc = self.subnets[from.seat.subnet].vpc;
        let (addresses, text) = match (balancer.internet_facing, vpc, family) {
            (Some(true), _, Family::V4) => (Cow::Borrowed(&*INTERNET), Cow::Borrowed("0.0.0.0/0")),
            (Some(true), _, Family::V6) => (Cow::Owned(self.internet6()), Cow::Borrowed("::/0")),
            (_, Some(vpc), _) => {
                let mut all = Space::empty();
                for subnet in self.subnets.iter().filter(|it| it.vpc == Some(vpc)) {
                    all = all.union(of(&subnet.usable, family));
                }
                let text = format!("the addresses of {}", self.vpcs[vpc].name);
                (Cow::Owned(all), Cow::Owned(text))
            }
            _ => (
                Cow::Owned(Space::region(PUBLIC - 2)),
                Cow::Borrowed("the clients' addresses"),
            ),
        };
        Side {
            addresses,
            groups: None,
            known_as: Cow::Borrowed(&[]),
            text,
        }
    }

    /// Whom a load balancer takes its client for.
    pub(super) fn client(&self, from: &Who, balancer: &Balancer, family: Family) -> Side<'static> {
        let (mut addresses, mut text) = match from {
            Who::Addresses { space, text } => (space.clone().into_owned(), text.clone()),
            _ => (Space::empty(), String::new()),
        };
        let outside = balancer.internet_facing != Some(false) && family == Family::V4;
        for end in self.places(from) {
            let own = if outside {
                Space::region(end.region)
            } else {
                self.side(&end, family).addresses.into_owned()
            };
            addresses = addresses.union(&own);
            text = if outside {
                "0.0.0.0/0".to_owned()
            } else {
                self.side(&end, family).text.into_owned()
            };
        }
        Side {
            addresses: Cow::Owned(addresses),
            groups: None,
            known_as: Cow::Borrowed(&[]),
            text: Cow::Owned(text),
        }
    }

    /// By a load balancer that listens on the port and sends there.
    pub(super) fn by_balancer(&self, from: &Who, to: &Who, question: &Question) -> Option<Verdict> {
        let (Who::Node(target), Some(port)) = (to, question.port) else {
            return None;
        };
        if matches!(from, Who::Node(it) if self.balancer_of(*it).is_some()) {
            return None;
        }
        let mut found: Option<Verdict> = None;
        for (number, balancer) in self.balancers.iter().enumerate() {
            let listener = balancer.listeners.iter().any(|it| {
                it.port == Some(port)
                    && it.speaks(question.protocol)
                    && it.targets.iter().any(|it| {
                        self.targets[*it]
                            .members
                            .iter()
                            .any(|it| it.node == *target)
                    })
            });
            if !listener {
                continue;
            }
            let client = self.client(from, balancer, question.family);
            let first = self.between(from, &Who::Node(balancer.node), question);
            let second = self.to_targets(number, to, question, Some(&client));
            let verdict = first.then(second?);
            if verdict.always || found.is_none() {
                found = Some(verdict);
            }
        }
        found
    }
}
