//! A bucket that everybody can read.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "public-bucket",
    severity: Severity::Warning,
    page: include_str!("public_bucket.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for bucket in stack.of("AWS::S3::Bucket") {
        let access = bucket.get("AccessControl");
        if let Some(it @ ("PublicRead" | "PublicReadWrite")) = access.text() {
            let write = if it == "PublicReadWrite" {
                "read and write"
            } else {
                "read"
            };
            report.at(
                &access,
                format!("everybody may {write} `{}`", bucket.id()),
                "serve it through CloudFront, and keep it private",
            );
        }
    }
}
