//! A PostgreSQL database that outlives its stack.

use stack_core::aws::kinds::{KmsKeyArn, KmsKeyId, SecretArn};
use stack_core::aws::policy::{PolicyDocument, Principal, Statement};
use stack_core::aws::{ec2, iam, rds};
use stack_core::prelude::*;
use stack_core::sub;

use crate::allow::{Listens, Peer, no_egress};
use crate::network::NetworkPlan;

/// An RDS instance with PostgreSQL in the network's data subnets, from which no route leads out of
/// the VPC. Who may connect is said with [`allow`](crate::allow()), and nobody else can.
///
/// It is encrypted, stands by in a second zone, is backed up for 14 days, cannot be deleted before
/// [`deletion_protection`](Self::deletion_protection) is off, and leaves a snapshot when it is
/// deleted or replaced. RDS makes the password of its first user, `keeper`, keeps it in Secrets
/// Manager and changes it every week; programs can have users of their own that sign in by IAM.
/// Connections without TLS are refused, the port is 5433, logs go to CloudWatch.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html>,
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html>
///
/// Some changes make another, empty database, of which the old one's snapshot is all that is left:
/// the database's name, encryption, the key, other subnets' group. Each setter says what it does.
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::*;
///
/// let mut app = App::new();
/// let mut stack = app.stack("Shop");
/// let network = Network::new(cidr!("10.0.0.0/16"), 2).data_subnets();
/// let network = stack.add("Network", network);
/// let cluster = stack.add("Cluster", Cluster::new());
/// let database = stack.add("Database", PostgresDatabase::new(network, "shop"));
/// let api = FargateService::new(network, cluster, Image::ecr("shop/api", "2.0.1"), port!(8080))
///     .env("DATABASE_HOST", database.endpoint())
///     .secret("DATABASE_PASSWORD", Secret::key(database.secret(), "password"));
/// let api = stack.add("Api", api);
/// stack.add("ApiToDatabase", allow(api, database));
/// # assert!(app.synth().is_ok());
/// ```
///
/// | logical id | type |
/// |---|---|
/// | `{id}SecurityGroup` | `AWS::EC2::SecurityGroup`, no way in |
/// | `{id}SubnetGroup` | `AWS::RDS::DBSubnetGroup` |
/// | `{id}ParameterGroup` | `AWS::RDS::DBParameterGroup`, TLS only |
/// | `{id}MonitoringRole` | `AWS::IAM::Role` for the metrics of the operating system |
/// | `{id}Instance` | `AWS::RDS::DBInstance` |
pub struct PostgresDatabase {
    network: NetworkPlan,
    name: String,
    version: String,
    class: Value<String>,
    storage: (u32, u32),
    multi_az: bool,
    backup_days: u32,
    deletion_protection: bool,
    key: Option<Value<KmsKeyArn>>,
    port: Port,
}

/// A database that runs.
#[derive(Clone, Copy, Debug)]
pub struct Postgres {
    /// The instance.
    pub instance: Ref<rds::DbInstance>,
    /// The security group that lets nobody in by itself.
    pub security_group: Ref<ec2::SecurityGroup>,
    /// The port it listens on.
    pub port: Port,
}

impl Postgres {
    /// The host name that stays when the standby takes over.
    pub fn endpoint(self) -> Value<String> {
        self.instance.endpoint_address().into_value()
    }

    /// The secret with `username` and `password` of the first user, as JSON. It changes every week:
    /// read it when connecting, or restart what keeps it.
    pub fn secret(self) -> Value<SecretArn> {
        self.instance.master_user_secret_secret_arn().into_value()
    }
}

impl Peer for Postgres {
    fn security_group(self) -> Ref<ec2::SecurityGroup> {
        self.security_group
    }
}

impl Listens for Postgres {
    fn port(self) -> Port {
        self.port
    }
}

impl PostgresDatabase {
    /// A database of this name (1–63 letters, digits and underscores, a letter first). Another name
    /// makes another, empty instance.
    pub fn new(network: NetworkPlan, name: impl Into<String>) -> PostgresDatabase {
        PostgresDatabase {
            network,
            name: name.into(),
            version: "18".to_owned(),
            class: "db.t4g.medium".into_value(),
            storage: (20, 100),
            multi_az: true,
            backup_days: 14,
            deletion_protection: true,
            key: None,
            port: port!(5433),
        }
    }

