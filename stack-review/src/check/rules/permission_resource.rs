//! An action that is allowed for what it is not about, so that it is not allowed at all.

use stack_core::{Expr, Severity};

use crate::check::permissions;
use crate::check::policies::{Use, documents_for, statements};
use crate::check::words::quoted;
use crate::check::written_arns::{Arn, Written, written};
use crate::check::{Report, Rule};
use crate::model::{Handle, Piece, Resource, Stack, Value, View};

pub(super) const RULE: Rule = Rule {
    code: "permission-resource",
    severity: Severity::Error,
    page: include_str!("permission_resource.md"),
    run,
};

/// Services whose actions are about their own resources alone, and how a type of theirs begins
/// behind the account in its ARN.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
const OWN: [&str; 14] = [
    "dynamodb",
    "ecr",
    "ecs",
    "elasticfilesystem",
    "firehose",
    "iam",
    "kinesis",
    "kms",
    "lambda",
    "logs",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
];

/// Types by what their ARN is: the service, and what comes before the name.
const TYPES: [(&str, &str, &str); 17] = [
    ("AWS::DynamoDB::Table", "dynamodb", "table/"),
    ("AWS::ECR::Repository", "ecr", "repository/"),
    ("AWS::ECS::Cluster", "ecs", "cluster/"),
    ("AWS::ECS::Service", "ecs", "service/"),
    ("AWS::ECS::TaskDefinition", "ecs", "task-definition/"),
    ("AWS::EFS::FileSystem", "elasticfilesystem", "file-system/"),
    ("AWS::IAM::InstanceProfile", "iam", "instance-profile/"),
    ("AWS::IAM::Role", "iam", "role/"),
    ("AWS::IAM::User", "iam", "user/"),
    ("AWS::Kinesis::Stream", "kinesis", "stream/"),
    ("AWS::KMS::Key", "kms", "key/"),
    ("AWS::Lambda::Function", "lambda", "function:"),
    ("AWS::Logs::LogGroup", "logs", "log-group:"),
    ("AWS::S3::Bucket", "s3", ""),
    ("AWS::SecretsManager::Secret", "secretsmanager", "secret:"),
    ("AWS::SNS::Topic", "sns", ""),
    ("AWS::SQS::Queue", "sqs", ""),
];

/// What is done to objects; other actions of S3 are about the bucket, or not listed here.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>
const OBJECTS: [&str; 16] = [
    "AbortMultipartUpload",
    "DeleteObject",
    "DeleteObjectTagging",
    "DeleteObjectVersion",
    "GetObject",
    "GetObjectAcl",
    "GetObjectAttributes",
    "GetObjectTagging",
    "GetObjectVersion",
    "ListMultipartUploadParts",
    "PutObject",
    "PutObjectAcl",
    "PutObjectLegalHold",
    "PutObjectRetention",
    "PutObjectTagging",
    "RestoreObject",
];

const BUCKETS: [&str; 12] = [
    "GetBucketAcl",
    "GetBucketLocation",
    "GetBucketNotification",
    "GetBucketPolicy",
    "GetBucketVersioning",
    "GetEncryptionConfiguration",
    "GetLifecycleConfiguration",
    "ListBucket",
    "ListBucketMultipartUploads",
    "ListBucketVersions",
    "PutBucketNotification",
    "PutBucketPolicy",
];

/// Stands in an ARN for a name that is only known at deployment.
const OPEN: char = '\u{1}';

/// Stands in an ARN for anything that is only known at deployment.
const ANY: char = '\u{2}';

/// What a statement names.
struct Subject {
    service: String,
    region: String,
    account: String,
    /// What comes behind the account.
    rest: String,
}

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if !stack.world().is_default() {
        return;
    }
    for policy in stack.of("AWS::S3::BucketPolicy") {
        bucket(policy, report);
    }
    for (_, _, document) in documents_for(stack, &[Use::Identity]) {
        if is_plain(stack, document.value()) {
            continue;
        }
        let all = statements(&document);
        for (n, statement) in all.iter().enumerate() {
            if statement.get("Effect").text() != Some("Allow") {
                continue;
            }
            let Some(subjects) = subjects(statement) else {
                continue;
            };
            let actions = statement.get("Action").items();
            let idle = |it: &View<'_, '_>| {
                let (service, verb) = it.text()?.split_once(':')?;
                let service = service.to_ascii_lowercase();
                let mut reasons = subjects.iter().map(|it| unfit(&service, verb, it));
                let first = reasons.next()??;
                reasons.all(|it| it.is_some()).then_some(first)
            };
            let found: Vec<_> = actions.iter().map(|it| (it, idle(it))).collect();
            let nothing = found.iter().all(|it| it.1.is_some());
            for (action, reason) in found {
                let (Some(reason), Some(name)) = (reason, action.text()) else {
                    continue;
                };
                let elsewhere = all
                    .iter()
                    .enumerate()
                    .any(|(m, it)| m != n && may(it, name));
                if elsewhere {
                    continue;
                }
                let severity = if nothing {
                    Severity::Error
                } else {
                    Severity::Warning
                };
                report.judged(
                    severity,
                    action.place(),
                    format!("{} {}: it is not allowed", quoted(name), reason.0),
                    reason.1,
                );
            }
        }
    }
}

