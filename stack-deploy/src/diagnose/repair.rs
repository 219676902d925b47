//! What can be done: commands that show more, and what usually is the repair.

use crate::diagnose::case::{Case, NextStep};
use crate::diagnose::place::Place;
use crate::diagnose::tasks::Death;
use crate::diagnose::{Cause, Denial};
use crate::observe::{Dossier, ServicePlace};

/// What can be done, the best first: the repair, what shows more, and what the engine advises.
pub(crate) fn next(
    case: &Case<'_>,
    place: &Place,
    cause: Option<&Cause>,
    dossier: Option<&Dossier>,
    death: Option<&Death>,
    physical_id: &str,
) -> Vec<NextStep> {
    let mut steps = Vec::new();
    if let Some(what) = cause.and_then(|it| repair(it, place)) {
        steps.push(NextStep {
            what,
            command: None,
        });
    }
    let shows_logs =
        cause.is_none_or(|it| it.is_symptom() || it.is_echo() || *it == Cause::OutOfMemory);
    if shows_logs && let Some(command) = dossier.and_then(|it| logs(it, death, case.region)) {
        steps.push(NextStep {
            what: "see what the container wrote".to_owned(),
            command: Some(command),
        });
    }
    let is_echo = cause.is_some_and(Cause::is_echo);
    if is_echo && let Some(service) = ServicePlace::of(physical_id) {
        let (cluster, name) = (quoted(&service.cluster), quoted(&service.name));
        let query = "'services[0].events[:10].message'";
        let command =
            format!("ecs describe-services --cluster {cluster} --services {name} --query {query}");
        steps.push(NextStep {
            what: "see what ECS says of the service".to_owned(),
            command: Some(aws(&command, case.region)),
        });
    }
    if matches!(cause, Some(Cause::EarlyValidation | Cause::Hook { .. })) {
        let stack = case.outcome.arn.as_deref().unwrap_or(&place.stack);
        steps.push(NextStep {
            what: "see every finding".to_owned(),
            command: Some(aws(
                &format!(
                    "cloudformation describe-events --stack-name {}",
                    quoted(stack)
                ),
                case.region,
            )),
        });
    }
    if let Some(Cause::ExportInUse { export, .. }) = cause {
        steps.push(NextStep {
            what: "see who imports it".to_owned(),
            command: Some(aws(
                &format!(
                    "cloudformation list-imports --export-name {}",
                    quoted(export)
                ),
                case.region,
            )),
        });
    }
    steps
}

/// The command that shows what a task's containers wrote.
fn logs(dossier: &Dossier, death: Option<&Death>, region: &str) -> Option<String> {
    let definition = match death {
        Some(death) => dossier.definitions.get(&death.definition)?,
        None => dossier.definitions.values().next_back()?,
    };
    let wanted = death.and_then(|it| it.container.as_deref());
    let containers = &definition.containers;
    let container = containers
        .iter()
        .find(|it| wanted == Some(it.name.as_str()))
        .or_else(|| containers.iter().find(|it| it.essential))?;
    let (group, prefix) = container.logs.as_ref()?;
    let mut command = format!("logs tail {}", quoted(group));
    if !prefix.is_empty() {
        // Streams are called PREFIX/CONTAINER/TASK.
        let stream = format!("{prefix}/{}/", container.name);
        command.push_str(&format!(" --log-stream-name-prefix {}", quoted(&stream)));
    }
    command.push_str(" --since 1h");
    Some(aws(&command, region))
}

fn aws(command: &str, region: &str) -> String {
    match region {
        "" => format!("aws {command}"),
        region => format!("aws {command} --region {}", quoted(region)),
    }
}

