//! An endpoint of another kind than its settings, or than its service has.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::{Piece, Stack, View};

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
