//! Policies in resources, as rules look at them.

use crate::check::permissions::matches;
use crate::model::{Resource, Stack, Value, View};

/// What a policy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// What an identity may do.
    Identity,
    /// Who may become a role.
    Trust,
    /// Who may do what with a resource.
    Resource,
}

/// In so many worlds policies are looked at: most are the same in all of them.
pub(crate) const WORLDS: usize = 4;

/// The types that have policies, and where.
const PLACES: [(&str, &str, Use); 26] = [
    ("AWS::IAM::Role", "AssumeRolePolicyDocument", Use::Trust),
    ("AWS::IAM::Role", "Policies", Use::Identity),
    ("AWS::IAM::User", "Policies", Use::Identity),
    ("AWS::IAM::Group", "Policies", Use::Identity),
    ("AWS::IAM::Policy", "PolicyDocument", Use::Identity),
    ("AWS::IAM::ManagedPolicy", "PolicyDocument", Use::Identity),
    ("AWS::IAM::RolePolicy", "PolicyDocument", Use::Identity),
    ("AWS::IAM::UserPolicy", "PolicyDocument", Use::Identity),
    ("AWS::IAM::GroupPolicy", "PolicyDocument", Use::Identity),
    ("AWS::SSO::PermissionSet", "InlinePolicy", Use::Identity),
    ("AWS::S3::BucketPolicy", "PolicyDocument", Use::Resource),
    ("AWS::SNS::TopicPolicy", "PolicyDocument", Use::Resource),
    ("AWS::SQS::QueuePolicy", "PolicyDocument", Use::Resource),
    ("AWS::KMS::Key", "KeyPolicy", Use::Resource),
    ("AWS::KMS::ReplicaKey", "KeyPolicy", Use::Resource),
    (
        "AWS::ECR::Repository",
        "RepositoryPolicyText",
        Use::Resource,
    ),
    ("AWS::ECR::RegistryPolicy", "PolicyText", Use::Resource),
    (
        "AWS::SecretsManager::ResourcePolicy",
        "ResourcePolicy",
        Use::Resource,
    ),
    ("AWS::EC2::VPCEndpoint", "PolicyDocument", Use::Resource),
    ("AWS::EFS::FileSystem", "FileSystemPolicy", Use::Resource),
    ("AWS::Backup::BackupVault", "AccessPolicy", Use::Resource),
    (
        "AWS::Kinesis::ResourcePolicy",
        "ResourcePolicy",
        Use::Resource,
    ),
    (
        "AWS::Lambda::LayerVersionPermission",
        "Policy",
        Use::Resource,
    ),
    (
        "AWS::Elasticsearch::Domain",
        "AccessPolicies",
        Use::Resource,
    ),
    (
        "AWS::OpenSearchService::Domain",
        "AccessPolicies",
        Use::Resource,
    ),
    (
        "AWS::CodeArtifact::Domain",
        "PermissionsPolicyDocument",
        Use::Resource,
    ),
];

/// A policy document: what has it, what for, and the document.
pub(crate) type Document<'e, 'a> = (Resource<'e, 'a>, Use, View<'e, 'a>);

/// All policy documents of a stack.
pub(crate) fn documents<'e, 'a>(stack: Stack<'e, 'a>) -> Vec<Document<'e, 'a>> {
    documents_for(stack, &[Use::Identity, Use::Trust, Use::Resource])
}

/// The policy documents for some uses.
pub(crate) fn documents_for<'e, 'a>(stack: Stack<'e, 'a>, uses: &[Use]) -> Vec<Document<'e, 'a>> {
    let mut found = Vec::new();
    for (kind, property, purpose) in PLACES.iter().filter(|it| uses.contains(&it.2)) {
        for resource in stack.of(kind) {
            let view = resource.get(property);
            match *property {
                "Policies" => {
                    let each = view.items();
                    let each = each.iter().map(|it| it.get("PolicyDocument"));
                    found.extend(each.map(|it| (resource, *purpose, it)));
                }
                _ => found.push((resource, *purpose, view)),
            }
        }
    }
    found
}

/// The statements of a document.
pub(crate) fn statements<'e, 'a>(document: &View<'e, 'a>) -> Vec<View<'e, 'a>> {
    document.get("Statement").items()
}

/// Whether a part of a statement holds one of these texts, in any case.
pub(crate) fn has(part: &View<'_, '_>, wanted: &[&str]) -> bool {
    let is = |it: &str| wanted.iter().any(|wanted| it.eq_ignore_ascii_case(wanted));
    match part.value() {
        Value::Text(it) => is(it),
        Value::List(items) => items.iter().any(|it| match it.as_str() {
            Some(it) => is(it),
            None => {
                let stack = part.resource().stack();
                stack.evaluate(it).text().is_some_and(is)
            }
        }),
        _ => false,
    }
}

/// Whether the statement allows, without a condition.
pub(crate) fn allows(statement: &View<'_, '_>) -> bool {
    statement.get("Effect").text() == Some("Allow") && statement.get("Condition").is_absent()
}

/// Whether a statement may let somebody do this, and whom is for `who` to say; what is not known may.
pub(crate) fn may_let<'e, 'a>(
    statement: &View<'e, 'a>,
    action: &str,
    who: impl FnOnce(View<'e, 'a>) -> bool,
) -> bool {
    if statement.get("Effect").text() == Some("Deny") {
        return false;
    }
    if statement.get("NotAction").is_set() || statement.get("NotPrincipal").is_set() {
        return true;
    }
    let actions = statement.get("Action");
    let named = |it: &View<'_, '_>| it.text().is_none_or(|it| matches(it, action));
    let may = !actions.has_known_items() || actions.items().iter().any(named);
    may && who(statement.get("Principal"))
}

/// Whether everybody is meant.
pub(crate) fn is_everybody(statement: &View<'_, '_>) -> bool {
    let principal = statement.get("Principal");
    principal.text() == Some("*") || has(&principal.get("AWS"), &["*"])
}