/// The policy of a bucket is about the bucket and its objects, and S3 refuses any other.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html>
fn bucket(policy: Resource<'_, '_>, report: &mut Report<'_>) {
    let document = policy.get("PolicyDocument");
    if is_about_own(policy, document.value()) && is_plain(policy.stack(), document.value()) {
        return;
    }
    let own = policy.get("Bucket").target_of("AWS::S3::Bucket");
    for statement in statements(&document) {
        for resource in named(statement.get("Resource")) {
            let Some(Piece::Value(first)) = resource.pieces().into_iter().next() else {
                continue;
            };
            let other = first.handle().filter(|it| it.attribute == Some("Arn"));
            if let (Some(own), Some(it)) = (own, other)
                && it
                    != (Handle {
                        attribute: it.attribute,
                        ..own.handle()
                    })
            {
                let message = format!("this is the policy of `{}`, not of `{}`", own.id(), it.id);
                report.at(&resource, message, format!("`!GetAtt {}.Arn`", own.id()));
            }
        }
        let Some(subjects) = subjects(&statement) else {
            continue;
        };
        for action in statement.get("Action").items() {
            let Some(("s3", verb)) = action.text().and_then(|it| it.split_once(':')) else {
                continue;
            };
            let mut reasons = subjects.iter().map(|it| unfit("s3", verb, it));
            let Some(Some(reason)) = reasons.next() else {
                continue;
            };
            if reasons.all(|it| it.is_some()) {
                let message = format!("`s3:{verb}` {}: S3 refuses the policy", reason.0);
                report.at(&action, message, reason.1);
            }
        }
    }
}

/// Whether a policy is seen to be about its own bucket alone.
fn is_about_own(policy: Resource<'_, '_>, document: &Value<'_>) -> bool {
    let bucket = policy.properties().and_then(|it| it.get("Bucket"));
    let (Some((own, None)), Some(all)) =
        (bucket.and_then(Expr::refers_to), statements_of(document))
    else {
        return false;
    };
    all.iter().all(|statement| {
        let resources = statement.as_object().and_then(|it| it.get("Resource"));
        resources.is_some_and(|it| {
            let mut all = one_or_more(it).iter().map(written);
            all.all(|it| matches!(it, Some(Written::Of { id, .. }) if id == own))
        })
    })
}

/// All that the statement allows something for; `None` when there may be more.
fn subjects(statement: &View<'_, '_>) -> Option<Vec<Subject>> {
    let resources = statement.get("Resource");
    // `*`, nearly always.
    if resources.text() == Some("*") {
        return None;
    }
    let items = named(resources);
    let all: Option<Vec<Subject>> = items.iter().map(subject).collect();
    all.filter(|it| !it.is_empty())
}

/// Whether the statements are as they nearly always are, every action beside its own resource, which
/// is seen without evaluating anything.
fn is_plain<'a>(stack: Stack<'_, 'a>, document: &Value<'a>) -> bool {
    statements_of(document).is_some_and(|all| all.iter().all(|it| is_plain_statement(stack, it)))
}

/// The statements as they are written.
fn statements_of<'a>(document: &Value<'a>) -> Option<&'a [Expr]> {
    let Value::Object(fields) = document else {
        return None;
    };
    fields.get("Statement").map(one_or_more)
}

fn one_or_more(expr: &Expr) -> &[Expr] {
    expr.as_list().unwrap_or(std::slice::from_ref(expr))
}

fn is_plain_statement<'a>(stack: Stack<'_, 'a>, statement: &'a Expr) -> bool {
    let Some(fields) = statement.as_object() else {
        return false;
    };
    let (Some(actions), Some(resources)) = (fields.get("Action"), fields.get("Resource")) else {
        return false;
    };
    if resources.as_str() == Some("*") {
        return true;
    }
    let resources = one_or_more(resources).iter();
    let seen: Vec<Seen<'_>> = resources.filter_map(|it| Seen::of(stack, it)).collect();
    if seen.iter().any(|it| matches!(it, Seen::Any)) {
        return true;
    }
    one_or_more(actions).iter().all(|action| {
        let Some((service, verb)) = action.as_str().and_then(|it| it.split_once(':')) else {
            return false;
        };
        let of = if service == "sts" { "iam" } else { service };
        seen.iter().any(|it| it.fits(of, verb)) || !OWN.contains(&of) && of != "ssm"
    })
}

