//! Who hosts the repository and sends the webhook.

/// Who sends the webhook, and how it is signed. It belongs to the address that the webhook is sent
/// to, never to what the request says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// GitHub.
    GitHub,
    /// GitLab from 19 on, with a signing token.
    GitLab,
    /// GitLab with a secret token, which is sent along: it says who sends, not what was sent.
    GitLabToken,
    /// Bitbucket Cloud.
    Bitbucket,
    /// Bitbucket Data Center.
    BitbucketDataCenter,
}

impl Provider {
    /// Every provider.
    pub const ALL: [Provider; 5] = [
        Provider::GitHub,
        Provider::GitLab,
        Provider::GitLabToken,
        Provider::Bitbucket,
        Provider::BitbucketDataCenter,
    ];

    /// Its name, which is the path that its webhook is sent to.
    pub const fn name(self) -> &'static str {
        match self {
            Provider::GitHub => "github",
            Provider::GitLab => "gitlab",
            Provider::GitLabToken => "gitlab-token",
            Provider::Bitbucket => "bitbucket",
            Provider::BitbucketDataCenter => "bitbucket-data-center",
        }
    }

    /// The provider of this name.
    pub fn named(name: &str) -> Option<Provider> {
        Provider::ALL.into_iter().find(|it| it.name() == name)
    }
}
