//! A queue, topic or function that events are sent to and that does not let them in.

use stack_core::Severity;

use crate::check::policies::{may_let, statements};
use crate::check::{Report, Rule};
use crate::model::{Resource, Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "undelivered",
    severity: Severity::Error,
    page: include_str!("undelivered.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for rule in stack.of("AWS::Events::Rule") {
        for target in rule.get("Targets").items() {
            // A role may do what the target's own policy does not say.
            if target.get("RoleArn").is_absent() {
                judge(stack, &target.get("Arn"), "events", rule.id(), report);
            }
        }
    }
    for subscription in stack.of("AWS::SNS::Subscription") {
        let endpoint = subscription.get("Endpoint");
        if subscription.get("Protocol").text() == Some("sqs") {
            judge(stack, &endpoint, "sns", subscription.id(), report);
        }
    }
}

fn judge(
    stack: Stack<'_, '_>,
    sent_to: &View<'_, '_>,
    service: &str,
    sender: &str,
    report: &mut Report<'_>,
) {
    let Some(target) = sent_to.target() else {
        return;
    };
    if target.stack().number() != stack.number() || stack.has_transform() {
        return;
    }
    let (open, repair) = match target.kind() {
        "AWS::SQS::Queue" => {
            if stack.of("AWS::SQS::QueueInlinePolicy").next().is_some() {
                return;
            }
            let open = by_policy(
                stack,
                target,
                "AWS::SQS::QueuePolicy",
                "Queues",
                "sqs:SendMessage",
                service,
            );
            (open, "an `AWS::SQS::QueuePolicy` with `sqs:SendMessage`")
        }
        "AWS::SNS::Topic" => {
            if stack.of("AWS::SNS::TopicInlinePolicy").next().is_some() {
                return;
            }
            let open = by_policy(
                stack,
                target,
                "AWS::SNS::TopicPolicy",
                "Topics",
                "sns:Publish",
                service,
            );
            (open, "an `AWS::SNS::TopicPolicy` with `sns:Publish`")
        }
        "AWS::Lambda::Function" => (
            by_permission(stack, target, service),
            "an `AWS::Lambda::Permission` with `lambda:InvokeFunction`",
        ),
        _ => return,
    };
    if !open {
        let message = format!(
            "nothing lets {service}.amazonaws.com in to `{}`: what `{sender}` sends is lost",
            target.id()
        );
        report.at(
            sent_to,
            message,
            format!("{repair} for {service}.amazonaws.com"),
        );
    }
}

/// Whether a policy may let a service in.
fn by_policy(
    stack: Stack<'_, '_>,
    target: Resource<'_, '_>,
    kind: &str,
    list: &'static str,
    action: &str,
    service: &str,
) -> bool {
    stack.of(kind).any(|policy| {
        let held = policy.get(list);
        let items = held.items();
        let here = !held.has_known_items()
            || items.iter().any(|it| match it.target() {
                Some(it) => it.handle() == target.handle(),
                None => true,
            });
        let document = policy.get("PolicyDocument");
        let all = document.get("Statement");
        here && (!all.has_known_items()
            || statements(&document)
                .iter()
                .any(|it| lets(it, action, service)))
    })
}

/// Whether a statement may let a service do this.
fn lets(statement: &View<'_, '_>, action: &str, service: &str) -> bool {
    may_let(statement, action, |principal| {
        let (services, accounts) = (principal.get("Service"), principal.get("AWS"));
        let named = |it: &View<'_, '_>| {
            it.prefix().is_empty() || it.prefix().split('.').next() == Some(service)
        };
        !principal.is_known()
            || principal.text() == Some("*")
            || accounts.items().iter().any(|it| it.text() == Some("*"))
            || services.is_set()
                && (!services.has_known_items() || services.items().iter().any(named))
    })
}

fn by_permission(stack: Stack<'_, '_>, target: Resource<'_, '_>, service: &str) -> bool {
    stack.of("AWS::Lambda::Permission").any(|it| {
        let (function, principal) = (it.get("FunctionName"), it.get("Principal"));
        let here = match function.target() {
            Some(it) => it.handle() == target.handle(),
            None => true,
        };
        let prefix = principal.prefix();
        here && (prefix.is_empty() || prefix.split('.').next() == Some(service) || prefix == "*")
    })
}