/// What a statement names, as far as is easily seen.
enum Seen<'a> {
    /// Nothing is known of it.
    Any,
    /// Of a service: a resource of this type, or something below it.
    Of(&'static str, &'a str, bool),
    Arn(Arn<'a>),
}

impl<'a> Seen<'a> {
    fn of(stack: Stack<'_, 'a>, resource: &'a Expr) -> Option<Seen<'a>> {
        let (id, attribute, below) = match written(resource)? {
            Written::Any => return Some(Seen::Any),
            Written::Arn(it) => return Some(Seen::Arn(it)),
            Written::Of {
                id,
                attribute,
                below,
            } => (id, attribute, below),
        };
        let kind = stack.written(id)?.kind();
        match TYPES.iter().find(|it| it.0 == kind) {
            Some((_, of, _)) if gives_arn(kind, attribute) => Some(Seen::Of(of, kind, below)),
            // What a nested stack gives may be seen.
            None if kind.starts_with("AWS::CloudFormation::") => None,
            _ => Some(Seen::Any),
        }
    }

    /// Whether an action of a service is done to it; more may be.
    fn fits(&self, of: &str, verb: &str) -> bool {
        match self {
            Seen::Any => true,
            Seen::Of(own, kind, below) => {
                *own == of
                    && match of {
                        "s3" if *below => !BUCKETS.contains(&verb),
                        "s3" => !OBJECTS.contains(&verb),
                        "iam" => {
                            *kind == "AWS::IAM::Role" || !matches!(verb, "PassRole" | "AssumeRole")
                        }
                        "ecs" => *kind != "AWS::ECS::Cluster" || verb != "RunTask",
                        _ => true,
                    }
            }
            Seen::Arn(it) if it.service != of => false,
            Seen::Arn(it) => match of {
                "s3" if it.region || it.rest.starts_with("accesspoint") => false,
                "s3" if it.slash => !BUCKETS.contains(&verb),
                "s3" => it.wildcard || !OBJECTS.contains(&verb),
                "iam" => !it.region && it.rest.starts_with("role/"),
                "kms" => it.region && it.account && it.rest.starts_with("key/"),
                "ecs" => it.region && it.account && verb != "RunTask",
                // What follows may begin with a slash of its own.
                "ssm" => {
                    let own = it.open && it.rest == "parameter/";
                    it.region && !own && !it.rest.starts_with("parameter//")
                }
                _ => it.region && it.account,
            },
        }
    }
}

/// Whether `Ref` or an attribute of a type is its ARN.
fn gives_arn(kind: &str, attribute: Option<&str>) -> bool {
    match attribute {
        Some(it) => it.ends_with("Arn"),
        None => matches!(
            kind,
            "AWS::SNS::Topic" | "AWS::SecretsManager::Secret" | "AWS::ECS::TaskDefinition"
        ),
    }
}

/// One resource, or several.
fn named<'e, 'a>(resources: View<'e, 'a>) -> Vec<View<'e, 'a>> {
    match resources.is_known() {
        true => resources.items(),
        false => vec![resources],
    }
}

fn subject(resource: &View<'_, '_>) -> Option<Subject> {
    let mut whole = String::new();
    for (n, piece) in resource.pieces().iter().enumerate() {
        match piece {
            Piece::Text(it) => whole.push_str(it),
            Piece::Value(it) if n == 0 => whole.push_str(&arn_of(resource, it)?),
            Piece::Value(it) => whole.push(match it.handle() {
                Some(_) => OPEN,
                None => ANY,
            }),
        }
    }
    let mut parts = whole.splitn(6, ':');
    if parts.next() != Some("arn") {
        return None;
    }
    let (_, service) = (parts.next()?, parts.next()?);
    let (region, account, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let plain = !service.is_empty() && !service.contains([OPEN, ANY, '*', '?']);
    plain.then(|| Subject {
        service: service.to_owned(),
        region: region.to_owned(),
        account: account.to_owned(),
        rest: rest.to_owned(),
    })
}

/// The ARN that a reference gives, when it gives one.
fn arn_of(resource: &View<'_, '_>, value: &Value<'_>) -> Option<String> {
    let handle = value.handle()?;
    let stack = resource.resource().stack();
    let target = stack
        .resource(handle.id)
        .filter(|_| handle.stack == stack.number())?;
    let (_, service, begin) = TYPES.iter().find(|it| it.0 == target.kind())?;
    let (region, account) = match *service {
        "s3" => (String::new(), String::new()),
        "iam" => (String::new(), OPEN.to_string()),
        _ => (OPEN.to_string(), OPEN.to_string()),
    };
    gives_arn(target.kind(), handle.attribute)
        .then(|| format!("arn:{OPEN}:{service}:{region}:{account}:{begin}{OPEN}"))
}

/// Why an action is never allowed for this, and what would be right; `None` when it may be.
fn unfit(service: &str, verb: &str, subject: &Subject) -> Option<(String, String)> {
    let rest = subject.rest.as_str();
    let any = verb.contains(['*', '?']);
    let own = match service {
        // Parameters alone; other actions are about instances, too.
        "ssm" => verb.contains("Parameter") && !any,
        "sts" => verb == "AssumeRole",
        _ => OWN.contains(&service),
    };
    let of = if service == "sts" { "iam" } else { service };
    if !own || rest.starts_with('*') {
        return None;
    }
    if subject.service != of {
        // Access points have services of their own.
        if subject.service.starts_with("s3") && of == "s3" {
            return None;
        }
        return Some((
            format!(
                "is allowed for what belongs to {}",
                quoted(&subject.service)
            ),
            format!("the ARN of what {service} has"),
        ));
    }
    let is_regional = !matches!(of, "s3" | "iam");
    if is_regional && (subject.region.is_empty() || subject.account.is_empty() && of != "ssm") {
        return Some((
            format!("is allowed for an ARN without region or account, and those of {of} have both"),
            format!("`arn:aws:{of}:<region>:<account>:…`"),
        ));
    }
    let located = !subject.region.is_empty() && subject.region != "*";
    match of {
        "s3" if located || rest.starts_with("accesspoint") => {
            let point = ["accesspoint/", "job/", "storage-lens"];
            let right = rest.contains([OPEN, ANY]) || point.iter().any(|it| rest.starts_with(it));
            (!right).then(|| {
                (
                    "is allowed for a bucket with a region, and the ARN of a bucket has none"
                        .into(),
                    "`arn:aws:s3:::<bucket>`".into(),
                )
            })
        }
        "s3" => {
            let whole = !rest.contains(['*', '?', '/', '$']);
            // What stands for the name of a bucket may stand for more.
            if OBJECTS.contains(&verb) && whole && !rest.contains(ANY) {
                return Some((
                    "is done to objects, and allowed for the bucket alone".into(),
                    "the ARN of the bucket with `/*` behind it".into(),
                ));
            }
            let below = rest.contains('/') && !rest.starts_with(['/', '*']);
            (BUCKETS.contains(&verb) && below && !rest.contains("${")).then(|| {
                (
                    "is done to a bucket, and allowed for objects alone".into(),
                    "the ARN of the bucket, without `/*`".into(),
                )
            })
        }
        "kms" if rest.starts_with("alias/") && !verb.ends_with("Alias") && !any => Some((
            "is allowed for an alias, which says nothing about its key".into(),
            "the ARN of the key".into(),
        )),
        "iam" if located => Some((
            "is allowed for an ARN with a region, and those of iam have none".into(),
            "`arn:aws:iam::<account>:…`".into(),
        )),
        "iam" if matches!(verb, "PassRole" | "AssumeRole") => {
            let kind = rest.split_once('/').map(|it| it.0)?;
            let other = ["instance-profile", "user", "group", "policy"].contains(&kind);
            other.then(|| {
                (
                    format!("is about roles, and allowed for {}", quoted(kind)),
                    "the ARN of a role".into(),
                )
            })
        }
        "ecs" if verb == "RunTask" && rest.starts_with("cluster/") => Some((
            "is about task definitions, and allowed for a cluster".into(),
            "the ARN of the task definition; the cluster in the condition `ecs:cluster`".into(),
        )),
        "ssm" if rest.starts_with("parameter//") => Some((
            "is allowed for a parameter with two slashes".into(),
            "`parameter/<name>`, without the slash that the name begins with".into(),
        )),
        _ => None,
    }
}

/// Whether another statement may allow an action.
fn may(statement: &View<'_, '_>, action: &str) -> bool {
    if statement.get("Effect").text() == Some("Deny") {
        return false;
    }
    let actions = statement.get("Action");
    let named = !actions.is_known()
        || actions
            .items()
            .iter()
            .any(|it| it.text().is_none_or(|it| permissions::matches(it, action)));
    let (service, verb) = action.split_once(':').unwrap_or((action, ""));
    named
        && subjects(statement).is_none_or(|all| {
            let service = service.to_ascii_lowercase();
            all.iter().any(|it| unfit(&service, verb, it).is_none())
        })
}
