//! What is missing of a transit gateway: an attachment, a subnet of one, an association, a route.

use super::answer::{Family, Missing};
use super::flow::{Gate, flag};
use super::missing::Change;
use super::parts::*;
use super::space::Space;
use super::transit::{ANY_PART, Attachment, length_of, vpc_text};

/// What to add to transit gateways.
#[derive(Clone, Debug)]
pub(super) enum TransitChange {
    /// An attachment, with a subnet in each zone.
    Attach {
        transit: usize,
        vpc: usize,
    },
    Subnet {
        attachment: usize,
        subnet: usize,
    },
    Six {
        attachment: usize,
    },
    /// With a table of its own where there is none to name.
    Associate {
        attachment: usize,
        table: Option<usize>,
    },
    Propagate {
        table: usize,
        attachment: usize,
    },
}

/// The attachment that a VPC lacks, where the other has one.
pub(super) fn attach(
    net: &Network,
    x: usize,
    y: usize,
) -> Option<(&'static str, String, String, Change)> {
    let (transit, vpc) = net.attachments.iter().find_map(|it| match it.vpc {
        it_is if it_is == x => Some((it.transit, y)),
        it_is if it_is == y => Some((it.transit, x)),
        _ => None,
    })?;
    let it = &net.transits[transit];
    let what = format!(
        "{} needs an attachment to transit gateway {}",
        net.vpcs[vpc].name, it.name
    );
    let change = Change::Transit(TransitChange::Attach { transit, vpc });
    Some(("NO_PATH", what, it.id.clone(), change))
}

/// What comes from an attachment without a table is dropped.
pub(super) fn association(net: &Network, attachment: usize) -> Gate {
    let it = &net.attachments[attachment];
    // The table where there is one alone.
    let tables = net.tables.iter().enumerate();
    let mut tables = tables.filter(|(_, it)| it.vpc.is_none() && !it.id.is_empty());
    let table = match (tables.next(), tables.next()) {
        (Some((number, _)), None) => Some(number),
        _ => None,
    };
    let name = match table {
        Some(table) => net.tables[table].name.clone(),
        None => "a transit gateway route table".to_owned(),
    };
    let change = Change::Transit(TransitChange::Associate { attachment, table });
    let what = format!(
        "transit gateway attachment {} needs an association with {name}",
        it.name
    );
    let missing = (
        "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION",
        what,
        it.id.clone(),
        change,
    );
    let why = format!(
        "{} is associated with no transit gateway route table",
        it.name
    );
    flag(Some(false), why, Some(missing))
}

/// A static route.
pub(super) fn route(net: &Network, table: usize, range: Range, to: usize) -> Missing {
    Missing {
        code: "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT",
        what: format!(
            "{} needs a route for {} to attachment {}",
            net.tables[table].name, range.text, net.attachments[to].name
        ),
        resource: net.tables[table].id.clone(),
        change: Change::Route {
            table,
            route: Route {
                range,
                target: Target::Attachment(to),
                id: "static".to_owned(),
            },
        },
    }
}

/// The route or the propagation that a transit gateway's table lacks.
pub(super) fn forward(
    net: &Network,
    table: usize,
    left: &Space,
    family: Family,
    want: usize,
) -> Option<Missing> {
    let to = Target::Attachment(want);
    let parts = net.lookup(table, left, family);
    let part = parts.into_iter().find(|it| it.target != Some(&to))?;
    let it = &net.attachments[want];
    let vpc = &net.vpcs[it.vpc];
    let taken = part.route.map(|it| &net.tables[table].routes[it]);
    let name = &net.tables[table].name;
    let whole = of(&vpc.ranges, family)
        .parts()
        .find(|it| !it.intersect(&part.addresses).is_empty());
    let needed = whole.map_or(0, |it| length_of(&it, family));
    if let Some(taken) = taken.filter(|it| it.range.length >= needed) {
        let code = match taken.target {
            Target::Nowhere(_) => "TGW_RTB_BAD_STATE_ROUTE",
            _ => "TGW_RTB_HIGHER_PRIORITY_ROUTE",
        };
        let what = format!(
            "{name} needs its route for {} to attachment {}",
            taken.range.text, it.name
        );
        return Some(Missing {
            code,
            what,
            ..route(net, table, taken.range.clone(), want)
        });
    }
    Some(Missing {
        code: "TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT",
        what: format!(
            "{name} needs the propagation of attachment {}, or a route for {} to it",
            it.name,
            vpc_text(vpc)
        ),
        resource: net.tables[table].id.clone(),
        change: Change::Transit(TransitChange::Propagate {
            table,
            attachment: want,
        }),
    })
}

/// What is not known of a transit gateway's table.
pub(super) fn doubt(net: &Network, table: usize) -> String {
    let it = &net.tables[table];
    let more = it.routes.iter().find(|it| it.range.length == ANY_PART);
    let unseen = it.routes.iter().find_map(|it| match &it.target {
        Target::Elsewhere(name) => Some(name),
        _ => None,
    });
    let twice = it.routes.iter().find(|it| {
        let sure = it.range.definite.iter().all(Space::is_empty);
        sure && matches!(it.target, Target::Attachment(_))
    });
    match (more, unseen, twice) {
        (Some(it), ..) => it.range.text.clone(),
        (_, Some(name), _) => format!("where {name} leads"),
        (.., Some(it)) => format!("which other VPC has {} too", it.range.text),
        _ => format!("where the routes of {} lead", it.name),
    }
}

impl Network {
    pub(super) fn apply_transit(&mut self, change: &TransitChange) {
        match *change {
            TransitChange::Attach { transit, vpc } => self.attach(transit, vpc),
            TransitChange::Subnet { attachment, subnet } => {
                if let Some(it) = self.attachments.get_mut(attachment) {
                    it.subnets.push(subnet);
                }
            }
            TransitChange::Six { attachment } => {
                if let Some(it) = self.attachments.get_mut(attachment) {
                    it.six = Some(true);
                    let tables = self.tables.len();
                    for table in 0..tables {
                        let routes = &self.tables[table].routes;
                        let propagates = routes.iter().any(|it| {
                            it.id.is_empty() && it.target == Target::Attachment(attachment)
                        });
                        if propagates {
                            self.propagate(table, attachment);
                        }
                    }
                }
            }
            TransitChange::Associate { attachment, table } => {
                if attachment >= self.attachments.len() {
                    return;
                }
                let table = table.unwrap_or_else(|| {
                    self.tables.push(Table {
                        name: "the new transit gateway route table".to_owned(),
                        id: String::new(),
                        vpc: None,
                        routes: Vec::new(),
                    });
                    self.tables.len() - 1
                });
                self.attachments[attachment].table = Some(table);
            }
            // Without its association there is no such table.
            TransitChange::Propagate { table, attachment } => {
                if table < self.tables.len() && attachment < self.attachments.len() {
                    self.propagate(table, attachment);
                }
            }
        }
    }

    fn attach(&mut self, transit: usize, vpc: usize) {
        let (it, home) = (&self.transits[transit], &self.vpcs[vpc]);
        let attachment = Attachment {
            name: format!("of {} to {}", home.name, it.name),
            id: String::new(),
            transit,
            vpc,
            subnets: (0..self.subnets.len())
                .filter(|it| self.subnets[*it].vpc == Some(vpc))
                .collect(),
            table: it.association,
            references: Some(true),
            six: Some(true),
        };
        let propagation = it.propagation;
        self.attachments.push(attachment);
        if let Some(table) = propagation {
            self.propagate(table, self.attachments.len() - 1);
        }
    }
}
