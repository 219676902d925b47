//! Who may take on the role: one branch or environment of one repository, or an account.

use stack_core::aws::policy::{Principal, Statement};
use stack_core::prelude::*;
use stack_core::sub;

/// A pipeline, as AWS tells it from others. What it says of itself must be equal to what stands here,
/// letter by letter: there are no wildcards, and pull requests from forks are none of these.
///
/// <https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws>,
/// <https://docs.gitlab.com/ci/cloud_services/aws/>
#[derive(Clone, Debug)]
pub struct Pipeline(Who);

#[derive(Clone, Debug)]
enum Who {
    GitHub { repository: String, run: Run },
    GitLab { project: String, run: Run },
    Role { account: String, name: String },
}

#[derive(Clone, Debug)]
enum Run {
    Branch(String),
    Environment(String),
}

impl Pipeline {
    /// Workflows of this repository (`owner/name`) of GitHub, on the branch `main` and in no
    /// environment, unless another is named.
    pub fn github(repository: impl Into<String>) -> Pipeline {
        Pipeline(Who::GitHub {
            repository: repository.into(),
            run: Run::Branch("main".to_owned()),
        })
    }

    /// Jobs of this project (`group/name`) of gitlab.com, on the branch `main` unless another is named.
    /// They ask for their token with `aud: https://gitlab.com`.
    pub fn gitlab(project: impl Into<String>) -> Pipeline {
        Pipeline(Who::GitLab {
            project: project.into(),
            run: Run::Branch("main".to_owned()),
        })
    }

    /// A role of an account, such as that of a build server, by its name (with its path, if it has
    /// one). What else the account has may not take it on.
    pub fn role(account: impl Into<String>, name: impl Into<String>) -> Pipeline {
        Pipeline(Who::Role {
            account: account.into(),
            name: name.into(),
        })
    }

    /// On this branch. Protect it: whoever pushes there deploys.
    pub fn branch(self, name: impl Into<String>) -> Pipeline {
        self.run(Run::Branch(name.into()))
    }

    /// In this environment, whichever the branch is. Its protection rules say who may deploy, and from
    /// where. GitHub's alone: a job of GitLab says its branch.
    pub fn environment(self, name: impl Into<String>) -> Pipeline {
        self.run(Run::Environment(name.into()))
    }

    fn run(mut self, to: Run) -> Pipeline {
        match &mut self.0 {
            Who::GitHub { run, .. } | Who::GitLab { run, .. } => *run = to,
            Who::Role { .. } => {}
        }
        self
    }

    /// Who vouches for it, and for whom the token must be.
    pub(super) fn issuer(&self) -> Option<(&'static str, &'static str)> {
        match &self.0 {
            Who::GitHub { .. } => {
                Some(("token.actions.githubusercontent.com", "sts.amazonaws.com"))
            }
            Who::GitLab { .. } => Some(("gitlab.com", "https://gitlab.com")),
            Who::Role { .. } => None,
        }
    }

    /// What the token says of the run.
    fn subject(&self) -> String {
        match &self.0 {
            Who::GitHub { repository, run } => match run {
                Run::Branch(it) => format!("repo:{repository}:ref:refs/heads/{it}"),
                Run::Environment(it) => format!("repo:{repository}:environment:{it}"),
            },
            Who::GitLab { project, run } => match run {
                Run::Branch(it) | Run::Environment(it) => {
                    format!("project_path:{project}:ref_type:branch:ref:{it}")
                }
            },
            Who::Role { name, .. } => name.clone(),
        }
    }

    pub(super) fn trust(&self, provider: Option<Value<String>>) -> Statement {
        let Some((address, audience)) = self.issuer() else {
            return self.trust_in_role();
        };
        let provider: Value<String> = match provider {
            Some(it) => it,
            None => sub!(
                "arn:${AWS::Partition}:iam::${AWS::AccountId}:oidc-provider/${address}",
                address = address
            ),
        };
        Statement::allow()
            .principal(Principal::federated(provider))
            .actions(["sts:AssumeRoleWithWebIdentity"])
            .condition("StringEquals", format!("{address}:aud"), audience)
            .condition("StringEquals", format!("{address}:sub"), self.subject())
    }

    fn trust_in_role(&self) -> Statement {
        let Who::Role { account, name } = &self.0 else {
            return Statement::deny();
        };
        let role: Value<String> = sub!(
            "arn:${AWS::Partition}:iam::${account}:role/${name}",
            account = account.clone(),
            name = name.clone()
        );
        Statement::allow()
            .principal(Principal::aws([role]))
            .actions(["sts:AssumeRole"])
    }

    pub(super) fn check(&self, scope: &mut Scope<'_>) {
        let plain = |it: &str| {
            let good = |it: u8| it.is_ascii_graphic() && !matches!(it, b'*' | b'?' | b':' | b'$');
            !it.is_empty() && it.bytes().all(good)
        };
        let path =
            |it: &str| plain(it) && it.split('/').count() >= 2 && !it.split('/').any(str::is_empty);
        let mut wrong = |what: &str, help: &str| {
            scope.problem(Problem::error("deployer-pipeline", what.to_owned()).help(help));
        };
        match &self.0 {
            Who::GitHub { repository, run } => {
                if !path(repository) || repository.split('/').count() != 2 {
                    let what = format!("`{repository}` is no repository of GitHub");
                    wrong(&what, "as in `acme/shop`, without a wildcard");
                }
                let (Run::Branch(it) | Run::Environment(it)) = run;
                if !plain(it) {
                    let what = format!("`{it}` is no branch or environment");
                    wrong(&what, "name one, without spaces, `:` and wildcards");
                }
            }
            Who::GitLab { project, run } => {
                if !path(project) {
                    let what = format!("`{project}` is no project of GitLab");
                    wrong(&what, "as in `acme/shop`, without a wildcard");
                }
                match run {
                    Run::Branch(it) if !plain(it) => {
                        let what = format!("`{it}` is no branch");
                        wrong(&what, "name one, without spaces, `:` and wildcards");
                    }
                    Run::Environment(it) => {
                        let what = format!("a job of GitLab does not say that it is in `{it}`");
                        wrong(&what, "name its branch");
                    }
                    Run::Branch(_) => {}
                }
            }
            Who::Role { account, name } => {
                if account.len() != 12 || !account.bytes().all(|it| it.is_ascii_digit()) {
                    let what = format!("`{account}` is no AWS account id");
                    wrong(&what, "an account id is twelve digits, as text");
                }
                if !plain(name) {
                    let what = format!("`{name}` is no name of a role");
                    wrong(&what, "name one role, without a wildcard");
                }
            }
        }
    }
}
