//! Names that are taken: a new resource is made while the old one still has its name.

use stack_core::schema::ResourceType;

use super::ResourceChange;
use super::at::{At, facts};
use super::changes::{Action, Effect, Hazard, HazardKind};
use super::stacks::is_replaced;

/// The new resource is made before the old one is deleted, and both have one name.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html>
pub(super) fn collision(
    old: &At<'_, '_, '_>,
    new: &At<'_, '_, '_>,
    change: &ResourceChange,
) -> Option<Hazard> {
    if !is_replaced(change) || old.view.kind() != new.view.kind() {
        return None;
    }
    let facts = facts(&change.kind).filter(|it| !it.is_deleted_first())?;
    let name = name_property(facts)?;
    let (before, after) = (old.property(name), new.property(name));
    if after.is_absent() || before != after {
        return None;
    }
    if is_elsewhere(facts, change) {
        return None;
    }
    let may = match change.action == Action::Replace && change.certain {
        true => "is",
        false => "may be",
    };
    Some(Hazard {
        kind: HazardKind::NameCollision,
        message: format!(
            "`{}` {may} replaced and keeps `{name}: {}`, which the old one still has: the update \
             fails",
            change.id,
            after.shown()
        ),
        repair: format!("give it another `{name}`, or none"),
    })
}

/// Types of which several can have one name: versions, revisions, zones.
const SHARED: [&str; 5] = [
    "AWS::Batch::JobDefinition",
    "AWS::CloudFormation::ModuleVersion",
    "AWS::ECS::TaskDefinition",
    "AWS::Lambda::LayerVersion",
    "AWS::Route53::HostedZone",
];

/// Types whose name is taken in the whole account and region, whatever they belong to.
const ACCOUNT_WIDE: [&str; 8] = [
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElasticLoadBalancing::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::Lambda::Function",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
];

/// The property that gives a resource the name that only one can have: create-only, and called
/// after the type (`TableName` of a `Table`, `GroupName` of a `SecurityGroup`) or just `Name`.
fn name_property(facts: ResourceType) -> Option<&'static str> {
    if SHARED.contains(&facts.name()) {
        return None;
    }
    let last = facts.name().rsplit("::").next().unwrap_or_default();
    let names = |it: &str| {
        let name = it.strip_suffix("Name");
        let id = it
            .strip_suffix("Identifier")
            .or_else(|| it.strip_suffix("Id"));
        name.is_some_and(|it| last.ends_with(it))
            || id.is_some_and(|it| it == last)
            || (last, it) == ("KeyPair", "KeyName")
    };
    let read_only = facts.read_only();
    let create_only = facts.create_only().iter().copied();
    let mut found: Vec<&str> = create_only
        .filter(|it| names(it) && !read_only.contains(it))
        .collect();
    // What identifies it comes before what is called a name.
    found.sort_by_key(|it| (!facts.primary_identifier().contains(it), *it));
    found.first().copied()
}

/// Whether what replaces it is what it belongs to: its name may be taken only there.
fn is_elsewhere(facts: ResourceType, change: &ResourceChange) -> bool {
    let belongs = |path: &str| {
        let top = path.split(['.', '[']).next().unwrap_or_default();
        let property = facts.property(top);
        // A key or a role is nothing to belong to.
        let aside = |it: &str| it.starts_with("AWS::KMS::") || it.starts_with("AWS::IAM::");
        facts.primary_identifier().contains(&top)
            || property.is_some_and(|it| it.relations().any(|it| !aside(it)))
    };
    let replaces = change
        .properties
        .iter()
        .filter(|it| it.effect >= Effect::MayReplace);
    !ACCOUNT_WIDE.contains(&facts.name()) && replaces.into_iter().any(|it| belongs(&it.path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use stack_core::schema;

    #[test]
    fn a_name_is_called_after_its_type() {
        let name = |kind| name_property(schema::find(kind).unwrap());
        for (kind, expected) in [
            ("AWS::DynamoDB::Table", Some("TableName")),
            ("AWS::EC2::KeyPair", Some("KeyName")),
            ("AWS::EC2::SecurityGroup", Some("GroupName")),
            ("AWS::EC2::SubnetCidrBlock", None),
            ("AWS::Cognito::UserPoolClient", None),
            ("AWS::ECS::Service", Some("ServiceName")),
            ("AWS::ECS::TaskDefinition", None),
            (
                "AWS::ElastiCache::ReplicationGroup",
                Some("ReplicationGroupId"),
            ),
            ("AWS::ElasticLoadBalancingV2::TargetGroup", Some("Name")),
            ("AWS::Events::EventBusPolicy", None),
            ("AWS::IAM::Role", Some("RoleName")),
            ("AWS::Logs::LogGroup", Some("LogGroupName")),
            ("AWS::RDS::DBInstance", Some("DBInstanceIdentifier")),
            ("AWS::S3::Bucket", Some("BucketName")),
            ("AWS::SQS::Queue", Some("QueueName")),
        ] {
            assert_eq!(name(kind), expected, "{kind}");
        }
    }

    #[test]
    fn lists_of_types_name_types() {
        for kind in SHARED.iter().chain(&ACCOUNT_WIDE) {
            assert!(schema::find(kind).is_some(), "{kind}");
        }
    }
}
