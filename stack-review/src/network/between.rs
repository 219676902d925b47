//! Which ways there are between two ends.

use std::borrow::Cow;

use super::answer::{Family, Missing, Protocol, Question};
use super::fault::Fault;
use super::flow::Verdict;
use super::missing::Change;
use super::parts::*;
use super::space::Space;
use super::way::{End, Talk};
use super::who::{INTERNET, Who};

impl Network {
    pub(super) fn between(&self, from: &Who, to: &Who, question: &Question) -> Verdict {
        for who in [from, to] {
            if let Who::Nobody(why) = who {
                return match self.generated {
                    true => Verdict::unknown("what a macro makes at deployment"),
                    false => Verdict::blocked(why.clone(), None),
                };
            }
            if let Who::Node(number) = who
                && let Some(doubt) = &self.nodes[*number].doubt
            {
                return Verdict::unknown(doubt.clone());
            }
        }
        if let Who::Node(node) = from
            && let Some(balancer) = self.balancer_of(*node)
            && let Who::Node(_) | Who::Targets(_) = to
            && let Some(verdict) = self.to_targets(balancer, to, question, None)
        {
            return verdict;
        }
        match (from, to) {
            (Who::Addresses { space, text }, to) => {
                let ends = self.places(to);
                let each = ends
                    .iter()
                    .map(|it| self.addresses_to_end(space, text, it, to, question));
                self.all(each, to)
            }
            (from, Who::Addresses { space, text }) => {
                let ends = self.places(from);
                let each = ends
                    .iter()
                    .map(|it| self.end_to_addresses(it, space, text, question));
                self.all(each, from)
            }
            (from, Who::Aws(service)) => {
                let ends = self.places(from);
                let each = ends.iter().map(|it| self.to_aws(it, service, question));
                self.all(each, from)
            }
            (Who::Aws(_), _) => Verdict::blocked("AWS opens no connections into a VPC", None),
            (from, to) => {
                let (ends, others) = (self.places(from), self.places(to));
                if others.is_empty() {
                    return self.all([], to);
                }
                let pairs = ends.iter().flat_map(|a| others.iter().map(move |b| (a, b)));
                let each = pairs.map(|(a, b)| self.end_to_end(a, b, to, question));
                self.all(each, from)
            }
        }
    }

    pub(super) fn talk(&self, ports: (u16, u16), question: &Question) -> Talk {
        Talk {
            ports,
            protocol: question.protocol,
            family: question.family,
        }
    }

    /// The port on an end: a container's, where its host has it.
    pub(super) fn port_at(
        &self,
        end: &End,
        question: &Question,
    ) -> Result<(u16, u16), Box<Verdict>> {
        let node = end.node.map(|it| &self.nodes[it]);
        let Some(port) = question.port.or(node.and_then(|it| it.port)) else {
            let doubt = format!("the port that {} listens on", end.name);
            return Err(Box::new(Verdict::unknown(doubt)));
        };
        let hosts = node.and_then(|it| it.hosts.as_ref());
        Ok(
            match hosts.and_then(|it| it.iter().find(|it| it.0 == port)) {
                Some((_, None)) if self.is(Fault::FirstDynamicPortIsEnough) => (32768, 32768),
                Some((_, None)) => (32768, 65535),
                Some((_, Some(host))) => (*host, *host),
                None => (port, port),
            },
        )
    }

