//! From a [`Question`] to an [`Answer`]: who the ends are, and which ways there are between them.

use super::answer::{Answer, Endpoint, Family, Missing, Path, Protocol, Question};
use super::fault::Fault;
use super::flow::{Side, Verdict};
use super::missing::Change;
use super::parts::*;
use super::read_nodes::ANY;
use super::space::{Space, cidr};
use super::way::{End, Source, Talk};

/// Who is meant.
#[derive(Clone, Debug)]
enum Who {
    /// Any of the places of a node.
    Node(usize),
    /// Any member of a group.
    Members(usize),
    /// The targets of a target group.
    Targets(usize),
    Addresses {
        space: Space,
        text: String,
    },
    Aws(String),
    Nobody(String),
}

/// Pieces are looked for so often; no way needs more.
const PIECES: usize = 12;

impl Network {
    /// Whether a connection can be opened.
    ///
    /// Blocked and sometimes: `missing` is minimal. With all of it the answer is reachable; without
    /// one of it, it is not.
    pub fn can(&self, question: &Question) -> Answer {
        self.answer(self.judge(question), question)
    }

    fn answer(&self, verdict: Verdict, question: &Question) -> Answer {
        if verdict.always {
            return match verdict.works {
                Some(works) => Answer::Reachable(Path {
                    hops: works.hops,
                    packet: works.packet,
                }),
                None => Answer::Unknown {
                    assumption: "there is no packet to show".to_owned(),
                },
            };
        }
        let doubt = || {
            let doubt = verdict
                .doubt
                .clone()
                .unwrap_or_else(|| "a value that is only known at deployment".to_owned());
            Answer::Unknown {
                assumption: format!("it depends on {doubt}"),
            }
        };
        if !verdict.perhaps {
            let why = verdict
                .fails
                .as_ref()
                .map(|it| it.why.clone())
                .unwrap_or_default();
            return Answer::Blocked {
                missing: self.pieces(question, &verdict),
                why,
            };
        }
        match (&verdict.works, &verdict.fails) {
            (Some(works), Some(fails)) if !verdict.perhaps_always => Answer::Sometimes {
                works: Path {
                    hops: works.hops.clone(),
                    packet: works.packet.clone(),
                },
                fails: fails.packet.clone(),
                missing: self.pieces(question, &verdict),
            },
            _ => doubt(),
        }
    }

    /// The same without the ways by load balancers to what hangs behind them.
    pub(super) fn can_directly(&self, question: &Question) -> Answer {
        self.answer(self.direct(question), question)
    }

