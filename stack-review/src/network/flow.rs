//! One stretch of a way: the filters on it, and which packets pass all of them.
//!
//! A packet has a source address, a destination address, a destination port, and a source port at
//! each of two places (a NAT gateway changes it). Every filter looks at one address and one port, so
//! that for fixed ports the packets that pass are a product of two sets. Ports matter only at the
//! ends of rules; between them one port stands for all.

use std::borrow::Cow;

use super::answer::{Family, Missing, Protocol};
use super::fault::Fault;
use super::missing::Change;
use super::parts::*;
use super::space::Space;

/// One end of the stretch.
#[derive(Clone, Debug)]
pub(super) struct Side<'n> {
    /// The addresses it may have; all of them must work.
    pub(super) addresses: Cow<'n, Space>,
    /// What filters it; `None` for nothing.
    pub(super) groups: Option<&'n [usize]>,
    /// The groups by which others know it: private addresses of members.
    pub(super) known_as: Cow<'n, [usize]>,
    /// As a rule would name it.
    pub(super) text: Cow<'n, str>,
}

/// Which address a filter looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    Source,
    Destination,
}

/// Which port a filter of a network ACL looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PortOf {
    Destination,
    /// The first source port, or the one after a NAT gateway.
    Source(usize),
}

/// A filter.
#[derive(Clone, Debug)]
pub(super) enum Gate {
    /// The source's groups, outbound.
    GroupOut,
    /// The destination's groups, inbound.
    GroupIn,
    /// A subnet's network ACL.
    Acl {
        subnet: usize,
        egress: bool,
        axis: Axis,
        port: PortOf,
    },
    /// A subnet's route table sends these addresses there.
    Route {
        subnet: usize,
        axis: Axis,
        want: Target,
    },
    /// A transit gateway's table sends these addresses to an attachment.
    Transit {
        table: usize,
        axis: Axis,
        want: usize,
    },
    /// Something holds or does not, whatever the packet.
    Flag {
        holds: Option<bool>,
        what: Option<Box<Fix>>,
    },
}

/// What would make a flag hold.
#[derive(Clone, Debug)]
pub(super) struct Fix {
    /// Why not, when it does not.
    pub(super) why: String,
    pub(super) missing: Option<Missing>,
}

/// A stretch and the packets on it.
#[derive(Clone, Debug)]
pub(super) struct Stretch<'n> {
    pub(super) source: Side<'n>,
    pub(super) destination: Side<'n>,
    pub(super) gates: Vec<Gate>,
    /// Source ports before and after a NAT gateway.
    pub(super) sources: [(u16, u16); 2],
    pub(super) ports: (u16, u16),
    pub(super) protocol: Protocol,
    pub(super) family: Family,
}

/// What is known of all packets together.
#[derive(Clone, Debug, Default)]
pub(super) struct Verdict {
    /// All pass, for certain.
    pub(super) always: bool,
    /// All pass, perhaps.
    pub(super) perhaps_always: bool,
    /// This one passes, for certain.
    pub(super) works: Option<Works>,
    /// One passes, perhaps.
    pub(super) perhaps: bool,
    /// This one does not, for certain.
    pub(super) fails: Option<Box<Fails>>,
    /// What is not known.
    pub(super) doubt: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Works {
    pub(super) hops: Vec<String>,
    pub(super) packet: String,
}

#[derive(Clone, Debug)]
pub(super) struct Fails {
    pub(super) missing: Option<Missing>,
    pub(super) why: String,
    pub(super) packet: String,
    /// The subnet that is closed, where it is one.
    pub(super) subnet: Option<usize>,
}

impl Verdict {
    /// The answer in one word.
    pub(super) fn word(&self) -> &'static str {
        match (
            self.always,
            self.perhaps,
            self.perhaps_always,
            self.works.is_some(),
        ) {
            (true, ..) => "reachable",
            (_, false, ..) => "blocked",
            (_, _, false, true) => "sometimes",
            _ => "unknown",
        }
    }

    pub(super) fn unknown(doubt: impl Into<String>) -> Verdict {
        Verdict {
            perhaps_always: true,
            perhaps: true,
            doubt: Some(doubt.into()),
            ..Verdict::default()
        }
    }

