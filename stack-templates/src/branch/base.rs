//! What the environments of all branches share.

use branch_naming::{Naming, tags};
use stack_core::aws::kinds::{BucketName, CertificateArn};
use stack_core::aws::policy::{PolicyDocument, Statement};
use stack_core::aws::{ec2, iam};
use stack_core::prelude::*;
use stack_core::sub;

use super::admission::{self, Ledger, Room};
use super::instance_size::{InstanceSize, RESERVED};
use crate::access_logs::LogsTo;
use crate::capacity::{CapacityHandle, Ec2Capacity};
use crate::certificate::Certificate;
use crate::cluster::Cluster;
use crate::dns::{Alias, Zone};
use crate::https_load_balancer::{HttpsLoadBalancer, PublicEntry};
use crate::image::Image;
use crate::network::NetworkPlan;
use crate::secret::Secret;
use crate::sign_in::SignIn;
use crate::spot::Spot;
use crate::task::role_of_tasks;

/// The ports that Docker gives to containers on an instance.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html>
const DYNAMIC_PORTS: (Port, Port) = (port!(32_768), port!(65_535));

/// The base of branch environments, in a stack that lives long: a load balancer with one
/// certificate and one name for all hosts of a zone, which answers 404 to what no environment
/// takes; a cluster on Spot instances with some on demand; the roles of all tasks. What is its own
/// to a branch is a [`BranchEnvironment`](crate::BranchEnvironment).
///
/// Environments run with dynamic ports on the instances, so that many fit on one; they share one
/// execution role, which may pull one repository and read the secrets named here, and one task
/// role, which may do nothing. Give them an account of their own, with no production in it, and a
/// zone that is no sibling of a domain with cookies of production.
///
/// Nobody can reach them until [`open_to`](Self::open_to) says who; [`sign_in`](Self::sign_in) asks
/// those who they are.
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::*;
///
/// let mut app = App::new();
/// let mut stack = app.stack("Base");
/// let network = stack.add("Network", Network::new(cidr!("10.0.0.0/16"), 2));
/// let zone = Zone::existing("Z0123456789SHOP", "preview.shop.example");
/// let base = BranchBase::new(network, &zone, naming!("preview", "acme/shop"), "shop/web")
///     .open_to([cidr!("203.0.113.0/24")])
///     .instances(["m6i.large", "m6a.large", "m5.large"], 1, 4);
/// let base = stack.add("Previews", base);
/// # assert!(app.synth().is_ok());
/// ```
///
/// | logical id | type |
/// |---|---|
/// | `{id}Certificate` | for `*.{zone}`, [`Certificate`], unless one is given |
/// | `{id}EdgeSecurityGroup`, `{id}EdgeAccessLogs`, `{id}EdgeAccessLogsPolicy`, `{id}EdgeLoadBalancer`, `{id}EdgeListener` | [`HttpsLoadBalancer`] |
/// | `{id}Name` | `AWS::Route53::RecordSet`, `*.{zone}` |
/// | `{id}Cluster` | `AWS::ECS::Cluster` |
/// | `{id}CapacitySecurityGroup`, `{id}CapacityInstanceRole`, `{id}CapacityInstanceProfile`, `{id}CapacityLaunchTemplate`, `{id}CapacityAutoScalingGroup`, `{id}CapacityProvider`, `{id}CapacityAssociation` | [`Ec2Capacity`] |
/// | `{id}EdgeToTasks`, `{id}TasksFromEdge` | the openings for the dynamic ports |
/// | `{id}EdgeToSignIn` | the opening for the identity provider, with one |
/// | `{id}ExecutionRole`, `{id}TaskRole` | `AWS::IAM::Role`, for all environments |
pub struct BranchBase {
    network: NetworkPlan,
    zone: Zone,
    naming: Naming<'static>,
    repository: String,
    open_to: Vec<Cidr>,
    sign_in: Option<SignIn>,
    types: Vec<String>,
    instances: (u32, u32),
    on_demand: u32,
    instance: Option<InstanceSize>,
    secrets: Vec<(String, Secret)>,
    permissions: Vec<Statement>,
    rules: u32,
    targets: u32,
    at_most: Option<u32>,
    at_most_each: Option<u32>,
    certificate: Option<Value<CertificateArn>>,
    logs: LogsTo,
}

