//! An endpoint of another kind than its settings, or than its service has.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::{Piece, Resource, Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "vpc-endpoint",
    severity: Severity::Error,
    page: include_str!("vpc_endpoint.md"),
    run,
};

/// Which services have gateway endpoints:
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html>
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-networking.html>
const GATEWAYS: [&str; 3] = ["dynamodb", "s3", "s3express"];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let mut before: Vec<Resource<'_, '_>> = Vec::new();
    for endpoint in stack.of("AWS::EC2::VPCEndpoint") {
        let kind = endpoint.get("VpcEndpointType");
        let of = match kind.text() {
            Some(it) => it,
            None if kind.is_absent() => "Gateway",
            None => continue,
        };
        let refused: &[&str] = match of {
            "Gateway" => &["SubnetIds", "SecurityGroupIds"],
            "Interface" => &["RouteTableIds"],
            _ => &[],
        };
        for name in refused {
            let set = endpoint.get(name);
            if set.is_set() && set.is_known() && !set.items().is_empty() {
                report.at(
                    &set,
                    format!("an endpoint of the kind `{of}` has no `{name}`"),
                    match of {
                        "Gateway" => "`VpcEndpointType: Interface`, or leave it out",
                        _ => "`VpcEndpointType: Gateway`, or leave it out",
                    },
                );
            }
        }
        let service = endpoint.get("ServiceName");
        if let Some(name) = service_of(&service)
            && of == "Gateway"
            && !GATEWAYS.contains(&name.as_str())
        {
            let at = if kind.is_set() { &kind } else { &service };
            let message =
                format!("`{name}` has no gateway endpoint; only s3, s3express and dynamodb have");
            report.at(
                at,
                message,
                "`VpcEndpointType: Interface`, with `SubnetIds`",
            );
        }
        private_names(&endpoint.get("PrivateDnsEnabled"), report);
        places(endpoint, of, report);
        twice(endpoint, of, &before, report);
        before.push(endpoint);
    }
}

/// Where it is to be.
fn places(endpoint: Resource<'_, '_>, of: &str, report: &mut Report<'_>) {
    let (name, other, what) = match of {
        "Gateway" => ("RouteTableIds", "SubnetIds", "is a route in no route table"),
        "Interface" => ("SubnetIds", "RouteTableIds", "is in no subnet"),
        _ => return,
    };
    let places = endpoint.get(name);
    let items = places.items();
    // One that is made elsewhere can be put to use by an association there.
    let none = places.is_absent() || places.has_known_items() && items.is_empty();
    if none
        && endpoint.get(other).is_absent()
        && !endpoint.stack().has_transform()
        && endpoint.get("VpcId").target().is_some()
    {
        let message = format!("`{}` {what}, so nothing uses it", endpoint.id());
        report.judged(
            Severity::Warning,
            places.place(),
            message,
            format!("set `{name}`"),
        );
    }
    let mut zones: Vec<(View<'_, '_>, &str)> = Vec::new();
    for subnet in items.iter().filter(|_| of == "Interface") {
        let Some(target) = subnet.target_of("AWS::EC2::Subnet") else {
            continue;
        };
        let zone = target.get("AvailabilityZone");
        let same = zones.iter().find(|it| it.0.same(&zone) == Some(true));
        if let Some((_, other)) = same.filter(|_| zone.is_set()) {
            let message = format!("`{}` is in the same zone as `{other}`", target.id());
            report.at(subnet, message, "one subnet of each zone");
        }
        zones.push((zone, target.id()));
    }
}

/// Another endpoint for the same service: of two private names one is refused, and a route table
/// leads to a service once.
fn twice(
    endpoint: Resource<'_, '_>,
    of: &str,
    before: &[Resource<'_, '_>],
    report: &mut Report<'_>,
) {
    let (service, network) = (endpoint.get("ServiceName"), endpoint.get("VpcId"));
    let same = |it: &&Resource<'_, '_>| {
        let (one, other) = (it.get("ServiceName"), service_of(&service));
        (one.same(&service) == Some(true) || other.is_some() && service_of(&one) == other)
            && it.get("VpcId").same(&network) == Some(true)
    };
    for other in before.iter().filter(same) {
        let private = endpoint.get("PrivateDnsEnabled");
        if of == "Interface"
            && private.bool() == Some(true)
            && other.get("PrivateDnsEnabled").bool() == Some(true)
        {
            let message = format!(
                "`{}` has the private name of this service already",
                other.id()
            );
            report.at(
                &private,
                message,
                "one endpoint of a service in a network has it",
            );
        }
        if of != "Gateway" {
            continue;
        }
        let taken = other.get("RouteTableIds").items();
        for table in endpoint.get("RouteTableIds").items() {
            if taken.iter().any(|it| it.same(&table) == Some(true)) {
                let message = format!("the table has the route of `{}` already", other.id());
                report.at(
                    &table,
                    message,
                    "one endpoint of a service for each route table",
                );
            }
        }
    }
}

/// `ecr.api` of `com.amazonaws.eu-west-1.ecr.api`, be the region known or not.
fn service_of(name: &View<'_, '_>) -> Option<String> {
    let mut whole = String::new();
    for piece in name.pieces() {
        match piece {
            Piece::Text(it) => whole.push_str(&it),
            Piece::Value(_) => whole.push('\u{1}'),
        }
    }
    let rest = whole.strip_prefix("com.amazonaws.")?;
    let (region, service) = rest.split_once('.')?;
    let is_region = region == "\u{1}" || region.matches('-').count() >= 2;
    (is_region && !service.is_empty() && !service.contains('\u{1}')).then(|| service.to_owned())
}

/// Private names need a network that answers.
fn private_names(private: &View<'_, '_>, report: &mut Report<'_>) {
    let endpoint = private.resource();
    let Some(vpc) = endpoint.get("VpcId").target_of("AWS::EC2::VPC") else {
        return;
    };
    if private.bool() != Some(true) {
        return;
    }
    let (support, hostnames) = (vpc.get("EnableDnsSupport"), vpc.get("EnableDnsHostnames"));
    let off =
        |it: &View<'_, '_>, default: bool| it.bool() == Some(false) || (it.is_absent() && !default);
    for (it, name, default) in [
        (&support, "EnableDnsSupport", true),
        (&hostnames, "EnableDnsHostnames", false),
    ] {
        if off(it, default) {
            let message = format!(
                "a private name needs `{name}` of `{}`, which is off",
                vpc.id()
            );
            report.at(private, message, format!("`{name}: true`"));
        }
    }
}
