//! A subscription whose endpoint is of another kind than its protocol, or may not be called.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "subscription-endpoint",
    severity: Severity::Error,
    page: include_str!("subscription_endpoint.md"),
    run,
};

const FUNCTION: &str = "AWS::Lambda::Function";

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for subscription in stack.of("AWS::SNS::Subscription") {
        let (protocol, endpoint) = (subscription.get("Protocol"), subscription.get("Endpoint"));
        let Some(target) = endpoint.target() else {
            continue;
        };
        let wanted = match target.kind() {
            FUNCTION => "lambda",
            "AWS::SQS::Queue" => "sqs",
            "AWS::KinesisFirehose::DeliveryStream" => "firehose",
            _ => continue,
        };
        if let Some(it) = protocol.text().filter(|it| *it != wanted) {
            let message = format!("`{}` is not reached by `{it}`", target.id());
            report.at(&protocol, message, format!("`{wanted}`"));
        }
        if wanted != "lambda" || stack.has_transform() || target.stack().number() != stack.number()
        {
            continue;
        }
        let mut callers = Vec::new();
        let mut known = true;
        for permission in stack.of("AWS::Lambda::Permission") {
            let function = permission.get("FunctionName");
            let Some(of) = function.target() else {
                known &= function.text().is_some();
                continue;
            };
            if of.handle() == target.handle() {
                let principal = permission.get("Principal");
                match principal.text() {
                    Some(it) => callers.push((it.to_owned(), principal.place())),
                    None => known = false,
                }
            } else if of.kind() != FUNCTION {
                known = false;
            }
        }
        if known
            && !callers.is_empty()
            && callers
                .iter()
                .all(|it| it.0 != "sns.amazonaws.com" && it.0 != "*")
        {
            let message = format!("SNS may not invoke `{}`", target.id());
            report.here(
                callers[0].1.clone(),
                message,
                "`Principal: sns.amazonaws.com`",
            );
        }
    }
}
