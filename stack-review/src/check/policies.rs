//! Policies in resources, as rules look at them.

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

/// All policy documents of a stack.
pub(crate) fn documents<'e, 'a>(
    stack: Stack<'e, 'a>,
) -> impl Iterator<Item = (Resource<'e, 'a>, Use, View<'e, 'a>)> {
    places(stack, |_| true)
}

/// The policy documents for one use.
pub(crate) fn documents_for<'e, 'a>(
    stack: Stack<'e, 'a>,
    of: Use,
) -> impl Iterator<Item = (Resource<'e, 'a>, Use, View<'e, 'a>)> {
    places(stack, move |it| it == of)
}

fn places<'e, 'a>(
    stack: Stack<'e, 'a>,
    wanted: impl Fn(Use) -> bool,
) -> impl Iterator<Item = (Resource<'e, 'a>, Use, View<'e, 'a>)> {
    PLACES
        .into_iter()
        .filter(move |it| wanted(it.2))
        .flat_map(move |(kind, property, purpose)| {
            stack.of(kind).flat_map(move |resource| {
                let view = resource.get(property);
                let documents = match property {
                    "Policies" => view
                        .items()
                        .iter()
                        .map(|it| it.get("PolicyDocument"))
                        .collect(),
                    _ => vec![view],
                };
                documents.into_iter().map(move |it| (resource, purpose, it))
            })
        })
}

/// The statements of a document.
pub(crate) fn statements<'e, 'a>(document: &View<'e, 'a>) -> Vec<View<'e, 'a>> {
    document.get("Statement").items()
}

/// Whether a field of a statement holds this text, in any case.
pub(crate) fn has(statement: &View<'_, '_>, field: &str, wanted: &str) -> bool {
    let is = |it: &str| it.eq_ignore_ascii_case(wanted);
    match statement.get(field).value() {
        Value::Text(it) => is(it),
        Value::List(items) => items.iter().any(|it| match it.as_str() {
            Some(it) => is(it),
            None => statement
                .resource()
                .stack()
                .evaluate(it)
                .text()
                .is_some_and(is),
        }),
        _ => false,
    }
}

/// Whether the statement allows, without a condition.
pub(crate) fn allows(statement: &View<'_, '_>) -> bool {
    statement.get("Effect").text() == Some("Allow") && statement.get("Condition").is_absent()
}

/// Whether everybody is meant.
pub(crate) fn is_everybody(statement: &View<'_, '_>) -> bool {
    let principal = statement.get("Principal");
    principal.text() == Some("*") || has(&principal, "AWS", "*")
}
