//! Filters, packets and reasons in words.

use super::flow::{Axis, Fails, Gate, PortOf, Stretch};
use super::missing;
use super::missing_transit;
use super::parts::*;
use super::space::{Point, Space};

impl Network {
    pub(super) fn failure(
        &self,
        gate: &Gate,
        stretch: &Stretch<'_>,
        left: &Space,
        packet: String,
    ) -> Fails {
        if self.quiet {
            return Fails {
                missing: None,
                why: String::new(),
                packet,
                subnet: None,
            };
        }
        let (missing, why) = match gate {
            Gate::Flag { what, .. } => match what {
                Some(it) => (it.missing.clone(), it.why.clone()),
                None => (None, String::new()),
            },
            Gate::GroupOut | Gate::GroupIn => (
                missing::rule(self, gate, stretch),
                missing::why_rule(self, gate, stretch),
            ),
            Gate::Acl {
                subnet,
                egress,
                axis,
                port,
            } => {
                let acl = self.subnets[*subnet].acl;
                let name = acl.map_or("", |it| self.acls[it].name.as_str());
                let way = if *egress { "out of" } else { "into" };
                let what = match port {
                    PortOf::Destination => "it",
                    PortOf::Source(_) => "all answers",
                };
                let home = &self.subnets[*subnet].name;
                let why = format!("network ACL {name} does not let {what} {way} {home}");
                (
                    missing::entry(self, *subnet, *egress, *axis, *port, stretch),
                    why,
                )
            }
            Gate::Route { subnet, want, axis } => {
                let back = if *axis == Axis::Source {
                    "answers"
                } else {
                    "it"
                };
                let part = self.subnets[*subnet].table.and_then(|table| {
                    let parts = self.lookup(table, left, stretch.family);
                    let part = parts.into_iter().find(|it| it.target != Some(want))?;
                    let name = &self.tables[table].name;
                    Some(match part.target {
                        Some(Target::Nowhere(why)) => why.clone(),
                        Some(_) => format!("{name} sends {back} elsewhere"),
                        None => format!("{name} has no route for {back}"),
                    })
                });
                let missing = missing::route(self, *subnet, left, stretch.family, want);
                (missing, part.unwrap_or_default())
            }
            Gate::Transit { table, want, axis } => {
                let what = if *axis == Axis::Source {
                    "answers"
                } else {
                    "it"
                };
                let name = &self.tables[*table].name;
                let parts = self.lookup(*table, left, stretch.family);
                let why = match parts.into_iter().next().and_then(|it| it.target) {
                    Some(Target::Nowhere(why)) => why.clone(),
                    Some(_) => format!("{name} sends {what} elsewhere"),
                    None => format!("{name} has no route for {what}"),
                };
                (
                    missing_transit::forward(self, *table, left, stretch.family, *want),
                    why,
                )
            }
        };
        let subnet = match gate {
            Gate::Acl { subnet, .. } | Gate::Route { subnet, .. } => Some(*subnet),
            _ => None,
        };
        Fails {
            missing,
            why,
            packet,
            subnet,
        }
    }

    pub(super) fn doubt(&self, gate: &Gate, stretch: &Stretch<'_>) -> String {
        if self.quiet {
            return String::new();
        }
        match gate {
            Gate::Flag { what, .. } => what.as_ref().map_or_else(String::new, |it| it.why.clone()),
            Gate::GroupOut | Gate::GroupIn => {
                let side = if matches!(gate, Gate::GroupOut) {
                    &stretch.source
                } else {
                    &stretch.destination
                };
                let unseen = side
                    .groups
                    .into_iter()
                    .flatten()
                    .map(|it| &self.groups[*it])
                    .find(|it| !it.complete);
                match unseen {
                    Some(it) => format!("the rules of {}, which is made elsewhere", it.name),
                    None => {
                        let mut rules = self.rules_of(gate, stretch);
                        let text = rules.find_map(|(rule, _)| match &rule.peer {
                            Peer::Range(it) if it.definite != it.possible => Some(it.text.clone()),
                            Peer::Group(it) if !self.groups[*it].complete => {
                                Some(self.groups[*it].name.clone())
                            }
                            _ => None,
                        });
                        format!(
                            "what {} stands for",
                            text.unwrap_or_else(|| "a rule's range".to_owned())
                        )
                    }
                }
            }
            Gate::Acl { subnet, .. } => format!(
                "what the network ACL of {} lets through",
                self.subnets[*subnet].name
            ),
            Gate::Route { subnet, .. } => {
                format!("where the routes of {} lead", self.subnets[*subnet].name)
            }
            Gate::Transit { table, .. } => missing_transit::doubt(self, *table),
        }
    }

