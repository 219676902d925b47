//! The environment of one branch.

use branch_naming::{Names, tags};
use stack_core::aws::{ecs, elbv2, logs};
use stack_core::prelude::*;

use super::admission::Need;
use super::base::SharedBase;
use crate::dns::Alias;
use crate::encryption;
use crate::forwarding::conditions;
use crate::image::Image;
use crate::route::{claim_priority, take_priority};
use crate::task::{CONTAINER, Hosting, Task};

/// The environment of one branch, in a stack of its own: what a branch needs and no more, so that
/// it is there in a minute and leaves nothing behind.
///
/// The stack is the one that the base names: `app.stack(base.stack("feature/search"))`. It carries
/// the tags that say whose it is ([`branch_naming::tags`]); without them, nothing deletes it. Whether
/// another environment fits behind the load balancer and on the instances is looked at here, and
/// refused with the numbers.
///
/// Image and priority are parameters with a default: another image is a deployment that leaves the
/// template alone, and a priority that was found free stays. Checks every five seconds and a drain
/// of five keep a deployment short.
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::*;
///
/// # let mut app = App::new();
/// # let mut stack = app.stack("Base");
/// # let network = stack.add("Network", Network::new(cidr!("10.0.0.0/16"), 2));
/// # let zone = Zone::existing("Z0123456789SHOP", "preview.shop.example");
/// # let base = BranchBase::new(network, &zone, naming!("preview", "acme/shop"), "shop/web");
/// # let base = stack.add("Previews", base.open_to([Cidr::ANYWHERE]));
/// let branch = "feature/search";
/// let environment = BranchEnvironment::new(base, branch, port!(8080))
///     .size(128, mib(256))
///     .owner("ana@shop.example")
///     .hours(48);
/// let running = app.stack(base.stack(branch)).add("Web", environment);
/// assert_eq!(running.host, "feature-search-3d35b82b16.preview.shop.example");
/// # assert!(app.synth().is_ok());
/// ```
///
/// | logical id | type |
/// |---|---|
/// | `{id}Image`, `{id}Priority` | parameters: the image's tag, the rule's priority |
/// | `{id}LogGroup` | `AWS::Logs::LogGroup`, `/{prefix}/{label}`, deleted with the stack |
/// | `{id}TaskDefinition` | `AWS::ECS::TaskDefinition` |
/// | `{id}TargetGroup` | `AWS::ElasticLoadBalancingV2::TargetGroup` |
/// | `{id}Rule` | `AWS::ElasticLoadBalancingV2::ListenerRule` |
/// | `{id}Service` | `AWS::ECS::Service` |
/// | `{id}Name` | `AWS::Route53::RecordSet`, when asked for |
/// | `{id}Url` | output |
pub struct BranchEnvironment {
    base: SharedBase,
    names: Names<'static>,
    task: Task,
    port: Port,
    image_tag: Option<String>,
    cpu: u32,
    memory: Mebibytes,
    count: u32,
    owner: Option<String>,
    hours: Option<u32>,
    health_path: String,
    record: bool,
    priority: Option<RulePriority>,
}

/// The environment of a branch.
#[derive(Clone, Debug)]
pub struct RunningBranch {
    /// Where it can be reached, by HTTPS.
    pub host: String,
    /// The ECS service.
    pub service: Ref<ecs::Service>,
    /// Where its logs go.
    pub log_group: Ref<logs::LogGroup>,
}

/// The time that a target may finish its requests: with the stop of the container far below the two
/// minutes after which a Spot instance is gone.
const DRAIN: Seconds = seconds(5);

impl BranchEnvironment {
    /// The environment of a branch, without `refs/heads/`, whose container listens on `port`.
    pub fn new(base: SharedBase, branch: &str, port: Port) -> BranchEnvironment {
        let names = base.naming.names(branch);
        let mut task = Task::new(Image::ecr(&base.parts.repository, ""), Some(port));
        task.secrets.clone_from(&base.parts.secrets);
        task.stop_timeout = seconds(10);
        task.log_retention = 7;
        BranchEnvironment {
            base,
            names,
            task,
            port,
            image_tag: None,
            cpu: 128,
            memory: mib(256),
            count: 1,
            owner: None,
            hours: Some(168),
            health_path: "/".to_owned(),
            record: false,
            priority: None,
        }
    }

