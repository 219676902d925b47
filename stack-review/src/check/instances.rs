//! The instances of a cluster: how they start, and which cluster they join.

use stack_core::Expr;

use crate::check::containers::{CLUSTER, PROVIDER, associations};
use crate::check::paths::written;
use crate::check::scaling::resource_of;
use crate::model::{Piece, Resource, Stack, View};

pub(super) const GROUP: &str = "AWS::AutoScaling::AutoScalingGroup";
const TEMPLATE: &str = "AWS::EC2::LaunchTemplate";
const CONFIGURATION: &str = "AWS::AutoScaling::LaunchConfiguration";
const INSTANCE: &str = "AWS::EC2::Instance";

/// Everything in a stack that says how instances start.
pub(super) fn starts<'e, 'a>(stack: Stack<'e, 'a>) -> impl Iterator<Item = Resource<'e, 'a>> {
    let kinds = [TEMPLATE, CONFIGURATION, INSTANCE].into_iter();
    kinds.flat_map(move |it| stack.of(it))
}

/// What the instances of a group start from.
pub(super) fn start_of<'e, 'a>(group: Resource<'e, 'a>) -> Option<Resource<'e, 'a>> {
    let mixed = "MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.LaunchTemplateId";
    group
        .get("LaunchConfigurationName")
        .target_of(CONFIGURATION)
        .or_else(|| {
            group
                .get("LaunchTemplate.LaunchTemplateId")
                .target_of(TEMPLATE)
        })
        .or_else(|| group.get(mixed).target_of(TEMPLATE))
}

/// The Auto Scaling group of a capacity provider.
pub(super) fn group_of<'e, 'a>(provider: Resource<'e, 'a>) -> Option<Resource<'e, 'a>> {
    let arn = provider.get("AutoScalingGroupProvider.AutoScalingGroupArn");
    arn.target_of(GROUP)
}

/// The script that runs when the instance starts.
pub(super) fn user_data<'e, 'a>(start: Resource<'e, 'a>) -> View<'e, 'a> {
    match start.kind() {
        TEMPLATE => start.get("LaunchTemplateData.UserData"),
        _ => start.get("UserData"),
    }
}

/// The instance profile.
pub(super) fn profile<'e, 'a>(start: Resource<'e, 'a>) -> View<'e, 'a> {
    if start.kind() != TEMPLATE {
        return start.get("IamInstanceProfile");
    }
    let profile = start.get("LaunchTemplateData.IamInstanceProfile");
    match profile.get("Arn").is_set() {
        true => profile.get("Arn"),
        false => profile.get("Name"),
    }
}

/// What an instance says of the cluster that it joins.
pub(super) enum Joins<'e, 'a> {
    /// This one.
    Cluster(Resource<'e, 'a>),
    Named(String),
    /// It says nothing, so it joins the one that is called `default`.
    Nothing,
    Unknown,
}

/// The words by which agents on different systems are told their cluster.
const WORDS: [&str; 4] = [
    "ECS_CLUSTER",
    "Initialize-ECSAgent",
    "settings.ecs",
    "ecs-init",
];

/// Which cluster the instance joins.
pub(super) fn joins<'e, 'a>(start: Resource<'e, 'a>) -> Joins<'e, 'a> {
    let stack = start.stack();
    let pieces = user_data(start).pieces();
    for (n, piece) in pieces.iter().enumerate() {
        let Piece::Text(text) = piece else { continue };
        let Some(at) = text.find("ECS_CLUSTER=") else {
            continue;
        };
        let after = text[at + "ECS_CLUSTER=".len()..].trim_start_matches(['"', '\'']);
        let end = |c: char| c.is_whitespace() || "\"'>;\\&|".contains(c);
        let name: String = after.chars().take_while(|it| !end(*it)).collect();
        if !name.is_empty() {
            let whole = after.len() > name.len() || n + 1 == pieces.len();
            let plain = !name.contains(['$', '`', '{']);
            return match whole && plain {
                true => Joins::Named(name),
                false => Joins::Unknown,
            };
        }
        let next = match pieces.get(n + 1) {
            Some(Piece::Value(value)) if after.is_empty() => resource_of(stack, value),
            _ => None,
        };
        return match next {
            Some((resource, _)) if resource.kind() == CLUSTER => Joins::Cluster(resource),
            _ => Joins::Unknown,
        };
    }
    let silent = pieces.iter().all(|it| matches!(it, Piece::Text(_)));
    if silent && !mentions(start, &WORDS) || misspelt(&pieces) {
        Joins::Nothing
    } else {
        Joins::Unknown
    }
}

