//! Data that is deleted with its stack, or when its resource is replaced.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "data-lost-with-stack",
    severity: Severity::Warning,
    page: include_str!("data_lost_with_stack.md"),
    run,
};

/// The types that hold data, apart from [`SAFE`].
const HOLDING: [&str; 15] = [
    "AWS::Cognito::UserPool",
    "AWS::DocDB::DBCluster",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::EC2::Volume",
    "AWS::EFS::FileSystem",
    "AWS::Elasticsearch::Domain",
    "AWS::FSx::FileSystem",
    "AWS::Neptune::DBCluster",
    "AWS::OpenSearchService::Domain",
    "AWS::QLDB::Ledger",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
    "AWS::SDB::Domain",
];

/// Types that hold data and need no policy.
#[cfg(test)]
const SAFE: [&str; 14] = [
    // Deletion fails while there is something in them.
    "AWS::Backup::BackupVault",
    "AWS::S3::Bucket",
    // Their data is in the cluster.
    "AWS::DocDB::DBInstance",
    "AWS::Neptune::DBInstance",
    // Deleted only after days, and can be restored until then.
    "AWS::KMS::Key",
    "AWS::SecretsManager::Secret",
    // Held for a while, until somebody reads it.
    "AWS::Kinesis::Stream",
    "AWS::SQS::Queue",
    "AWS::Logs::LogGroup",
    // Caches and workers.
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::EMR::Cluster",
    // What they hold has policies of its own.
    "AWS::CloudFormation::Stack",
    "AWS::Organizations::Account",
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for resource in HOLDING.iter().flat_map(|it| stack.of(it)) {
        let kind = resource.kind();
        // The data of such an instance is in its cluster.
        if kind == "AWS::RDS::DBInstance" && resource.get("DBClusterIdentifier").is_set() {
            continue;
        }
        // What expires by itself is not meant to last.
        if kind == "AWS::DynamoDB::Table"
            && resource.get("TimeToLiveSpecification.Enabled").bool() == Some(true)
        {
            continue;
        }
        // AWS takes a snapshot of these by itself when they are deleted.
        let snapshot = matches!(kind, "AWS::RDS::DBInstance" | "AWS::RDS::DBCluster");
        let (delete, replace) = (
            resource.attribute("DeletionPolicy"),
            resource.attribute("UpdateReplacePolicy"),
        );
        if delete.is_absent() && !snapshot {
            let message = format!("the data of `{}` is deleted with the stack", resource.id());
            report.at(
                &delete,
                message,
                "Retain, or Snapshot where there is one; Delete when that is meant",
            );
        } else if replace.is_absent() && delete.text() != Some("Delete") {
            let message = format!(
                "the data of `{}` is deleted when a change replaces it",
                resource.id()
            );
            report.at(
                &replace,
                message,
                "the same as `DeletionPolicy`; Delete when that is meant",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use stack_core::schema;

    use super::{HOLDING, SAFE};

    #[test]
    fn every_type_that_holds_data_is_judged_or_safe() {
        let mut listed: Vec<&str> = HOLDING.iter().chain(&SAFE).copied().collect();
        listed.sort_unstable();
        let stateful: Vec<&str> = schema::resource_types()
            .filter(|it| schema::find(it).is_some_and(|it| it.is_stateful()))
            .collect();
        assert_eq!(listed, stateful);
    }
}
