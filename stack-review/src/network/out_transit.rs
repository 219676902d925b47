//! The way out by a transit gateway: to the internet by a VPC that has the NAT gateways.

use super::answer::{Family, Missing};
use super::fault::Fault;
use super::flow::{Axis, Gate, PortOf, Verdict, flag};
use super::missing_transit;
use super::parts::*;
use super::space::Space;
use super::way::{End, Talk, acl};
use super::way_transit::{Crossing, ZONES, one_or_all};

impl Network {
    /// Out to addresses of no VPC: by the NAT gateway of the VPC that the transit gateway leads to, or
    /// to what is not seen.
    pub(super) fn out_by_transit(
        &self,
        from: &End,
        addresses: &Space,
        text: &str,
        talk: Talk,
        transit: usize,
    ) -> Verdict {
        let name = &self.transits[transit].name;
        let first = vec![
            Gate::GroupOut,
            acl(
                from.seat.subnet,
                true,
                Axis::Destination,
                PortOf::Destination,
            ),
        ];
        let forbidden = |rest: Verdict| {
            let stretch = self.outward(from, addresses, text, talk, first.clone());
            self.flow(&stretch).then(rest)
        };
        let unseen = || Verdict::unknown(format!("where transit gateway {name} leads"));
        let own = self.subnets[from.seat.subnet].vpc;
        let Some(here) = own.and_then(|it| self.attached_to(transit, it)) else {
            return forbidden(unseen());
        };
        let Some(table) = self.attachments[here].table else {
            return self.flow(&self.outward(
                from,
                addresses,
                text,
                talk,
                vec![Gate::GroupOut, missing_transit::association(self, here)],
            ));
        };
        let each = self
            .lookup(table, addresses, talk.family)
            .into_iter()
            .map(|part| {
                let default = self.tables[table].id.is_empty();
                match part.target {
                    Some(Target::Attachment(there)) if part.certain && *there != here => {
                        self.by_egress(from, &part.addresses, text, talk, [here, *there])
                    }
                    Some(Target::Nowhere(why)) if part.certain => {
                        forbidden(Verdict::blocked(why, None))
                    }
                    // Others may be attached elsewhere, and propagate to the default table.
                    None if part.certain && !default => {
                        let why = format!("{} has no route for it", self.tables[table].name);
                        forbidden(Verdict::blocked(
                            why,
                            self.egress_route(table, here, text, talk.family),
                        ))
                    }
                    _ => forbidden(unseen()),
                }
            });
        Verdict::all(each).unwrap_or_else(unseen)
    }

    /// The route to a VPC with a NAT gateway.
    fn egress_route(
        &self,
        table: usize,
        here: usize,
        text: &str,
        family: Family,
    ) -> Option<Missing> {
        let transit = self.attachments[here].transit;
        let has_nat = |vpc: usize| {
            self.nats
                .iter()
                .any(|it| self.subnets[it.subnet].vpc == Some(vpc))
        };
        let there = self.attachments.iter().position(|it| {
            it.transit == transit && it.vpc != self.attachments[here].vpc && has_nat(it.vpc)
        })?;
        (text == "0.0.0.0/0")
            .then(|| missing_transit::route(self, table, Range::everything(family), there))
    }

    /// By the NAT gateway of another VPC; each zone may have one of its own.
    fn by_egress(
        &self,
        from: &End,
        addresses: &Space,
        text: &str,
        talk: Talk,
        by: [usize; 2],
    ) -> Verdict {
        let name = &self.attachments[by[1]].name;
        let subnet = from.seat.subnet;
        let (first, second) = (self.choose(by[0], subnet), self.choose(by[1], subnet));
        let mut sure = first.sure && second.sure;
        let mut each = Vec::new();
        for outer in second.doors {
            let parts = match self.subnets[outer].table {
                Some(table) => self.lookup(table, addresses, talk.family),
                None => Vec::new(),
            };
            if parts.is_empty() {
                each.push(Verdict::unknown(format!("where {name} leads")));
            }
            let parts = parts.into_iter().map(|part| match part.target {
                Some(Target::Nat(nat)) if part.certain => {
                    let doors = (first.doors.as_slice(), outer);
                    let (each, also) =
                        self.by_nat(from, (&part.addresses, text), talk, by, doors, *nat);
                    sure &= also;
                    one_or_all(each, also, ZONES)
                }
                // An internet gateway takes nothing that has no public address in its VPC.
                Some(Target::Internet(_) | Target::Nowhere(_) | Target::Local) | None
                    if part.certain =>
                {
                    let gates = vec![Gate::GroupOut];
                    let why = format!("attachment {name} leads to no NAT gateway");
                    self.flow(&self.outward(from, &part.addresses, text, talk, gates))
                        .then(Verdict::blocked(why, None))
                }
                _ => {
                    let gates = vec![Gate::GroupOut];
                    self.flow(&self.outward(from, &part.addresses, text, talk, gates))
                        .then(Verdict::unknown(format!("where attachment {name} leads")))
                }
            });
            each.extend(Verdict::all(parts));
        }
        one_or_all(each, sure, ZONES)
    }

    /// By a NAT gateway that is known, for each of the interfaces that answers may come back by.
    fn by_nat(
        &self,
        from: &End,
        (addresses, text): (&Space, &str),
        talk: Talk,
        by: [usize; 2],
        (inner, outer): (&[usize], usize),
        nat: usize,
    ) -> (Vec<Verdict>, bool) {
        let home = self.nats[nat].subnet;
        let there = Crossing {
            from: from.seat.subnet,
            to: home,
            by,
        };
        let back = Crossing {
            from: home,
            to: there.from,
            by: [by[1], by[0]],
        };
        let (answers, sure) = self.doors(back);
        let pairs = inner
            .iter()
            .flat_map(|a| answers.iter().map(move |b| (*a, *b)));
        let each = pairs.map(|(inner, answer)| {
            let mut gates = vec![Gate::GroupOut];
            let why = "a NAT gateway takes IPv4 alone";
            gates.push(flag(Some(talk.family == Family::V4), why, None));
            let (axis, port) = (Axis::Destination, PortOf::Destination);
            self.cross(
                &mut gates,
                there,
                [inner, outer],
                axis,
                port,
                Target::Nat(nat),
            );
            self.beyond_nat(&mut gates, nat);
            if !self.is(Fault::TransitAnswersAreFree) {
                let (axis, port) = (Axis::Source, PortOf::Source(0));
                self.cross(&mut gates, back, answer, axis, port, Target::Local);
            }
            self.flow(&self.outward(from, addresses, text, talk, gates))
        });
        (each.collect(), sure)
    }
}
