//! What deletes environments: a webhook of the repository's host, and a clock.

use branch_naming::Provider;
use stack_core::aws::kinds::{BucketName, FunctionArn, KmsKeyArn};
use stack_core::aws::policy::{PolicyDocument, Principal, Statement};
use stack_core::aws::{
    api_gateway_v2 as api, dynamodb, ec2, iam, lambda, logs, scheduler, secrets_manager, sns,
};
use stack_core::prelude::*;
use stack_core::sub;

use super::base::{SYSTEM_CONDITION, SharedBase};
use super::deletion;
use crate::allow::https_egress;
use crate::encryption;
use crate::item_table::item_table;
use crate::network::NetworkPlan;

/// The program of the webhook, as it lies in S3: package `branch-webhook-lambda` of this
/// repository, built for `provided.al2023` on ARM64 and zipped. Its documentation has the commands.
#[derive(Clone, Debug)]
pub struct WebhookProgram {
    bucket: Value<BucketName>,
    key: Value<String>,
    version: Value<String>,
}

impl WebhookProgram {
    /// Bucket, key and version of the object. The bucket keeps versions, so that what was reviewed
    /// is what runs; another version is another program.
    pub fn s3(
        bucket: impl IntoValue<BucketName>,
        key: impl IntoValue<String>,
        version: impl IntoValue<String>,
    ) -> WebhookProgram {
        WebhookProgram {
            bucket: bucket.into_value(),
            key: key.into_value(),
            version: version.into_value(),
        }
    }
}

/// Deletes the environment of a branch when the branch is deleted, and any environment whose time is
/// up: an HTTP API, a Lambda function, a table that remembers deliveries, a schedule.
///
/// The address is `{id}Url` of the outputs; the secret is made here, and is entered at the provider
/// together with the address. (A signing token of GitLab is the other way round: GitLab's `whsec_…`
/// becomes the secret's value.) A changed secret is good at once, and the one before stays good until
/// the next change.
///
/// | provider | address | what to send |
/// |---|---|---|
/// | GitHub | `/github`, content type `application/json` | branch or tag deletion |
/// | GitLab | `/gitlab` with a signing token, `/gitlab-token` with a secret token | push events |
/// | Bitbucket Cloud | `/bitbucket` | repository push |
/// | Bitbucket Data Center | `/bitbucket-data-center` | repository push |
///
/// The function may delete stacks that have the base's prefix *and* its tag, through a role that may
/// delete what an environment is made of, and nothing else. What it decides by is the crate
/// `branch-webhook`: the signature over the raw body, a delivery only once, the digest of repository
/// and branch in the stack's tags, no protected stack.
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
/// let program = WebhookProgram::s3(BucketName::existing("acme-programs"), "webhook.zip", "3sL4kqtJlcpXroDTDm");
/// stack.add("Webhook", BranchWebhook::new(base, Provider::GitHub, program));
/// # assert!(app.synth().is_ok());
/// ```
///
/// | logical id | type |
/// |---|---|
/// | `{id}Secret` | `AWS::SecretsManager::Secret` |
/// | `{id}Deliveries` | `AWS::DynamoDB::Table` |
/// | `{id}LogGroup`, `{id}Role`, `{id}Function` | `AWS::Lambda::Function` with its log group and role |
/// | `{id}SecurityGroup` | `AWS::EC2::SecurityGroup`, inside a network |
/// | `{id}DeletionRole` | what CloudFormation takes on to delete |
/// | `{id}Api`, `{id}Integration`, `{id}Route`, `{id}Stage`, `{id}AccessLogGroup`, `{id}Permission` | the HTTP API |
/// | `{id}ScheduleRole`, `{id}Schedule` | `AWS::Scheduler::Schedule`, every hour |
/// | `{id}Url` | output |
pub struct BranchWebhook {
    base: SharedBase,
    provider: Provider,
    program: WebhookProgram,
    tell: Option<Ref<sns::Topic>>,
    inside: Option<NetworkPlan>,
    at_once: Option<u32>,
}