    /// What is asked for a branch, in the program or by `preview up`: its image, its owner and how
    /// long it lives. What is not asked for is as [`new`](Self::new) makes it. Its memory is yours to
    /// heed: `.size(128, asked.memory_or(mib(256)))`.
    pub fn asked(base: SharedBase, asked: &Preview, port: Port) -> BranchEnvironment {
        let mut it = BranchEnvironment::new(base, &asked.branch, port);
        it.image_tag.clone_from(&asked.image);
        it.owner.clone_from(&asked.owner);
        match asked.life {
            Life::Usual => it,
            Life::Hours(hours) => it.hours(hours),
            Life::Pinned => it.pinned(),
        }
    }

    /// The tag or the digest (`sha256:…`) of the image in the base's repository (default: the tag
    /// that is the branch's label). A tag that is used again for another image is not seen by
    /// instances that have the first: name a commit.
    pub fn image(mut self, version: impl Into<String>) -> Self {
        self.image_tag = Some(version.into());
        self
    }

    /// A variable of the container's environment; not for secrets. A change starts a deployment.
    pub fn env(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> Self {
        self.task
            .environment
            .push((name.into(), value.into_value()));
        self
    }

    /// The command instead of the image's own.
    pub fn command<S: Into<String>>(mut self, words: impl IntoIterator<Item = S>) -> Self {
        self.task.command = words.into_iter().map(Into::into).collect();
        self
    }

    /// A folder the container may write to, empty at each start, such as `/tmp`.
    pub fn scratch(mut self, path: impl Into<String>) -> Self {
        self.task.scratch.push(path.into());
        self
    }

    /// CPU units that are kept for a task and the memory it may use (default 128 and 256 MiB).
    pub fn size(self, cpu: u32, memory: Mebibytes) -> Self {
        BranchEnvironment {
            cpu,
            memory,
            ..self
        }
    }

    /// How many tasks run (default 1).
    pub fn count(self, tasks: u32) -> Self {
        BranchEnvironment {
            count: tasks,
            ..self
        }
    }

    /// Whose it is, for people and for [`at_most_each`](crate::BranchBase::at_most_each).
    pub fn owner(self, name: impl Into<String>) -> Self {
        BranchEnvironment {
            owner: Some(name.into()),
            ..self
        }
    }

    /// How many hours it lives after its last deployment (1–8,760, default 168: a week).
    pub fn hours(self, hours: u32) -> Self {
        BranchEnvironment {
            hours: Some(hours),
            ..self
        }
    }

    /// Lives as long as its branch.
    pub fn pinned(self) -> Self {
        BranchEnvironment {
            hours: None,
            ..self
        }
    }

    /// The path that answers 200 when a task is healthy (default `/`). It is asked every five
    /// seconds; two good answers bring traffic, two bad ones take it away.
    pub fn health_check(self, path: impl Into<String>) -> Self {
        BranchEnvironment {
            health_path: path.into(),
            ..self
        }
    }

    /// Also a record of its own, which wins over the base's wildcard. Its name is then known to
    /// whoever reads the zone, and takes its time to spread.
    pub fn record(self) -> Self {
        BranchEnvironment {
            record: true,
            ..self
        }
    }

    /// The place of its rule (default: by the hash of its name, the next one when that is taken).
    pub fn priority(self, number: RulePriority) -> Self {
        BranchEnvironment {
            priority: Some(number),
            ..self
        }
    }
}

impl Build for BranchEnvironment {
    type Handle = RunningBranch;