/// A base to add environments to.
#[derive(Clone, Copy, Debug)]
pub struct SharedBase {
    /// Prefix and repository.
    pub naming: Naming<'static>,
    /// The load balancer.
    pub entry: PublicEntry,
    /// The instances.
    pub capacity: CapacityHandle,
    /// What the agent uses to start any environment's task.
    pub execution_role: Ref<iam::Role>,
    /// What any environment's program may do.
    pub task_role: Ref<iam::Role>,
    pub(super) parts: &'static Parts,
}

/// What does not fit into a handle that is copied.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) stack: &'static str,
    pub(super) zone: Zone,
    pub(super) repository: String,
    pub(super) sign_in: Option<SignIn>,
    pub(super) secrets: Vec<(String, Secret)>,
    pub(super) ledger: Ledger,
}

impl SharedBase {
    /// The name of a branch's stack: `app.stack(base.stack("feature/search"))`.
    pub fn stack(self, branch: &str) -> String {
        self.naming.names(branch).stack()
    }

    /// What [`App::previews`] is given: names, limits and room of this base.
    pub fn previews(self) -> Previews {
        let room = self.parts.ledger.room();
        Previews {
            prefix: self.naming.prefix().to_owned(),
            repository: self.naming.repository().to_owned(),
            base: self.parts.stack.to_owned(),
            domain: self.parts.zone.domain.clone(),
            standing: Vec::new(),
            at_most: room.environments,
            at_most_each: room.each_owner,
            instances: room.instances,
            instance: room.instance.map(|it| (it.cpu, it.memory)),
        }
    }
}

impl BranchBase {
    /// In this network, for hosts of this zone and images of this ECR repository. Of two bases in an
    /// account each has its own prefix and its own zone.
    pub fn new(
        network: NetworkPlan,
        zone: &Zone,
        naming: Naming<'static>,
        repository: impl Into<String>,
    ) -> BranchBase {
        BranchBase {
            network,
            zone: zone.clone(),
            naming,
            repository: repository.into(),
            open_to: Vec::new(),
            sign_in: None,
            types: ["m6i.large", "m6a.large", "m5.large"]
                .map(str::to_owned)
                .to_vec(),
            instances: (1, 10),
            on_demand: 1,
            instance: None,
            secrets: Vec::new(),
            permissions: Vec::new(),
            rules: admission::RULES,
            targets: admission::TARGETS,
            at_most: None,
            at_most_each: None,
            certificate: None,
            logs: LogsTo::Own,
        }
    }

    /// Who may reach the environments: the office, the VPN. `Cidr::ANYWHERE` opens them to
    /// everybody. Updates in place.
    pub fn open_to(self, ranges: impl Into<Vec<Cidr>>) -> Self {
        BranchBase {
            open_to: ranges.into(),
            ..self
        }
    }

    /// Asks whoever comes to sign in first. Updates in place, with the environments' own stacks.
    pub fn sign_in(self, provider: SignIn) -> Self {
        BranchBase {
            sign_in: Some(provider),
            ..self
        }
    }

    /// The instance types, three at least and of one size, and how many instances (default
    /// `m6i.large`, `m6a.large` and `m5.large`, 1 to 10).
    pub fn instances<S: Into<String>>(
        self,
        types: impl IntoIterator<Item = S>,
        least: u32,
        most: u32,
    ) -> Self {
        BranchBase {
            types: types.into_iter().map(Into::into).collect(),
            instances: (least, most),
            ..self
        }
    }

    /// How many instances are on demand before any is bought on the Spot market (default 1).
    pub fn on_demand(self, base: u32) -> Self {
        BranchBase {
            on_demand: base,
            ..self
        }
    }

    /// What one instance has for tasks (CPU units, MiB), for types that are not known here or to
    /// plan with less. Known are the families c, m and r from 5 on, t3 and t4g.
    pub fn instance_size(self, cpu: u32, memory: Mebibytes) -> Self {
        BranchBase {
            instance: Some(InstanceSize {
                cpu,
                memory: memory.0,
            }),
            ..self
        }
    }

    /// A variable of every environment whose value is kept in Secrets Manager or Parameter Store.
    /// No value of production.
    pub fn secret(mut self, name: impl Into<String>, secret: Secret) -> Self {
        self.secrets.push((name.into(), secret));
        self
    }