impl BranchWebhook {
    /// For the environments of a base, called by this provider.
    pub fn new(base: SharedBase, provider: Provider, program: WebhookProgram) -> BranchWebhook {
        BranchWebhook {
            base,
            provider,
            program,
            tell: None,
            inside: None,
            at_once: None,
        }
    }

    /// Tells a topic what was deleted and what was not, such as that of
    /// [`Notifications`](crate::Notifications). A sweep that failed three times goes there too, as
    /// Lambda's own message. With an [`Encryption`](crate::Encryption) the topic has the same key.
    pub fn tell(self, topic: Ref<sns::Topic>) -> BranchWebhook {
        BranchWebhook {
            tell: Some(topic),
            ..self
        }
    }

    /// Runs the function in the private subnets of a network, which has NAT or the endpoints of
    /// CloudFormation, DynamoDB, Secrets Manager and SNS. It speaks with nothing else, so this is for
    /// those who want to see its connections in their flow logs. Updates in place.
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html>
    pub fn inside(self, network: NetworkPlan) -> BranchWebhook {
        BranchWebhook {
            inside: Some(network),
            ..self
        }
    }

    /// How many requests it handles at once, reserved from what the account has (default: none
    /// reserved, because the first ten of a new account cannot be). Updates in place.
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html>
    pub fn at_once(self, requests: u32) -> BranchWebhook {
        BranchWebhook {
            at_once: Some(requests),
            ..self
        }
    }
}

impl Build for BranchWebhook {
    type Handle = Ref<lambda::Function>;

    fn build(self, scope: &mut Scope<'_>) -> Self::Handle {
        let key = encryption::key(scope);
        let secret = scope.add("Secret", secret().kms_key_id(key.clone()));
        let deliveries = scope.add("Deliveries", deliveries(key.clone()));
        let log_group = encryption::log_group(scope, "LogGroup", 365);
        let deletion_role = scope.add("DeletionRole", deletion::role(self.base));
        let mine = Mine {
            secret,
            deliveries,
            log_group,
            deletion_role,
        };
        let role = scope.add("Role", self.role(mine, key.clone()));
        let place = self.inside.map(|it| place(scope, it));
        let function = self.function(mine, role).kms_key_arn(key).vpc_config(place);
        let function = scope.add("Function", function);
        self.address(scope, function);
        sweep(scope, function);
        function
    }
}

#[derive(Clone, Copy)]
struct Mine {
    secret: Ref<secrets_manager::Secret>,
    deliveries: Ref<dynamodb::Table>,
    log_group: Ref<logs::LogGroup>,
    deletion_role: Ref<iam::Role>,
}

fn secret() -> secrets_manager::Secret {
    secrets_manager::Secret::new()
        .description("secret of the webhook that deletes environments")
        .generate_secret_string(
            secrets_manager::secret::GenerateSecretString::new()
                .password_length(64)
                .exclude_punctuation(true),
        )
}

/// A delivery is remembered for a year; DynamoDB then removes it.
fn deliveries(key: Option<Value<KmsKeyArn>>) -> dynamodb::Table {
    item_table("id", key).time_to_live_specification(
        dynamodb::table::TimeToLiveSpecification::new()
            .attribute_name("until")
            .enabled(true),
    )
}

