//! Where a route table sends packets.

use super::answer::Family;
use super::fault::Fault;
use super::parts::*;
use super::space::Space;
use super::transit::length_of;

/// Addresses that go the same way.
#[derive(Clone, Debug)]
pub(super) struct Routed {
    pub(super) addresses: Space,
    /// `None` when no route fits.
    pub(super) target: Option<Target>,
    /// Which route of the table; `None` for the local one.
    pub(super) route: Option<usize>,
    /// Whether no range that is not known could take them.
    pub(super) certain: bool,
}

impl Network {
    /// The most specific route that fits decides; the local one before others that are as specific.
    /// <https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html>
    pub(super) fn lookup(&self, table: usize, addresses: &Space, family: Family) -> Vec<Routed> {
        let table = &self.tables[table];
        let mut order: Vec<(u8, Option<usize>)> = Vec::new();
        if let Some(vpc) = table.vpc {
            order.push((self.local_length(vpc, family), None));
        }
        order.extend(
            table
                .routes
                .iter()
                .enumerate()
                .map(|(n, it)| (it.range.length, Some(n))),
        );
        if !self.is(Fault::FirstRouteWins) {
            order.sort_by_key(|it| (std::cmp::Reverse(it.0), it.1.is_some()));
        }
        let mut rest = addresses.clone();
        let mut doubt = Space::empty();
        let mut found = Vec::new();
        let mut push = |hit: Space, target: Option<&Target>, route, doubt: &Space| {
            for (part, certain) in [(hit.minus(doubt), true), (hit.intersect(doubt), false)] {
                if !part.is_empty() {
                    found.push(Routed {
                        addresses: part,
                        target: target.cloned(),
                        route,
                        certain,
                    });
                }
            }
        };
        let nothing = Space::empty();
        for (_, number) in order {
            let (definite, possible, target) = match number {
                None => {
                    let all = table.vpc.map(|it| of(&self.vpcs[it].ranges, family));
                    let all = all.unwrap_or(&nothing);
                    (all, all, &Target::Local)
                }
                Some(number) => {
                    let Route { range, target, .. } = &table.routes[number];
                    let possible = of(&range.possible, family);
                    (of(&range.definite, family), possible, target)
                }
            };
            let perhaps = rest.intersect(&possible.minus(definite));
            if !perhaps.is_empty() {
                doubt = doubt.union(&perhaps);
                push(perhaps.clone(), Some(target), number, &perhaps);
            }
            push(rest.intersect(definite), Some(target), number, &doubt);
            rest = rest.minus(definite);
        }
        push(rest, None, None, &doubt);
        found
    }

    /// The prefix length of a VPC's range.
    pub(super) fn local_length(&self, vpc: usize, family: Family) -> u8 {
        length_of(of(&self.vpcs[vpc].ranges, family), family)
    }

    /// Which of the addresses are sent there by a subnet's table: for certain, and perhaps.
    pub(super) fn routed(
        &self,
        subnet: usize,
        addresses: &Space,
        family: Family,
        want: &Target,
    ) -> (Space, Space) {
        let Some(table) = self.subnets[subnet].table else {
            return (Space::empty(), Space::everything());
        };
        let mut definite = Space::empty();
        let mut possible = Space::empty();
        for part in self.lookup(table, addresses, family) {
            let there = part.target.as_ref() == Some(want);
            let unseen = match &part.target {
                Some(Target::Elsewhere(_)) => true,
                // It may lead there as well; no gateway to the internet takes what comes back by it.
                Some(Target::Transit(it)) => match want {
                    Target::Transit(other) => it != other,
                    _ => matches!(want, Target::Local | Target::Peering(_)),
                },
                Some(Target::Peering(_)) => matches!(want, Target::Transit(_)),
                _ => false,
            };
            if there && part.certain {
                definite = definite.union(&part.addresses);
            }
            if there || unseen {
                possible = possible.union(&part.addresses);
            }
        }
        (definite, possible)
    }
}