    /// What the programs of all environments may do in AWS; nothing by default.
    pub fn permission(mut self, statement: Statement) -> Self {
        self.permissions.push(statement);
        self
    }

    /// Uses a certificate that exists, for `*.{zone}`, instead of one of its own. Updates in place;
    /// its own is deleted.
    pub fn certificate(self, certificate: impl IntoValue<CertificateArn>) -> Self {
        BranchBase {
            certificate: Some(certificate.into_value()),
            ..self
        }
    }

    /// Logs requests to a bucket that exists, see
    /// [`HttpsLoadBalancer::access_logs_in`](crate::HttpsLoadBalancer::access_logs_in).
    pub fn access_logs_in(self, bucket: impl IntoValue<BucketName>) -> Self {
        BranchBase {
            logs: LogsTo::Bucket(bucket.into_value()),
            ..self
        }
    }

    /// How many environments there may be (default: as many as fit).
    pub fn at_most(self, environments: u32) -> Self {
        BranchBase {
            at_most: Some(environments),
            ..self
        }
    }

    /// How many environments each owner may have (default: as many as fit).
    pub fn at_most_each(self, environments: u32) -> Self {
        BranchBase {
            at_most_each: Some(environments),
            ..self
        }
    }

    /// The account's quota of rules for each load balancer, when it was raised (default 100).
    pub fn rules_quota(self, rules: u32) -> Self {
        BranchBase { rules, ..self }
    }

    /// The account's quota of targets for each load balancer, when it was raised (default 1,000).
    pub fn targets_quota(self, targets: u32) -> Self {
        BranchBase { targets, ..self }
    }
}

impl Build for BranchBase {
    type Handle = SharedBase;

    fn build(self, scope: &mut Scope<'_>) -> SharedBase {
        self.check(scope);
        let hosts = format!("*.{}", self.zone.domain);
        let certificate = self.certificate.clone().unwrap_or_else(|| {
            let own = Certificate::new(&self.zone, &*hosts);
            scope.add("Certificate", own).reference()
        });
        let mut edge =
            HttpsLoadBalancer::new(self.network, certificate).open_to(self.open_to.clone());
        if let LogsTo::Bucket(bucket) = &self.logs {
            edge = edge.access_logs_in(bucket);
        }
        let entry = scope.add("Edge", edge);
        scope.add("Name", Alias::new(&self.zone, &hosts, entry));
        let cluster = scope.add("Cluster", Cluster::new());
        let (least, most) = self.instances;
        let mut types = self.types.iter();
        let own = types.next().map_or("", String::as_str);
        let capacity = Ec2Capacity::new(self.network, cluster, own, least, most)
            .spot(Spot::with_types(types).on_demand(self.on_demand))
            // A branch's image is looked for on the instance first: its tag stays the same image.
            .agent("ECS_IMAGE_PULL_BEHAVIOR", "prefer-cached")
            .agent("ECS_RESERVED_MEMORY", RESERVED.to_string());
        let capacity = scope.add("Capacity", capacity);
        self.open(scope, entry, capacity);
        let execution_role = scope.add("ExecutionRole", self.execution_role());
        let task_role = scope.add("TaskRole", self.task_role());
        let room = Room {
            rules: self.rules,
            targets: self.targets,
            environments: self.at_most,
            each_owner: self.at_most_each,
            instances: most,
            instance: self.instance_of_types(),
            instance_types: format!("`{}`", self.types.join("`, `")),
        };
        let parts = Parts {
            stack: scope.stack_name(),
            zone: self.zone,
            repository: self.repository,
            sign_in: self.sign_in,
            secrets: self.secrets,
            ledger: Ledger::new(room),
        };
        SharedBase {
            naming: self.naming,
            entry,
            capacity,
            execution_role,
            task_role,
            // Handles live as long as the program.
            parts: Box::leak(Box::new(parts)),
        }
    }
}

impl BranchBase {
    fn instance_of_types(&self) -> Option<InstanceSize> {
        let sizes = self.types.iter().map(|it| InstanceSize::of(it));
        let least = sizes.reduce(|a, b| Some(a?.least(b?))).flatten();
        self.instance.or(least)
    }

