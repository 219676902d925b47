//! Who may deploy, and what that may do: a role for pipelines and one for CloudFormation.

mod cloudformation;
mod permissions;
mod pipeline;

use stack_core::aws::iam;
use stack_core::aws::kinds::{BucketName, ManagedPolicyArn};
use stack_core::aws::policy::{PolicyDocument, Principal, Statement};
use stack_core::prelude::*;
use stack_core::sub;

pub use pipeline::Pipeline;

/// A role that a pipeline takes on to deploy, without a secret of AWS in it; and the role with which
/// CloudFormation makes what stands in the templates. The first may do little by itself: change sets
/// of the stacks whose names begin with its prefixes, always with the second role, from templates in
/// one bucket. The second is given to CloudFormation and to nobody else, so long deployments do not
/// end with the pipeline's session.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html>
///
/// Deploy it once for each account and region, with an administrator's rights, under a name that none
/// of its prefixes matches: it must not change itself.
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::*;
///
/// let mut app = App::new();
/// let mut stack = app.stack("ShopDeployer");
/// let templates = kinds::BucketName::existing("shop-templates-111122223333");
/// let pipeline = Pipeline::github("acme/shop").environment("production");
/// let deployer = Deployer::new(pipeline, ["Fargate", "Matrix-"], templates)
///     .rolls_out("environment", ["production"])
///     .promotes(["shop/api"]);
/// stack.add("Deployer", deployer);
/// ```
///
/// A template names its roles by leaving the name to CloudFormation, which begins it with the stack's
/// name: so the second role makes, changes and passes on roles of these prefixes only. Whoever makes
/// roles can give them anything; [`bounded_by`](Self::bounded_by) sets the limit.
///
/// | logical id | type |
/// |---|---|
/// | `{id}Role` | `AWS::IAM::Role`, the pipeline's |
/// | `{id}CloudFormationRole` | `AWS::IAM::Role`, CloudFormation's |
/// | `{id}Provider` | `AWS::IAM::OIDCProvider`, with `with_provider` |
///
/// Outputs: `{id}RoleArn` and `{id}CloudFormationRoleArn`, which a deployment is given.
#[derive(Clone, Debug)]
pub struct Deployer {
    pipeline: Pipeline,
    prefixes: Vec<String>,
    templates: Value<BucketName>,
    provider: bool,
    deletes: bool,
    rolls_out: Option<(String, Vec<String>)>,
    promotes: Vec<String>,
    boundary: Option<Value<ManagedPolicyArn>>,
    policies: Vec<Value<ManagedPolicyArn>>,
    hours: u32,
}

/// The roles of a [`Deployer`].
#[derive(Clone, Copy, Debug)]
pub struct DeployerRoles {
    /// What the pipeline takes on.
    pub role: Ref<iam::Role>,
    /// What a deployment gives to CloudFormation (`--role-arn`).
    pub cloudformation: Ref<iam::Role>,
}

impl Deployer {
    /// For this pipeline, the stacks whose names begin with one of these prefixes, and templates in
    /// this bucket, which must be of the same account. Another pipeline or prefix updates in place.
    pub fn new<S: Into<String>>(
        pipeline: Pipeline,
        prefixes: impl IntoIterator<Item = S>,
        templates: impl IntoValue<BucketName>,
    ) -> Deployer {
        Deployer {
            pipeline,
            prefixes: prefixes.into_iter().map(Into::into).collect(),
            templates: templates.into_value(),
            provider: false,
            deletes: false,
            rolls_out: None,
            promotes: Vec::new(),
            boundary: None,
            policies: Vec::new(),
            hours: 1,
        }
    }

    /// Makes the identity provider of GitHub or GitLab too. An account has one for each address: leave
    /// this out where it is there. An account as pipeline has none.
    pub fn with_provider(mut self) -> Self {
        self.provider = true;
        self
    }

    /// It may also delete the stacks, in CloudFormation's role; without, what failed to be created for
    /// the first time stays until somebody else deletes it.
    pub fn deletes(mut self) -> Self {
        self.deletes = true;
        self
    }

