//! The Lambda function that deletes the environments of deleted branches, and of those whose time
//! is up. What may be deleted, `branch-webhook` decides; here are the calls around it.
//!
//! The program is behind the feature `aws`, so that neither `synth` nor the tests compile the AWS
//! SDK. It runs on `provided.al2023`, where a function is a program called `bootstrap`
//! (<https://docs.aws.amazon.com/lambda/latest/dg/lambda-rust.html>):
//!
//! ```sh
//! rustup target add aarch64-unknown-linux-musl
//! cargo zigbuild --release --package branch-webhook-lambda --features aws --target aarch64-unknown-linux-musl
//! zip --junk-paths webhook.zip target/aarch64-unknown-linux-musl/release/bootstrap
//! aws s3 cp webhook.zip s3://…
//! ```
//!
//! `cargo zigbuild` (crate `cargo-zigbuild`, with `ziglang` of PyPI) brings the C compiler for the
//! other system that the TLS library needs; any cross compiler will do, and on an ARM64 machine with
//! `musl-gcc` plain `cargo build` does.
//!
//! | variable | what it is |
//! |---|---|
//! | `PREFIX`, `REPOSITORY` | the system: [`branch_naming::Naming`] |
//! | `PROVIDER` | the name of the [`branch_naming::Provider`] |
//! | `SECRET` | the ARN of the webhook's secret; while it is exchanged, the version before is good too |
//! | `TABLE` | the DynamoDB table that remembers deliveries |
//! | `DELETION_ROLE` | the role CloudFormation takes on to delete |
//! | `TOPIC` | the SNS topic to tell, or nothing |

#[cfg(feature = "aws")]
pub mod aws;
mod cloud;
mod function;
mod http;

pub use cloud::{Cloud, Failure};
pub use function::{AT_WORK, Function, REMEMBERED};
pub use http::Answer;
