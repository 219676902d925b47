//! The way by a transit gateway to another VPC.
//!
//! A packet leaves its subnet for the interface that the transit gateway has in its zone, goes on by
//! the table of that attachment, and comes out of an interface in the other VPC: in the same zone
//! where there is one. Answers take the same way from the other side.
//! <https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html>

use std::borrow::Cow;

use super::answer::Family;
use super::fault::Fault;
use super::flow::{Axis, Gate, PortOf, Stretch, Verdict, bare_flag, flag};
use super::missing::Change;
use super::missing_transit::{self, TransitChange};
use super::parts::*;
use super::way::{End, Source, Talk, acl};

pub(super) const ZONES: &str = "which zone the transit gateway hands packets over in";

/// One direction: from a subnet to another by a transit gateway.
#[derive(Clone, Copy)]
pub(super) struct Crossing {
    pub(super) from: usize,
    pub(super) to: usize,
    /// The attachments that it comes in by and goes out by.
    pub(super) by: [usize; 2],
}

/// The interfaces of a transit gateway that packets of one direction pass.
pub(super) type Doors = [usize; 2];

/// Which interfaces may be taken, and whether each of them is, now and then.
pub(super) struct Choice {
    pub(super) doors: Vec<usize>,
    pub(super) sure: bool,
    /// Whether the subnet's zone has one.
    served: Option<bool>,
}

fn turned(axis: Axis) -> Axis {
    match axis {
        Axis::Source => Axis::Destination,
        Axis::Destination => Axis::Source,
    }
}

impl Network {
    /// How two VPCs are connected; where in several ways, as the sender's routes say.
    pub(super) fn connection(
        &self,
        from: &End,
        to: &End,
        vpcs: [usize; 2],
        family: Family,
    ) -> Option<Target> {
        let [x, y] = vpcs;
        let peered = self.peered(x, y).map(Target::Peering);
        if self.attachments.is_empty() {
            return peered;
        }
        let mut all: Vec<Target> = peered.into_iter().collect();
        all.extend(self.shared_transits(x, y).map(Target::Transit));
        if let (2.., Some(table)) = (all.len(), self.subnets[from.seat.subnet].table) {
            let parts = self.lookup(table, &self.side(to, family).addresses, family);
            let mut taken = parts.into_iter().filter_map(|it| it.target);
            if let Some(taken) = taken.find(|it| all.contains(it)) {
                return Some(taken.clone());
            }
        }
        all.into_iter().next()
    }

    /// That nothing connects two VPCs; what is attached to something may be connected by it.
    pub(super) fn unconnected(&self, x: usize, y: usize) -> Gate {
        let (a, b) = (&self.vpcs[x], &self.vpcs[y]);
        let holds = match (a.elsewhere, b.elsewhere) {
            (true, true) => None,
            (true, false) if !b.seen => None,
            (false, true) if !a.seen => None,
            _ => Some(false),
        };
        let missing = missing_transit::attach(self, x, y).unwrap_or_else(|| {
            let what = format!("a peering connection between {} and {}", a.name, b.name);
            let change = Change::Peering { sides: [x, y] };
            ("NO_PATH", what, String::new(), change)
        });
        let why = format!("nothing connects {} and {}", a.name, b.name);
        flag(holds, why, Some(missing))
    }

    /// The interfaces that a packet between a subnet and an attachment of its VPC may pass.
    pub(super) fn choose(&self, attachment: usize, subnet: usize) -> Choice {
        let all = &self.attachments[attachment].subnets;
        if all.contains(&subnet) {
            return Choice {
                doors: vec![subnet],
                sure: true,
                served: Some(true),
            };
        }
        let same = |it: &usize| self.subnets[*it].zone.same(&self.subnets[subnet].zone);
        if let Some(door) = all.iter().find(|it| same(it) == Some(true)) {
            return Choice {
                doors: vec![*door],
                sure: true,
                served: Some(true),
            };
        }
        let perhaps: Vec<usize> = all
            .iter()
            .copied()
            .filter(|it| same(it).is_none())
            .collect();
        match perhaps.is_empty() {
            // Whatever zone it comes from, it comes out of one of them.
            true => Choice {
                doors: all.clone(),
                sure: true,
                served: match self.is(Fault::TransitZonesIgnored) {
                    true => Some(true),
                    false => Some(false),
                },
            },
            false => Choice {
                doors: all.clone(),
                sure: false,
                served: None,
            },
        }
    }

