//! Whether tasks in private subnets reach what they need to start: without it, they stop before their
//! program runs, and nothing says so but an event of ECS.

use stack_core::aws::ec2;
use stack_core::prelude::*;

use crate::network::{Endpoint, Nat};

/// What a task reaches before and while its program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// A registry on the internet, such as `public.ecr.aws`.
    PublicRegistry,
    Service(Endpoint),
}

fn name(vpc: Ref<ec2::Vpc>, need: Need) -> String {
    format!("no way from {vpc:?} to {need:?}")
}

const SERVICES: [Endpoint; 6] = [
    Endpoint::EcrApi,
    Endpoint::EcrDkr,
    Endpoint::Logs,
    Endpoint::SecretsManager,
    Endpoint::Ssm,
    Endpoint::SsmMessages,
];

/// Remembers what a network's private subnets do not reach.
pub(crate) fn note(scope: &mut Scope<'_>, vpc: Ref<ec2::Vpc>, nat: Nat, endpoints: &[Endpoint]) {
    if nat != Nat::None {
        return;
    }
    let services = SERVICES.iter().filter(|it| !endpoints.contains(it));
    let needs = services.map(|it| Need::Service(*it));
    for need in needs.chain([Need::PublicRegistry]) {
        let _ = scope.claim(name(vpc, need));
    }
}

/// Refuses tasks that could not start. Says nothing of networks from elsewhere.
pub(crate) fn check(scope: &mut Scope<'_>, vpc: Ref<ec2::Vpc>, needs: &[Need]) {
    let mut missing: Vec<String> = Vec::new();
    for need in needs {
        if scope.claimed(&name(vpc, *need)).is_none() {
            continue;
        }
        let what = match need {
            Need::PublicRegistry => "`Nat::PerZone` for images of public registries".to_owned(),
            Need::Service(endpoint) => format!("`Endpoint::{endpoint:?}`"),
        };
        if !missing.contains(&what) {
            missing.push(what);
        }
    }
    if missing.is_empty() {
        return;
    }
    let message = "tasks could not start: their subnets do not reach what they need";
    scope.problem(
        Problem::error("no-way-out", message)
            .help(format!("the network lacks {}", missing.join(", "))),
    );
}
