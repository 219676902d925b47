//! What a property may refer to, as the facts of its type say.

use stack_core::schema;
use stack_core::template::ResourceView;

use crate::check::words::either;
use crate::model::{Call, Stack};

/// Properties whose relations the facts do not tell: the type, the field, the types that are
/// meant, and the attribute (empty for `Ref`).
const MORE: [(&str, &str, &str, &str); 13] = [
    (
        "AWS::ECS::Service",
        "HookTargetArn",
        "AWS::Lambda::Function",
        "Arn",
    ),
    (
        "AWS::ECS::Service",
        "RegistryArn",
        "AWS::ServiceDiscovery::Service",
        "Arn",
    ),
    (
        "AWS::CloudWatch::Alarm",
        "AlarmActions",
        "AWS::SNS::Topic",
        "TopicArn",
    ),
    (
        "AWS::CloudWatch::Alarm",
        "InsufficientDataActions",
        "AWS::SNS::Topic",
        "TopicArn",
    ),
    (
        "AWS::CloudWatch::Alarm",
        "OKActions",
        "AWS::SNS::Topic",
        "TopicArn",
    ),
    (
        "AWS::EC2::LaunchTemplate",
        "Arn",
        "AWS::IAM::InstanceProfile",
        "Arn",
    ),
    (
        "AWS::EC2::LaunchTemplate",
        "Name",
        "AWS::IAM::InstanceProfile",
        "",
    ),
    (
        "AWS::ECS::Service",
        "AlarmNames",
        "AWS::CloudWatch::Alarm",
        "",
    ),
    (
        "AWS::Route53::HealthCheck",
        "Name",
        "AWS::CloudWatch::Alarm",
        "",
    ),
    (
        "AWS::Route53::RecordSet",
        "DNSName",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "DNSName",
    ),
    (
        "AWS::SNS::Subscription",
        "Endpoint",
        "AWS::Lambda::Function",
        "Arn",
    ),
    (
        "AWS::SNS::Subscription",
        "Endpoint",
        "AWS::SQS::Queue",
        "Arn",
    ),
    (
        "AWS::AutoScaling::AutoScalingGroup",
        "TargetGroupARNs",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "TargetGroupArn",
    ),
];

/// Where a name is taken and an ARN is not; elsewhere both often are.
const NAMES: [(&str, &str); 8] = [
    ("AWS::ECS::TaskDefinition", "FilesystemId"),
    ("AWS::EFS::AccessPoint", "FileSystemId"),
    ("AWS::IAM::InstanceProfile", "Roles"),
    ("AWS::IAM::ManagedPolicy", "Roles"),
    ("AWS::IAM::Policy", "Roles"),
    ("AWS::IAM::RolePolicy", "RoleName"),
    ("AWS::Logs::MetricFilter", "LogGroupName"),
    ("AWS::Logs::SubscriptionFilter", "LogGroupName"),
];

/// Types that are what they are, and stand for nothing else.
const PLAIN: [&str; 19] = [
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::LaunchTemplate",
    "AWS::EC2::NatGateway",
    "AWS::EC2::NetworkAcl",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::ECS::CapacityProvider",
    "AWS::ECS::Cluster",
    "AWS::ECS::Service",
    "AWS::ECS::TaskDefinition",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::IAM::InstanceProfile",
    "AWS::IAM::Role",
    "AWS::Logs::LogGroup",
];

fn takes_names(owner: &str, field: &str) -> bool {
    NAMES.iter().any(|it| it.1 == field && it.0 == owner)
}

/// Whether a field takes names in some type, and not ARNs.
pub(super) fn may_take_names(field: &str) -> bool {
    NAMES.iter().any(|it| it.1 == field)
}

fn is_arn(name: &str) -> bool {
    name.ends_with("Arn") || name.ends_with("ARN")
}

