//! Where a route table sends packets.

use std::cmp::Reverse;

use super::answer::Family;
use super::fault::Fault;
use super::parts::*;
use super::space::Space;
use super::transit::length_of;

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

/// A route that may take addresses.
struct Candidate<'n> {
    length: u8,
    /// `None` for the local one.
    route: Option<usize>,
    definite: &'n Space,
    possible: &'n Space,
    target: &'n Target,
}

impl Candidate<'_> {
    /// The least is asked first.
    fn rank(&self) -> (Reverse<u8>, bool) {
        (Reverse(self.length), self.route.is_some())
    }
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
        if let Some((route, target)) = self.sole_route(table, addresses, family) {
            return vec![Routed {
                addresses: addresses.clone(),
                target: Some(target),
                route,
                certain: true,
            }];
        }
        let mut order: Vec<Candidate<'_>> = self.candidates(table, family).collect();
        if !self.is(Fault::FirstRouteWins) {
            order.sort_by_key(Candidate::rank);
        }
        let mut rest = addresses.clone();
        let mut doubt = Space::empty();
        let mut found = Vec::new();
        let mut push = |hit: Space, target, route, doubt: &Space| {
            for (part, certain) in [(hit.minus(doubt), true), (hit.intersect(doubt), false)] {
                if !part.is_empty() {
                    found.push(Routed {
                        addresses: part,
                        target,
                        route,
                        certain,
                    });
                }
            }
        };
        for it in order {
            let perhaps = rest.intersect(&it.possible.minus(it.definite));
            if !perhaps.is_empty() {
                doubt = doubt.union(&perhaps);
                push(perhaps.clone(), Some(it.target), it.route, &perhaps);
            }
            let hit = rest.intersect(it.definite);
            push(hit, Some(it.target), it.route, &doubt);
            rest = rest.minus(it.definite);
        }
        push(rest, None, None, &doubt);
        found
    }

    /// The local route and those of the table, in the order in which they are written.
    fn candidates<'n>(
        &'n self,
        table: &'n Table,
        family: Family,
    ) -> impl Iterator<Item = Candidate<'n>> {
        let local = table.vpc.map(|vpc| Candidate {
            length: self.local_length(vpc, family),
            route: None,
            definite: of(&self.vpcs[vpc].ranges, family),
            possible: of(&self.vpcs[vpc].ranges, family),
            target: &Target::Local,
        });
        let routes = table.routes.iter().enumerate();
        local
            .into_iter()
            .chain(routes.map(move |(number, it)| Candidate {
                length: it.range.length,
                route: Some(number),
                definite: of(&it.range.definite, family),
                possible: of(&it.range.possible, family),
                target: &it.target,
            }))
    }

    /// The route that takes all of the addresses for certain, where one does: most often so.
    fn sole_route<'n>(
        &'n self,
        table: &'n Table,
        addresses: &Space,
        family: Family,
    ) -> Option<(Option<usize>, &'n Target)> {
        let mut fit = self
            .candidates(table, family)
            .filter(|it| addresses.overlaps(it.possible));
        let first = match self.is(Fault::FirstRouteWins) {
            true => fit.next(),
            false => fit.min_by_key(Candidate::rank),
        };
        let first = first.filter(|it| it.definite.covers(addresses))?;
        Some((first.route, first.target))
    }

    /// The prefix length of a VPC's range.
    pub(super) fn local_length(&self, vpc: usize, family: Family) -> u8 {
        length_of(of(&self.vpcs[vpc].ranges, family), family)
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
        let sole = self.sole_route(&self.tables[table], addresses, family);
        if sole.is_some_and(|it| it.1 == want) {
            return None;
        }
        let mut definite = Space::empty();
        let mut possible = Space::empty();
        for part in self.lookup(table, addresses, family) {
            let there = part.target == Some(want);
            let unseen = match part.target {
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
        Some((definite, possible))
    }
}