    pub(super) fn blocked(why: impl Into<String>, missing: Option<Missing>) -> Verdict {
        let why = why.into();
        Verdict {
            fails: Some(Box::new(Fails {
                missing,
                packet: String::new(),
                why,
                subnet: None,
            })),
            ..Verdict::default()
        }
    }

    /// What stops packets here is this subnet's, unless it is a security group or another's.
    pub(super) fn in_subnet(mut self, subnet: usize) -> Verdict {
        if let Some(fails) = &mut self.fails {
            let group = |it: &Missing| it.code == "ENI_SG_RULES_MISMATCH";
            if !fails.missing.as_ref().is_some_and(group) {
                fails.subnet.get_or_insert(subnet);
            }
        }
        self
    }

    /// Both of two ways must be open.
    pub(super) fn beside(self, other: Verdict) -> Verdict {
        Verdict {
            always: self.always && other.always,
            perhaps_always: self.perhaps_always && other.perhaps_always,
            works: self.works.or(other.works),
            perhaps: self.perhaps || other.perhaps,
            fails: self.fails.or(other.fails),
            doubt: self.doubt.or(other.doubt),
        }
    }

    /// One way goes on in the other.
    pub(super) fn then(self, other: Verdict) -> Verdict {
        let works = match (self.works, other.works) {
            (Some(mut first), Some(second)) => {
                first.hops.extend(second.hops);
                first.packet = format!("{}, then {}", first.packet, second.packet);
                Some(first)
            }
            _ => None,
        };
        Verdict {
            always: self.always && other.always,
            perhaps_always: self.perhaps_always && other.perhaps_always,
            works,
            perhaps: self.perhaps && other.perhaps,
            fails: self.fails.or(other.fails),
            doubt: self.doubt.or(other.doubt),
        }
    }

    /// All of several ways must be open; not known when there is none.
    pub(super) fn all(each: impl IntoIterator<Item = Verdict>) -> Option<Verdict> {
        each.into_iter().reduce(Verdict::beside)
    }
}

impl Network {
    pub(super) fn flow(&self, stretch: &Stretch<'_>) -> Verdict {
        let mut verdict = Verdict {
            always: true,
            perhaps_always: true,
            ..Verdict::default()
        };
        let ends = self.port_ends(stretch);
        let easy = self.is(Fault::OneSourcePortIsEnough);
        for &port in &ends[2] {
            let mut any_source = (false, None);
            for &first in &ends[0] {
                for &second in &ends[1] {
                    let before = (
                        verdict.always,
                        verdict.perhaps_always,
                        verdict.fails.is_some(),
                    );
                    let passed = self.at(stretch, port, [first, second], &mut verdict);
                    if easy {
                        if passed {
                            any_source.0 = true;
                        }
                        any_source.1.get_or_insert(before);
                    }
                }
            }
            if let (true, true, Some(before)) = (easy, any_source.0, any_source.1) {
                (verdict.always, verdict.perhaps_always) = (before.0, before.1);
                if !before.2 {
                    verdict.fails = None;
                }
            }
        }
        verdict
    }

