//! From templates to a [`Network`](super::Network): transit gateways, attachments, their route tables.

use crate::model::{Value, View};

use super::fault::Fault;
use super::parts::*;
use super::read::{Reader, called, key};
use super::transit::{Attachment, Transit};

/// What has been read of transit gateways, by what names it.
#[derive(Debug, Default)]
pub(super) struct Named<'a> {
    transits: Vec<(Value<'a>, usize)>,
    tables: Vec<(Value<'a>, usize)>,
    attachments: Vec<((usize, &'a str), usize)>,
    /// Whether something names a table that may be any.
    any_table: bool,
}

fn find<'a>(all: &[(Value<'a>, usize)], wanted: &Value<'a>) -> Option<usize> {
    let found = all.iter().find(|it| it.0.same(wanted) == Some(true));
    found.map(|it| it.1)
}

/// `enable` or `disable`.
fn enabled(view: &View<'_, '_>, default: bool) -> Option<bool> {
    match view.text() {
        _ if view.is_absent() => Some(default),
        Some("enable") => Some(true),
        Some("disable") => Some(false),
        _ => None,
    }
}

const VPC_ATTACHMENTS: [&str; 2] = [
    "AWS::EC2::TransitGatewayAttachment",
    "AWS::EC2::TransitGatewayVpcAttachment",
];

impl<'e, 'a> Reader<'e, 'a> {
    /// The transit gateway that a value names; one that is made elsewhere gets a place too.
    pub(super) fn transit(&mut self, view: &View<'e, 'a>) -> usize {
        let here = self.target_of(view, "AWS::EC2::TransitGateway");
        let named = here.map_or_else(|| view.value().clone(), |it| Value::Handle(it.handle()));
        if let Some(number) = find(&self.named.transits, &named) {
            return number;
        }
        let number = self.net.transits.len();
        let name = match here {
            Some(it) => format!("`{}`", it.id()),
            None => called(&named),
        };
        self.net.transits.push(Transit {
            name: name.clone(),
            id: here.map_or_else(String::new, |it| it.id().to_owned()),
            association: None,
            propagation: None,
            references: None,
        });
        self.named.transits.push((named, number));
        let own = format!("the default route table of transit gateway {name}");
        let Some(here) = here else {
            let table = self.transit_table(own);
            self.net.may_have_more(
                table,
                format!("the routes of transit gateway {name}, which is made elsewhere"),
            );
            self.net.transits[number].association = Some(table);
            return number;
        };
        // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-transitgateway.html
        self.net.transits[number].references =
            enabled(&here.get("SecurityGroupReferencingSupport"), false);
        let mut default = None;
        let mut read = |reader: &mut Self, switch, table| {
            let on = enabled(&here.get(switch), true);
            let given = here.get(table);
            let number = match (on, given.is_set()) {
                (Some(false), _) => return None,
                (_, true) => reader.table_of_transit(&given),
                (_, false) => *default.get_or_insert_with(|| reader.transit_table(own.clone())),
            };
            if on.is_none() {
                let doubt = format!("`{switch}` of transit gateway {name}");
                reader.net.may_have_more(number, doubt);
            }
            Some(number)
        };
        let association = read(
            self,
            "DefaultRouteTableAssociation",
            "AssociationDefaultRouteTableId",
        );
        let propagation = read(
            self,
            "DefaultRouteTablePropagation",
            "PropagationDefaultRouteTableId",
        );
        self.net.transits[number].association = association;
        self.net.transits[number].propagation = propagation;
        number
    }

    fn transit_table(&mut self, name: String) -> usize {
        self.net.tables.push(Table {
            name,
            id: String::new(),
            vpc: None,
            routes: Vec::new(),
        });
        self.net.tables.len() - 1
    }

    /// The route table of a transit gateway that a value names.
    fn table_of_transit(&mut self, view: &View<'e, 'a>) -> usize {
        let here = self.target_of(view, "AWS::EC2::TransitGatewayRouteTable");
        let named = here.map_or_else(|| view.value().clone(), |it| Value::Handle(it.handle()));
        if let Some(number) = find(&self.named.tables, &named) {
            return number;
        }
        let number = match here {
            Some(it) => {
                let number =
                    self.transit_table(format!("transit gateway route table `{}`", it.id()));
                self.net.tables[number].id = it.id().to_owned();
                number
            }
            None => {
                let name = format!("transit gateway route table {}", called(&named));
                let number = self.transit_table(name.clone());
                let text = format!("the routes of {name}, which is made elsewhere");
                self.net.may_have_more(number, text);
                self.named.any_table = true;
                number
            }
        };
        self.named.tables.push((named, number));
        number
    }

    /// Which of the VPCs' attachments a value names.
    fn attachment(&mut self, view: &View<'e, 'a>) -> Option<usize> {
        let wanted = key(self.target(view)?);
        let mut all = self.named.attachments.iter();
        all.find(|it| it.0 == wanted).map(|it| it.1)
    }

