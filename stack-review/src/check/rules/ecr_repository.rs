//! Settings of a repository that ECR refuses.

use stack_core::Severity;

use crate::check::policies::statements;
use crate::check::words::quoted;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "ecr-repository",
    severity: Severity::Error,
    page: include_str!("ecr_repository.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for repository in stack.of("AWS::ECR::Repository") {
        let mode = repository.get("ImageTagMutability");
        let filters = repository.get("ImageTagMutabilityExclusionFilters");
        let except = mode
            .text()
            .is_some_and(|it| it.ends_with("_WITH_EXCLUSION"));
        if filters.is_set() && filters.is_known() && !except && mode.is_known() {
            let named = mode.text().unwrap_or("MUTABLE").to_owned();
            report.at(
                &filters,
                format!("`{named}` has no exclusions"),
                format!("`ImageTagMutability: {named}_WITH_EXCLUSION`"),
            );
        } else if except && filters.is_absent() {
            report.at(&filters, "exclusions are announced, and there are none", "");
        }
        let encryption = repository.get("EncryptionConfiguration");
        let key = encryption.get("KmsKey");
        if key.is_set() && encryption.get("EncryptionType").text() == Some("AES256") {
            report.at(
                &key,
                "`AES256` uses keys of S3 and takes no `KmsKey`",
                "`EncryptionType: KMS`",
            );
        }
        for statement in statements(&repository.get("RepositoryPolicyText")) {
            let resource = statement.get("Resource");
            if resource.is_set() && resource.is_known() {
                let message = "a repository's policy is about itself and has no `Resource`";
                report.at(&resource, message, "leave it out");
            }
            for principal in statement.get("Principal").get("AWS").items() {
                if let Some(it) = principal.text()
                    && !it.is_empty()
                    && it.len() != 12
                    && it.bytes().all(|it| it.is_ascii_digit())
                {
                    let message = format!("{} is no account", quoted(it));
                    report.at(&principal, message, "twelve digits");
                }
            }
        }
    }
}
