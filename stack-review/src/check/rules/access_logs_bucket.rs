//! A bucket that the load balancer cannot write its logs to.

use stack_core::{Severity, wildcard};

use crate::check::balancing::{BALANCER, Kind, attribute, kind_of};
use crate::check::policies::statements;
use crate::check::{Report, Rule};
use crate::model::{Piece, Resource, Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "access-logs-bucket",
    severity: Severity::Error,
    page: include_str!("access_logs_bucket.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for balancer in stack.of(BALANCER) {
        let list = balancer.get("LoadBalancerAttributes");
        let on = attribute(&list, "access_logs.s3.enabled");
        let Some(to) = attribute(&list, "access_logs.s3.bucket")
            .filter(|_| on.is_some_and(|it| it.bool() == Some(true)))
        else {
            continue;
        };
        let Some(bucket) = to.target_of("AWS::S3::Bucket") else {
            continue;
        };
        if to.value().handle().is_some_and(|it| it.attribute.is_some()) {
            let message = format!("of `{}` its name is wanted here", bucket.id());
            report.at(&to, message, format!("`!Ref {}`", bucket.id()));
        }
        if bucket.stack().number() != stack.number() || stack.has_transform() {
            continue;
        }
        if kind_of(balancer) == Some(Kind::Application) {
            encryption(balancer, bucket, report);
        }
        let policies: Vec<_> = stack
            .of("AWS::S3::BucketPolicy")
            .filter(|it| {
                let of = it.get("Bucket");
                of.target().is_some_and(|it| it.handle() == bucket.handle())
                    || !of.is_known()
                    || (of.text().is_some() && of.text() == bucket.get("BucketName").text())
            })
            .collect();
        if policies.is_empty() {
            let message = format!(
                "nothing lets `{}` write its logs to `{}`",
                balancer.id(),
                bucket.id()
            );
            report.at(&to, message, "a bucket policy, and `DependsOn` it");
            continue;
        }
        let path = attribute(&list, "access_logs.s3.prefix");
        let writes: Vec<Option<bool>> = policies
            .iter()
            .map(|it| lets_write(*it, bucket, path.as_ref()))
            .collect();
        if writes.iter().all(|it| *it == Some(false)) {
            let message = format!(
                "the policy of `{}` does not let `{}` write its logs",
                bucket.id(),
                balancer.id()
            );
            let repair = "`s3:PutObject` on <bucket>/<prefix>/AWSLogs/<account>/* for \
                the service logdelivery.elasticloadbalancing.amazonaws.com";
            report.at(&policies[0].get("PolicyDocument"), message, repair);
        } else if policies.len() == 1 && writes[0] == Some(true) {
            order(balancer, policies[0], report);
        }
    }
}

/// Application Load Balancers write to buckets with keys of S3 alone.
fn encryption(balancer: Resource<'_, '_>, bucket: Resource<'_, '_>, report: &mut Report<'_>) {
    let rules = bucket
        .get("BucketEncryption.ServerSideEncryptionConfiguration")
        .items();
    for rule in rules {
        let algorithm = rule
            .get("ServerSideEncryptionByDefault")
            .get("SSEAlgorithm");
        if algorithm.text().is_some_and(|it| it.starts_with("aws:kms")) {
            let message = format!(
                "`{}` writes its logs to buckets with keys of S3 alone",
                balancer.id()
            );
            report.at(&algorithm, message, "`SSEAlgorithm: AES256`");
        }
    }
}

/// The policy must be there when the load balancer first writes.
fn order(balancer: Resource<'_, '_>, policy: Resource<'_, '_>, report: &mut Report<'_>) {
    let stack = balancer.stack();
    let mut seen = vec![balancer.id()];
    let mut next = vec![balancer];
    while let Some(resource) = next.pop() {
        for id in resource.depends_on() {
            if id == policy.id() {
                return;
            }
            if !seen.contains(&id) {
                seen.push(id);
                next.extend(stack.resource(id));
            }
        }
    }
    let refers = stack.calls().all.iter().any(|it| {
        it.owner.id == balancer.id() && it.expr.refers_to().is_some_and(|(id, _)| id == policy.id())
    });
    if !refers {
        let message = format!(
            "`{}` tries to write a log when it is made, and `{}` may not be there yet",
            balancer.id(),
            policy.id()
        );
        report.judged(
            Severity::Warning,
            format!("{}/DependsOn", balancer.id()),
            message,
            format!("`DependsOn: {}`", policy.id()),
        );
    }
}

