//! A key of one's own, for what a stack keeps.

use stack_core::aws::kinds::KmsKeyArn;
use stack_core::aws::policy::{PolicyDocument, Principal, Statement};
use stack_core::aws::{kms, logs};
use stack_core::prelude::*;
use stack_core::sub;

/// A key of KMS that encrypts what stacks keep. AWS changes its material once a year; it outlives its
/// stack, because what it encrypted is lost without it.
///
/// One decision gives it to everything in a stack: log groups, topics, image repositories, secrets,
/// tables and the settings of functions that patterns add from there on. Another stack of the account
/// and region decides for the same key.
///
/// What is not encrypted with it: access logs of load balancers, which Elastic Load Balancing writes
/// to buckets with keys of S3 only, and disks of instances, which keep the account's own key.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html>
///
/// A key costs money, and whoever loses it loses the logs: it is not a default. Deciding for it later
/// changes log groups, topics, secrets, tables and functions in place (what is there already stays as
/// it was encrypted), and replaces image repositories, whose images then are not there.
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::*;
///
/// let mut app = App::new();
/// let mut stack = app.stack("Shop");
/// let key = stack.add("Key", EncryptionKey::new());
/// stack.decide(key);
/// stack.add("Network", Network::new(cidr!("10.0.0.0/16"), 2));
/// # assert!(app.synth().unwrap().stack("Shop").unwrap().body().contains("KmsKeyId"));
/// ```
///
/// | logical id | type |
/// |---|---|
/// | `{id}` | `AWS::KMS::Key` |
#[derive(Clone, Debug)]
pub struct EncryptionKey {
    pending: u32,
    permissions: Vec<Statement>,
}

/// The key that a stack decided for.
#[derive(Clone, Copy, Debug)]
pub struct Encryption {
    // Handles live as long as the program.
    arn: &'static Value<KmsKeyArn>,
}

impl Decision for Encryption {
    const WHAT: &'static str = "the key that encrypts";
}

impl Encryption {
    /// A key that exists outside the app, of the stack's own region. Its policy must let CloudWatch
    /// Logs and CloudWatch use it, as that of an [`EncryptionKey`] does.
    pub fn existing(arn: impl IntoValue<KmsKeyArn>) -> Encryption {
        Encryption {
            arn: Box::leak(Box::new(arn.into_value())),
        }
    }

    /// The key's ARN.
    pub fn arn(self) -> Value<KmsKeyArn> {
        self.arn.clone()
    }
}

impl Default for EncryptionKey {
    fn default() -> EncryptionKey {
        EncryptionKey::new()
    }
}

impl EncryptionKey {
    /// A key that the account's own policies say who may use.
    pub fn new() -> EncryptionKey {
        EncryptionKey {
            pending: 30,
            permissions: Vec::new(),
        }
    }

    /// How many days pass between the key's deletion and the end of it (7–30, default 30). Updates
    /// in place.
    pub fn pending_days(self, days: u32) -> EncryptionKey {
        EncryptionKey {
            pending: days,
            ..self
        }
    }

    /// Lets somebody else use it: a statement of the key's policy. Updates in place.
    pub fn permission(mut self, statement: Statement) -> EncryptionKey {
        self.permissions.push(statement);
        self
    }

    fn policy(self) -> PolicyDocument {
        let root = sub!("arn:${AWS::Partition}:iam::${AWS::AccountId}:root");
        // Without it, nobody could change the key any more; who may use it is up to policies of IAM.
        // https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
        let account = Statement::allow()
            .sid("Account")
            .principal(Principal::aws([root]))
            .actions(["kms:*"])
            .resources(["*"]);
        // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        let log_groups = Statement::allow()
            .sid("LogGroups")
            .principal(Principal::service(sub!(
                "logs.${AWS::Region}.amazonaws.com"
            )))
            .actions([
                "kms:Decrypt*",
                "kms:Describe*",
                "kms:Encrypt*",
                "kms:GenerateDataKey*",
                "kms:ReEncrypt*",
            ])
            .resources(["*"])
            .condition(
                "ArnLike",
                "kms:EncryptionContext:aws:logs:arn",
                sub!("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*"),
            );
        // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        let alarms = Statement::allow()
            .sid("AlarmsToTopics")
            .principal(Principal::service("cloudwatch.amazonaws.com"))
            .actions(["kms:Decrypt", "kms:GenerateDataKey*"])
            .resources(["*"])
            .condition("StringEquals", "aws:SourceAccount", pseudo::account_id());
        // A grant outlives the permission that made it, so only services of AWS make them.
        // https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
        let grants = Statement::deny()
            .sid("GrantsToServicesAlone")
            .principal(Principal::anyone())
            .actions(["kms:CreateGrant"])
            .resources(["*"])
            .condition("BoolIfExists", "aws:PrincipalIsAWSService", "false")
            .condition("BoolIfExists", "kms:GrantIsForAWSResource", "false");
        let statements = [account, log_groups, alarms, grants];
        PolicyDocument::new(statements.into_iter().chain(self.permissions))
    }
}

impl Build for EncryptionKey {
    type Handle = Encryption;

    fn build(self, scope: &mut Scope<'_>) -> Encryption {
        let key = kms::Key::new()
            .description(sub!("${AWS::StackName}-${id}", id = scope.logical_id("")))
            .enable_key_rotation(true)
            .pending_window_in_days(self.pending)
            .key_policy(self.policy());
        let key = scope.add("", key);
        scope.edit(key).retain();
        Encryption::existing(key.arn())
    }
}

/// The key that the stack decided for, if it did.
pub(crate) fn key(scope: &mut Scope<'_>) -> Option<Value<KmsKeyArn>> {
    scope.decided::<Encryption>().map(Encryption::arn)
}

/// A log group that outlives its stack.
pub(crate) fn log_group(scope: &mut Scope<'_>, id: &str, days: u32) -> Ref<logs::LogGroup> {
    let key = key(scope);
    let group = logs::LogGroup::new()
        .retention_in_days(days)
        .kms_key_id(key);
    let group = scope.add(id, group);
    scope.edit(group).retain();
    group
}

/// What a role needs to read and write what these services keep with the key.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service>,
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html>,
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html>
pub(crate) fn use_through(key: Value<KmsKeyArn>, services: &[&str]) -> Statement {
    let through = services
        .iter()
        .map(|it| sub!("${service}.${AWS::Region}.amazonaws.com", service = *it).into_expr());
    let through: Value<String> = Value::from_expr(Expr::List(through.collect()));
    Statement::allow()
        .actions([
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:Encrypt",
            "kms:GenerateDataKey",
            "kms:ReEncryptFrom",
            "kms:ReEncryptTo",
        ])
        .resources([Value::<String>::from_expr(key.into_expr())])
        .condition("StringEquals", "kms:ViaService", through)
}