    /// Interfaces among which nothing differs are as good as one.
    fn distinct(&self, doors: Vec<usize>, subnet: usize) -> Vec<usize> {
        let mut seen = Vec::new();
        let mut kept = Vec::new();
        for door in doors {
            let it = &self.subnets[door];
            let nature = (it.acl, it.table, it.vpc, door == subnet && it.acl.is_some());
            if !seen.contains(&nature) {
                seen.push(nature);
                kept.push(door);
            }
        }
        kept
    }

    /// The pairs of interfaces of one direction.
    pub(super) fn doors(&self, way: Crossing) -> (Vec<Doors>, bool) {
        let first = self.choose(way.by[0], way.from);
        let second = self.choose(way.by[1], way.from);
        let sure = first.sure && second.sure;
        let (first, second) = (
            self.distinct(first.doors, way.from),
            self.distinct(second.doors, way.to),
        );
        let pairs = first.iter().flat_map(|a| second.iter().map(|b| [*a, *b]));
        (pairs.collect(), sure)
    }

    /// What a packet in one direction must pass; `axis` is the one of its destination.
    ///
    /// Network ACLs are asked as <https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html> says.
    pub(super) fn cross(
        &self,
        gates: &mut Vec<Gate>,
        way: Crossing,
        doors: Doors,
        axis: Axis,
        port: PortOf,
        onward: Target,
    ) {
        let [inner, outer] = doors;
        let [here, there] = way.by;
        let back = turned(axis);
        gates.push(Gate::Route {
            subnet: way.from,
            axis,
            want: Target::Transit(self.attachments[here].transit),
        });
        gates.push(acl(way.from, true, axis, port));
        gates.push(acl(inner, false, back, port));
        gates.push(self.served(here, way.from));
        match self.attachments[here].table {
            Some(table) => gates.push(Gate::Transit {
                table,
                axis,
                want: there,
            }),
            None => gates.push(missing_transit::association(self, here)),
        }
        if outer != way.to && !self.is(Fault::TransitSubnetsIgnored) {
            gates.push(acl(outer, true, axis, port));
        }
        if outer != way.to {
            gates.push(acl(way.to, false, back, port));
        }
        gates.push(Gate::Route {
            subnet: outer,
            axis,
            want: onward,
        });
    }

    /// Only subnets in a zone with an interface of the transit gateway reach it.
    fn served(&self, attachment: usize, subnet: usize) -> Gate {
        let holds = self.choose(attachment, subnet).served;
        if self.quiet || holds == Some(true) {
            return bare_flag(holds);
        }
        let it = &self.attachments[attachment];
        let home = &self.subnets[subnet].name;
        let what = format!(
            "transit gateway attachment {} needs a subnet in the zone of {home}",
            it.name
        );
        let why = match holds {
            None => format!("whether {} has a subnet in the zone of {home}", it.name),
            _ => format!("{} has no subnet in the zone of {home}", it.name),
        };
        let change = Change::Transit(TransitChange::Subnet { attachment, subnet });
        let missing = ("TGW_ATTACH_VPC_AZ_RESTRICTION", what, it.id.clone(), change);
        flag(holds, why, Some(missing))
    }