    /// For these ports; whether all pass for certain.
    pub(super) fn at(
        &self,
        stretch: &Stretch<'_>,
        port: u16,
        sources: [u16; 2],
        verdict: &mut Verdict,
    ) -> bool {
        let whole: [&Space; 2] = [&stretch.source.addresses, &stretch.destination.addresses];
        let mut certain = whole.map(Cow::Borrowed);
        let mut perhaps = certain.clone();
        let mut all = true;
        for gate in &stretch.gates {
            if let Gate::Flag { holds, .. } = gate {
                // It concerns every packet, also where there are none.
                match holds {
                    Some(true) => (),
                    Some(false) => {
                        all = false;
                        certain = [Space::empty(), Space::empty()].map(Cow::Owned);
                        perhaps = certain.clone();
                        verdict.perhaps_always = false;
                        if verdict.fails.is_none() {
                            let packet =
                                self.packet([whole[0].first(), whole[1].first()], port, sources[0]);
                            verdict.fails =
                                Some(Box::new(self.failure(gate, stretch, whole[0], packet)));
                        }
                    }
                    None => {
                        all = false;
                        certain = [Space::empty(), Space::empty()].map(Cow::Owned);
                        verdict
                            .doubt
                            .get_or_insert_with(|| self.doubt(gate, stretch));
                    }
                }
                continue;
            }
            let (at, Some((definite, possible))) = self.pass(gate, stretch, port, sources) else {
                continue;
            };
            if !definite.covers(whole[at]) {
                all = false;
                certain[at] = Cow::Owned(certain[at].intersect(&definite));
                let left = whole[at].minus(&possible);
                if let Some(point) = left.first() {
                    perhaps[at] = Cow::Owned(perhaps[at].intersect(&possible));
                    verdict.perhaps_always = false;
                    if verdict.fails.is_none() {
                        let mut points = [whole[0].first(), whole[1].first()];
                        points[at] = Some(point);
                        let packet = self.packet(points, port, sources[0]);
                        verdict.fails = Some(Box::new(self.failure(gate, stretch, &left, packet)));
                    }
                } else if verdict.doubt.is_none() {
                    verdict.doubt = Some(self.doubt(gate, stretch));
                }
            }
        }
        verdict.always &= all;
        verdict.perhaps |= perhaps.iter().all(|it| !it.is_empty());
        if let (Some(from), Some(to), None) =
            (certain[0].first(), certain[1].first(), &verdict.works)
        {
            verdict.works = Some(Works {
                hops: match self.quiet {
                    true => Vec::new(),
                    false => stretch
                        .gates
                        .iter()
                        .filter_map(|it| self.hop(it, stretch))
                        .collect(),
                },
                packet: self.packet([Some(from), Some(to)], port, sources[0]),
            });
        }
        all
    }

    /// The ports that stand for all: source ports at both places, and destination ports.
    pub(super) fn port_ends(&self, stretch: &Stretch<'_>) -> [Vec<u16>; 3] {
        let mut ends = [Vec::new(), Vec::new(), Vec::new()];
        let ranges = [stretch.sources[0], stretch.sources[1], stretch.ports];
        for (ends, range) in ends.iter_mut().zip(ranges) {
            ends.push(range.0);
        }
        let mut bound = |at: usize, traffic: &Traffic| {
            let (from, to) = ranges[at];
            let Some((low, high)) = traffic.ports else {
                return;
            };
            for it in [low, high, high + 1] {
                if let Ok(it) = u16::try_from(it)
                    && from < it
                    && it <= to
                {
                    ends[at].push(it);
                }
            }
        };
        for gate in &stretch.gates {
            match gate {
                Gate::Acl {
                    subnet,
                    egress,
                    port,
                    ..
                } => {
                    let at = match port {
                        PortOf::Source(which) => *which,
                        PortOf::Destination => 2,
                    };
                    if let Some(acl) = self.subnets[*subnet].acl {
                        let entries = self.acls[acl].entries.iter();
                        entries
                            .filter(|it| it.egress == *egress)
                            .for_each(|it| bound(at, &it.traffic));
                    }
                }
                Gate::GroupOut | Gate::GroupIn if stretch.ports.0 < stretch.ports.1 => {
                    for (rule, _) in self.rules_of(gate, stretch) {
                        bound(2, &rule.traffic);
                    }
                }
                _ => (),
            }
        }
        for ends in &mut ends {
            ends.sort_unstable();
            ends.dedup();
        }
        ends
    }
}

/// A flag that holds, does not, or is not known.
pub(super) fn flag(
    holds: Option<bool>,
    why: impl Into<String>,
    missing: Option<(&'static str, String, String, Change)>,
) -> Gate {
    let missing = missing.map(|(code, what, resource, change)| Missing {
        code,
        what,
        resource,
        change,
    });
    Gate::Flag {
        holds,
        what: Some(Box::new(Fix {
            why: why.into(),
            missing,
        })),
    }
}

/// A flag of which nothing is told.
pub(super) fn bare_flag(holds: Option<bool>) -> Gate {
    Gate::Flag { holds, what: None }
}