impl BranchWebhook {
    fn role(&self, mine: Mine, key: Option<Value<KmsKeyArn>>) -> iam::Role {
        let prefix = self.base.naming.prefix();
        let stacks = sub!(
            "arn:${AWS::Partition}:cloudformation:${AWS::Region}:${AWS::AccountId}:stack/${prefix}-*/*",
            prefix = prefix
        );
        let mut statements = vec![
            Statement::allow()
                .actions(["logs:CreateLogStream", "logs:PutLogEvents"])
                .resources([mine.log_group.arn()]),
            Statement::allow()
                .actions(["secretsmanager:GetSecretValue"])
                .resources([mine.secret.reference()]),
            Statement::allow()
                .actions(["dynamodb:DeleteItem", "dynamodb:PutItem"])
                .resources([mine.deliveries.arn()]),
            // A list of stacks has no narrower resource; nothing is changed by it.
            // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
            Statement::allow()
                .actions(["cloudformation:DescribeStacks"])
                .resources(["*"]),
            Statement::allow()
                .actions(["cloudformation:DeleteStack"])
                .resources([stacks])
                .condition("StringEquals", SYSTEM_CONDITION, prefix)
                .condition(
                    "StringEquals",
                    "cloudformation:RoleArn",
                    mine.deletion_role.arn(),
                ),
            Statement::allow()
                .actions(["iam:PassRole"])
                .resources([mine.deletion_role.arn()])
                .condition(
                    "StringEquals",
                    "iam:PassedToService",
                    "cloudformation.amazonaws.com",
                ),
        ];
        if let Some(topic) = self.tell {
            statements.push(
                Statement::allow()
                    .actions(["sns:Publish"])
                    .resources([topic.reference()]),
            );
        }
        if let Some(key) = key {
            let services = ["dynamodb", "lambda", "secretsmanager", "sns"];
            statements.push(encryption::use_through(key, &services));
        }
        if let Some(network) = self.inside {
            statements.push(interfaces(network));
        }
        iam::Role::new()
            .assume_role_policy_document(PolicyDocument::new([Statement::allow()
                .principal(Principal::service("lambda.amazonaws.com"))
                .actions(["sts:AssumeRole"])
                .condition("StringEquals", "aws:SourceAccount", pseudo::account_id())]))
            .policies([iam::role::Policy::new()
                .policy_name("DeleteEnvironments")
                .policy_document(PolicyDocument::new(statements))])
    }

    fn function(&self, mine: Mine, role: Ref<iam::Role>) -> lambda::Function {
        use lambda::function as it;
        let naming = self.base.naming;
        let text = |it: &str| -> Value<String> { it.into_value() };
        let mut variables: Vec<(&str, Value<Json>)> = Vec::new();
        let mut set = |name, value: Value<String>| {
            variables.push((name, Value::from_expr(value.into_expr())));
        };
        set("PREFIX", text(naming.prefix()));
        set("REPOSITORY", text(naming.repository()));
        set("PROVIDER", text(self.provider.name()));
        set("SECRET", mine.secret.reference().into_value());
        set("TABLE", mine.deliveries.reference().into_value());
        set("DELETION_ROLE", mine.deletion_role.arn().into_value());
        if let Some(topic) = self.tell {
            set("TOPIC", topic.reference().into_value());
        }
        lambda::Function::new()
            .code(
                it::Code::new()
                    .s3_bucket(&self.program.bucket)
                    .s3_key(&self.program.key)
                    .s3_object_version(&self.program.version),
            )
            .role(role.arn())
            .description("deletes environments of branches that are gone")
            .runtime(it::Runtime::PROVIDED_AL2023)
            .handler("bootstrap")
            .architectures([it::Architectures::ARM64])
            .memory_size(128)
            .reserved_concurrent_executions(self.at_once)
            // Only the schedule calls without waiting for an answer.
            .dead_letter_config(
                self.tell
                    .map(|it| it::DeadLetterConfig::new().target_arn(it.reference())),
            )
            // GitHub waits ten seconds for an answer, API Gateway thirty; a sweep may take longer.
            .timeout(60)
            .environment(it::Environment::new().variables(variables))
            .logging_config(
                it::LoggingConfig::new()
                    .log_group(mine.log_group)
                    .log_format(it::LogFormat::JSON),
            )
    }