    /// A load balancer takes connections on the ports of its listeners.
    pub(super) fn listener(
        &self,
        end: &End,
        question: &Question,
    ) -> Result<Option<(u16, u16)>, Box<Verdict>> {
        let Some(balancer) = end.node.and_then(|it| self.balancer_of(it)) else {
            return Ok(None);
        };
        let udp = question.protocol == Protocol::Udp;
        let it = &self.balancers[balancer];
        let mut listeners = it
            .listeners
            .iter()
            .filter(|it| it.speaks(question.protocol));
        let Some(port) = question.port else {
            return match listeners.next().and_then(|it| it.port) {
                Some(port) => Ok(Some((port, port))),
                None => {
                    let doubt = format!("the port that {} listens on", end.name);
                    Err(Box::new(Verdict::unknown(doubt)))
                }
            };
        };
        if listeners.clone().any(|it| it.port == Some(port)) {
            return Ok(Some((port, port)));
        }
        if listeners.any(|it| it.port.is_none()) {
            let doubt = format!("the ports that {} listens on", end.name);
            return Err(Box::new(Verdict::unknown(doubt)));
        }
        let what = format!(
            "{} needs a listener for {} {port}",
            end.name, question.protocol
        );
        let missing = Missing {
            code: match it.classic {
                true => "ELB_LISTENERS_MISMATCH",
                false => "ELBV2_LISTENERS_MISMATCH",
            },
            what,
            resource: self.nodes[it.node].id.clone(),
            change: Change::Listener {
                balancer,
                port,
                udp,
            },
        };
        let why = format!(
            "{} has no listener for {} {port}",
            end.name, question.protocol
        );
        Err(Box::new(Verdict::blocked(why, Some(missing))))
    }

    pub(super) fn ports(
        &self,
        end: &End,
        to: &Who,
        question: &Question,
    ) -> Result<(u16, u16), Box<Verdict>> {
        if let Some(ports) = self.listener(end, question)? {
            return Ok(ports);
        }
        if let (Who::Targets(number), None) = (to, question.port)
            && let Some(member) = self.targets[*number]
                .members
                .iter()
                .find(|it| Some(it.node) == end.node)
            && let Ports::Range(from, to) = member.ports
        {
            return Ok((from, to));
        }
        self.port_at(end, question)
    }

    pub(super) fn end_to_end(
        &self,
        from: &End,
        to: &End,
        whom: &Who,
        question: &Question,
    ) -> Verdict {
        let ports = match self.ports(to, whom, question) {
            Ok(ports) => ports,
            Err(verdict) => return *verdict,
        };
        let talk = self.talk(ports, question);
        // The name of an internet-facing load balancer gives its public addresses, also to its VPC.
        if let Some(balancer) = to.node.and_then(|it| self.balancer_of(it))
            && question.family == Family::V4
        {
            match self.balancers[balancer].internet_facing {
                Some(true) => {
                    let (here, there) = (Space::region(from.region), Space::region(to.region));
                    let out = self.out(from, &there, "0.0.0.0/0", talk, None);
                    return out.then(self.inward(&here, "0.0.0.0/0", to, talk));
                }
                None => return Verdict::unknown(format!("the scheme of {}", to.name)),
                Some(false) => (),
            }
        }
        self.private(from, to, talk, self.sender(from, question.family))
    }

    pub(super) fn addresses_to_end(
        &self,
        space: &Space,
        text: &str,
        to: &End,
        whom: &Who,
        question: &Question,
    ) -> Verdict {
        let ports = match self.ports(to, whom, question) {
            Ok(ports) => ports,
            Err(verdict) => return *verdict,
        };
        let talk = self.talk(ports, question);
        let family = question.family;
        let (inside, rest) = self.split(space, family);
        let mut each = Vec::new();
        for (subnet, part) in inside {
            let from = self.neighbour(subnet, part, family);
            let mut source = self.sender(&from, family);
            source.side.text = Cow::Borrowed(text);
            each.push(self.private(&from, to, talk, source));
        }
        let public = if family == Family::V4 {
            rest.intersect(&INTERNET)
        } else {
            rest.clone()
        };
        if !public.is_empty() {
            each.push(self.inward(&public, text, to, talk));
        }
        if !rest.minus(&public).is_empty() {
            let vpc = self.subnets[to.seat.subnet].vpc.map(|it| &self.vpcs[it]);
            each.push(match vpc {
                Some(vpc) if vpc.gateway.is_some() && !vpc.elsewhere => {
                    Verdict::blocked(format!("nothing leads from {text} into {}", vpc.name), None)
                }
                _ => {
                    // What the groups forbid is forbidden however it arrives.
                    let end = self.neighbour(to.seat.subnet, rest.minus(&public), family);
                    let mut source = self.sender(&end, family);
                    source.side.text = Cow::Borrowed(text);
                    let there = self.private(&end, to, talk, source);
                    there.then(Verdict::unknown(format!("how {text} is connected")))
                }
            });
        }
        Verdict::all(each)
            .unwrap_or_else(|| Verdict::blocked(format!("nobody has an address of {text}"), None))
    }

