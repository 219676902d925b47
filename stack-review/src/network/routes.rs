//! Where a route table sends packets.

use super::answer::Family;
use super::fault::Fault;
use super::parts::*;
use super::space::Space;

/// Addresses that go the same way.
#[derive(Clone, Debug)]
pub(super) struct Routed<'n> {
    pub(super) addresses: Space,
    /// `None` when no route fits.
    pub(super) target: Option<&'n Target>,
    /// Which route of the table; `None` for the local one.
    pub(super) route: Option<usize>,
    /// Whether no range that is not known could take them.
    pub(super) certain: bool,
}

impl Network {
    /// The most specific route that fits decides; the local one before others that are as specific.
    /// <https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html>
    pub(super) fn lookup(
        &self,
        table: usize,
        addresses: &Space,
        family: Family,
    ) -> Vec<Routed<'_>> {
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
        let mut push = |hit: Space, target, route, doubt: &Space| {
            let parts = match doubt.is_empty() {
                true => [(hit, true), (Space::empty(), false)],
                false => [(hit.minus(doubt), true), (hit.intersect(doubt), false)],
            };
            for (addresses, certain) in parts {
                if !addresses.is_empty() {
                    found.push(Routed {
                        addresses,
                        target,
                        route,
                        certain,
                    });
                }
            }
        };
        for (_, number) in order {
            if rest.is_empty() {
                break;
            }
            let (definite, possible, target) = match number {
                None => {
                    let Some(vpc) = table.vpc else { continue };
                    let all = of(&self.vpcs[vpc].ranges, family);
                    (all, all, &Target::Local)
                }
                Some(number) => {
                    let Route { range, target, .. } = &table.routes[number];
                    let possible = of(&range.possible, family);
                    (of(&range.definite, family), possible, target)
                }
            };
            // Most routes are for other addresses.
            if !rest.overlaps(possible) {
                continue;
            }
            if definite != possible {
                let perhaps = rest.intersect(&possible.minus(definite));
                if !perhaps.is_empty() {
                    doubt = doubt.union(&perhaps);
                    push(perhaps.clone(), Some(target), number, &perhaps);
                }
            }
            push(rest.intersect(definite), Some(target), number, &doubt);
            rest = rest.minus(definite);
        }
        push(rest, None, None, &doubt);
        found
    }

    /// The prefix length of a VPC's range.
    pub(super) fn local_length(&self, vpc: usize, family: Family) -> u8 {
        match of(&self.vpcs[vpc].ranges, family).bounds() {
            Some(((0, from), (0, to))) => {
                let host = 128 - (to - from).leading_zeros();
                family.bits() - u8::try_from(host).unwrap_or(0)
            }
            _ => 16,
        }
    }

    /// Which of the addresses are sent there by a subnet's table: for certain, and perhaps; `None` for
    /// all.
    pub(super) fn routed(
        &self,
        subnet: usize,
        addresses: &Space,
        family: Family,
        want: &Target,
    ) -> Option<(Space, Space)> {
        let Some(table) = self.subnets[subnet].table else {
            return Some((Space::empty(), Space::everything()));
        };
        let parts = self.lookup(table, addresses, family);
        if parts.iter().all(|it| it.certain && it.target == Some(want)) {
            return None;
        }
        let mut definite = Space::empty();
        let mut possible = Space::empty();
        for part in parts {
            let there = part.target == Some(want);
            let unseen = matches!(part.target, Some(Target::Elsewhere(_)));
            if there && part.certain {
                definite = definite.union(&part.addresses);
            }
            if there || unseen {
                possible = possible.union(&part.addresses);
            }
        }
        Some((definite, possible))
    }
}