    fn build(self, scope: &mut Scope<'_>) -> RunningBranch {
        self.check(scope);
        self.tag(scope);
        let host = self.names.host(&self.base.parts.zone.domain);
        let key = encryption::key(scope);
        let log_group = scope.add(
            "LogGroup",
            logs::LogGroup::new()
                .log_group_name(kinds::LogGroupName::existing(self.names.log_group()))
                .retention_in_days(self.task.log_retention)
                .kms_key_id(key),
        );
        scope
            .edit(log_group)
            .deletion_policy(DeletionPolicy::Delete);
        scope
            .edit(log_group)
            .update_replace_policy(UpdateReplacePolicy::Delete);
        let definition = self.definition(scope, log_group);
        let target_group = scope.add("TargetGroup", self.target_group());
        let rule = self.rule(scope, &host, target_group);
        let service = scope.add("Service", self.service(definition, target_group));
        scope.edit(service).after(rule);
        if self.record {
            scope.add(
                "Name",
                Alias::new(&self.base.parts.zone, &*host, self.base.entry),
            );
        }
        scope.output("Url", Output::new(format!("https://{host}")));
        RunningBranch {
            host,
            service,
            log_group,
        }
    }
}

impl BranchEnvironment {
    fn check(&self, scope: &mut Scope<'_>) {
        let shown = tags::readable(self.names.branch());
        let stack = self.names.stack();
        if scope.stack_name() != stack {
            let message = format!(
                "the environment of `{shown}` is in the stack `{}`",
                scope.stack_name()
            );
            scope.problem(
                Problem::error("branch-stack", message)
                    .help(format!("its stack is `{stack}`, as `app.stack(base.stack(…))` makes it: what deletes it looks there")),
            );
        }
        if let Err(first) = scope.claim(format!("environment {stack}")) {
            let message = format!("`{shown}` already has the environment at {first}");
            scope.problem(
                Problem::error("branch-twice", message).help("a branch has one environment"),
            );
        }
        if self.hours.is_some_and(|it| !(1..=8_760).contains(&it)) {
            scope.problem(
                Problem::error(
                    "branch-hours",
                    format!("`{shown}` lives for {} hours", self.hours.unwrap_or(0)),
                )
                .help("give it 1 to 8,760 hours, or `.pinned()`"),
            );
        }
        self.task.check_names(scope);
        let need = Need {
            owner: self.owner.clone(),
            tasks: self.count,
            cpu: self.cpu,
            memory: self.memory.0,
        };
        for problem in self.base.parts.ledger.admit(need) {
            scope.problem(problem);
        }
    }

    /// Tags of the stack, and so of everything in it.
    fn tag(&self, scope: &mut Scope<'_>) {
        for (key, value) in tags::ownership(&self.names) {
            scope.tag(key, value);
        }
        if let Some(owner) = &self.owner {
            scope.tag(tags::OWNER, tags::readable(owner));
        }
        if let Some(hours) = self.hours {
            scope.tag(tags::HOURS, hours.to_string());
        }
    }

    fn definition(
        &self,
        scope: &mut Scope<'_>,
        log_group: Ref<logs::LogGroup>,
    ) -> Ref<ecs::TaskDefinition> {
        let tag = self
            .image_tag
            .clone()
            .unwrap_or_else(|| self.names.image_tag());
        let by_digest = tag.starts_with("sha256:");
        let (pattern, what) = match by_digest {
            true => ("sha256:[0-9a-f]{64}", "digest of the image"),
            false => ("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", "tag of the image"),
        };
        let version = scope.parameter(
            "Image",
            Parameter::string()
                .default(tag)
                .pattern(pattern)
                .description(what),
        );
        let mut task = self.task.clone();
        task.image = match by_digest {
            true => Image::ecr_digest(&self.base.parts.repository, version),
            false => Image::ecr(&self.base.parts.repository, version),
        };
        let hosting = Hosting::Ec2 {
            cpu: self.cpu,
            memory: self.memory,
        };
        let volumes = task.volumes();
        let definition = ecs::TaskDefinition::new()
            .container_definitions([task.container(log_group, &hosting, None)])
            .execution_role_arn(self.base.execution_role.arn())
            .task_role_arn(self.base.task_role.arn())
            // Docker gives a port of the instance to each container: as many fit as have memory.
            .network_mode(ecs::task_definition::NetworkMode::BRIDGE)
            .volumes((!volumes.is_empty()).then_some(volumes))
            .cpu(self.cpu.to_string())
            .memory(self.memory)
            .requires_compatibilities([ecs::task_definition::RequiresCompatibilities::EC2]);
        let definition = scope.add("TaskDefinition", definition);
        // An earlier revision stays registered, so that a deployment can go back to it.
        scope
            .edit(definition)
            .deletion_policy(DeletionPolicy::Delete)
            .update_replace_policy(UpdateReplacePolicy::Retain);
        definition
    }

