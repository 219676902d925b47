//! What goes wrong: data lost, names taken, exports in use, values that somebody else sets.

use std::collections::BTreeMap;

use stack_core::schema::ResourceType;
use stack_core::{Expr, Object};

use super::changes::{Action, ChangeKind, Effect, Fate, Hazard, HazardKind};
use super::node::{Node, Symbol};
use super::resource::{At, facts};
use super::side::{Exports, Side};
use super::stacks::{Comparison, is_replaced};
use super::{ResourceChange, controllers, refused};
use crate::model::StackInput;

/// The exports of stacks whose names are known.
pub(super) fn exports<'a>(stacks: &[StackInput<'a>]) -> Exports<'a> {
    let none = Exports::new();
    let mut exports = Exports::new();
    for input in stacks {
        let side = Side::new(input, None, 0, &none);
        for (output, name) in exported(&side) {
            if let Node::Text(name) = name {
                exports.insert(name.into_owned(), (input.name, output));
            }
        }
    }
    exports
}

/// The outputs of a stack that are exported, with the names of the exports.
fn exported<'a>(side: &Side<'_, 'a>) -> Vec<(&'a str, Node<'a>)> {
    let outputs = side.input.template.section("Outputs").into_iter();
    let outputs = outputs.flat_map(Object::iter);
    outputs
        .filter_map(|(output, body)| {
            let name = body.as_object()?.get("Export")?.as_object()?.get("Name")?;
            Some((output, side.node(name)))
        })
        .collect()
}

/// Finds what goes wrong with single resources.
pub(super) fn find(comparison: &mut Comparison<'_, '_>) {
    for number in 0..comparison.slots.len() {
        let slot = &comparison.slots[number];
        let Some(change) = &slot.change else { continue };
        let mut found = Vec::new();
        found.extend(data_loss(change));
        found.extend(refused::find(comparison, number));
        if let (Some(old), Some(new)) = (comparison.before(slot), comparison.after(slot)) {
            found.extend(name_collision(&old, &new, change));
        }
        found.extend(controllers::find(comparison, number));
        if let Some(change) = &mut comparison.slots[number].change {
            change.hazards.extend(found);
        }
    }
}

/// What holds data is replaced or deleted, and nothing of it is kept.
fn data_loss(change: &ResourceChange) -> Option<Hazard> {
    let stateful = facts(&change.kind).is_some_and(ResourceType::is_stateful);
    if !stateful || change.fate != Some(Fate::Deleted) {
        return None;
    }
    let (policy, may) = match change.action {
        Action::Remove => ("DeletionPolicy", !change.certain),
        Action::Replace => ("UpdateReplacePolicy", !change.certain),
        Action::MayReplace => ("UpdateReplacePolicy", true),
        _ => return None,
    };
    let what = match (change.action, may) {
        (Action::Remove, false) => "is deleted with its data",
        (Action::Remove, true) => "may be deleted with its data",
        (_, false) => "is replaced by an empty one",
        (_, true) => "may be replaced by an empty one",
    };
    // <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html>
    let beside = match change.kind.as_str() {
        "AWS::S3::Bucket" => "; the deletion fails while there are objects in it",
        "AWS::KMS::Key" => "; what it encrypted cannot be read once its waiting period is over",
        _ => "",
    };
    Some(Hazard {
        kind: HazardKind::DataLoss,
        message: format!("`{}` {what}{beside}", change.id),
        repair: format!(
            "deploy it with `{policy}: Retain` first, or move the data before this change"
        ),
    })
}

/// The new resource is made before the old one is deleted, and both have one name.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html>
fn name_collision(
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

/// What goes wrong with each stack as a whole.
pub(super) fn of_stacks(comparison: &Comparison<'_, '_>) -> Vec<Vec<Hazard>> {
    let mut all: Vec<Vec<Hazard>> = Vec::new();
    for (number, pair) in comparison.pairs.iter().enumerate() {
        let mut found = Vec::new();
        if let Some(old) = &pair.old {
            let after: BTreeMap<&str, Node<'_>> = match &pair.new {
                Some(new) => exported(new).into_iter().collect(),
                None => BTreeMap::new(),
            };
            for (output, name) in exported(old) {
                let what = match after.get(output) {
                    None => "is removed",
                    Some(it) if *it != name => "gets another name",
                    Some(_) => {
                        let path = format!("{output}.Value");
                        let changed = comparison.sections[number].iter();
                        let mut changed = changed.filter(|it| {
                            it.section == "Outputs" && it.path == path && it.when.is_none()
                        });
                        match changed.next() {
                            Some(it) if it.kind == ChangeKind::Follows => {
                                "gets another value, as what it names is replaced,"
                            }
                            Some(_) => "gets another value",
                            None => continue,
                        }
                    }
                };
                found.extend(in_use(comparison, number, output, &name, what));
            }
        }
        found.sort();
        all.push(found);
    }
    all
}

/// An export that goes away or changes while another stack imports it.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html>
fn in_use(
    comparison: &Comparison<'_, '_>,
    number: usize,
    output: &str,
    name: &Node<'_>,
    what: &str,
) -> Option<Hazard> {
    let exporter = comparison.pairs[number].name;
    let imports = |side: &Side<'_, '_>| imports(side, exporter, output, name);
    let mut still = Vec::new();
    let mut no_longer = Vec::new();
    for pair in comparison.pairs.iter().filter(|it| it.name != exporter) {
        if !pair.old.as_ref().is_some_and(&imports) {
            continue;
        }
        match pair.new.as_ref().is_some_and(&imports) {
            true => still.push(format!("`{}`", pair.name)),
            false => no_longer.push(format!("`{}`", pair.name)),
        }
    }
    let all: Vec<String> = still.iter().chain(&no_longer).cloned().collect();
    if all.is_empty() {
        return None;
    }
    let repair = match still.as_slice() {
        [] => format!("deploy {} first, without the import", no_longer.join(", ")),
        some => format!(
            "keep the export until nothing in {} imports it",
            some.join(", ")
        ),
    };
    // Names that are made of parameters may be different ones.
    let import = match (name.text().is_some(), all.len()) {
        (false, _) => "may import",
        (true, 1) => "imports",
        (true, _) => "import",
    };
    Some(Hazard {
        kind: HazardKind::ExportInUse,
        message: format!(
            "export `{}` {what} while {} {import} it: CloudFormation refuses that as long as it is in use",
            name.shown(),
            all.join(", ")
        ),
        repair,
    })
}

/// Whether a stack imports an output.
fn imports(side: &Side<'_, '_>, exporter: &str, output: &str, name: &Node<'_>) -> bool {
    fn any<'a>(side: &Side<'_, 'a>, expr: &'a Expr, found: &mut dyn FnMut(Node<'a>)) {
        if let Some((super::mentions::IMPORT, argument)) = expr.intrinsic() {
            found(side.node(expr));
            found(side.node(argument));
        }
        match expr {
            Expr::List(items) => items.iter().for_each(|it| any(side, it, found)),
            Expr::Object(fields) => fields.iter().for_each(|(_, it)| any(side, it, found)),
            _ => (),
        }
    }
    let mut imports = false;
    let sections = ["Resources", "Outputs"].map(|it| side.input.template.root().get(it));
    for section in sections.into_iter().flatten() {
        any(side, section, &mut |it| {
            imports |= match &it {
                Node::Symbol(Symbol::Output(from, what)) => *from == exporter && *what == output,
                other => other == name,
            };
        });
    }
    imports
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
