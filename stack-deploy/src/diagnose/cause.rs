//! [`Cause`]: what can be at the root of a failure, and the sentence that says it.

use std::fmt;

use crate::diagnose::Denial;

/// What a text of AWS says is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Cause {
    /// An image that is not there.
    ImageMissing {
        /// The image.
        image: String,
    },
    /// An image that may not be pulled.
    ImageDenied {
        /// The image; empty when AWS does not say.
        image: String,
    },
    /// A registry that cannot be reached.
    ImageUnreachable {
        /// The image; empty when AWS does not say.
        image: String,
    },
    /// A registry that gives no more for now.
    ImageRateLimit,
    /// An image that was not built for the platform.
    ImagePlatform {
        /// Such as `linux/amd64`; empty when AWS does not say.
        platform: String,
    },
    /// An image that could not be pulled, for another reason.
    ImageNotPulled {
        /// AWS's words.
        why: String,
    },
    /// No room for images or files.
    DiskFull,
    /// A secret or parameter that is not there.
    SecretMissing {
        /// Its name or ARN; empty when AWS does not say.
        secret: String,
    },
    /// A secret without the key that is asked of it.
    SecretKeyMissing {
        /// The key.
        key: String,
    },
    /// A service of AWS that the task's subnet does not reach.
    NoRoute {
        /// Its host or name; empty when AWS does not say.
        to: String,
    },
    /// A log group that is not there.
    LogGroupMissing,
    /// Logs that could not be set up, for another reason.
    LogsNotSetUp {
        /// AWS's words.
        why: String,
    },
    /// A file system that could not be mounted.
    FileSystem {
        /// AWS's words.
        why: String,
    },
    /// A task that could not be set up, for another reason.
    NotInitialized {
        /// AWS's words.
        why: String,
    },
    /// More memory used than the task definition gives.
    OutOfMemory,
    /// A container that stopped by itself.
    Exited {
        /// The container; empty when AWS does not say.
        container: String,
        /// Its exit code; none when it is not known.
        code: Option<i32>,
    },
    /// A command that is not in the image.
    CommandMissing {
        /// The command.
        command: String,
    },
    /// A program for another processor.
    WrongArchitecture,
    /// A container that could not be started, for another reason.
    NotStarted {
        /// AWS's words.
        why: String,
    },
    /// A container whose own health check fails.
    ContainerUnhealthy,
    /// Targets that fail the load balancer's checks.
    TargetUnhealthy {
        /// Why: `Health checks failed with these codes: [502]`, `Request timed out`; empty when AWS
        /// does not say.
        why: String,
    },
    /// No instance with room.
    NoRoom {
        /// `memory`, `CPU units`, `GPU`, …; empty when AWS does not say.
        what: String,
    },
    /// No instance on which the port is free.
    PortInUse,
    /// No instance at all.
    NoInstances,
    /// An instance whose agent does not answer.
    AgentLost,
    /// No instance with what the task asks for.
    AttributeMissing,
    /// AWS has no room.
    Capacity,
    /// A quota of the account.
    Quota {
        /// AWS's words.
        what: String,
    },
    /// A subnet without free addresses.
    SubnetFull,
    /// A network interface that did not come.
    NetworkInterface,
    /// An instance that went away.
    HostGone,
    /// Spot capacity that was taken back.
    SpotTaken,
    /// A role that ECS cannot take on.
    RoleUnusable {
        /// Its ARN; empty when AWS does not say.
        role: String,
    },
    /// Minimum and maximum of healthy tasks leave no step to take.
    NoStep,
    /// Tasks fail over and over. An echo.
    TasksFail,
    /// The circuit breaker of ECS. An echo.
    CircuitBreaker,
    /// An alarm of the service's deployment.
    DeploymentAlarm,
    /// An alarm of the stack's operation.
    StackAlarm {
        /// AWS's words.
        alarm: String,
    },
    /// It did not get ready in time. An echo.
    NotStabilized,
    /// Something may not be done.
    Denied(Box<Denial>),
    /// It is there already.
    AlreadyExists {
        /// AWS's words.
        what: String,
    },
    /// It is not there.
    NotFound {
        /// AWS's words.
        what: String,
    },
    /// An export that others import.
    ExportInUse {
        /// The export.
        export: String,
        /// Who imports it.
        by: String,
    },
    /// A stack policy.
    StackPolicy {
        /// AWS's words.
        why: String,
    },
    /// A target group that no listener sends anything to.
    NoListener {
        /// Its ARN; empty when AWS does not say.
        target_group: String,
    },
    /// The role that ECS makes for itself in an account.
    ServiceLinkedRole,
    /// A bucket with something in it.
    BucketNotEmpty,
    /// Something that others still use.
    StillUsed {
        /// What; empty when AWS does not say.
        what: String,
    },
    /// A property that its type does not take.
    Property {
        /// AWS's words.
        why: String,
    },
    /// Too many calls.
    Throttled,
    /// Credentials that ran out while CloudFormation worked with them.
    SessionExpired,
    /// A resource in a nested stack. An echo.
    Nested {
        /// What failed in it, in AWS's words.
        inside: String,
    },
    /// Custom code that failed.
    Custom {
        /// AWS's words.
        why: String,
    },
    /// Custom code that did not answer.
    CustomSilent,
    /// An instance that did not say that it is ready.
    NoSignal {
        /// AWS's words.
        why: String,
    },
    /// What AWS checks before it begins.
    EarlyValidation,
    /// A hook.
    Hook {
        /// AWS's words.
        which: String,
    },
    /// AWS refuses what it is given, and says why.
    Refused {
        /// AWS's words.
        why: String,
    },
}

