//! Who the ends of a question are, and where they may be.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::answer::{Endpoint, Family};
use super::flow::Verdict;
use super::parts::*;
use super::read_nodes::ANY;
use super::space::{Space, cidr};
use super::way::End;

/// Who is meant.
#[derive(Clone, Debug)]
pub(super) enum Who {
    /// Any of the places of a node.
    Node(usize),
    /// Any member of a group.
    Members(usize),
    /// The targets of a target group.
    Targets(usize),
    Addresses {
        space: Cow<'static, Space>,
        text: String,
    },
    Aws(String),
    Nobody(String),
}

impl Network {
    pub(super) fn who(&self, endpoint: &Endpoint, family: Family) -> Who {
        let public = |space: Cow<'static, Space>, text: &str| Who::Addresses {
            space,
            text: text.to_owned(),
        };
        match endpoint {
            Endpoint::Internet | Endpoint::Internet6 => match family {
                Family::V4 => public(Cow::Borrowed(&INTERNET), "0.0.0.0/0"),
                Family::V6 => public(Cow::Owned(self.internet6()), "::/0"),
            },
            Endpoint::Cidr(text) => match cidr(text) {
                Some((own, 0, _, _)) if own == family => self.who(&Endpoint::Internet, family),
                Some((own, _, from, to)) if own == family => Who::Addresses {
                    space: Cow::Owned(Space::numbers(from, to)),
                    text: text.clone(),
                },
                _ => Who::Nobody(format!("{text} is no range of this family")),
            },
            Endpoint::Aws(service) => Who::Aws(service.clone()),
            Endpoint::Resource { stack, id } => {
                let number = match stack {
                    Some(name) => self.stacks.iter().find(|it| it.1 == name).map(|it| *it.0),
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
    pub(super) fn internet6(&self) -> Space {
        let all = Space::numbers(0x2 << 124, (0x4 << 124) - 1);
        self.vpcs
            .iter()
            .fold(all, |rest, it| rest.minus(of(&it.ranges, Family::V6)))
    }

    /// Where somebody may be.
    pub(super) fn places(&self, who: &Who) -> Vec<End> {
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
    pub(super) fn members(&self, group: usize) -> Vec<End> {
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

    /// Subnets whose interfaces may have some of the addresses, and the rest.
    pub(super) fn split(&self, space: &Space, family: Family) -> (Vec<(usize, Space)>, Space) {
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

    pub(super) fn neighbour(&self, subnet: usize, part: Space, family: Family) -> End {
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

    pub(super) fn all(&self, each: impl IntoIterator<Item = Verdict>, who: &Who) -> Verdict {
        Verdict::all(each).unwrap_or_else(|| match who {
            Who::Targets(number) if self.targets[*number].complete => Verdict::blocked(
                format!("target group `{}` has no targets", self.targets[*number].id),
                None,
            ),
            Who::Node(number) => Verdict::unknown(format!("where `{}` is", self.nodes[*number].id)),
            _ => Verdict::unknown("who that is"),
        })
    }
}

/// Whether there are public addresses in a range as it is written.
pub(crate) fn has_public_addresses(text: &str) -> bool {
    match cidr(text) {
        Some((Family::V4, _, from, to)) => {
            let numbers = Space::numbers(from, to);
            !numbers.intersect(&INTERNET).is_empty()
        }
        Some((Family::V6, ..)) => true,
        None => false,
    }
}

/// Public IPv4 addresses: all but those that IANA keeps for special use.
/// <https://www.iana.org/assignments/iana-ipv4-special-registry>
pub(super) static INTERNET: LazyLock<Space> = LazyLock::new(|| {
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
    let special = special.iter().filter_map(|it| cidr(it));
    special.fold(all, |rest, it| rest.minus(&Space::numbers(it.2, it.3)))
});
