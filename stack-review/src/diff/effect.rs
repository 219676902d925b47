//! What the change of a property does to the resource.
//!
//! Whether it is replaced comes from the schema facts. What they leave open is decided here where
//! AWS documents what decides it. Whether an update in place interrupts is in no schema: the pages say
//! it ([`interruptions`]).

use stack_core::schema::{ResourceType, Update};

use super::changes::Effect;
use super::delta::{Edit, EditKind};
use super::interruptions::{self, Interruption};
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
    if let Some(decided) = by_update_policy(subject, edit) {
        return decided;
    }
    match at(facts, &edit.facts, edit.old, edit.new) {
        Update::Replacement => (Effect::Replace, None),
        Update::InPlace => match interruptions::of(subject.kind, &edit.facts) {
            Some(Interruption::Always) => (Effect::Interrupt, None),
            Some(Interruption::Perhaps) => (Effect::Interrupt, Some("perhaps".to_owned())),
            None => (Effect::Update, None),
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

/// What an update policy lets happen in place and what is replaced without it, whatever the facts
/// say: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html>
fn by_update_policy(
    subject: &Subject<'_, '_>,
    edit: &Edit<'_, '_>,
) -> Option<(Effect, Option<String>)> {
    let property = edit.facts.split(['.', '[']).next().unwrap_or_default();
    let policy = match (subject.kind, property) {
        ("AWS::OpenSearchService::Domain", "EngineVersion")
        | ("AWS::Elasticsearch::Domain", "ElasticsearchVersion") => "EnableVersionUpgrade",
        ("AWS::ElastiCache::ReplicationGroup", "NumNodeGroups" | "NodeGroupConfiguration") => {
            "UseOnlineResharding"
        }
        _ => return None,
    };
    Some(match subject.update_policy.get(policy) {
        Node::Text(it) if it == "true" => (Effect::Update, None),
        Node::Absent | Node::Text(_) => {
            let why = format!("without the update policy `{policy}`");
            (Effect::Replace, Some(why))
        }
        _ => {
            let why = format!("whether its update policy has `{policy}`");
            (Effect::MayReplace, Some(why))
        }
    })
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
        // <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-opensearchservice-domain.html>
        ("AWS::OpenSearchService::Domain", "EncryptionAtRestOptions") => {
            match edit.facts == property && edit.kind == EditKind::Added {
                true => (Effect::Update, None),
                false => (Effect::Replace, None),
            }
        }
        ("AWS::EC2::Instance", _) => {
            let why = "an instance with an instance store for its root is replaced, any other \
                       stopped and started";
            (Effect::MayReplace, Some(why.to_owned()))
        }
        _ => (Effect::MayReplace, None),
    }
}
