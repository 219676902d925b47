//! Decides what a webhook about a deleted branch may delete. Pure: no network, no clock, no secret
//! store; what it is given is all it knows.
//!
//! ```text
//! request ── receive ──▶ the deliveries to remember, the deleted branches ──▶ names
//!              │ signature over the raw bytes, before anything is read          │
//!              ▼                                                               ▼
//!           Refusal                                    stack ── decide ──▶ delete, or why not
//! ```
//!
//! | provider | signature | what tells a replay |
//! |---|---|---|
//! | [GitHub](https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries) | `X-Hub-Signature-256: sha256=` and the HMAC-SHA256 of the body in hexadecimal | body, `X-GitHub-Delivery` |
//! | [GitLab](https://docs.gitlab.com/user/project/integrations/webhooks/), signing token | `webhook-signature: v1,` and the HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}` in Base64, as [Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md) say | `webhook-id`, and five minutes |
//! | GitLab, secret token | `X-Gitlab-Token`: the secret itself, over nothing | body, `Idempotency-Key` |
//! | [Bitbucket](https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/) Cloud and Data Center | `X-Hub-Signature: sha256=` and the HMAC-SHA256 of the body in hexadecimal | body, `X-Request-UUID` or `X-Request-Id` |
//!
//! The delivery ids of GitHub and Bitbucket are not signed: who has a request could send it again
//! under another id. So the signed body is remembered as well as the id, and either is a replay.

mod decide;
mod encoding;
mod event;
mod headers;
mod receive;
mod refusal;
mod secret;
mod signature;

pub use branch_naming::Provider;
pub use decide::{Decision, Stack, decide, is_expired};
pub use encoding::from_base64;
pub use event::{Deletions, deletions};
pub use headers::Headers;
pub use receive::{MAX_BODY, Received, Request, receive};
pub use refusal::Refusal;
pub use secret::{Secret, WeakSecret};
pub use signature::{TOLERANCE, sign};
