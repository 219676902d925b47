//! What an IAM role of the template may do.

use stack_core::wildcard;

use crate::check::arns::Wanted;
use crate::model::{Resource, View};

/// Policies of AWS whose actions are known here: the end of the ARN, and what it allows of the
/// actions that rules ask for.
const MANAGED: [(&str, &[&str]); 9] = [
    ("/AdministratorAccess", &["*"]),
    ("/PowerUserAccess", &["*"]),
    ("/AmazonECS_FullAccess", &["ecs:*"]),
    (
        "service-role/AmazonEC2ContainerServiceforEC2Role",
        &[
            "ec2:DescribeTags",
            "ecs:CreateCluster",
            "ecs:DeregisterContainerInstance",
            "ecs:DiscoverPollEndpoint",
            "ecs:ListTagsForResource",
            "ecs:Poll",
            "ecs:RegisterContainerInstance",
            "ecs:StartTelemetrySession",
            "ecs:Submit*",
            "ecs:TagResource",
            "ecs:UpdateContainerInstancesState",
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetAuthorizationToken",
            "ecr:GetDownloadUrlForLayer",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
        ],
    ),
    (
        "service-role/AmazonECSTaskExecutionRolePolicy",
        &[
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetAuthorizationToken",
            "ecr:GetDownloadUrlForLayer",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
        ],
    ),
    (
        "/AmazonSSMManagedInstanceCore",
        &["ssm:*", "ssmmessages:*", "ec2messages:*"],
    ),
    (
        "service-role/AmazonEC2RoleforSSM",
        &["ssm:*", "ssmmessages:*", "ec2messages:*"],
    ),
    ("/CloudWatchAgentServerPolicy", &["cloudwatch:*", "logs:*"]),
    ("/AmazonS3ReadOnlyAccess", &["s3:*"]),
];

/// Whether a role may do this; `None` when a policy of it is not known.
pub(super) fn allows(role: Resource<'_, '_>, action: &str) -> Option<bool> {
    allows_on(role, action, None)
}

/// Whether a role may do this with one resource, or with any.
pub(super) fn allows_on(
    role: Resource<'_, '_>,
    action: &str,
    wanted: Option<&Wanted<'_, '_>>,
) -> Option<bool> {
    let mut unknown = false;
    let mut note = |it: Option<bool>| match it {
        Some(it) => it,
        None => {
            unknown = true;
            false
        }
    };
    let managed = role.get("ManagedPolicyArns");
    let inline = role.get("Policies");
    let name = role.get("RoleName");
    // Items that are not known are noted one by one.
    let mut lists_known = managed.is_known() && inline.has_known_items();
    for arn in managed.items() {
        let document = arn
            .target_of("AWS::IAM::ManagedPolicy")
            .map(|it| it.get("PolicyDocument"));
        let allowed = match document {
            Some(document) => document_allows(&document, action, wanted),
            None => managed_allows(&arn, action),
        };
        if note(allowed) {
            return Some(true);
        }
    }
    for policy in inline.items() {
        if note(document_allows(
            &policy.get("PolicyDocument"),
            action,
            wanted,
        )) {
            return Some(true);
        }
    }
    for kind in [
        "AWS::IAM::Policy",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::RolePolicy",
    ] {
        for policy in role.stack().of(kind) {
            let roles = policy.get("Roles");
            lists_known &= roles.has_known_items();
            let is_role = |it: &View<'_, '_>| match it.value().text() {
                Some(it) => Some(it) == name.text(),
                None => it.target().is_some_and(|it| it.handle() == role.handle()),
            };
            let held = roles.items().iter().any(is_role) || is_role(&policy.get("RoleName"));
            let document = || document_allows(&policy.get("PolicyDocument"), action, wanted);
            if held && note(document()) {
                return Some(true);
            }
        }
    }
    // A macro can add a policy.
    let all = lists_known && !role.stack().has_transform();
    (!unknown && all).then_some(false)
}

fn managed_allows(arn: &View<'_, '_>, action: &str) -> Option<bool> {
    // `arn:${AWS::Partition}:iam::aws:policy/…`: the end tells which it is.
    let text = match arn.pieces().pop()? {
        crate::model::Piece::Text(text) => text,
        crate::model::Piece::Value(_) => return None,
    };
    let known = MANAGED.iter().find(|(end, _)| text.ends_with(end));
    known.map(|(_, actions)| actions.iter().any(|it| matches(it, action)))
}

fn document_allows(
    document: &View<'_, '_>,
    action: &str,
    wanted: Option<&Wanted<'_, '_>>,
) -> Option<bool> {
    let statements = document.get("Statement");
    // A document can also be given as text.
    if statements.is_absent() || !statements.has_known_items() {
        return None;
    }
    let mut known = true;
    for statement in statements.items() {
        if statement.get("Effect").text() != Some("Allow") {
            continue;
        }
        if statement.get("NotAction").is_set() {
            return None;
        }
        let actions = statement.get("Action");
        known &= actions.has_known_items();
        if actions
            .items()
            .iter()
            .any(|it| it.text().is_some_and(|it| matches(it, action)))
            && wanted.is_none_or(|it| is_about(&statement, it))
        {
            return Some(true);
        }
    }
    known.then_some(false)
}

/// Whether a statement may be about a resource.
fn is_about(statement: &View<'_, '_>, wanted: &Wanted<'_, '_>) -> bool {
    let resources = statement.get("Resource");
    // Without it stands `NotResource`.
    match resources.is_known() {
        true => resources.is_absent() || resources.items().iter().any(|it| wanted.may_be(it)),
        false => wanted.may_be(&resources),
    }
}

/// Whether a pattern of actions has this one: `*` is any text and `?` any letter, in any case.
fn matches(pattern: &str, action: &str) -> bool {
    let same = |pattern: u8, byte: u8| pattern == b'?' || pattern.eq_ignore_ascii_case(&byte);
    wildcard(pattern, action, same)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_have_the_actions_that_iam_gives_them() {
        for (pattern, has) in [
            ("*", true),
            ("ecs:*", true),
            ("ECS:poll", true),
            ("ecs:P*l", true),
            ("ecs:Po??", true),
            ("*:*", true),
            ("ecs:Pol", false),
            ("ecs:Poll*x", false),
            ("s3:*", false),
            ("", false),
        ] {
            assert_eq!(matches(pattern, "ecs:Poll"), has, "{pattern}");
        }
    }
}