/// What is wrong with a reference, and what would be right.
pub(super) fn wrong(
    stack: Stack<'_, '_>,
    call: &Call<'_>,
    owner: &str,
    target: ResourceView<'_>,
    attribute: Option<&str>,
) -> Option<(String, String)> {
    let (id, kind) = (target.id(), target.kind());
    if !owner.starts_with("AWS::")
        || owner.starts_with("AWS::CloudFormation::")
        || !kind.starts_with("AWS::")
        || kind.starts_with("AWS::CloudFormation::")
        || kind.starts_with("AWS::Serverless::")
        || kind.ends_with("::MODULE")
    {
        return None;
    }
    let named = attribute.is_some() && takes_names(owner, call.field);
    if is_as_called(call.field, kind, attribute) && !named {
        return None;
    }
    let facts = schema::find(kind)?;
    let given = match attribute {
        Some(it) => it,
        None => match facts.ref_returns() {
            [one] => one,
            _ => return None,
        },
    };
    let called = || match attribute {
        Some(it) => format!("`{id}.{it}`"),
        None => format!("`Ref` of `{id}`"),
    };
    let gives = |attribute: &str| match attribute {
        "" => format!("write `!Ref {id}`"),
        it if facts.has_attribute(it) => format!("write `!GetAtt {id}.{it}`"),
        it if facts.ref_returns() == [it] => format!("write `!Ref {id}`"),
        _ => String::new(),
    };
    // What a policy is about is named by ARNs.
    if call.field == "Resource" && owner.starts_with("AWS::IAM::") {
        let plain = attribute.is_none() && !is_arn(given) && facts.has_attribute("Arn");
        let named = attribute.is_some_and(|it| it.ends_with("Name"));
        return (plain || named).then(|| {
            let message = format!(
                "{} is no ARN, and a policy names its resources by ARN",
                called()
            );
            (message, gives("Arn"))
        });
    }
    // What stands in other policies is in no schema.
    if matches!(call.field, "AWS" | "Resource") {
        return None;
    }
    let mut more = MORE
        .iter()
        .filter(|it| (it.0, it.1, it.2) == (owner, call.field, kind));
    if let Some((_, _, _, wanted)) = more.next() {
        let right = match *wanted {
            "" => attribute.is_none() || attribute.is_some_and(|it| !is_arn(it)),
            it => {
                given == it
                    || attribute == Some(it)
                    || (attribute.is_none() && facts.ref_returns() == [it])
            }
        };
        return (!right).then(|| {
            let wanted_name = if wanted.is_empty() {
                "its name"
            } else {
                wanted
            };
            (
                format!("{} is not what is wanted here, {wanted_name} is", called()),
                gives(wanted),
            )
        });
    }
    if owner == "AWS::EC2::LaunchTemplate"
        && kind == "AWS::IAM::Role"
        && matches!(call.field, "Arn" | "Name")
    {
        let message = format!("`{id}` is a role, and here stands an instance profile with it");
        return Some((
            message,
            "an `AWS::IAM::InstanceProfile` with `Roles: [...]`".to_owned(),
        ));
    }
    if owner == "AWS::Route53::RecordSet"
        && call.field == "HostedZoneId"
        && kind == "AWS::ElasticLoadBalancingV2::LoadBalancer"
        && !stack.place_of_call(call).contains("AliasTarget")
    {
        let message = format!(
            "{} is the zone of its own name, and the zone of the record is wanted",
            called()
        );
        return Some((message, String::new()));
    }
    let names = takes_names(owner, call.field);
    if attribute.is_none() && !names && is_as_called(call.field, kind, Some(given)) {
        return None;
    }
    let place = stack.place_of_call(call);
    let path = place.strip_prefix(call.owner.id)?.strip_prefix('.')?;
    let property = schema::find(owner)?.property(path)?;
    let relations: Vec<(&str, &str)> = property
        .relations()
        .filter_map(|it| it.rsplit_once('.'))
        .collect();
    if relations.is_empty() {
        return None;
    }
    let own: Vec<&str> = relations
        .iter()
        .filter(|it| it.0 == kind)
        .map(|it| it.1)
        .collect();
    if own.is_empty() {
        // What other types give may be of any kind: `Cluster.ClusterSecurityGroupId`.
        let itself = attribute.is_none_or(|it| matches!(it, "Arn" | "GroupId"));
        // The id of a network, subnet or group is nothing else's name.
        let ids = relations.iter().all(|it| {
            matches!(
                it.0,
                "AWS::EC2::VPC"
                    | "AWS::EC2::Subnet"
                    | "AWS::EC2::SecurityGroup"
                    | "AWS::EC2::RouteTable"
            )
        });
        if !itself
            || !(PLAIN.contains(&kind) || ids && attribute.is_none())
            || call.field == "Arn"
            || call.field.ends_with("Uri")
        {
            return None;
        }
        let mut kinds: Vec<&str> = relations
            .iter()
            .map(|it| it.0)
            .filter(|it| schema::find(it).is_some())
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        if kinds.is_empty() {
            return None;
        }
        let message = format!(
            "`{id}` is of the type {kind}, and here stands {}",
            either(kinds)
        );
        return Some((message, String::new()));
    }
    if own.contains(&given) || attribute.is_some_and(|it| own.contains(&it)) {
        return None;
    }
    let arns = own.iter().all(|it| is_arn(it));
    if arns && is_arn(call.field) && !is_arn(given) {
        return Some((
            format!("{} is no ARN, and one is wanted", called()),
            gives(own[0]),
        ));
    }
    if is_arn(given) && !own.iter().any(|it| is_arn(it)) && names {
        let message = format!("{} is an ARN, and its name is wanted", called());
        return Some((message, format!("write `!Ref {id}`")));
    }
    if given == "VpcId" || given == "RoleId" || (kind == "AWS::EC2::EIP" && given == "PublicIp") {
        return Some((
            format!("{} is not what is wanted here", called()),
            gives(own[0]),
        ));
    }
    None
}

/// Most are as they are called, and need no look at the facts: `SubnetId: !Ref Subnet`.
pub(super) fn is_as_called(field: &str, kind: &str, attribute: Option<&str>) -> bool {
    let colon = kind.bytes().rposition(|it| it == b':');
    let tail = colon.map_or(kind, |at| &kind[at + 1..]);
    let alike = || {
        let tail = tail.as_bytes();
        let mut windows = field.as_bytes().windows(tail.len());
        windows.any(|it| it[0] | 0x20 == tail[0] | 0x20 && it.eq_ignore_ascii_case(tail))
    };
    let plain = || {
        !matches!(
            field,
            "AlarmNames" | "TargetGroupARNs" | "VPCZoneIdentifier"
        )
    };
    match attribute {
        // `GroupId: !GetAtt Group.GroupId`
        Some(it) if it == field && !matches!(it, "Arn" | "VpcId") => true,
        None if field == "GatewayId" => tail == "InternetGateway",
        _ if tail.is_empty() || !alike() || !plain() => false,
        None => !is_arn(field),
        // A name or an ARN for `Role`: which of them, only a few properties mind.
        Some(it) => (is_arn(it) || !is_arn(field)) && it != "VpcId" && !it.ends_with("FullName"),
    }
}
