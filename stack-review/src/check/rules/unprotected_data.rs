//! Data that is deleted with its resource.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;
use crate::check::words::all;

pub(super) const RULE: Rule = Rule {
    code: "unprotected-data",
    severity: Severity::Note,
    page: include_str!("unprotected_data.md"),
    run,
};

/// Types that hold data and are deleted by default.
const DATA: [&str; 4] = ["AWS::DynamoDB::Table", "AWS::EFS::FileSystem", "AWS::Cognito::UserPool", "AWS::KMS::Key"];

/// Types of which a snapshot is taken when they are deleted, but not when they are replaced.
const SNAPSHOT: [&str; 2] = ["AWS::RDS::DBCluster", "AWS::RDS::DBInstance"];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for (kinds, names) in [(&DATA as &[&str], &["DeletionPolicy", "UpdateReplacePolicy"] as &[&str]), (&SNAPSHOT, &["UpdateReplacePolicy"])] {
        for resource in kinds.iter().flat_map(|it| stack.of(it)) {
            let missing: Vec<&str> = names.iter().copied().filter(|it| resource.raw().attribute(it).is_none()).collect();
            let member = resource.get("DBClusterIdentifier").is_set();
            if !missing.is_empty() && !member {
                let when = match missing.as_slice() {
                    ["UpdateReplacePolicy"] => "replaced",
                    ["DeletionPolicy"] => "deleted",
                    _ => "deleted or replaced",
                };
                report.here(resource.id(), format!("the data of `{}` is lost when it is {when}", resource.id()), format!("set {} to `Retain` or `Snapshot`", all(missing)));
            }
        }
    }
}
