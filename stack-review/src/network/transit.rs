//! Transit gateways: what is attached to them, their route tables, and where those lead.
//!
//! A route table of a transit gateway is a [`Table`] without a VPC. What is propagated into it is
//! there as routes after the static ones, which win where both are as specific.
//! <https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html>

use super::answer::Family;
use super::fault::Fault;
use super::parts::*;
use super::space::Space;

/// A transit gateway.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Transit {
    pub(super) name: String,
    /// Logical id; empty for one that is made elsewhere.
    pub(super) id: String,
    /// The table of attachments that are given none of their own.
    pub(super) association: Option<usize>,
    /// The table that all attachments propagate to.
    pub(super) propagation: Option<usize>,
    /// Whether rules may name groups across it.
    pub(super) references: Option<bool>,
}

/// A VPC's attachment to a transit gateway.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Attachment {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) transit: usize,
    pub(super) vpc: usize,
    /// One in each zone that it serves.
    pub(super) subnets: Vec<usize>,
    /// The table that decides where what comes from it goes on; `None` when it has none.
    pub(super) table: Option<usize>,
    pub(super) references: Option<bool>,
    pub(super) six: Option<bool>,
}

/// More specific than every other route: what may take any address for itself.
pub(super) const ANY_PART: u8 = 129;

impl Network {
    /// The attachment of a VPC to a transit gateway.
    pub(super) fn attached_to(&self, transit: usize, vpc: usize) -> Option<usize> {
        self.attachments
            .iter()
            .position(|it| it.transit == transit && it.vpc == vpc)
    }

    /// Transit gateways that two VPCs are both attached to.
    pub(super) fn shared_transits(&self, x: usize, y: usize) -> impl Iterator<Item = usize> {
        let of_x = self.attachments.iter().filter(move |it| it.vpc == x);
        of_x.map(|it| it.transit)
            .filter(move |it| self.attached_to(*it, y).is_some())
    }

    /// The ranges of an attached VPC become routes to it. They have no id.
    pub(super) fn propagate(&mut self, table: usize, attachment: usize) {
        let from = &self.attachments[attachment];
        let vpc = &self.vpcs[from.vpc];
        let mut routes = Vec::new();
        for family in [Family::V4, Family::V6] {
            if family == Family::V6 && from.six == Some(false) {
                continue;
            }
            for space in of(&vpc.ranges, family).parts() {
                let length = length_of(&space, family);
                let mut range = Range::of(vpc_text(vpc), Both::default(), length);
                range.possible[family as usize] = space.clone();
                if family == Family::V4 || from.six == Some(true) {
                    range.definite[family as usize] = space;
                }
                routes.push(Route {
                    range,
                    target: Target::Attachment(attachment),
                    id: String::new(),
                });
            }
        }
        let table = &mut self.tables[table].routes;
        // Which of two VPCs with the same addresses is there is a matter of who came first.
        // https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
        for new in &mut routes {
            for old in table.iter_mut() {
                let both =
                    [0, 1].map(|it| new.range.possible[it].intersect(&old.range.possible[it]));
                let other = matches!(old.target, Target::Attachment(it) if it != attachment);
                if other && old.id.is_empty() && both.iter().any(|it| !it.is_empty()) {
                    old.range.definite = Both::default();
                    new.range.definite = Both::default();
                }
            }
        }
        if self.fault == Some(Fault::PropagatedBeforeStatic) {
            table.splice(0..0, routes);
        } else {
            table.extend(routes);
        }
    }

    /// Routes that are made elsewhere may be in a table.
    pub(super) fn may_have_more(&mut self, table: usize, text: String) {
        let mut range = Range::unknown(text.clone());
        range.length = ANY_PART;
        self.tables[table].routes.push(Route {
            range,
            target: Target::Elsewhere(text),
            id: String::new(),
        });
    }

    /// Which addresses a transit gateway's table sends to an attachment: for certain, and perhaps.
    pub(super) fn forwarded(
        &self,
        table: usize,
        addresses: &Space,
        family: Family,
        want: usize,
    ) -> (Space, Space) {
        let mut definite = Space::empty();
        let mut possible = Space::empty();
        for part in self.lookup(table, addresses, family) {
            let perhaps = match part.target {
                Some(Target::Attachment(it)) if *it == want => {
                    if part.certain {
                        definite = definite.union(&part.addresses);
                    }
                    true
                }
                Some(Target::Attachment(it)) => self.sends_on(*it, table, &part.addresses, family),
                Some(Target::Elsewhere(_)) => true,
                _ => false,
            };
            if perhaps {
                possible = possible.union(&part.addresses);
            }
        }
        (definite, possible)
    }

    /// Whether an attached VPC may send on what it gets from a table, as one with a firewall does.
    fn sends_on(&self, by: usize, from: usize, addresses: &Space, family: Family) -> bool {
        let it = &self.attachments[by];
        // By the same table it would come back for ever.
        let again = |at: &Target| match at {
            Target::Elsewhere(_) => true,
            Target::Transit(_) => it.table != Some(from),
            _ => false,
        };
        it.subnets.iter().any(|it| match self.subnets[*it].table {
            None => true,
            Some(table) => {
                let parts = self.lookup(table, addresses, family);
                parts.iter().any(|it| it.target.is_some_and(again))
            }
        })
    }

    /// Whether a rule may name groups of the other VPC.
    pub(super) fn references(&self, a: usize, b: usize) -> Option<bool> {
        let (a, b) = (&self.attachments[a], &self.attachments[b]);
        let all = [
            self.transits[a.transit].references,
            a.references,
            b.references,
        ];
        match all {
            _ if self.is(Fault::GroupsAreKnownOverTransit) => Some(true),
            _ if all.contains(&Some(false)) => Some(false),
            _ if all.contains(&None) => None,
            _ => Some(true),
        }
    }
}

/// What propagated routes are for, in text.
pub(super) fn vpc_text(vpc: &Vpc) -> String {
    format!("the addresses of {}", vpc.name)
}

/// The prefix length of a range.
pub(super) fn length_of(space: &Space, family: Family) -> u8 {
    match space.bounds() {
        Some(((0, from), (0, to))) => {
            let host = 128 - (to - from).leading_zeros();
            family.bits() - u8::try_from(host).unwrap_or(0)
        }
        _ => 16,
    }
}