impl Cause {
    /// Whether it only repeats that something failed: then the cause is elsewhere, and this is said
    /// only when nothing better is found.
    pub fn is_echo(&self) -> bool {
        matches!(
            self,
            Cause::TasksFail
                | Cause::CircuitBreaker
                | Cause::NotStabilized
                | Cause::Nested { .. }
                | Cause::EarlyValidation
        )
    }

    /// Whether it only says how it ended, and its reason is for people to find: in the logs.
    pub fn is_symptom(&self) -> bool {
        matches!(
            self,
            Cause::Exited { .. } | Cause::ContainerUnhealthy | Cause::TargetUnhealthy { .. }
        )
    }
}

/// ` (name)`, or nothing.
fn aside(name: &str) -> String {
    match name {
        "" => String::new(),
        name => format!(" `{name}`"),
    }
}

impl fmt::Display for Cause {
    /// What is wrong, as the rest of a sentence about the resource.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::ImageMissing { image } => write!(f, "the image `{image}` does not exist"),
            Cause::ImageDenied { image } => {
                write!(f, "the image{} may not be pulled", aside(image))
            }
            Cause::ImageUnreachable { image } => {
                write!(
                    f,
                    "the registry of the image{} cannot be reached",
                    aside(image)
                )
            }
            Cause::ImageRateLimit => f.write_str("the registry's limit of pulls is reached"),
            Cause::ImagePlatform { platform } => {
                write!(
                    f,
                    "the image was not built for{}",
                    match platform.as_str() {
                        "" => " the platform of the task".to_owned(),
                        it => format!(" `{it}`"),
                    }
                )
            }
            Cause::ImageNotPulled { why } => write!(f, "the image could not be pulled: {why}"),
            Cause::DiskFull => f.write_str("there is no space left on the disk of the task"),
            Cause::SecretMissing { secret } => {
                write!(f, "the secret{} does not exist", aside(secret))
            }
            Cause::SecretKeyMissing { key } => write!(f, "the secret has no key `{key}`"),
            Cause::NoRoute { to } => write!(
                f,
                "the task does not reach {}",
                match to.as_str() {
                    "" => "the services of AWS that it needs to start".to_owned(),
                    it => format!("`{it}`"),
                }
            ),
            Cause::LogGroupMissing => f.write_str("the log group of the task does not exist"),
            Cause::LogsNotSetUp { why } => {
                write!(f, "the logs of the task could not be set up: {why}")
            }
            Cause::FileSystem { why } => write!(f, "a file system could not be mounted: {why}"),
            Cause::NotInitialized { why } => write!(f, "the task could not be set up: {why}"),
            Cause::OutOfMemory => f.write_str("a container used more memory than it is given"),
            Cause::Exited { container, code } => {
                let container = aside(container);
                match code {
                    Some(0) => write!(
                        f,
                        "the container{container} ends by itself, without an error"
                    ),
                    Some(code) => write!(
                        f,
                        "the container{container} exits with code {code}{}",
                        meaning(*code)
                    ),
                    None => write!(f, "the essential container{container} exits"),
                }
            }
            Cause::CommandMissing { command } => {
                write!(f, "the command `{command}` is not in the image")
            }
            Cause::WrongArchitecture => {
                f.write_str("the program in the image is for another processor")
            }
            Cause::NotStarted { why } => write!(f, "a container could not be started: {why}"),
            Cause::ContainerUnhealthy => f.write_str("the container's health check fails"),
            Cause::TargetUnhealthy { why } => {
                f.write_str("the load balancer's health check fails")?;
                if !why.is_empty() {
                    write!(f, ": {}", why.trim_end_matches('.'))?;
                }
                Ok(())
            }
            Cause::NoRoom { what } => write!(
                f,
                "no instance of the cluster has {}",
                match what.as_str() {
                    "" => "all that the task asks for".to_owned(),
                    it => format!("enough {it} left"),
                }
            ),
            Cause::PortInUse => {
                f.write_str("on no instance of the cluster the task's port is free")
            }
            Cause::NoInstances => f.write_str("the cluster has no instance"),
            Cause::AgentLost => {
                f.write_str("the agent of the only instance that fits does not answer")
            }
            Cause::AttributeMissing => {
                f.write_str("no instance of the cluster has an attribute that the task asks for")
            }
            Cause::Capacity => f.write_str("AWS has no capacity left for the task there"),
            Cause::Quota { what } => write!(
                f,
                "a quota of the account is used up: {}",
                what.trim_end_matches('.')
            ),
            Cause::SubnetFull => f.write_str("the subnet has no free address left"),
            Cause::NetworkInterface => f.write_str("the task got no network interface in time"),
            Cause::HostGone => f.write_str("the instance that the task ran on went away"),
            Cause::SpotTaken => f.write_str("AWS took the Spot capacity back"),
            Cause::RoleUnusable { role } => write!(f, "ECS cannot assume the role{}", aside(role)),
            Cause::NoStep => f.write_str(
                "minimum and maximum of healthy tasks leave no task that may be stopped or started",
            ),
            Cause::TasksFail => f.write_str("its tasks do not stay up"),
            Cause::CircuitBreaker => {
                f.write_str("its tasks failed so often that ECS gave the deployment up")
            }
            Cause::DeploymentAlarm => f.write_str("an alarm of the deployment sounded"),
            Cause::StackAlarm { alarm } => write!(
                f,
                "a rollback alarm sounded: {}",
                alarm.trim_end_matches('.')
            ),
            Cause::NotStabilized => f.write_str("it did not get ready in time"),
            Cause::Denied(it) => it.fmt(f),
            Cause::AlreadyExists { what } => {
                write!(f, "it exists already: {}", what.trim_end_matches('.'))
            }
            Cause::NotFound { what } => {
                write!(f, "something is not there: {}", what.trim_end_matches('.'))
            }
            Cause::ExportInUse { export, by } => {
                write!(f, "the export `{export}` is used by `{by}`")
            }
            Cause::StackPolicy { why } => write!(f, "the stack policy forbids it: {why}"),
            Cause::NoListener { target_group } => {
                write!(
                    f,
                    "no listener sends to the target group{}",
                    aside(target_group)
                )
            }
            Cause::ServiceLinkedRole => {
                f.write_str("the account has no service-linked role for ECS yet")
            }
            Cause::BucketNotEmpty => f.write_str("the bucket is not empty"),
            Cause::StillUsed { what } => match what.as_str() {
                "" => f.write_str("something still uses it"),
                it => write!(f, "something still uses `{it}`"),
            },
            Cause::Property { why } => {
                write!(f, "a property is wrong: {}", why.trim_end_matches('.'))
            }
            Cause::Throttled => f.write_str("AWS was called too often at once"),
            Cause::SessionExpired => {
                f.write_str("the credentials that CloudFormation worked with expired")
            }
            Cause::Nested { inside } => write!(
                f,
                "its nested stack failed: {}",
                inside.trim_end_matches('.')
            ),
            Cause::Custom { why } => {
                write!(f, "its custom code failed: {}", why.trim_end_matches('.'))
            }
            Cause::CustomSilent => f.write_str("its custom code never answered"),
            Cause::NoSignal { why } => write!(
                f,
                "instances did not report that they are ready: {}",
                why.trim_end_matches('.')
            ),
            Cause::EarlyValidation => f.write_str("AWS found a mistake before it began"),
            Cause::Hook { which } => write!(f, "a hook refused: {}", which.trim_end_matches('.')),
            Cause::Refused { why } => write!(f, "AWS refuses it: {}", why.trim_end_matches('.')),
        }
    }
}

/// What an exit code means by convention.
fn meaning(code: i32) -> &'static str {
    match code {
        126 => " (its command is not executable)",
        127 => " (its command is not found)",
        134 => " (it aborted itself)",
        137 => " (killed: mostly for its memory, or because it did not stop in time)",
        139 => " (it crashed: segmentation fault)",
        143 => " (it was told to stop)",
        _ => "",
    }
}