/// Whether a policy lets Elastic Load Balancing write below the prefix.
fn lets_write(
    policy: Resource<'_, '_>,
    bucket: Resource<'_, '_>,
    prefix: Option<&View<'_, '_>>,
) -> Option<bool> {
    let document = policy.get("PolicyDocument");
    let list = document.get("Statement");
    if list.is_absent() || !list.has_known_items() {
        return None;
    }
    let mut known = true;
    for statement in statements(&document) {
        if statement.get("Effect").text() != Some("Allow") {
            continue;
        }
        let actions = statement.get("Action");
        known &= actions.has_known_items();
        let same = |pattern: u8, byte: u8| pattern == b'?' || pattern.eq_ignore_ascii_case(&byte);
        let put = actions.items().iter().any(|it| {
            it.text()
                .is_some_and(|it| wildcard(it, "s3:PutObject", same))
        });
        if !put {
            continue;
        }
        let principal = statement.get("Principal");
        let service = principal.get("Service");
        // Elastic Load Balancing's accounts of the older regions.
        if !principal.get("AWS").is_absent() || principal.text().is_some() || !principal.is_known()
        {
            return None;
        }
        let ours = service.items().iter().any(|it| {
            let begin = it.prefix();
            begin.starts_with("logdelivery.elasticloadbalancing")
                || begin.starts_with("delivery.logs")
        });
        known &= service.has_known_items() && service.items().iter().all(|it| it.text().is_some());
        if !ours {
            continue;
        }
        match covers(&statement.get("Resource"), bucket, prefix) {
            Some(true) => return Some(true),
            Some(false) => (),
            None => known = false,
        }
    }
    known.then_some(false)
}

/// Whether one of the ARNs is where the logs go.
fn covers(
    resources: &View<'_, '_>,
    bucket: Resource<'_, '_>,
    prefix: Option<&View<'_, '_>>,
) -> Option<bool> {
    let begin = match prefix {
        None => String::new(),
        Some(it) => match it.text() {
            Some("") => String::new(),
            Some(it) => format!("{}/", it.trim_matches('/')),
            None => return None,
        },
    };
    // One that is put together at deployment is a list of itself.
    let all = match resources.is_known() {
        true => resources.items(),
        false => vec![resources.clone()],
    };
    let mut known = true;
    for resource in all {
        // What stands behind the bucket's ARN or name.
        let mut tail = None;
        for piece in resource.pieces() {
            match (piece, &mut tail) {
                (Piece::Value(it), None) => {
                    if it.handle().is_some_and(|it| it.id == bucket.id()) {
                        tail = Some(String::new());
                    }
                }
                (Piece::Value(_), Some(tail)) => tail.push('\u{1}'),
                (Piece::Text(it), Some(tail)) => tail.push_str(&it),
                (Piece::Text(it), None) if &*it == "*" => return Some(true),
                (Piece::Text(_), None) => (),
            }
        }
        let Some(tail) = tail else {
            known = false;
            continue;
        };
        let pattern = tail.strip_prefix('/').unwrap_or(&tail).as_bytes().to_vec();
        let account = format!("{begin}AWSLogs/\u{1}/elasticloadbalancing/log");
        let same = |pattern: u8, byte: u8| pattern == byte || pattern == b'?';
        let pattern = String::from_utf8(pattern).unwrap_or_default();
        // The account may be written out.
        let written = pattern
            .split('/')
            .map(|it| {
                let digits = it.len() == 12 && it.bytes().all(|it| it.is_ascii_digit());
                if digits { "\u{1}" } else { it }
            })
            .collect::<Vec<_>>()
            .join("/");
        if wildcard(&written, &account, same) {
            return Some(true);
        }
    }
    known.then_some(false)
}