    pub(super) fn hop(&self, gate: &Gate, stretch: &Stretch<'_>) -> Option<String> {
        let names = |groups: Option<&[usize]>| {
            let names: Vec<&str> = groups?
                .iter()
                .map(|it| self.groups[*it].name.as_str())
                .collect();
            Some(names.join(", "))
        };
        let way = |egress: bool| if egress { "out" } else { "in" };
        match gate {
            Gate::GroupOut => Some(format!(
                "out of security group {}",
                names(stretch.source.groups)?
            )),
            Gate::GroupIn => Some(format!(
                "into security group {}",
                names(stretch.destination.groups)?
            )),
            Gate::Acl {
                subnet,
                egress,
                port,
                ..
            } => {
                let name = self.acls[self.subnets[*subnet].acl?].name.as_str();
                let back = if matches!(port, PortOf::Source(_)) {
                    "back "
                } else {
                    ""
                };
                Some(format!(
                    "{back}{} through network ACL {name} of {}",
                    way(*egress),
                    self.subnets[*subnet].name
                ))
            }
            Gate::Route { subnet, axis, want } => {
                let table = &self.tables[self.subnets[*subnet].table?].name;
                let back = if *axis == Axis::Source { "back " } else { "" };
                Some(match want {
                    Target::Local => return None,
                    Target::Internet(_) => format!("{back}by {table} to the internet gateway"),
                    Target::EgressOnly(_) => {
                        format!("{back}by {table} to the egress-only internet gateway")
                    }
                    Target::Nat(it) => {
                        format!("{back}by {table} to NAT gateway {}", self.nats[*it].name)
                    }
                    Target::Peering(it) => format!(
                        "{back}by {table} to peering connection {}",
                        self.peerings[*it].name
                    ),
                    Target::Transit(it) => format!(
                        "{back}by {table} to transit gateway {}",
                        self.transits[*it].name
                    ),
                    Target::Gateway(it) => format!(
                        "{back}by {table} to gateway endpoint {} ({})",
                        self.gateways[*it].name, self.gateways[*it].service
                    ),
                    Target::Nowhere(_) | Target::Elsewhere(_) | Target::Attachment(_) => {
                        return None;
                    }
                })
            }
            Gate::Transit { table, axis, want } => {
                let back = if *axis == Axis::Source { "back " } else { "" };
                let (table, to) = (&self.tables[*table], &self.attachments[*want]);
                Some(format!("{back}by {} to attachment {}", table.name, to.name))
            }
            Gate::Flag { .. } => None,
        }
    }

    pub(super) fn packet(&self, points: [Option<Point>; 2], port: u16, source: u16) -> String {
        if self.quiet {
            return String::new();
        }
        let [from, to] = points.map(|it| it.map_or_else(String::new, |it| self.address(it)));
        format!("{from}:{source} -> {to}:{port}")
    }

    /// An address as it is written; a name for one that is no number yet.
    pub(super) fn address(&self, point: Point) -> String {
        if point.0 != 0 {
            let name = self
                .regions
                .get(&point.0)
                .map_or("an address of AWS", String::as_str);
            return format!("[{name}]");
        }
        match u32::try_from(point.1) {
            Ok(four) => std::net::Ipv4Addr::from(four).to_string(),
            Err(_) => format!("[{}]", std::net::Ipv6Addr::from(point.1)),
        }
    }
}