    /// `POST /{provider}` and nothing else.
    fn address(&self, scope: &mut Scope<'_>, function: Ref<lambda::Function>) {
        let gateway = scope.add(
            "Api",
            api::Api::new()
                .name(sub!(
                    "${AWS::StackName}-${id}",
                    id = scope.logical_id("Api")
                ))
                .protocol_type("HTTP"),
        );
        let integration = scope.add(
            "Integration",
            api::Integration::new()
                .api_id(gateway)
                .integration_type("AWS_PROXY")
                .integration_uri(FunctionArn::existing(function.arn()))
                .payload_format_version("2.0"),
        );
        let path = self.provider.name();
        scope.add(
            "Route",
            api::Route::new()
                .api_id(gateway)
                .route_key(format!("POST /{path}"))
                // The caller is known by its signature, which the function checks.
                .authorization_type("NONE")
                .target(kinds::ApiGatewayV2IntegrationId::existing(sub!(
                    "integrations/${integration}",
                    integration = integration.reference()
                ))),
        );
        let access = encryption::log_group(scope, "AccessLogGroup", 365);
        scope.add(
            "Stage",
            api::Stage::new()
                .api_id(gateway.reference())
                .stage_name("$default")
                .auto_deploy(true)
                .access_log_settings(
                    api::stage::AccessLogSettings::new()
                        .destination_arn(access.arn())
                        .format(r#"{"time":"$context.requestTime","from":"$context.identity.sourceIp","route":"$context.routeKey","status":"$context.status","request":"$context.requestId"}"#),
                )
                // Whoever has no signature is answered, but not more often than this.
                .default_route_settings(
                    api::stage::RouteSettings::new()
                        .throttling_burst_limit(20)
                        .throttling_rate_limit(10.0),
                ),
        );
        scope.add(
            "Permission",
            lambda::Permission::new()
                .action("lambda:InvokeFunction")
                .function_name(function.arn())
                .principal("apigateway.amazonaws.com")
                .source_account(pseudo::account_id())
                .source_arn(sub!(
                    "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${api}/*/POST/${path}",
                    api = gateway.reference(),
                    path = path
                )),
        );
        let url = sub!(
            "${endpoint}/${path}",
            endpoint = gateway.api_endpoint(),
            path = path
        );
        scope.output(
            "Url",
            Output::new(url).description("address of the webhook"),
        );
    }
}

/// The subnets and the group of its network interfaces.
fn place(scope: &mut Scope<'_>, network: NetworkPlan) -> lambda::function::VpcConfig {
    let group = scope.add(
        "SecurityGroup",
        ec2::SecurityGroup::new()
            .group_description("Webhook that deletes environments")
            .vpc_id(network.vpc)
            .security_group_egress([https_egress()]),
    );
    lambda::function::VpcConfig::new()
        .subnet_ids(network.private)
        .security_group_ids([group])
}

/// Lambda makes network interfaces in the role's name. They have no ARN before they are there; the
/// VPC narrows those calls that tell it.
fn interfaces(network: NetworkPlan) -> Statement {
    Statement::allow()
        .actions([
            "ec2:AssignPrivateIpAddresses",
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:UnassignPrivateIpAddresses",
        ])
        .resources(["*"])
        .condition(
            "ArnLikeIfExists",
            "ec2:Vpc",
            sub!(
                "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:vpc/${vpc}",
                vpc = network.vpc.reference()
            ),
        )
}

fn sweep(scope: &mut Scope<'_>, function: Ref<lambda::Function>) {
    let invoke = Statement::allow()
        .actions(["lambda:InvokeFunction"])
        .resources([function.arn()]);
    let role = scope.add(
        "ScheduleRole",
        iam::Role::new()
            .assume_role_policy_document(PolicyDocument::new([Statement::allow()
                .principal(Principal::service("scheduler.amazonaws.com"))
                .actions(["sts:AssumeRole"])
                .condition("StringEquals", "aws:SourceAccount", pseudo::account_id())]))
            .policies([iam::role::Policy::new()
                .policy_name("Sweep")
                .policy_document(PolicyDocument::new([invoke]))]),
    );
    scope.add(
        "Schedule",
        scheduler::Schedule::new()
            .description("deletes environments whose time is up")
            .schedule_expression("rate(1 hour)")
            .flexible_time_window(
                scheduler::schedule::FlexibleTimeWindow::new()
                    .mode(scheduler::schedule::FlexibleTimeWindowMode::FLEXIBLE)
                    .maximum_window_in_minutes(15.0),
            )
            .target(
                scheduler::schedule::Target::new()
                    .arn(function.arn())
                    .role_arn(role.arn())
                    .input(r#"{"sweep":true}"#),
            ),
    );
}