/// Whether the script writes a variable that is called nearly so: `ECS_CLUSTERS=`.
fn misspelt(pieces: &[Piece<'_>]) -> bool {
    let mut found = false;
    for piece in pieces {
        let Piece::Text(text) = piece else { continue };
        for (at, word) in text.match_indices("ECS_CLUSTER") {
            let rest = text[at + word.len()..].bytes();
            let more = rest.take_while(u8::is_ascii_alphanumeric).count();
            if more == 0 || !text[at + word.len() + more..].starts_with('=') {
                return false;
            }
            found = true;
        }
    }
    found
}

/// Whether any text of the resource, its metadata among it, has one of these words.
pub(super) fn mentions(resource: Resource<'_, '_>, words: &[&str]) -> bool {
    let mut found = false;
    for (_, expr) in resource.raw().body().iter() {
        expr.each(&mut |it| {
            if let Expr::String(text) = it {
                found |= words.iter().any(|word| text.contains(word));
            }
        });
    }
    found
}

/// Whether the instance is meant to join a cluster.
pub(super) fn is_meant_to_join(start: Resource<'_, '_>) -> bool {
    mentions(start, &WORDS)
}

/// `arm64` or `x86_64`, from the public parameters of AWS.
pub(super) fn image_machine(image: &View<'_, '_>) -> Option<&'static str> {
    let text = written(image)?;
    let at = text.find("/aws/service/")?;
    let name = &text[at..];
    if name.contains("arm64") || name.contains("aarch64") {
        Some("arm64")
    } else if name.contains("x86_64") {
        Some("x86_64")
    } else {
        let plain = name.starts_with("/aws/service/ecs/optimized-ami/amazon-linux-2")
            && !name.contains("gpu")
            && !name.contains("inf")
            && !name.contains("neuron");
        plain.then_some("x86_64")
    }
}

/// Graviton types have a `g` behind the generation: `m6g.large`, `c7gn.xlarge`.
pub(super) fn instance_machine(size: &str) -> Option<&'static str> {
    let family = size.split_once('.')?.0;
    let digit = family.find(|it: char| it.is_ascii_digit())?;
    let rest = family[digit..].trim_start_matches(|it: char| it.is_ascii_digit());
    let common = ["a", "c", "g", "hpc", "i", "im", "is", "m", "r", "t", "x"];
    if family == "a1" {
        return Some("arm64");
    }
    if !common.contains(&&family[..digit]) {
        return None;
    }
    Some(if rest.starts_with('g') {
        "arm64"
    } else {
        "x86_64"
    })
}

/// What the instances start from that run the tasks of a service; empty when that is not known.
pub(super) fn starts_of<'e, 'a>(service: Resource<'e, 'a>) -> Vec<Resource<'e, 'a>> {
    let stack = service.stack();
    let Some(cluster) = service.get("Cluster").target_of(CLUSTER) else {
        return Vec::new();
    };
    if service.get("LaunchType").text() == Some("EC2") {
        let mut found = Vec::new();
        for start in starts(stack) {
            match joins(start) {
                Joins::Cluster(it) if it.handle() == cluster.handle() => found.push(start),
                Joins::Cluster(_) | Joins::Nothing => (),
                // They may be in the cluster too.
                Joins::Named(_) | Joins::Unknown => return Vec::new(),
            }
        }
        return found;
    }
    let mut strategies = vec![service.get("CapacityProviderStrategy")];
    strategies.push(cluster.get("DefaultCapacityProviderStrategy"));
    strategies
        .extend(associations(stack, cluster).map(|it| it.get("DefaultCapacityProviderStrategy")));
    let Some(strategy) = strategies.into_iter().find(View::is_set) else {
        return Vec::new();
    };
    let all = strategy.items().into_iter().map(|it| {
        let provider = it.get("CapacityProvider").target_of(PROVIDER)?;
        let group = group_of(provider)?;
        let types = group.get("MixedInstancesPolicy.LaunchTemplate.Overrides");
        start_of(group).filter(|_| types.is_absent())
    });
    let all: Option<Vec<Resource<'e, 'a>>> = all.collect();
    all.filter(|_| strategy.has_known_items())
        .unwrap_or_default()
}