/// As one word for a shell.
fn quoted(text: &str) -> String {
    let plain = |it: char| it.is_ascii_alphanumeric() || "-_./:=@+".contains(it);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

/// What usually repairs it.
fn repair(cause: &Cause, place: &Place) -> Option<String> {
    let id = &place.logical_id;
    let text = match cause {
        Cause::ImageMissing { .. } => {
            "push the image, or name a tag or digest that is in the registry".to_owned()
        }
        Cause::ImageDenied { .. } => "let the execution role pull it (`ecr:BatchGetImage`, `ecr:GetDownloadUrlForLayer`, `ecr:GetAuthorizationToken`); a repository of another account must allow it too; a private registry elsewhere needs credentials".to_owned(),
        Cause::ImageUnreachable { .. } => "give the task's subnets a way to the registry: a NAT gateway, a public address, or endpoints for `ecr.api`, `ecr.dkr` and S3; and let its security group out on 443".to_owned(),
        Cause::ImageRateLimit => {
            "pull through your own registry (an ECR pull-through cache), or log in to the registry"
                .to_owned()
        }
        Cause::ImagePlatform { platform } => match platform.as_str() {
            "" => "build the image for the task's platform, or set its `RuntimePlatform`".to_owned(),
            it => format!("build the image for it (`docker build --platform {it}`), or set the task's `RuntimePlatform` to what the image is built for"),
        },
        Cause::DiskFull => {
            "give the task more `EphemeralStorage`, or its instances a larger disk".to_owned()
        }
        Cause::SecretMissing { .. } => {
            "create it in the account and region of the task, or name the one that is there"
                .to_owned()
        }
        Cause::SecretKeyMissing { key } => {
            format!("add `{key}` to the secret's JSON, or ask for a key that it has")
        }
        Cause::NoRoute { .. } => "give the task's subnets a way out: a NAT gateway, a public address, or interface endpoints of the services it calls; and let its security group out on 443".to_owned(),
        Cause::LogGroupMissing => {
            "create the log group in the stack, and let the task definition refer to it".to_owned()
        }
        Cause::FileSystem { .. } => "let the file system's security group in on 2049 from the task, and see that it has a mount target in each of the task's zones".to_owned(),
        Cause::OutOfMemory => "give the container more memory, or find what it uses it for".to_owned(),
        Cause::CommandMissing { .. } => {
            "correct `Command` or `EntryPoint`, or put the program into the image".to_owned()
        }
        Cause::WrongArchitecture => "build the image for the processor of the task, or set its `RuntimePlatform`".to_owned(),
        Cause::Exited { code: Some(0), .. } => {
            "a service's container must go on; what ends by itself is a task to run, not a service"
                .to_owned()
        }
        Cause::ContainerUnhealthy => "see that the check's command is in the image and the program answers within `StartPeriod`".to_owned(),
        Cause::TargetUnhealthy { why } => target(why),
        Cause::NoRoom { .. } => {
            "add instances, or let the service stop tasks first (`MinimumHealthyPercent` below 100)"
                .to_owned()
        }
        Cause::PortInUse => "use a dynamic host port, add instances, or let the service stop tasks first (`MinimumHealthyPercent` below 100)".to_owned(),
        Cause::NoInstances => "see that the Auto Scaling group has instances and that they register with this cluster (`ECS_CLUSTER`)".to_owned(),
        Cause::AgentLost => "replace the instance, or restart its agent".to_owned(),
        Cause::AttributeMissing => "use instances that have it (architecture, network mode, volumes, an instance role for the agent), or do not ask for it".to_owned(),
        Cause::Capacity => "try again later, add zones, or another capacity provider".to_owned(),
        Cause::Quota { .. } => "ask for a higher quota in Service Quotas, or use less".to_owned(),
        Cause::SubnetFull => "use larger or further subnets".to_owned(),
        Cause::NetworkInterface | Cause::HostGone | Cause::SpotTaken => {
            "deploy again; when it repeats, look at the instances or their zone".to_owned()
        }
        Cause::RoleUnusable { .. } => {
            "let `ecs-tasks.amazonaws.com` assume the role, and see that it exists".to_owned()
        }
        Cause::NoStep => "raise `MaximumPercent` or lower `MinimumHealthyPercent` so that one task can be started or stopped".to_owned(),
        Cause::DeploymentAlarm | Cause::StackAlarm { .. } => {
            "look at the alarm's metric for the time of the deployment".to_owned()
        }
        Cause::Denied(it) => denied(it),
        Cause::AlreadyExists { .. } => {
            format!("leave the name of `{id}` to CloudFormation, give it another, or delete or import what is there")
        }
        Cause::ExportInUse { by, .. } => {
            format!("deploy `{by}` without the import first, then this stack again")
        }
        Cause::StackPolicy { .. } => {
            "when it is meant, change the stack policy for this update".to_owned()
        }
        Cause::NoListener { .. } => {
            format!("let a listener or rule forward to it, and let `{id}` depend on that")
        }
        Cause::ServiceLinkedRole => {
            "deploy again in a minute; else `aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com`".to_owned()
        }
        Cause::BucketNotEmpty => {
            "empty the bucket with all its versions, or let it stay (`--retain`)".to_owned()
        }
        Cause::StillUsed { .. } => "see what refers to it (network interfaces that were made outside of the stack, mostly) and delete that first".to_owned(),
        Cause::Property { .. } | Cause::Refused { .. } => {
            format!("correct the properties of `{id}`")
        }
        Cause::Throttled => "deploy again; fewer stacks at once help".to_owned(),
        Cause::SessionExpired => {
            "give CloudFormation a service role (`--role-arn`): it does not expire".to_owned()
        }
        Cause::NoSignal { .. } => {
            "look at the instances' own log (`/var/log/cloud-init-output.log`)".to_owned()
        }
        Cause::Custom { .. } | Cause::CustomSilent => {
            "look at the log of the custom resource's function".to_owned()
        }
        Cause::ImageNotPulled { .. }
        | Cause::LogsNotSetUp { .. }
        | Cause::NotInitialized { .. }
        | Cause::Exited { .. }
        | Cause::NotStarted { .. }
        | Cause::TasksFail
        | Cause::CircuitBreaker
        | Cause::NotStabilized
        | Cause::NotFound { .. }
        | Cause::Nested { .. }
        | Cause::EarlyValidation
        | Cause::Hook { .. } => return None,
    };
    Some(text)
}

fn target(why: &str) -> String {
    if why.contains("timed out") {
        "see that the program listens on the target's port on all addresses, that its security group lets the load balancer in, and that it starts within the grace period".to_owned()
    } else if why.contains("codes: [404") {
        "let the program answer the check's path, or check another path".to_owned()
    } else if why.contains("codes: [5") {
        "the program answers the check with an error: its log says why".to_owned()
    } else if why.contains("codes: [3") || why.contains("codes: [4") {
        "let the program answer the check's path with 200, or accept its code in `Matcher`"
            .to_owned()
    } else if why.contains("Availability Zone") {
        "give the load balancer a subnet in each zone of the service".to_owned()
    } else {
        "see that port and path of the check are those of the program, and that it starts within the grace period".to_owned()
    }
}

fn denied(it: &Denial) -> String {
    if it.why.contains("service control policy") {
        return "a service control policy of the organization forbids it: ask who runs it"
            .to_owned();
    }
    if it.why.contains("permissions boundary") {
        return format!(
            "let the permissions boundary of `{}` allow it",
            it.principal()
        );
    }
    if it.why.contains("explicit deny") {
        return "find the statement with `Deny`, and except this from it".to_owned();
    }
    match (it.principal(), it.action.as_str()) {
        ("", _) | (_, "") => "allow it to the role that CloudFormation acts with".to_owned(),
        (who, action) => format!("allow `{action}` to `{who}`"),
    }
}
