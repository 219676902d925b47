//! [`recognise`]: what a text of AWS means, by a table of what AWS writes.
//!
//! A text that is not in the table means nothing here; it is never guessed at.

use crate::classify::{Reason, classify_reason};
use crate::diagnose::{Cause, Denial};

/// What the text says is wrong; none when it is not known, or when it says that nothing is.
pub fn recognise(text: &str) -> Option<Cause> {
    let text = text.trim();
    // A reason can carry another one: the innermost is the nearest to the cause.
    if let Some(inner) = inner(text)
        && let Some(cause) = recognise(inner)
    {
        return Some(cause);
    }
    if let Some(denial) = Denial::read(text) {
        return Some(Cause::Denied(Box::new(denial)));
    }
    image(text)
        .or_else(|| setup(text))
        .or_else(|| container(text))
        .or_else(|| placement(text))
        .or_else(|| health(text))
        .or_else(|| stack(text))
        .or_else(|| handler(text))
}

/// What a text says that is only the frame of another: ECS's `(service A) was unable to place a
/// task. Reason: …`, CloudFormation's `Resource handler returned message: "…"`.
fn inner(text: &str) -> Option<&str> {
    let frames = [
        "was unable to place a task. Reason: ",
        "was unable to place a task. The reason for failure is ",
        "was unable to reach steady state. Reason: ",
        "failed to launch a task with (error ",
    ];
    for frame in frames {
        if let Some((_, rest)) = text.split_once(frame) {
            // The last frame is a parenthesis.
            let whole = rest.matches('(').count() >= rest.matches(')').count();
            let end = if whole { &[][..] } else { &['.', ')'][..] };
            return Some(rest.trim_end_matches(end));
        }
    }
    handled(text)
}

/// The message in `Resource handler returned message: "MESSAGE" (RequestToken: …)`.
fn handled(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("Resource handler returned message: \"")?;
    let end = rest.rfind("\" (RequestToken").or_else(|| rest.rfind('"'))?;
    Some(&rest[..end])
}

/// The code in `HandlerErrorCode: CODE)`.
fn handler_code(text: &str) -> Option<&str> {
    let (_, rest) = text.rsplit_once("HandlerErrorCode: ")?;
    Some(rest.trim_end_matches([')', '.', ' ', '"']))
}

/// A message without what only AWS's support reads: `(Service: Ec2, Status Code: 400, …)`.
fn plain(text: &str) -> String {
    let end = text.find(" (Service: ").unwrap_or(text.len());
    text[..end].trim().to_owned()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    let end = rest.find(after)?;
    Some(&rest[..end])
}

fn has(text: &str, any: &[&str]) -> bool {
    any.iter().any(|it| text.contains(it))
}

/// No way there: what a client says that gets no answer.
fn is_no_route(text: &str) -> bool {
    has(
        text,
        &[
            "i/o timeout",
            "context deadline exceeded",
            "no such host",
            "connection refused",
            "network is unreachable",
            "Client.Timeout exceeded",
            "request canceled while waiting for connection",
            "There is a connection issue between the task and",
        ],
    )
}

/// `CannotPullContainerError: …`, and what containers say of their image.
fn image(text: &str) -> Option<Cause> {
    let (_, rest) = text
        .split_once("CannotPullContainerError:")
        .or_else(|| text.split_once("CannotPullImageManifestError:"))?;
    let rest = rest.trim();
    let image = image_name(rest);
    Some(
        if has(
            rest,
            &["descriptor matching platform", "no matching manifest for"],
        ) {
            let platform = between(rest, "matching platform '", "'")
                .or_else(|| between(rest, "no matching manifest for ", " "));
            let platform = platform.unwrap_or_default().to_owned();
            Cause::ImagePlatform { platform }
        } else if has(
            rest,
            &[
                "toomanyrequests",
                "429 Too Many Requests",
                "pull rate limit",
            ],
        ) {
            Cause::ImageRateLimit
        } else if rest.contains("no space left on device") {
            Cause::DiskFull
        } else if is_no_route(rest) {
            Cause::ImageUnreachable { image }
        } else if has(
            rest,
            &[
                "403 Forbidden",
                "401 Unauthorized",
                "pull access denied",
                "no basic auth credentials",
                "denied:",
                "authorization failed",
            ],
        ) {
            Cause::ImageDenied { image }
        } else if has(
            rest,
            &[
                ": not found",
                "manifest unknown",
                "does not exist",
                " not found",
            ],
        ) {
            Cause::ImageMissing { image }
        } else {
            let why = plain(rest);
            Cause::ImageNotPulled { why }
        },
    )
}