    /// The major version, `18`, or one to begin with, `17.10` (default `18`); minor ones come by
    /// themselves in the maintenance window. A higher one upgrades in place, with minutes of
    /// interruption.
    pub fn version(self, version: impl Into<String>) -> Self {
        PostgresDatabase {
            version: version.into(),
            ..self
        }
    }

    /// The instance class (default `db.t4g.medium`). Updates with an interruption of seconds to
    /// minutes.
    pub fn class(self, class: impl IntoValue<String>) -> Self {
        PostgresDatabase {
            class: class.into_value(),
            ..self
        }
    }

    /// The size of the disk in GiB, and up to which it grows by itself (default 20 and 100; at
    /// least 20, and a tenth more to grow to). Updates in place; it never shrinks.
    pub fn storage_gib(self, from: u32, to: u32) -> Self {
        PostgresDatabase {
            storage: (from, to),
            ..self
        }
    }

    /// No standby in a second zone: half the price, and gone with its zone. Updates in place.
    pub fn single_zone(self) -> Self {
        PostgresDatabase {
            multi_az: false,
            ..self
        }
    }

    /// How long backups are kept (1–35 days, default 14). Updates in place.
    pub fn backup_days(self, days: u32) -> Self {
        PostgresDatabase {
            backup_days: days,
            ..self
        }
    }

    /// Whether it can be deleted only after this was turned off (default on). Updates in place.
    pub fn deletion_protection(self, on: bool) -> Self {
        PostgresDatabase {
            deletion_protection: on,
            ..self
        }
    }

    /// A key of your own for data, performance data and the secret (default: the stack's
    /// [`Encryption`](crate::Encryption), or else the keys of AWS).
    /// Another key makes another, empty instance.
    pub fn encrypted_with(self, key: impl IntoValue<KmsKeyArn>) -> Self {
        PostgresDatabase {
            key: Some(key.into_value()),
            ..self
        }
    }

    /// The port (default 5433, which is not PostgreSQL's own). Updates with a restart.
    pub fn port(self, port: Port) -> Self {
        PostgresDatabase { port, ..self }
    }

    fn major(&self) -> &str {
        self.version.split('.').next().unwrap_or_default()
    }

    fn check(&self, scope: &mut Scope<'_>) {
        let letters = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
        let name = self.name.as_bytes();
        if !(1..=63).contains(&name.len())
            || !name[0].is_ascii_alphabetic()
            || !name.iter().copied().all(letters)
        {
            let message = format!("`{}` is no name of a database", self.name);
            scope.problem(Problem::error("database-name", message).help(
                "a name has 1 to 63 letters, digits and underscores and begins with a letter",
            ));
        }
        let mut numbers = self.version.split('.').map(str::parse::<u32>);
        if numbers.any(|it| it.is_err()) || self.version.split('.').count() > 2 {
            let message = format!("`{}` is no version of PostgreSQL", self.version);
            scope.problem(
                Problem::error("database-version", message).help(
                    "give the major version, as in `18`, or one with its minor, as in `17.10`",
                ),
            );
        }
        if self.network.data.len() < 2 {
            let message = format!("{} subnets for a database", self.network.data.len());
            scope.problem(
                Problem::error("database-subnets", message)
                    .help("RDS wants two zones at least: make the network with `.data_subnets()`"),
            );
        }
        let (from, to) = self.storage;
        if from < 20 || to < from + from.div_ceil(10) {
            let message = format!("a disk of {from} GiB that grows to {to}");
            scope.problem(
                Problem::error("database-storage", message)
                    .help("begin with 20 GiB at least, and let it grow by a tenth at least"),
            );
        }
        if !(1..=35).contains(&self.backup_days) {
            let message = format!("backups are kept for {} days", self.backup_days);
            scope.problem(
                Problem::error("database-backups", message)
                    .help("keep them for 1 to 35 days: without any, nothing can be restored"),
            );
        }
    }

