//! How the parts of a swarm become one.

use stack_core::aws::{auto_scaling, dynamodb, ec2, elbv2, iam, secrets_manager};
use stack_core::prelude::*;
use stack_core::sub;

use super::{RunningSwarm, Swarm, groups, instance, managers, roles, workers};
use crate::allow::{Listens, Peer};
use crate::failover::Failover;
use crate::route::Route;
use crate::user_data::SharedProgram;

/// What all instances are made with.
pub(super) struct Parts {
    pub(super) groups: groups::Groups,
    pub(super) lock: Ref<dynamodb::Table>,
    pub(super) manager_token: Ref<secrets_manager::Secret>,
    pub(super) worker_token: Ref<secrets_manager::Secret>,
    pub(super) manager_profile: Ref<iam::InstanceProfile>,
    pub(super) worker_profile: Ref<iam::InstanceProfile>,
    pub(super) node_program: SharedProgram,
    pub(super) manager_program: SharedProgram,
    pub(super) targets: Vec<Ref<elbv2::TargetGroup>>,
    /// What groups, metrics and permissions know the swarm by.
    pub(super) name: Value<String>,
    /// Where managers are found.
    pub(super) managers: String,
}

#[derive(Clone, Copy)]
struct Published {
    group: Ref<ec2::SecurityGroup>,
    port: Port,
}

impl Peer for Published {
    fn security_group(self) -> Ref<ec2::SecurityGroup> {
        self.group
    }
}

impl Listens for Published {
    fn port(self) -> Port {
        self.port
    }
}

impl Build for Swarm {
    type Handle = RunningSwarm;

    fn build(mut self, scope: &mut Scope<'_>) -> RunningSwarm {
        self.check(scope);
        let groups = groups::add(scope, &self);
        let published = std::mem::take(&mut self.published);
        // What is published is let in where nodes take requests.
        let group = match self.managers_serve {
            true => groups.nodes,
            false => groups.workers,
        };
        let targets = published.into_iter().map(|(port, route)| {
            let route = Attach(route, Published { group, port });
            scope.add(format!("Published{port}"), route)
        });
        let targets = targets.collect();
        let key = crate::encryption::key(scope);
        let lock = scope.add("Lock", roles::lock(key.clone()));
        // It says who began this swarm, and nothing of another one.
        scope.edit(lock).deletion_policy(DeletionPolicy::Delete);
        scope
            .edit(lock)
            .update_replace_policy(UpdateReplacePolicy::Delete);
        let token = |who: &str| {
            secrets_manager::Secret::new()
                .description(format!(
                    "What {who} join the swarm with; the leader keeps it current"
                ))
                .kms_key_id(key.clone())
        };
        let manager_token = scope.add("ManagerToken", token("managers"));
        let worker_token = scope.add("WorkerToken", token("workers"));
        let name = sub!("${AWS::StackName}-${id}", id = scope.logical_id(""));
        let role = roles::manager(&name, lock, manager_token, worker_token, key.clone());
        let role = scope.add("ManagerRole", role);
        let manager_profile =
            scope.add("ManagerProfile", iam::InstanceProfile::new().roles([role]));
        let role = roles::worker(worker_token, &self.permissions, key);
        let role = scope.add("WorkerRole", role);
        let worker_profile = scope.add("WorkerProfile", iam::InstanceProfile::new().roles([role]));
        let (node_program, manager_program) = instance::programs();
        let parts = Parts {
            groups,
            lock,
            manager_token,
            worker_token,
            manager_profile,
            worker_profile,
            node_program: scope.add("NodeScript", node_program),
            manager_program: scope.add("ManagerScript", manager_program),
            targets,
            name,
            managers: format!("managers.{}", self.zone.domain),
        };
        let mut managers: Vec<Ref<auto_scaling::AutoScalingGroup>> = Vec::new();
        let mut name = Failover::new(&self.zone, &parts.managers);
        let made =
            (0..self.managers as usize).map_while(|n| managers::add(scope, &self, &parts, n));
        for (group, address, alarm) in made.collect::<Vec<_>>() {
            // CloudFormation updates what does not depend on each other side by side; each of these
            // groups is one manager, and two at a time would be the end of a majority of three.
            // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html
            if let Some(before) = managers.last() {
                scope.edit(group).after(*before);
            }
            managers.push(group);
            name = name.then(address, alarm);
        }
        let workers = workers::add(scope, &self, &parts);
        // Who joins finds the name, and workers find managers, which go after them.
        // A single manager has been told of.
        let name = (managers.len() > 1)
            .then(|| scope.add("Name", name))
            .flatten();
        if let (Some(name), Some(first), Some(last)) = (name, managers.first(), managers.last()) {
            scope.edit(*first).after(name);
            scope.edit(workers).after(*last);
        }
        RunningSwarm {
            workers,
            security_group: group,
            node_security_group: parts.groups.nodes,
            manager_security_group: parts.groups.managers,
            managers: managers.leak(),
            worker_token,
        }
    }
}

/// A route to a port of the nodes.
struct Attach(Route, Published);

impl Build for Attach {
    type Handle = Ref<elbv2::TargetGroup>;

    fn build(self, scope: &mut Scope<'_>) -> Self::Handle {
        let Attach(route, target) = self;
        route.attach_instances(scope, target).target_group
    }
}