/// The image that a message of the container's runtime is about.
fn image_name(text: &str) -> String {
    let starts = [
        "failed to resolve ref ",
        "failed to resolve reference ",
        "pull access denied for ",
        "failed to pull image ",
        "manifest for ",
        "Error: image ",
        "repository ",
    ];
    let found = starts.iter().find_map(|it| text.split_once(it));
    let Some((_, rest)) = found else {
        return String::new();
    };
    let rest = rest.trim_start_matches('"');
    let end = rest.find(['"', ' ', ',']).unwrap_or(rest.len());
    rest[..end].trim_end_matches(':').to_owned()
}

/// `ResourceInitializationError: …`: before any container runs.
fn setup(text: &str) -> Option<Cause> {
    let (_, rest) = text.split_once("ResourceInitializationError:")?;
    let rest = rest.trim();
    if let Some((_, key)) = rest.split_once("did not contain json key ") {
        let end = key.find([' ', ',', '"']).unwrap_or(key.len());
        let key = key[..end].trim_end_matches('.').to_owned();
        return Some(Cause::SecretKeyMissing { key });
    }
    if rest.contains("EFS") {
        let why = plain(rest);
        return Some(Cause::FileSystem { why });
    }
    if has(
        rest,
        &[
            "logger args",
            "logging driver",
            "Cloudwatch log",
            "CloudWatch log",
        ],
    ) {
        // The long form says both, and decides for neither.
        let missing = rest.contains("The specified log group does not exist");
        return Some(match (missing, is_no_route(rest)) {
            (true, _) => Cause::LogGroupMissing,
            (false, true) if rest.contains("i/o timeout") => Cause::NoRoute {
                to: "CloudWatch Logs".to_owned(),
            },
            (false, _) => Cause::LogsNotSetUp { why: plain(rest) },
        });
    }
    if has(
        rest,
        &[
            "Secrets Manager can't find the specified secret",
            "invalid ssm parameters",
            "ParameterNotFound",
        ],
    ) {
        let secret = between(rest, "failed to fetch secret ", " from")
            .or_else(|| rest.split_once("invalid ssm parameters: ").map(|it| it.1))
            .unwrap_or_default();
        let secret = secret.trim().trim_end_matches('.').to_owned();
        return Some(Cause::SecretMissing { secret });
    }
    if is_no_route(rest) {
        let to =
            between(rest, "Post \"https://", "\"").or_else(|| between(rest, "Post https://", ":"));
        let to = to.unwrap_or_default().trim_end_matches('/').to_owned();
        return Some(Cause::NoRoute { to });
    }
    Some(Cause::NotInitialized { why: plain(rest) })
}

/// How a container ended.
fn container(text: &str) -> Option<Cause> {
    let lower = text.to_ascii_lowercase();
    if lower.contains("outofmemoryerror") || lower.contains("container killed due to memory usage")
    {
        return Some(Cause::OutOfMemory);
    }
    if let Some((_, rest)) = text.split_once("exec: \"")
        && let Some((command, rest)) = rest.split_once('"')
        && has(
            rest,
            &[
                "executable file not found",
                "no such file or directory",
                "permission denied",
            ],
        )
    {
        let command = command.trim_end_matches('\\').to_owned();
        return Some(Cause::CommandMissing { command });
    }
    if text.contains("exec format error") {
        return Some(Cause::WrongArchitecture);
    }
    if text.starts_with("Task failed container health checks")
        || text.contains("failed container health checks")
    {
        return Some(Cause::ContainerUnhealthy);
    }
    for kind in [
        "CannotStartContainerError:",
        "CannotCreateContainerError:",
        "CannotCreateVolumeError:",
        "ContainerRuntimeError:",
        "ContainerRuntimeTimeoutError:",
    ] {
        if let Some((_, why)) = text.split_once(kind) {
            return Some(Cause::NotStarted { why: plain(why) });
        }
    }
    match text {
        "Essential container in task exited" => Some(Cause::Exited {
            container: String::new(),
            code: None,
        }),
        _ if text.starts_with("Host EC2 (instance") && text.contains("terminated") => {
            Some(Cause::HostGone)
        }
        _ if text.starts_with("Your Spot Task was interrupted") => Some(Cause::SpotTaken),
        _ => None,
    }
}

