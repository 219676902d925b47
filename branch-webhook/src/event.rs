//! Which branches an event says are gone.

use branch_naming::Provider;
use serde_json::Value;

use crate::{Headers, Refusal};

/// Branches that were deleted, and in which repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletions {
    /// The repository's full name, as the provider writes it.
    pub repository: String,
    /// The branches, without `refs/heads/`.
    pub branches: Vec<String>,
}

/// What an event deletes; `None` when it is about something else (a tag, a push, a greeting).
///
/// Only to be asked about a body whose signature was checked.
///
/// - GitHub: `delete` with `ref_type` `branch`.
///   <https://docs.github.com/en/webhooks/webhook-events-and-payloads#delete>
/// - GitLab: `Push Hook` whose `after` is zeros.
///   <https://docs.gitlab.com/user/project/integrations/webhook_events/#push-events>
/// - Bitbucket Cloud: `repo:push` with changes from a branch to nothing.
///   <https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/#Push>
/// - Bitbucket Data Center: `repo:refs_changed` with changes of type `DELETE`.
///   <https://confluence.atlassian.com/bitbucketserver/event-payload-938025882.html>
///
/// # Errors
/// When the event is one of these and does not have their form.
pub fn deletions(
    provider: Provider,
    headers: &Headers,
    body: &[u8],
) -> Result<Option<Deletions>, Refusal> {
    let (header, name) = match provider {
        Provider::GitHub => ("x-github-event", "delete"),
        Provider::GitLab | Provider::GitLabToken => ("x-gitlab-event", "Push Hook"),
        Provider::Bitbucket => ("x-event-key", "repo:push"),
        Provider::BitbucketDataCenter => ("x-event-key", "repo:refs_changed"),
    };
    if headers.one(header)? != name {
        return Ok(None);
    }
    let body: Value = serde_json::from_slice(body).map_err(|_| Refusal::Unreadable)?;
    let found = match provider {
        Provider::GitHub => github(&body),
        Provider::GitLab | Provider::GitLabToken => gitlab(&body),
        Provider::Bitbucket => bitbucket(&body),
        Provider::BitbucketDataCenter => bitbucket_data_center(&body),
    };
    let (repository, branches) = found.ok_or(Refusal::Unreadable)?;
    if branches.is_empty() {
        return Ok(None);
    }
    Ok(Some(Deletions {
        repository,
        branches,
    }))
}

type Found = Option<(String, Vec<String>)>;

fn text(value: &Value) -> Option<String> {
    value
        .as_str()
        .filter(|it| !it.is_empty())
        .map(str::to_owned)
}

fn github(body: &Value) -> Found {
    let repository = text(&body["repository"]["full_name"])?;
    let branch = text(&body["ref"])?;
    let is_branch = body["ref_type"].as_str()? == "branch";
    Some((
        repository,
        is_branch.then_some(branch).into_iter().collect(),
    ))
}

fn gitlab(body: &Value) -> Found {
    let repository = text(&body["project"]["path_with_namespace"])?;
    let reference = text(&body["ref"])?;
    let after = text(&body["after"])?;
    let gone = matches!(after.len(), 40 | 64) && after.bytes().all(|it| it == b'0');
    let branch = reference
        .strip_prefix("refs/heads/")
        .filter(|it| gone && !it.is_empty());
    Some((repository, branch.map(str::to_owned).into_iter().collect()))
}

fn bitbucket(body: &Value) -> Found {
    let repository = text(&body["repository"]["full_name"])?;
    let mut branches = Vec::new();
    for change in body["push"]["changes"].as_array()? {
        // `new` must be there and be null: what is missing says nothing.
        if change.get("new")?.is_null() && change["old"]["type"].as_str()? == "branch" {
            branches.push(text(&change["old"]["name"])?);
        }
    }
    Some((repository, branches))
}

fn bitbucket_data_center(body: &Value) -> Found {
    let repository = &body["repository"];
    let project = text(&repository["project"]["key"])?;
    let repository = format!("{project}/{}", text(&repository["slug"])?);
    let mut branches = Vec::new();
    for change in body["changes"].as_array()? {
        if change["type"].as_str()? == "DELETE" && change["ref"]["type"].as_str()? == "BRANCH" {
            let reference = text(&change["ref"]["id"])?;
            branches.push(reference.strip_prefix("refs/heads/")?.to_owned());
        }
    }
    Some((repository, branches))
}
