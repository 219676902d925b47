//! What the change of a property does to the resource.
//!
//! Whether it is replaced comes from the schema facts. What they leave open is decided here where
//! AWS documents what decides it. Whether an update in place interrupts is in no schema: the table
//! below holds what the pages of the types say under "Update requires: Some interruptions".

use stack_core::schema::{ResourceType, Update};

use super::changes::Effect;
use super::delta::Edit;
use super::node::Node;

/// What is known of the resource that a property belongs to.
pub(super) struct Subject<'n, 'a> {
    pub(super) kind: &'n str,
    pub(super) facts: Option<ResourceType>,
    /// The update policy of the new template.
    pub(super) update_policy: &'n Node<'a>,
}

/// What the change does, and what that depends on when it is open.
pub(super) fn effect(subject: &Subject<'_, '_>, edit: &Edit<'_, '_>) -> (Effect, Option<String>) {
    let Some(facts) = subject.facts else {
        return (Effect::MayReplace, Some(no_facts(subject.kind)));
    };
    if subject.kind == "AWS::CloudFormation::CustomResource" {
        return (Effect::MayReplace, Some(no_facts(subject.kind)));
    }
    match at(facts, &edit.facts, edit.old, edit.new) {
        Update::Replacement => (Effect::Replace, None),
        Update::InPlace => match interrupts(subject.kind, &edit.facts) {
            true => (Effect::Interrupt, None),
            false => (Effect::Update, None),
        },
        Update::Conditional => decided(subject, edit),
        Update::Unknown => {
            let why = format!("`{}` has no such property that is known", subject.kind);
            (Effect::MayReplace, Some(why))
        }
    }
}

fn no_facts(kind: &str) -> String {
    match kind {
        "AWS::CloudFormation::CustomResource" => "its provider decides".to_owned(),
        it if it.starts_with("Custom::") => "its provider decides".to_owned(),
        it if it.ends_with("::MODULE") => "the module decides".to_owned(),
        it => format!("nothing is known of `{it}`"),
    }
}

/// What the facts say; of an object that comes or goes as a whole, what they say of its parts.
fn at(facts: ResourceType, path: &str, old: &Node<'_>, new: &Node<'_>) -> Update {
    let update = facts.update_behavior(path);
    if update != Update::Conditional {
        return update;
    }
    let listed = facts
        .conditional_create_only()
        .iter()
        .any(|it| covers(it, path));
    // Otherwise only something below it replaces.
    let least = if listed { update } else { Update::InPlace };
    let parts = match (old, new) {
        (Node::Map(fields), Node::Absent) | (Node::Absent, Node::Map(fields)) => {
            let fields = fields.iter();
            fields
                .map(|(name, it)| (format!("{path}.{name}"), it))
                .collect::<Vec<_>>()
        }
        (Node::List(items), Node::Absent) | (Node::Absent, Node::List(items)) => {
            items.iter().map(|it| (format!("{path}[0]"), it)).collect()
        }
        _ => return update,
    };
    let all = parts
        .iter()
        .map(|(path, it)| at(facts, path, &Node::Absent, it));
    all.fold(least, |worst, it| match (worst, it) {
        (Update::Replacement, _) | (_, Update::Replacement) => Update::Replacement,
        (Update::Conditional, _) | (_, Update::Conditional) => Update::Conditional,
        (worst, _) => worst,
    })
}

/// Whether a listed path (`A/*/B`) is this one or above it.
fn covers(listed: &str, path: &str) -> bool {
    let mut steps = path.split('.').map(|it| it.split('[').next().unwrap_or(it));
    let mut listed = listed.split('/').filter(|it| *it != "*");
    listed.all(|it| steps.next() == Some(it))
}

