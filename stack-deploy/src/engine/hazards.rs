//! What of a change set needs somebody: data that would be lost, reach that may grow, resources
//! that are replaced.

use std::collections::BTreeSet;

use crate::api::{ChangeAction, Replacement, ResourceChange};
use crate::engine::{RequireApproval, WhyAsked};

/// Types that hold what cannot be made again.
const HOLDS_DATA: [&str; 30] = [
    "AWS::Backup::BackupVault",
    "AWS::CertificateManager::Certificate",
    // What is in it is not seen from here.
    "AWS::CloudFormation::Stack",
    "AWS::Cognito::UserPool",
    "AWS::DocDB::DBCluster",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::EC2::EIP",
    "AWS::EC2::Volume",
    "AWS::ECR::Repository",
    "AWS::EFS::FileSystem",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::ServerlessCache",
    "AWS::Elasticsearch::Domain",
    "AWS::FSx::FileSystem",
    "AWS::KMS::Key",
    "AWS::Kinesis::Stream",
    "AWS::Logs::LogGroup",
    "AWS::MSK::Cluster",
    "AWS::MemoryDB::Cluster",
    "AWS::Neptune::DBCluster",
    "AWS::OpenSearchService::Domain",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
    "AWS::Route53::HostedZone",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
];

/// Whether a type holds what cannot be made again.
pub(crate) fn holds_data(kind: &str) -> bool {
    HOLDS_DATA.binary_search(&kind).is_ok()
}

/// Logical ids whose data would be lost: removed or replaced, perhaps, and neither kept nor
/// snapshotted.
pub(crate) fn losses(changes: &[ResourceChange]) -> BTreeSet<String> {
    let lost = changes.iter().filter(|it| {
        let goes = match it.action {
            ChangeAction::Remove => true,
            ChangeAction::Modify | ChangeAction::Unknown(_) => it.replacement != Replacement::Never,
            ChangeAction::Add
            | ChangeAction::Import
            | ChangeAction::Dynamic
            | ChangeAction::Sync => false,
        };
        let kept = matches!(
            it.policy.as_deref(),
            Some("Retain" | "Snapshot" | "ReplaceAndRetain" | "ReplaceAndSnapshot")
        );
        goes && !kept && holds_data(&it.kind)
    });
    lost.map(|it| it.logical_id.clone()).collect()
}

/// Whether somebody may reach or do more, perhaps: anything but a removal in what grants or opens.
fn broadens(change: &ResourceChange) -> bool {
    let kind = change.kind.as_str();
    let grants = kind.starts_with("AWS::IAM::")
        || kind.starts_with("AWS::EC2::SecurityGroup")
        || kind.starts_with("AWS::EC2::NetworkAcl")
        || kind.ends_with("Policy")
        || kind.ends_with("Permission")
        || kind == "AWS::KMS::Key"
        || kind == "AWS::KMS::Grant";
    let opens = change.properties.iter().any(|it| {
        [
            "Policy",
            "PubliclyAccessible",
            "PublicAccess",
            "AssignPublicIp",
            "Scheme",
        ]
        .iter()
        .any(|word| it.path.contains(word))
    });
    (grants || opens) && change.action != ChangeAction::Remove
}

/// Why the changes must be approved, if they must.
pub(crate) fn asks(required: RequireApproval, changes: &[ResourceChange]) -> Option<WhyAsked> {
    match required {
        RequireApproval::Never => None,
        RequireApproval::AnyChange => Some(WhyAsked::AnyChange),
        RequireApproval::Broadening => changes.iter().any(broadens).then_some(WhyAsked::Broadening),
        RequireApproval::Replacement => changes
            .iter()
            .any(|it| it.replacement != Replacement::Never)
            .then_some(WhyAsked::Replacement),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(kind: &str, action: ChangeAction, replacement: Replacement) -> ResourceChange {
        ResourceChange {
            logical_id: "It".to_owned(),
            physical_id: None,
            kind: kind.to_owned(),
            action,
            replacement,
            policy: None,
            scope: BTreeSet::new(),
            properties: Vec::new(),
            nested: None,
        }
    }

    #[test]
    fn types_that_hold_data_are_sorted() {
        assert!(HOLDS_DATA.is_sorted());
    }

    #[test]
    fn data_is_lost_with_a_table_that_goes_and_is_not_kept() {
        let table = "AWS::DynamoDB::Table";
        let cases = [
            (table, ChangeAction::Remove, Replacement::Never, None, true),
            (
                table,
                ChangeAction::Remove,
                Replacement::Never,
                Some("Retain"),
                false,
            ),
            (table, ChangeAction::Modify, Replacement::Never, None, false),
            (
                table,
                ChangeAction::Modify,
                Replacement::Conditional,
                None,
                true,
            ),
            (
                table,
                ChangeAction::Modify,
                Replacement::Always,
                Some("ReplaceAndSnapshot"),
                false,
            ),
            (
                table,
                ChangeAction::Modify,
                Replacement::Always,
                Some("ReplaceAndDelete"),
                true,
            ),
            (
                "AWS::ECS::Service",
                ChangeAction::Remove,
                Replacement::Never,
                None,
                false,
            ),
        ];
        for (kind, action, replacement, policy, lost) in cases {
            let mut it = change(kind, action, replacement);
            it.policy = policy.map(str::to_owned);
            assert_eq!(!losses(&[it.clone()]).is_empty(), lost, "{it:?}");
        }
    }

    #[test]
    fn an_approval_is_asked_for_as_was_said() {
        use RequireApproval::{AnyChange, Broadening, Never};
        let role = change("AWS::IAM::Role", ChangeAction::Modify, Replacement::Never);
        let task = change(
            "AWS::ECS::TaskDefinition",
            ChangeAction::Modify,
            Replacement::Always,
        );
        assert_eq!(asks(Never, std::slice::from_ref(&role)), None);
        assert_eq!(
            asks(AnyChange, std::slice::from_ref(&task)),
            Some(WhyAsked::AnyChange)
        );
        assert_eq!(asks(Broadening, std::slice::from_ref(&task)), None);
        assert_eq!(
            asks(Broadening, std::slice::from_ref(&role)),
            Some(WhyAsked::Broadening)
        );
        assert_eq!(asks(RequireApproval::Replacement, &[role]), None);
        assert_eq!(
            asks(RequireApproval::Replacement, &[task]),
            Some(WhyAsked::Replacement)
        );
    }
}