    /// Attachments carry IPv6 where they say so.
    fn carries(&self, gates: &mut Vec<Gate>, attachments: [usize; 2], family: Family) {
        if family == Family::V4 {
            return;
        }
        for attachment in attachments {
            let it = &self.attachments[attachment];
            let what = format!("transit gateway attachment {} needs `Ipv6Support`", it.name);
            let why = match it.six {
                None => format!("whether {} carries IPv6", it.name),
                _ => format!("{} does not carry IPv6", it.name),
            };
            let change = Change::Transit(TransitChange::Six { attachment });
            let missing = ("BAD_STATE_ATTACHMENT", what, it.id.clone(), change);
            gates.push(flag(it.six, why, Some(missing)));
        }
    }

    /// From one VPC to another.
    pub(super) fn by_transit(
        &self,
        from: &End,
        to: &End,
        talk: Talk,
        source: Source<'_>,
        [transit, x, y]: [usize; 3],
    ) -> Verdict {
        let (Some(here), Some(other)) =
            (self.attached_to(transit, x), self.attached_to(transit, y))
        else {
            return Verdict::default();
        };
        let by = [here, other];
        let there = Crossing {
            from: from.seat.subnet,
            to: to.seat.subnet,
            by,
        };
        let back = Crossing {
            from: there.to,
            to: there.from,
            by: [by[1], by[0]],
        };
        // Groups across it are for inbound rules alone.
        // https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
        let mut destination = self.side(to, talk.family);
        if !self.is(Fault::GroupsAreKnownOverTransit) {
            destination.known_as = Cow::Borrowed(&[]);
        }
        let try_as = |known: bool| {
            let mut side = source.side.clone();
            if !known {
                side.known_as = Cow::Borrowed(&[]);
            }
            let ((first, sure), (second, also)) = match source.returns {
                true => (self.doors(there), self.doors(back)),
                false => (self.doors(there), (vec![[there.to, there.from]], true)),
            };
            let pairs = first
                .iter()
                .flat_map(|a| second.iter().map(move |b| (*a, *b)));
            let each = pairs.map(|(out, home)| {
                let mut gates: Vec<Gate> =
                    [self.speaks(from, talk.family), self.speaks(to, talk.family)]
                        .into_iter()
                        .flatten()
                        .collect();
                self.carries(&mut gates, by, talk.family);
                gates.push(Gate::GroupOut);
                self.cross(
                    &mut gates,
                    there,
                    out,
                    Axis::Destination,
                    PortOf::Destination,
                    Target::Local,
                );
                gates.push(Gate::GroupIn);
                if source.returns && !self.is(Fault::TransitAnswersAreFree) {
                    self.cross(
                        &mut gates,
                        back,
                        home,
                        Axis::Source,
                        PortOf::Source(0),
                        Target::Local,
                    );
                }
                self.flow(&Stretch {
                    source: side.clone(),
                    destination: destination.clone(),
                    gates,
                    sources: [source.ports; 2],
                    ports: talk.ports,
                    protocol: talk.protocol,
                    family: talk.family,
                })
            });
            one_or_all(each, sure && also, ZONES)
        };
        match self.references(by[0], by[1]) {
            Some(known) => try_as(known),
            None => {
                let doubt = "whether rules may name security groups across the transit gateway";
                one_or_all([try_as(true), try_as(false)], false, doubt)
            }
        }
    }
}

/// All must work, or one of them that is not known.
pub(super) fn one_or_all(
    each: impl IntoIterator<Item = Verdict>,
    all: bool,
    doubt: &str,
) -> Verdict {
    let each: Vec<Verdict> = each.into_iter().collect();
    if all || each.len() < 2 {
        return Verdict::all(each).unwrap_or_else(|| Verdict::unknown(doubt));
    }
    let reduced = each.into_iter().reduce(|a, b| Verdict {
        always: a.always && b.always,
        perhaps_always: a.perhaps_always || b.perhaps_always,
        perhaps: a.perhaps || b.perhaps,
        works: a.works.and(b.works),
        fails: match b.fails {
            Some(_) => a.fails,
            None => None,
        },
        doubt: a.doubt.or(b.doubt).or_else(|| Some(doubt.to_owned())),
    });
    reduced.unwrap_or_default()
}