/// What is open to the facts, decided where AWS documents what decides it.
fn decided(subject: &Subject<'_, '_>, edit: &Edit<'_, '_>) -> (Effect, Option<String>) {
    let property = edit.facts.split(['.', '[']).next().unwrap_or_default();
    match (subject.kind, property) {
        // <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html>
        (
            "AWS::AutoScaling::AutoScalingGroup",
            "LaunchConfigurationName"
            | "LaunchTemplate"
            | "MixedInstancesPolicy"
            | "VPCZoneIdentifier",
        ) => {
            let replacing = subject.update_policy.get("AutoScalingReplacingUpdate");
            match replacing.get("WillReplace") {
                Node::Text(it) if it == "true" => (Effect::Replace, None),
                Node::Absent | Node::Text(_) => (Effect::Update, None),
                _ => {
                    let why = "whether its update policy has `WillReplace`";
                    (Effect::MayReplace, Some(why.to_owned()))
                }
            }
        }
        // <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpc.html>
        ("AWS::EC2::VPC", "InstanceTenancy") => match (edit.old.text(), edit.new.text()) {
            (Some("dedicated"), Some("default")) => (Effect::Update, None),
            (_, Some("dedicated" | "host")) => (Effect::Replace, None),
            _ => (Effect::MayReplace, None),
        },
        ("AWS::EC2::Instance", _) => {
            let why = "an instance with an instance store for its root is replaced, any other \
                       stopped and started";
            (Effect::MayReplace, Some(why.to_owned()))
        }
        _ => (Effect::MayReplace, None),
    }
}

/// Properties whose update in place interrupts, as the page of each type says:
/// `https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-<service>-<type>.html`.
/// Rules of security groups are left out: those that stay keep working.
const INTERRUPTIONS: [(&str, &[&str]); 12] = [
    (
        "AWS::AmazonMQ::Broker",
        &["Configuration", "HostInstanceType"],
    ),
    ("AWS::DynamoDB::Table", &["SSESpecification"]),
    (
        "AWS::EMRServerless::Application",
        &["MaximumCapacity", "ReleaseLabel"],
    ),
    ("AWS::ElastiCache::CacheCluster", &["NumCacheNodes"]),
    ("AWS::ElasticLoadBalancing::LoadBalancer", &["Listeners"]),
    ("AWS::Lightsail::Database", &["BackupRetention"]),
    ("AWS::Lightsail::Instance", &["Hardware"]),
    (
        "AWS::MWAA::Environment",
        &[
            "AirflowConfigurationOptions",
            "DagS3Path",
            "EnvironmentClass",
            "ExecutionRoleArn",
            "LoggingConfiguration",
            "MaxWorkers",
            "MinWorkers",
            "PluginsS3ObjectVersion",
            "PluginsS3Path",
            "RequirementsS3ObjectVersion",
            "RequirementsS3Path",
            "Schedulers",
            "SourceBucketArn",
            "StartupScriptS3ObjectVersion",
            "StartupScriptS3Path",
            "WebserverAccessMode",
            "WeeklyMaintenanceWindowStart",
        ],
    ),
    ("AWS::Neptune::DBInstance", &["DBInstanceClass"]),
    ("AWS::OpenSearchService::Domain", &["VPCOptions"]),
    ("AWS::RDS::DBCluster", &["EngineVersion"]),
    (
        "AWS::RDS::DBInstance",
        &["DBInstanceClass", "EngineVersion"],
    ),
];

fn interrupts(kind: &str, path: &str) -> bool {
    let property = path.split(['.', '[']).next().unwrap_or_default();
    let row = INTERRUPTIONS.binary_search_by(|it| it.0.cmp(kind));
    row.is_ok_and(|row| INTERRUPTIONS[row].1.contains(&property))
}

#[cfg(test)]
mod tests {
    use super::*;
    use stack_core::schema;

    #[test]
    fn the_table_of_interruptions_is_sorted_and_names_what_exists() {
        assert!(INTERRUPTIONS.is_sorted_by_key(|it| it.0));
        for (kind, properties) in INTERRUPTIONS {
            let facts = schema::find(kind).unwrap();
            for property in properties {
                assert!(facts.property(property).is_some(), "{kind} {property}");
            }
        }
    }
}
