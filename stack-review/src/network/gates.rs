//! What passes a filter.

use super::answer::Protocol;
use super::fault::Fault;
use super::flow::{Axis, Gate, PortOf, Stretch};
use super::parts::*;
use super::space::Space;

/// What passes a filter for certain, and perhaps; `None` for all that is asked about.
type Passed = Option<(Space, Space)>;

impl Network {
    /// The rules of a side's groups, and the group of each.
    pub(super) fn rules_of(
        &self,
        gate: &Gate,
        stretch: &Stretch<'_>,
    ) -> impl Iterator<Item = (&Rule, usize)> {
        let (groups, egress) = match gate {
            Gate::GroupOut => (stretch.source.groups, true),
            _ => (stretch.destination.groups, false),
        };
        let groups = groups.into_iter().flatten();
        groups.flat_map(move |it| {
            let group = &self.groups[*it];
            let rules = if egress {
                &group.egress
            } else {
                &group.ingress
            };
            rules.iter().map(|rule| (rule, *it))
        })
    }

    pub(super) fn pass(
        &self,
        gate: &Gate,
        stretch: &Stretch<'_>,
        port: u16,
        sources: [u16; 2],
    ) -> (usize, Passed) {
        let axis = match gate {
            Gate::GroupOut => Axis::Destination,
            Gate::GroupIn | Gate::Flag { .. } => Axis::Source,
            Gate::Acl { axis, .. } | Gate::Route { axis, .. } | Gate::Transit { axis, .. } => *axis,
        };
        let at = axis as usize;
        let passed = match gate {
            Gate::GroupOut | Gate::GroupIn => self.groups_pass(gate, stretch, port),
            Gate::Acl {
                subnet,
                egress,
                port: which,
                ..
            } => {
                let port = match which {
                    PortOf::Destination => port,
                    PortOf::Source(which) => sources[*which],
                };
                self.acl_passes(*subnet, *egress, stretch, port)
            }
            Gate::Route { subnet, want, .. } => {
                let whole = if at == 0 {
                    &stretch.source
                } else {
                    &stretch.destination
                };
                self.routed(*subnet, &whole.addresses, stretch.family, want)
            }
            Gate::Transit { table, want, .. } => {
                let whole = if at == 0 {
                    &stretch.source
                } else {
                    &stretch.destination
                };
                Some(self.forwarded(*table, &whole.addresses, stretch.family, *want))
            }
            Gate::Flag { .. } => None,
        };
        (at, passed)
    }

    pub(super) fn number(&self, protocol: Protocol) -> u8 {
        match self.is(Fault::UdpIsTcp) {
            true => Protocol::Tcp.number(),
            false => protocol.number(),
        }
    }

    /// Any rule of any group lets through: <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>
    pub(super) fn groups_pass(&self, gate: &Gate, stretch: &Stretch<'_>, port: u16) -> Passed {
        let (mine, peer) = match gate {
            Gate::GroupOut => (stretch.source.groups?, &stretch.destination),
            _ => (stretch.destination.groups?, &stretch.source),
        };
        if matches!(gate, Gate::GroupOut) && self.is(Fault::OutboundGroupsIgnored) {
            return None;
        }
        let protocol = self.number(stretch.protocol);
        let mut definite = Space::empty();
        let mut possible = Space::empty();
        let mut first_group = None;
        for (rule, group) in self.rules_of(gate, stretch) {
            // A planted mistake: only the first group counts.
            if self.is(Fault::GroupsAreCombinedByAnd) && *first_group.get_or_insert(group) != group
            {
                continue;
            }
            let takes = rule.traffic.takes(protocol, port, self.fault);
            if takes == Some(false) {
                continue;
            }
            match &rule.peer {
                Peer::Range(range) => {
                    if takes.is_some() {
                        let sure = of(&range.definite, stretch.family);
                        if sure.covers(&peer.addresses) {
                            return None;
                        }
                        definite = definite.union(sure);
                    }
                    possible = possible.union(of(&range.possible, stretch.family));
                }
                Peer::Group(wanted) => match self.is_member(&peer.known_as, *wanted) {
                    Some(true) if takes.is_some() => return None,
                    Some(false) => (),
                    _ => possible = Space::everything(),
                },
            }
        }
        if mine.iter().any(|it| !self.groups[*it].complete) {
            possible = Space::everything();
        }
        Some((definite, possible))
    }

    /// Whether one of these groups is the wanted one; ids that come from different places may be the
    /// same.
    pub(super) fn is_member(&self, groups: &[usize], wanted: usize) -> Option<bool> {
        if groups.contains(&wanted) {
            return Some(true);
        }
        let b = &self.groups[wanted];
        let may = groups.iter().map(|it| &self.groups[*it]).any(|a| {
            let free = |it: &Group| it.id.is_empty() && !it.literal;
            if a.free || b.free {
                return true;
            }
            a.stack != b.stack
                && (free(a) || free(b))
                && a.stack != usize::MAX
                && b.stack != usize::MAX
        });
        if may { None } else { Some(false) }
    }

    /// The first entry that fits decides, and the end of the list denies.
    /// <https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html>
    pub(super) fn acl_passes(
        &self,
        subnet: usize,
        egress: bool,
        stretch: &Stretch<'_>,
        port: u16,
    ) -> Passed {
        let at = &self.subnets[subnet];
        let Some(acl) = at.acl else {
            let unseen = (Space::empty(), Space::everything());
            return at.vpc.is_none().then_some(unseen);
        };
        let nothing = Space::empty();
        let mut definite = Space::empty();
        let mut possible = Space::empty();
        let entries = self.acls[acl].entries.iter().rev();
        for entry in entries.filter(|it| it.egress == egress) {
            let takes = entry
                .traffic
                .takes(self.number(stretch.protocol), port, self.fault);
            if takes == Some(false) {
                continue;
            }
            let perhaps = of(&entry.range.possible, stretch.family);
            let sure = if takes.is_some() {
                of(&entry.range.definite, stretch.family)
            } else {
                &nothing
            };
            match entry.allow {
                Some(true) => {
                    definite = definite.union(sure);
                    possible = possible.union(perhaps);
                }
                Some(false) if self.is(Fault::DenyIsSkipped) => (),
                Some(false) => {
                    definite = definite.minus(perhaps);
                    possible = possible.minus(sure);
                }
                None => {
                    definite = definite.minus(perhaps);
                    possible = possible.union(perhaps);
                }
            }
        }
        Some((definite, possible))
    }
}