    fn check(&self, scope: &mut Scope<'_>) {
        let prefix = self.naming.prefix();
        if let Some(sign_in) = &self.sign_in {
            sign_in.check(scope);
        }
        if self.open_to.is_empty() {
            scope.problem(
                Problem::error("branch-base-closed", "nobody can reach the environments")
                    .help("say who with `.open_to([cidr!(\"203.0.113.0/24\")])`"),
            );
        }
        if scope.stack_name().starts_with(&format!("{prefix}-")) {
            let message = format!(
                "the stack `{}` is named like an environment",
                scope.stack_name()
            );
            scope.problem(Problem::error("branch-base-name", message).help(format!(
                "names that begin with `{prefix}-` belong to branches: call it `{prefix}Base`"
            )));
        }
        // A label of 40 characters and a dot; a host condition takes 128.
        if self.zone.domain.len() > 128 - 41 {
            let message = format!("`{}` is too long a domain", self.zone.domain);
            scope.problem(
                Problem::error("branch-domain", message)
                    .help("a host condition takes 128 characters, 41 of which are the branch's"),
            );
        }
        if self.instance_of_types().is_none() {
            let message = format!(
                "how much memory `{}` have is not known",
                self.types.join("`, `")
            );
            scope.problem(
                Problem::error("branch-instance-size", message)
                    .help("say what an instance has for tasks: `.instance_size(2048, mib(7424))`"),
            );
        }
        let claim = format!("branch environments `{prefix}`");
        if let Err(first) = scope.claim(claim) {
            let message = format!("`{prefix}` is already the prefix of the base at {first}");
            scope.problem(
                Problem::error("branch-prefix", message)
                    .help("stacks and log groups begin with it: give each base its own"),
            );
        }
    }

    /// The load balancer to the dynamic ports, with one rule for all environments: a security group
    /// takes 60.
    fn open(&self, scope: &mut Scope<'_>, entry: PublicEntry, capacity: CapacityHandle) {
        let (first, last) = DYNAMIC_PORTS;
        scope.add(
            "EdgeToTasks",
            ec2::SecurityGroupEgress::new()
                .group_id(entry.security_group)
                .description("dynamic ports of the environments")
                .ip_protocol("tcp")
                .from_port(first)
                .to_port(last)
                .destination_security_group_id(capacity.security_group),
        );
        scope.add(
            "TasksFromEdge",
            ec2::SecurityGroupIngress::new()
                .group_id(capacity.security_group)
                .description("dynamic ports, from the load balancer")
                .ip_protocol("tcp")
                .from_port(first)
                .to_port(last)
                .source_security_group_id(entry.security_group),
        );
        if self.sign_in.is_some() {
            // The load balancer asks the provider itself, whose addresses are its own affair.
            scope.add(
                "EdgeToSignIn",
                ec2::SecurityGroupEgress::new()
                    .group_id(entry.security_group)
                    .description("HTTPS to the identity provider")
                    .ip_protocol("tcp")
                    .from_port(port!(443))
                    .to_port(port!(443))
                    .cidr_ip(Cidr::ANYWHERE),
            );
        }
    }

    fn execution_role(&self) -> iam::Role {
        let mut statements = Image::ecr(&self.repository, "any").pull();
        statements.push(
            Statement::allow()
                .actions(["logs:CreateLogStream", "logs:PutLogEvents"])
                .resources([sub!(
                    "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/${prefix}/*:*",
                    prefix = self.naming.prefix()
                )]),
        );
        statements.extend(self.secrets.iter().map(|(_, secret)| secret.read()));
        role_of_tasks().policies([iam::role::Policy::new()
            .policy_name("StartTask")
            .policy_document(PolicyDocument::new(statements))])
    }

    fn task_role(&self) -> iam::Role {
        if self.permissions.is_empty() {
            return role_of_tasks();
        }
        role_of_tasks().policies([iam::role::Policy::new()
            .policy_name("Task")
            .policy_document(PolicyDocument::new(self.permissions.clone()))])
    }
}

/// The tag that resources of environments carry, as a condition of IAM.
pub(super) const SYSTEM_CONDITION: &str = "aws:ResourceTag/branch-environment";
const _: () = assert!(SYSTEM_CONDITION.len() == "aws:ResourceTag/".len() + tags::SYSTEM.len());