/// Why a task found no place.
fn placement(text: &str) -> Option<Cause> {
    if text.starts_with("Timeout waiting for network interface provisioning") {
        return Some(Cause::NetworkInterface);
    }
    if has(
        text,
        &[
            "InsufficientFreeAddressesInSubnet",
            "has insufficient free addresses",
            "not enough free addresses",
        ],
    ) {
        return Some(Cause::SubnetFull);
    }
    if text.starts_with("Capacity is unavailable at this time") {
        return Some(Cause::Capacity);
    }
    if has(
        text,
        &[
            "You've reached the limit on the number of",
            "You’ve reached the limit on the number of",
        ],
    ) {
        return Some(Cause::Quota { what: plain(text) });
    }
    if text.starts_with("No Container Instances were found in your") {
        return Some(Cause::NoInstances);
    }
    if text.starts_with("ECS was unable to assume the role") {
        let role = between(text, "assume the role '", "'")
            .unwrap_or_default()
            .to_owned();
        return Some(Cause::RoleUnusable { role });
    }
    if text.contains("was unable to stop or start tasks during a deployment because of the service deployment configuration") {
        return Some(Cause::NoStep);
    }
    if text.contains("is unable to consistently start tasks successfully") {
        return Some(Cause::TasksFail);
    }
    if text.contains("deployment failed: tasks failed to start") {
        return Some(Cause::TasksFail);
    }
    if text.contains("deployment failed: alarm detected") {
        return Some(Cause::DeploymentAlarm);
    }
    if !text.contains("no container instance met all of its requirements") {
        return None;
    }
    // Only what is said of the closest one tells.
    Some(
        if text.contains("is already using a port required by your task") {
            Cause::PortInUse
        } else if has(
            text,
            &["encountered error \"AGENT\"", "encountered error 'AGENT'"],
        ) {
            Cause::AgentLost
        } else if text.contains("is missing an attribute required by your task") {
            Cause::AttributeMissing
        } else if text.contains("No Container Instances were found in your") {
            Cause::NoInstances
        } else {
            let what = between(text, "has insufficient ", " available").unwrap_or_default();
            Cause::NoRoom {
                what: what.to_owned(),
            }
        },
    )
}

/// What load balancers say.
fn health(text: &str) -> Option<Cause> {
    if let Some((_, rest)) = text.split_once(" is unhealthy in (")
        && let Some((_, why)) = rest.split_once("due to (reason ")
    {
        let why = why.trim_end_matches('.');
        let why = why.strip_suffix(')').unwrap_or(why).to_owned();
        return Some(Cause::TargetUnhealthy { why });
    }
    text.starts_with("Task failed ELB health checks")
        .then(|| Cause::TargetUnhealthy { why: String::new() })
}