    /// Nothing when no VPC is attached to any.
    pub(super) fn read_transits(&mut self) {
        for kind in VPC_ATTACHMENTS {
            for resource in self.all(kind) {
                let transit = self.transit(&resource.get("TransitGatewayId"));
                let mut subnets = self.subnets_of(&resource.get("SubnetIds"));
                subnets.extend(self.subnets_of(&resource.get("AddSubnetIds")));
                let vpc = self.vpc(&resource.get("VpcId"));
                let number = self.net.attachments.len();
                self.named.attachments.push((key(resource), number));
                self.net.attachments.push(Attachment {
                    name: format!("`{}`", resource.id()),
                    id: resource.id().to_owned(),
                    transit,
                    vpc,
                    subnets,
                    table: self.net.transits[transit].association,
                    references: enabled(
                        &resource.get("Options.SecurityGroupReferencingSupport"),
                        true,
                    ),
                    six: enabled(&resource.get("Options.Ipv6Support"), false),
                });
            }
        }
        if self.net.attachments.is_empty() {
            return;
        }
        for resource in self.all("AWS::EC2::TransitGatewayRouteTableAssociation") {
            let table = self.table_of_transit(&resource.get("TransitGatewayRouteTableId"));
            if let Some(number) = self.attachment(&resource.get("TransitGatewayAttachmentId")) {
                self.net.attachments[number].table = Some(table);
            }
        }
        self.read_transit_routes();
        self.read_propagations();
        // A table whose name is only known at deployment may be the default one.
        if self.named.any_table {
            for number in 0..self.net.transits.len() {
                let it = &self.net.transits[number];
                let tables = [it.association, it.propagation];
                let text = format!(
                    "the routes of transit gateway {} that are made elsewhere",
                    it.name
                );
                for table in tables.into_iter().flatten() {
                    if self.net.tables[table].id.is_empty() {
                        self.net.may_have_more(table, text.clone());
                    }
                }
            }
        }
    }

    fn read_transit_routes(&mut self) {
        for resource in self.all("AWS::EC2::TransitGatewayRoute") {
            let table = self.table_of_transit(&resource.get("TransitGatewayRouteTableId"));
            let hole = resource.get("Blackhole");
            let to = resource.get("TransitGatewayAttachmentId");
            let target = match (hole.bool(), self.attachment(&to)) {
                (Some(true), _) => Target::Nowhere(format!("`{}` drops it", resource.id())),
                (None, _) if hole.is_set() => Target::Elsewhere(called(hole.value())),
                (_, Some(attachment)) => Target::Attachment(attachment),
                (_, None) => Target::Elsewhere(called(to.value())),
            };
            let range = self.range(&resource.get("DestinationCidrBlock"));
            self.net.tables[table].routes.push(Route {
                range,
                target,
                id: resource.id().to_owned(),
            });
        }
    }

    fn read_propagations(&mut self) {
        let mut seen: Vec<(usize, usize)> = Vec::new();
        for resource in self.all("AWS::EC2::TransitGatewayRouteTablePropagation") {
            let table = self.table_of_transit(&resource.get("TransitGatewayRouteTableId"));
            let from = resource.get("TransitGatewayAttachmentId");
            match self.attachment(&from) {
                Some(attachment) => {
                    if !seen.contains(&(table, attachment)) {
                        seen.push((table, attachment));
                        self.net.propagate(table, attachment);
                    }
                }
                None => {
                    let text = format!("the routes that {} propagates", called(from.value()));
                    self.net.may_have_more(table, text);
                }
            }
        }
        for attachment in 0..self.net.attachments.len() {
            let transit = self.net.attachments[attachment].transit;
            if let Some(table) = self.net.transits[transit].propagation
                && !seen.contains(&(table, attachment))
            {
                self.net.propagate(table, attachment);
            }
        }
        // They propagate what is at their other end.
        for kind in ["AWS::EC2::VPNConnection", "AWS::EC2::TransitGatewayConnect"] {
            for resource in self.all(kind) {
                let own = resource.get("TransitGatewayId");
                let transport = resource.get("TransportTransitGatewayAttachmentId");
                let transit = match own.is_set() {
                    true => Some(self.transit(&own)),
                    false => self
                        .attachment(&transport)
                        .map(|it| self.net.attachments[it].transit),
                };
                if let Some(table) = transit.and_then(|it| self.net.transits[it].propagation) {
                    let text = format!("the routes that `{}` propagates", resource.id());
                    self.net.may_have_more(table, text);
                }
            }
        }
        if self.net.is(Fault::TransitTablesIgnored) {
            for table in 0..self.net.tables.len() {
                if self.net.tables[table].vpc.is_none() {
                    for attachment in 0..self.net.attachments.len() {
                        self.net.propagate(table, attachment);
                    }
                }
            }
        }
    }
}
