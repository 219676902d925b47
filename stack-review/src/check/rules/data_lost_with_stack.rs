//! Data that is deleted with its stack, or when its resource is replaced.

use stack_core::{Severity, schema};

use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "data-lost-with-stack",
    severity: Severity::Warning,
    page: include_str!("data_lost_with_stack.md"),
    run,
};

/// Types that hold data and need no policy.
const SAFE: [&str; 19] = [
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
    "AWS::ECR::Repository",
    "AWS::EC2::Instance",
    "AWS::ECS::Cluster",
    "AWS::SNS::Topic",
    "AWS::Events::EventBus",
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let mut last: (&str, bool) = ("", false);
    for resource in stack.resources() {
        let kind = resource.kind();
        if kind != last.0 {
            let stateful = schema::find(kind).is_some_and(|it| it.is_stateful());
            last = (kind, stateful && !SAFE.contains(&kind));
        }
        if !last.1 {
            continue;
        }
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
        let (delete, replace) = (resource.attribute("DeletionPolicy"), resource.attribute("UpdateReplacePolicy"));
        if delete.is_absent() && !snapshot {
            let message = format!("the data of `{}` is deleted with the stack", resource.id());
            report.at(&delete, message, "Retain, or Snapshot where there is one; Delete when that is meant");
        } else if replace.is_absent() && delete.text() != Some("Delete") {
            let message = format!("the data of `{}` is deleted when a change replaces it", resource.id());
            report.at(&replace, message, "the same as `DeletionPolicy`; Delete when that is meant");
        }
    }
}