    fn target_group(&self) -> elbv2::TargetGroup {
        elbv2::TargetGroup::new()
            .vpc_id(self.base.entry.vpc)
            .port(self.port)
            .protocol(elbv2::target_group::Protocol::HTTP)
            .target_type(elbv2::target_group::TargetType::INSTANCE)
            .health_check_protocol(elbv2::target_group::HealthCheckProtocol::HTTP)
            .health_check_path(&self.health_path)
            .health_check_interval_seconds(5)
            .health_check_timeout_seconds(2)
            .healthy_threshold_count(2)
            .unhealthy_threshold_count(2)
            .matcher(elbv2::target_group::Matcher::new().http_code("200"))
            .target_group_attributes([elbv2::target_group::TargetGroupAttribute::new()
                .key("deregistration_delay.timeout_seconds")
                .value(DRAIN.0.to_string())])
    }

    fn rule(
        &self,
        scope: &mut Scope<'_>,
        host: &str,
        target_group: Ref<elbv2::TargetGroup>,
    ) -> Ref<elbv2::ListenerRule> {
        let listener = self.base.entry.listener;
        let number = match self.priority {
            Some(number) => {
                claim_priority(scope, listener, Some(number));
                Some(number)
            }
            None => take_priority(scope, listener, self.names.rule_priority()),
        };
        let number = i64::from(number.map_or(1, |it| it.number()));
        let priority = Parameter::number().default(number).min(1).max(50_000);
        let priority = scope.parameter(
            "Priority",
            priority.description("place of the rule, once found free, stays"),
        );
        let forward = elbv2::listener_rule::Action::new()
            .kind(elbv2::listener::ActionType::FORWARD)
            .target_group_arn(target_group);
        let actions = match &self.base.parts.sign_in {
            None => vec![forward],
            Some(provider) => vec![provider.action(), forward.order(2)],
        };
        scope.add(
            "Rule",
            elbv2::ListenerRule::new()
                .listener_arn(listener)
                .priority(Value::<RulePriority>::from_expr(
                    priority.value().into_expr(),
                ))
                .conditions(conditions(&[host.to_owned()], &[]))
                .actions(actions),
        )
    }

    fn service(
        &self,
        definition: Ref<ecs::TaskDefinition>,
        target_group: Ref<elbv2::TargetGroup>,
    ) -> ecs::Service {
        use ecs::service as it;
        let breaker = it::DeploymentCircuitBreaker::new()
            .enable(true)
            .rollback(true);
        ecs::Service::new()
            .cluster(self.base.capacity.cluster.cluster)
            .task_definition(definition)
            .desired_count(i64::from(self.count))
            .deployment_configuration(
                it::DeploymentConfiguration::new()
                    .minimum_healthy_percent(100)
                    .maximum_percent(200)
                    .deployment_circuit_breaker(breaker),
            )
            .load_balancers([it::LoadBalancer::new()
                .container_name(CONTAINER)
                .container_port(self.port)
                .target_group_arn(target_group)])
            .health_check_grace_period_seconds(60)
            .capacity_provider_strategy([it::CapacityProviderStrategyItem::new()
                .capacity_provider(self.base.capacity.provider)
                .weight(1)])
            // Few instances well filled, not many half empty.
            .placement_strategies([it::PlacementStrategy::new()
                .kind(it::PlacementStrategyType::BINPACK)
                .field("memory")])
            // ECS rebalances only what is spread over zones.
            .availability_zone_rebalancing(it::AvailabilityZoneRebalancing::DISABLED)
            .enable_ecs_managed_tags(true)
            .propagate_tags(it::PropagateTags::SERVICE)
    }
}