    fn parameters(&self) -> rds::DbParameterGroup {
        let parameters = Object::from_iter([
            ("rds.force_ssl", Expr::from("1")),
            // Who changed the schema, and what took a second or longer.
            ("log_statement", Expr::from("ddl")),
            ("log_min_duration_statement", Expr::from("1000")),
        ]);
        rds::DbParameterGroup::new()
            .description("Connections over TLS only")
            .family(format!("postgres{}", self.major()))
            .parameters(Value::from_expr(Expr::Object(parameters)))
    }

    fn instance(
        &self,
        subnets: Ref<rds::DbSubnetGroup>,
        parameters: Ref<rds::DbParameterGroup>,
        group: Ref<ec2::SecurityGroup>,
        monitoring: Ref<iam::Role>,
    ) -> rds::DbInstance {
        let instance = rds::DbInstance::new()
            .engine("postgres")
            .engine_version(&self.version)
            .auto_minor_version_upgrade(true)
            // Without it, a higher major version is refused.
            .allow_major_version_upgrade(true)
            .db_instance_class(&self.class)
            .db_name(&self.name)
            .port(self.port.to_string())
            .master_username("keeper")
            .manage_master_user_password(true)
            .enable_iam_database_authentication(true)
            .db_subnet_group_name(subnets)
            .db_parameter_group_name(parameters)
            .vpc_security_groups([group])
            .publicly_accessible(false)
            .multi_az(self.multi_az)
            .storage_type("gp3")
            .allocated_storage(self.storage.0.to_string())
            .max_allocated_storage(i64::from(self.storage.1))
            .storage_encrypted(true)
            .backup_retention_period(i64::from(self.backup_days))
            .delete_automated_backups(false)
            .copy_tags_to_snapshot(true)
            .deletion_protection(self.deletion_protection)
            .enable_cloudwatch_logs_exports(["postgresql", "upgrade"])
            .enable_performance_insights(true)
            .performance_insights_retention_period(7)
            .monitoring_interval(60)
            .monitoring_role_arn(monitoring.arn());
        match &self.key {
            None => instance,
            Some(key) => {
                let id = || -> Value<KmsKeyId> { Value::from_expr(key.expr().clone()) };
                instance
                    .kms_key_id(id())
                    .performance_insights_kms_key_id(id())
                    .master_user_secret(rds::db_instance::MasterUserSecret::new().kms_key_id(id()))
            }
        }
    }
}

impl Build for PostgresDatabase {
    type Handle = Postgres;

    fn build(mut self, scope: &mut Scope<'_>) -> Postgres {
        self.check(scope);
        let key = crate::encryption::key(scope);
        self.key = self.key.or(key);
        let security_group = scope.add(
            "SecurityGroup",
            ec2::SecurityGroup::new()
                .group_description("Database")
                .vpc_id(self.network.vpc)
                .security_group_egress([no_egress()]),
        );
        let subnets = scope.add(
            "SubnetGroup",
            rds::DbSubnetGroup::new()
                .db_subnet_group_description("Subnets without a route out of the VPC")
                .subnet_ids(self.network.data),
        );
        let parameters = scope.add("ParameterGroup", self.parameters());
        let monitoring = scope.add("MonitoringRole", monitoring_role());
        let instance = self.instance(subnets, parameters, security_group, monitoring);
        let instance = scope.add("Instance", instance);
        scope
            .edit(instance)
            .deletion_policy(DeletionPolicy::Snapshot)
            .update_replace_policy(UpdateReplacePolicy::Snapshot);
        Postgres {
            instance,
            security_group,
            port: self.port,
        }
    }
}

/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html>
fn monitoring_role() -> iam::Role {
    iam::Role::new()
        .assume_role_policy_document(PolicyDocument::new([Statement::allow()
            .principal(Principal::service("monitoring.rds.amazonaws.com"))
            .actions(["sts:AssumeRole"])
            .condition("StringEquals", "aws:SourceAccount", pseudo::account_id())]))
        .managed_policy_arns([kinds::ManagedPolicyArn::existing(sub!(
            "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
        ))])
}