    pub(super) fn end_to_addresses(
        &self,
        from: &End,
        space: &Space,
        text: &str,
        question: &Question,
    ) -> Verdict {
        let Some(port) = question.port else {
            return Verdict::unknown("the port that is asked for");
        };
        let talk = self.talk((port, port), question);
        let family = question.family;
        let (inside, rest) = self.split(space, family);
        let mut each = Vec::new();
        for (subnet, part) in inside {
            let to = self.neighbour(subnet, part, family);
            each.push(self.private(from, &to, talk, self.sender(from, family)));
        }
        let public = if family == Family::V4 {
            rest.intersect(&INTERNET)
        } else {
            rest.clone()
        };
        if !public.is_empty() {
            each.push(self.out(from, &public, text, talk, None));
        }
        let private = rest.minus(&public);
        if !private.is_empty() {
            each.push(self.to_private(from, &private, text, talk));
        }
        Verdict::all(each)
            .unwrap_or_else(|| Verdict::blocked(format!("nobody has an address of {text}"), None))
    }

    /// To private addresses that no VPC has: by what is not seen here, or not at all, for an internet
    /// gateway drops them.
    pub(super) fn to_private(
        &self,
        from: &End,
        addresses: &Space,
        text: &str,
        talk: Talk,
    ) -> Verdict {
        let Some(table) = self.subnets[from.seat.subnet].table else {
            return self.out(from, addresses, text, talk, None);
        };
        let parts = self.lookup(table, addresses, talk.family);
        let each = parts.iter().map(|part| match part.target {
            Some(Target::Transit(it)) if part.certain => {
                self.out_by_transit(from, &part.addresses, text, talk, *it)
            }
            Some(Target::Elsewhere(_) | Target::Peering(_)) => self
                .out(from, &part.addresses, text, talk, None)
                .then(Verdict::unknown(format!("how {text} is connected"))),
            _ if !part.certain => Verdict::unknown(format!("how {text} is connected")),
            _ => Verdict::blocked(
                format!("nothing leads to {text}: an internet gateway drops private addresses"),
                None,
            ),
        });
        Verdict::all(each).unwrap_or_default()
    }

    /// By an interface endpoint with private DNS where there is one, else by public addresses.
    /// <https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html>
    pub(super) fn to_aws(&self, from: &End, service: &str, question: &Question) -> Verdict {
        let port = question.port.unwrap_or(443);
        let talk = self.talk((port, port), question);
        let vpc = self.subnets[from.seat.subnet].vpc;
        let local = self.services.iter().find(|it| {
            it.service == service && it.vpc == vpc && vpc.is_some() && it.private_dns != Some(false)
        });
        if let (Some(local), Some(number)) = (local, vpc)
            && question.family == Family::V4
        {
            if local.private_dns.is_none() || self.vpcs[number].dns.is_none() {
                return Verdict::unknown(format!(
                    "whether the name of {service} leads to its endpoint"
                ));
            }
            if self.vpcs[number].dns == Some(true) {
                let ends = self.ends(local.node);
                let each = ends
                    .iter()
                    .map(|to| self.private(from, to, talk, self.sender(from, question.family)));
                return self.all(each, &Who::Node(local.node));
            }
        }
        let named = format!("{service} of AWS");
        let region = self
            .regions
            .iter()
            .find(|it| *it.1 == named)
            .map_or(PUBLIC + (1 << 20), |it| *it.0);
        let text = if question.family == Family::V4 {
            "0.0.0.0/0"
        } else {
            "::/0"
        };
        let verdict = self.out(from, &Space::region(region), text, talk, Some(service));
        let seen = vpc.is_some_and(|it| self.vpcs[it].seen);
        let forbidden = |it: &Missing| it.code == "ENI_SG_RULES_MISMATCH";
        match &verdict.fails {
            // It may have an endpoint that is not seen; what groups forbid stays forbidden.
            Some(it) if !seen && !it.missing.as_ref().is_some_and(forbidden) => {
                let name = &self.subnets[from.seat.subnet].name;
                Verdict::unknown(format!("which endpoints the VPC of {name} has"))
            }
            _ => verdict,
        }
    }
}