    /// It may also start deployments of services that carry this tag with one of these values, and stop
    /// deployments that are under way. Stack tags reach services.
    pub fn rolls_out<S: Into<String>>(
        mut self,
        tag: impl Into<String>,
        values: impl IntoIterator<Item = S>,
    ) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        self.rolls_out = Some((tag.into(), values));
        self
    }

    /// It may also read the images of these repositories of the account, and give them further tags.
    pub fn promotes<S: Into<String>>(mut self, repositories: impl IntoIterator<Item = S>) -> Self {
        self.promotes
            .extend(repositories.into_iter().map(Into::into));
        self
    }

    /// Sets this boundary on CloudFormation's role, and lets it make and change roles only that have
    /// the same one: nothing that is deployed can then do more than the boundary says. Each role of
    /// the stacks must name it as its `PermissionsBoundary`; those of the patterns do not by themselves.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>
    pub fn bounded_by(mut self, policy: impl IntoValue<ManagedPolicyArn>) -> Self {
        self.boundary = Some(policy.into_value());
        self
    }

    /// What CloudFormation may do besides roles, instead of AWS's `PowerUserAccess`, which is
    /// everything but IAM, organizations and accounts.
    pub fn policies<P: IntoValue<ManagedPolicyArn>>(
        mut self,
        policies: impl IntoIterator<Item = P>,
    ) -> Self {
        self.policies
            .extend(policies.into_iter().map(IntoValue::into_value));
        self
    }

    /// How many hours a session of the pipeline lasts at most, 1 to 12; 1 by default. A deployment
    /// goes on in CloudFormation's role when the session ends.
    pub fn session_hours(mut self, hours: u32) -> Self {
        self.hours = hours;
        self
    }

    fn check(&self, scope: &mut Scope<'_>) {
        self.pipeline.check(scope);
        if self.prefixes.is_empty() {
            scope.problem(
                Problem::error("deployer-prefix", "this deployer may deploy no stack")
                    .help("name the prefixes of its stacks, as in `[\"Shop\"]`"),
            );
        }
        // https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
        let begins = |it: &String| it.starts_with(|first: char| first.is_ascii_alphabetic());
        let plain = |it: u8| it.is_ascii_alphanumeric() || it == b'-';
        let good = |it: &&String| begins(it) && it.bytes().all(plain) && it.len() <= 32;
        for prefix in self.prefixes.iter().filter(|it| !good(it)) {
            let message = format!("no name of a stack begins with `{prefix}`");
            let help = "a letter, then letters, digits and `-`, 32 at most; what follows a prefix is free without a `*`";
            scope.problem(Problem::error("deployer-prefix", message).help(help));
        }
        let mine = scope.stack_name().to_owned();
        for prefix in self.prefixes.iter().filter(|it| mine.starts_with(*it)) {
            let message = format!("`{prefix}` matches `{mine}`: the deployer could change itself");
            scope.problem(
                Problem::error("deployer-prefix", message)
                    .help("give the deployer's stack a name that begins otherwise"),
            );
        }
        if !(1..=12).contains(&self.hours) {
            let message = format!("a session cannot last {} hours", self.hours);
            scope.problem(
                Problem::error("session-hours", message).help("a role allows 1 to 12 hours"),
            );
        }
        if self.provider && self.pipeline.issuer().is_none() {
            scope.problem(
                Problem::error("identity-provider", "an account has no identity provider")
                    .help("leave `with_provider` out"),
            );
        }
        if let Some((tag, values)) = &self.rolls_out
            && (tag.is_empty() || values.is_empty() || values.iter().any(String::is_empty))
        {
            scope.problem(
                Problem::error("deployer-tag", "this tag would match no service, or any")
                    .help("name a key and its values, as in `(\"environment\", [\"production\"])`"),
            );
        }
        let name = |it: u8| {
            it.is_ascii_lowercase()
                || it.is_ascii_digit()
                || matches!(it, b'/' | b'-' | b'_' | b'.')
        };
        let named = |it: &&String| it.len() >= 2 && it.bytes().all(name);
        for repository in self.promotes.iter().filter(|it| !named(it)) {
            let message = format!("`{repository}` is no name of a repository");
            scope.problem(
                Problem::error("deployer-repository", message)
                    .help("lower case, as in `shop/api`, without registry and tag"),
            );
        }
    }
}

impl Build for Deployer {
    type Handle = DeployerRoles;

    fn build(self, scope: &mut Scope<'_>) -> DeployerRoles {
        self.check(scope);
        let provider = match self.pipeline.issuer().filter(|_| self.provider) {
            None => None,
            Some((address, audience)) => {
                let provider = scope.add(
                    "Provider",
                    iam::OidcProvider::new()
                        .url(format!("https://{address}"))
                        .client_id_list([audience]),
                );
                Some(provider.arn().into_value())
            }
        };
        let boundary = self.boundary.clone();
        let managed = match self.policies.is_empty() {
            true => vec![ManagedPolicyArn::existing(sub!(
                "arn:${AWS::Partition}:iam::aws:policy/PowerUserAccess"
            ))],
            false => self.policies.clone(),
        };
        let cloudformation = scope.add(
            "CloudFormationRole",
            iam::Role::new()
                .description("CloudFormation, in deployments")
                .assume_role_policy_document(PolicyDocument::new([Statement::allow()
                    .principal(Principal::service("cloudformation.amazonaws.com"))
                    .actions(["sts:AssumeRole"])
                    .condition("StringEquals", "aws:SourceAccount", pseudo::account_id())]))
                .managed_policy_arns(managed)
                .permissions_boundary(boundary)
                .policies([iam::role::Policy::new()
                    .policy_name("Roles")
                    .policy_document(PolicyDocument::new(self.roles()))]),
        );
        let trust = self.pipeline.trust(provider);
        let role = scope.add(
            "Role",
            iam::Role::new()
                .description("deploys stacks, by change sets alone")
                .assume_role_policy_document(PolicyDocument::new([trust]))
                .max_session_duration(i64::from(self.hours.clamp(1, 12)) * 3600)
                .policies([iam::role::Policy::new()
                    .policy_name("Deploy")
                    .policy_document(PolicyDocument::new(self.statements(cloudformation)))]),
        );
        for (id, role, what) in [
            ("RoleArn", role, "role of the pipeline"),
            (
                "CloudFormationRoleArn",
                cloudformation,
                "role that deployments give to CloudFormation",
            ),
        ] {
            scope.output(id, Output::new(role.arn()).description(what));
        }
        DeployerRoles {
            role,
            cloudformation,
        }
    }
}