    /// The answer in one word, without what is missing.
    pub fn word(&self, question: &Question) -> &'static str {
        let it = self.judge(question);
        match (it.always, it.perhaps, it.perhaps_always, it.works.is_some()) {
            (true, ..) => "reachable",
            (_, false, ..) => "blocked",
            (_, _, false, true) => "sometimes",
            _ => "unknown",
        }
    }

    /// Adds what is missing, one after the other, and leaves out again what was not needed.
    fn pieces(&self, question: &Question, verdict: &Verdict) -> Vec<Missing> {
        let mut pieces: Vec<Missing> = Vec::new();
        let mut next = verdict.fails.as_ref().and_then(|it| it.missing.clone());
        let mut done = false;
        while let Some(piece) = next.take() {
            if pieces.len() >= PIECES || pieces.contains(&piece) {
                return Vec::new();
            }
            pieces.push(piece);
            let verdict = self.with(&pieces).judge(question);
            done = verdict.always;
            // Where the rest is not known, these are still needed.
            if verdict.fails.is_none() {
                break;
            }
            next = verdict.fails.and_then(|it| it.missing);
        }
        if !done {
            return if next.is_none() && !pieces.is_empty() && self.open_end(question, &pieces) {
                pieces
            } else {
                Vec::new()
            };
        }
        let mut at = 0;
        while at < pieces.len() && pieces.len() > 1 {
            let mut fewer = pieces.clone();
            fewer.remove(at);
            if self.with(&fewer).judge(question).always {
                pieces = fewer;
            } else {
                at += 1;
            }
        }
        pieces
    }

    /// Whether with these pieces nothing is known to be missing any more.
    fn open_end(&self, question: &Question, pieces: &[Missing]) -> bool {
        let verdict = self.with(pieces).judge(question);
        verdict.perhaps_always && verdict.fails.is_none()
    }

    /// Without the ways by load balancers to what hangs behind them.
    pub(super) fn direct(&self, question: &Question) -> Verdict {
        let from = self.who(&question.from, question.family);
        self.between(&from, &self.who(&question.to, question.family), question)
    }

    pub(super) fn judge(&self, question: &Question) -> Verdict {
        let from = self.who(&question.from, question.family);
        let to = self.who(&question.to, question.family);
        let verdict = self.between(&from, &to, question);
        if verdict.works.is_some() || verdict.always {
            return verdict;
        }
        match self.by_balancer(&from, &to, question) {
            Some(other) if other.perhaps => other,
            _ => verdict,
        }
    }

    fn who(&self, endpoint: &Endpoint, family: Family) -> Who {
        let public = |space: Space, text: &str| Who::Addresses {
            space,
            text: text.to_owned(),
        };
        match endpoint {
            Endpoint::Internet | Endpoint::Internet6 => match family {
                Family::V4 => public(internet(), "0.0.0.0/0"),
                Family::V6 => public(self.internet6(), "::/0"),
            },
            Endpoint::Cidr(text) => match cidr(text) {
                Some((own, 0, _, _)) if own == family => self.who(&Endpoint::Internet, family),
                Some((own, _, from, to)) if own == family => Who::Addresses {
                    space: Space::numbers(from, to),
                    text: text.clone(),
                },
                _ => Who::Nobody(format!("{text} is no range of this family")),
            },
            Endpoint::Aws(service) => Who::Aws(service.clone()),
            Endpoint::Resource { stack, id } => {
                let number = match stack {
                    Some(name) => self.stacks.iter().position(|it| it == name),
                    None => None,
                };
                if let Some(node) = self.node_of(number, id) {
                    return Who::Node(node);
                }
                let here = |other: usize| number.is_none_or(|it| it == other);
                let group = self
                    .groups
                    .iter()
                    .position(|it| it.id == *id && !id.is_empty() && here(it.stack));
                if let Some(group) = group {
                    return Who::Members(group);
                }
                let listener = self
                    .balancers
                    .iter()
                    .find(|it| it.listeners.iter().any(|it| it.id == *id && here(it.stack)));
                if let Some(balancer) = listener {
                    return Who::Node(balancer.node);
                }
                match self
                    .targets
                    .iter()
                    .position(|it| it.id == *id && here(it.stack))
                {
                    Some(number) => Who::Targets(number),
                    None => Who::Nobody(format!(
                        "`{id}` is nothing that a connection begins or ends at"
                    )),
                }
            }
        }
    }

    /// `2000::/3`, all that is given out, but for the VPCs themselves.
    fn internet6(&self) -> Space {
        let all = Space::numbers(0x2 << 124, (0x4 << 124) - 1);
        self.vpcs
            .iter()
            .fold(all, |rest, it| rest.minus(of(&it.ranges, Family::V6)))
    }

    /// Where somebody may be.
    fn places(&self, who: &Who) -> Vec<End> {
        match who {
            Who::Node(number) => self.ends(*number),
            Who::Targets(number) => {
                let members = self.targets[*number].members.iter();
                members.flat_map(|it| self.ends(it.node)).collect()
            }
            Who::Members(group) => self.members(*group),
            _ => Vec::new(),
        }
    }

    /// The members of a group; where there are none, one in each subnet of its VPC.
    fn members(&self, group: usize) -> Vec<End> {
        let all = (0..self.nodes.len()).flat_map(|it| self.ends(it));
        let has = |it: &End| {
            it.seat
                .groups
                .as_ref()
                .is_some_and(|it| it.contains(&group))
        };
        let members: Vec<End> = all.filter(has).collect();
        if !members.is_empty() {
            return members;
        }
        let vpc = self.groups[group].vpc;
        let subnets = self.subnets.iter().enumerate();
        subnets
            .filter(|(_, it)| vpc.is_some() && it.vpc == vpc)
            .map(|(subnet, it)| End {
                node: None,
                name: format!("a member of {}", self.groups[group].name),
                seat: Seat {
                    subnet,
                    groups: Some(vec![group]),
                    address: None,
                    public: it.public,
                    six: it.six,
                },
                sources: ANY,
                region: PUBLIC - 1,
            })
            .collect()
    }

    fn between(&self, from: &Who, to: &Who, question: &Question) -> Verdict {
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
                    .map(|it| self.from_addresses(space, text, it, to, question));
                self.all(each, to)
            }
            (from, Who::Addresses { space, text }) => {
                let ends = self.places(from);
                let each = ends
                    .iter()
                    .map(|it| self.to_addresses(it, space, text, question));
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
                let each = pairs.map(|(a, b)| self.from_end(a, b, to, question));
                self.all(each, from)
            }
        }
    }

    fn all(&self, each: impl IntoIterator<Item = Verdict>, who: &Who) -> Verdict {
        Verdict::all(each).unwrap_or_else(|| match who {
            Who::Targets(number) if self.targets[*number].complete => Verdict::blocked(
                format!("target group `{}` has no targets", self.targets[*number].id),
                None,
            ),
            Who::Node(number) => Verdict::unknown(format!("where `{}` is", self.nodes[*number].id)),
            _ => Verdict::unknown("who that is"),
        })
    }

    fn talk(&self, ports: (u16, u16), question: &Question) -> Talk {
        Talk {
            ports,
            protocol: question.protocol,
            family: question.family,
        }
    }

    /// The port on an end: a container's, where its host has it.
    fn port_at(&self, end: &End, question: &Question) -> Result<(u16, u16), Verdict> {
        let node = end.node.map(|it| &self.nodes[it]);
        let Some(port) = question.port.or(node.and_then(|it| it.port)) else {
            return Err(Verdict::unknown(format!(
                "the port that {} listens on",
                end.name
            )));
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
    fn listener(&self, end: &End, question: &Question) -> Result<Option<(u16, u16)>, Verdict> {
        let Some(balancer) = end.node.and_then(|it| self.balancer_of(it)) else {
            return Ok(None);
        };
        let udp = question.protocol == Protocol::Udp;
        let it = &self.balancers[balancer];
        let speaks = |listener: &&Listener| if udp { listener.udp } else { listener.tcp };
        let mut listeners = it.listeners.iter().filter(speaks);
        let Some(port) = question.port else {
            return match listeners.next().and_then(|it| it.port) {
                Some(port) => Ok(Some((port, port))),
                None => Err(Verdict::unknown(format!(
                    "the port that {} listens on",
                    end.name
                ))),
            };
        };
        if listeners.clone().any(|it| it.port == Some(port)) {
            return Ok(Some((port, port)));
        }
        if listeners.any(|it| it.port.is_none()) {
            return Err(Verdict::unknown(format!(
                "the ports that {} listens on",
                end.name
            )));
        }
        let what = format!(
            "{} needs a listener for {} {port}",
            end.name, question.protocol
        );
        let missing = Missing {
            code: "ELBV2_LISTENERS_MISMATCH",
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
        Err(Verdict::blocked(why, Some(missing)))
    }

    fn ports(&self, end: &End, to: &Who, question: &Question) -> Result<(u16, u16), Verdict> {
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

    fn from_end(&self, from: &End, to: &End, whom: &Who, question: &Question) -> Verdict {
        let ports = match self.ports(to, whom, question) {
            Ok(ports) => ports,
            Err(verdict) => return verdict,
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

    /// Subnets whose interfaces may have some of the addresses, and the rest.
    fn split(&self, space: &Space, family: Family) -> (Vec<(usize, Space)>, Space) {
        let mut inside = Vec::new();
        let mut rest = space.clone();
        for (number, subnet) in self.subnets.iter().enumerate() {
            let part = of(&subnet.usable, family).intersect(space);
            if !part.is_empty() {
                inside.push((number, part));
            }
        }
        for vpc in &self.vpcs {
            rest = rest.minus(of(&vpc.ranges, family));
        }
        (inside, rest)
    }

    fn neighbour(&self, subnet: usize, part: Space, family: Family) -> End {
        let mut address = Both::default();
        address[family as usize] = part;
        End {
            node: None,
            name: format!("an address in {}", self.subnets[subnet].name),
            seat: Seat {
                subnet,
                groups: None,
                address: Some(address),
                public: None,
                six: Some(true),
            },
            sources: ANY,
            region: PUBLIC - 1,
        }
    }

    fn from_addresses(
        &self,
        space: &Space,
        text: &str,
        to: &End,
        whom: &Who,
        question: &Question,
    ) -> Verdict {
        let ports = match self.ports(to, whom, question) {
            Ok(ports) => ports,
            Err(verdict) => return verdict,
        };
        let talk = self.talk(ports, question);
        let family = question.family;
        let (inside, rest) = self.split(space, family);
        let mut each = Vec::new();
        for (subnet, part) in inside {
            let from = self.neighbour(subnet, part, family);
            let mut source = self.sender(&from, family);
            source.side.text = text.to_owned();
            each.push(self.private(&from, to, talk, source));
        }
        let public = if family == Family::V4 {
            rest.intersect(&internet())
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
                    source.side.text = text.to_owned();
                    let there = self.private(&end, to, talk, source);
                    there.then(Verdict::unknown(format!("how {text} is connected")))
                }
            });
        }
        Verdict::all(each)
            .unwrap_or_else(|| Verdict::blocked(format!("nobody has an address of {text}"), None))
    }

    fn to_addresses(&self, from: &End, space: &Space, text: &str, question: &Question) -> Verdict {
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
            rest.intersect(&internet())
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
    fn to_private(&self, from: &End, addresses: &Space, text: &str, talk: Talk) -> Verdict {
        let Some(table) = self.subnets[from.seat.subnet].table else {
            return self.out(from, addresses, text, talk, None);
        };
        let parts = self.lookup(table, addresses, talk.family);
        let each = parts.iter().map(|part| match &part.target {
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
    fn to_aws(&self, from: &End, service: &str, question: &Question) -> Verdict {
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

    /// From a load balancer to what hangs behind it; `None` when nothing says that it does.
    fn to_targets(
        &self,
        balancer: usize,
        to: &Who,
        question: &Question,
        client: Option<&Side>,
    ) -> Option<Verdict> {
        let it = &self.balancers[balancer];
        let listed = it.listeners.iter().flat_map(|it| &it.targets).copied();
        let mut listed: Vec<usize> = listed.collect();
        listed.sort_unstable();
        listed.dedup();
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

    fn to_member(
        &self,
        balancer: usize,
        number: usize,
        member: &Member,
        question: &Question,
        client: Option<&Side>,
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
        if group.udp && !question.health_check && client.is_some() {
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
    fn to_end(
        &self,
        balancer: usize,
        ends: &[End],
        to: &End,
        group: &TargetGroup,
        talk: Talk,
        health: bool,
        client: Option<&Side>,
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
                side.known_as = from.seat.groups.clone().unwrap_or_default();
                side.groups.clone_from(&from.seat.groups);
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
    fn clients(
        &self,
        balancer: &Balancer,
        from: &End,
        family: Family,
        client: Option<&Side>,
    ) -> Side {
        if let Some(client) = client {
            return client.clone();
        }
        let vpc = self.subnets[from.seat.subnet].vpc;
        let (addresses, text) = match (balancer.internet_facing, vpc, family) {
            (Some(true), _, Family::V4) => (internet(), "0.0.0.0/0".to_owned()),
            (Some(true), _, Family::V6) => (self.internet6(), "::/0".to_owned()),
            (_, Some(vpc), _) => {
                let mut all = Space::empty();
                for subnet in self.subnets.iter().filter(|it| it.vpc == Some(vpc)) {
                    all = all.union(of(&subnet.usable, family));
                }
                (all, format!("the addresses of {}", self.vpcs[vpc].name))
            }
            _ => (
                Space::region(PUBLIC - 2),
                "the clients' addresses".to_owned(),
            ),
        };
        Side {
            addresses,
            groups: None,
            known_as: Vec::new(),
            text,
        }
    }

    /// Whom a load balancer takes its client for.
    fn client(&self, from: &Who, balancer: &Balancer, family: Family) -> Side {
        let mut side = Side {
            addresses: Space::empty(),
            groups: None,
            known_as: Vec::new(),
            text: String::new(),
        };
        if let Who::Addresses { space, text } = from {
            side.addresses.clone_from(space);
            side.text.clone_from(text);
        }
        let outside = balancer.internet_facing != Some(false) && family == Family::V4;
        for end in self.places(from) {
            let own = if outside {
                Space::region(end.region)
            } else {
                self.side(&end, family).addresses
            };
            side.addresses = side.addresses.union(&own);
            side.text = if outside {
                "0.0.0.0/0".to_owned()
            } else {
                self.side(&end, family).text
            };
        }
        side
    }

    /// By a load balancer that listens on the port and sends there.
    fn by_balancer(&self, from: &Who, to: &Who, question: &Question) -> Option<Verdict> {
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

/// Public IPv4 addresses: all but those that IANA keeps for special use.
/// <https://www.iana.org/assignments/iana-ipv4-special-registry>
pub(super) fn internet() -> Space {
    let special = [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
    ];
    let all = Space::numbers(0, u128::from(u32::MAX));
    special
        .iter()
        .filter_map(|it| cidr(it))
        .fold(all, |rest, it| rest.minus(&Space::numbers(it.2, it.3)))
}