/// What CloudFormation says itself.
fn stack(text: &str) -> Option<Cause> {
    match classify_reason(text) {
        Reason::ExportInUse { export, by } => return Some(Cause::ExportInUse { export, by }),
        Reason::CircuitBreaker => return Some(Cause::CircuitBreaker),
        Reason::EarlyValidation => return Some(Cause::EarlyValidation),
        Reason::Hook => {
            let which = text.split_once("failed: ").map_or(text, |it| it.1);
            return Some(Cause::Hook {
                which: which.to_owned(),
            });
        }
        Reason::NestedChangeSet => {
            return Some(Cause::Nested {
                inside: text.to_owned(),
            });
        }
        Reason::NoChanges | Reason::Incomplete(_) | Reason::Cancelled | Reason::Other => (),
    }
    if text.starts_with("Embedded stack ") {
        let inside = text.split_once(": ").map_or("", |it| it.1);
        return Some(Cause::Nested {
            inside: inside.to_owned(),
        });
    }
    if has(
        text,
        &[
            "Action denied by stack policy",
            "Action not allowed by stack policy",
        ],
    ) {
        let why = text.split_once("stack policy: ").map_or("", |it| it.1);
        return Some(Cause::StackPolicy {
            why: why.trim_end_matches([';', ' ']).to_owned(),
        });
    }
    if let Some((_, why)) = text
        .split_once("Received response status [FAILED] from custom resource. Message returned: ")
    {
        return Some(Cause::Custom { why: plain(why) });
    }
    if text.starts_with("CloudFormation did not receive a response from your Custom Resource") {
        return Some(Cause::CustomSilent);
    }
    if text.starts_with("Properties validation failed for resource")
        || text.starts_with("Encountered unsupported property")
    {
        return Some(Cause::Property {
            why: text.to_owned(),
        });
    }
    if (text.contains("SUCCESS signal(s)") && text.starts_with("Received "))
        || text.starts_with("Received FAILURE signal with UniqueId")
        || text.starts_with("Failed to receive ")
    {
        return Some(Cause::NoSignal {
            why: text.to_owned(),
        });
    }
    if has(
        text,
        &[
            "Rollback triggered by alarm",
            "rollback trigger",
            "Rollback Trigger",
        ],
    ) && text.contains("alarm")
    {
        return Some(Cause::StackAlarm {
            alarm: text.to_owned(),
        });
    }
    has(
        text,
        &[
            "security token included in the request is expired",
            "ExpiredToken",
        ],
    )
    .then_some(Cause::SessionExpired)
}

/// What a service answered to CloudFormation, by its words, then by the code of its handler.
fn handler(text: &str) -> Option<Cause> {
    if text.contains("does not have an associated load balancer") {
        let target_group = between(text, "targetGroupArn ", " does not").unwrap_or_default();
        return Some(Cause::NoListener {
            target_group: target_group.to_owned(),
        });
    }
    if text.contains("Unable to assume the service linked role") {
        return Some(Cause::ServiceLinkedRole);
    }
    if text.contains("The bucket you tried to delete is not empty") {
        return Some(Cause::BucketNotEmpty);
    }
    if has(
        text,
        &[
            " has a dependent object",
            " has dependencies and cannot be deleted",
        ],
    ) {
        let what =
            between(text, "resource ", " has a").or_else(|| between(text, "The subnet '", "'"));
        return Some(Cause::StillUsed {
            what: what.unwrap_or_default().to_owned(),
        });
    }
    if text.starts_with("Exceeded attempts to wait") || text.contains("did not stabilize") {
        return Some(Cause::NotStabilized);
    }
    let bare = text.trim_end_matches('.');
    if handler_code(text).is_none()
        && (bare.ends_with(" already exists") || text.contains(" already exists in stack "))
    {
        let what = text.to_owned();
        return Some(Cause::AlreadyExists { what });
    }
    let code = handler_code(text)?;
    let message = handled(text).map_or_else(
        || {
            let end = text
                .find(" (RequestToken")
                .or_else(|| text.find(" (HandlerErrorCode"));
            plain(&text[..end.unwrap_or(text.len())])
        },
        plain,
    );
    match code {
        "AccessDenied" | "UnauthorizedTaggingOperation" => Some(Cause::Denied(Box::new(Denial {
            why: message,
            ..Denial::default()
        }))),
        "AlreadyExists" => Some(Cause::AlreadyExists { what: message }),
        "NotFound" => Some(Cause::NotFound { what: message }),
        "ServiceLimitExceeded" => Some(Cause::Quota { what: message }),
        "NotStabilized" => Some(Cause::NotStabilized),
        "Throttling" => Some(Cause::Throttled),
        "InvalidRequest" | "NotUpdatable" | "ResourceConflict" => {
            Some(Cause::Refused { why: message })
        }
        "InvalidCredentials" | "ExpiredToken" => Some(Cause::SessionExpired),
        _ => None,
    }
}
