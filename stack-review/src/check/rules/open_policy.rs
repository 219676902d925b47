//! A role or resource that everybody in the world may use.

use stack_core::Severity;

use crate::check::policies::{self, Use};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "open-policy",
    severity: Severity::Warning,
    page: include_str!("open_policy.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if stack.world().number() >= policies::WORLDS {
        return;
    }
    for (resource, purpose, document) in
        policies::documents_for(stack, &[Use::Trust, Use::Resource])
    {
        // What an endpoint lets through is limited by who may use it.
        if resource.kind() == "AWS::EC2::VPCEndpoint" {
            continue;
        }
        for statement in policies::statements(&document) {
            if policies::is_everybody(&statement)
                && policies::allows(&statement)
                // Within a network, only who is there may.
                && resource.get("VPCOptions").is_absent()
            {
                let (message, repair) = match purpose {
                    Use::Trust => (
                        format!("anybody with an AWS account may become `{}`", resource.id()),
                        "name the account, role or service",
                    ),
                    _ => (
                        "anybody in the world may do this".to_owned(),
                        "name who may, or add a condition",
                    ),
                };
                report.at(&statement.get("Principal"), message, repair);
            }
        }
    }
}
