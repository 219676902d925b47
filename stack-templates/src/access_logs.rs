//! The bucket that a load balancer writes its access logs to.

use stack_core::aws::kinds::BucketName;
use stack_core::aws::policy::{PolicyDocument, Principal, Statement};
use stack_core::aws::s3;
use stack_core::prelude::*;
use stack_core::sub;

/// A bucket that only Elastic Load Balancing can write to. Objects expire after a year; the bucket
/// outlives its stack.
///
/// | logical id | type |
/// |---|---|
/// | `{id}` | `AWS::S3::Bucket` |
/// | `{id}Policy` | `AWS::S3::BucketPolicy` |
pub(crate) struct AccessLogs;

/// Where a load balancer writes its access logs.
#[derive(Clone, Debug)]
pub(crate) enum LogsTo {
    /// To a bucket of its own.
    Own,
    /// To a bucket that is there.
    Bucket(Value<BucketName>),
    Nowhere,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct LogBucket {
    pub(crate) bucket: Ref<s3::Bucket>,
    pub(crate) policy: Ref<s3::BucketPolicy>,
}

impl Build for AccessLogs {
    type Handle = LogBucket;

    fn build(self, scope: &mut Scope<'_>) -> LogBucket {
        let encryption = s3::bucket::ServerSideEncryptionByDefault::new()
            .sse_algorithm(s3::bucket::ServerSideEncryptionByDefaultSseAlgorithm::AES256);
        let expiry = s3::bucket::Rule::new()
            .status(s3::bucket::RuleStatus::ENABLED)
            .expiration_in_days(365)
            .noncurrent_version_expiration(
                s3::bucket::NoncurrentVersionExpiration::new().noncurrent_days(30),
            )
            .abort_incomplete_multipart_upload(
                s3::bucket::AbortIncompleteMultipartUpload::new().days_after_initiation(7),
            );
        let bucket = scope.add(
            "",
            s3::Bucket::new()
                .bucket_encryption(
                    s3::bucket::BucketEncryption::new().server_side_encryption_configuration([
                        s3::bucket::ServerSideEncryptionRule::new()
                            .server_side_encryption_by_default(encryption),
                    ]),
                )
                .lifecycle_configuration(s3::bucket::LifecycleConfiguration::new().rules([expiry]))
                .ownership_controls(
                    s3::bucket::OwnershipControls::new()
                        .rules([s3::bucket::OwnershipControlsRule::new()
                            .object_ownership(s3::bucket::ObjectOwnership::BUCKET_OWNER_ENFORCED)]),
                )
                .public_access_block_configuration(
                    s3::bucket::PublicAccessBlockConfiguration::new()
                        .block_public_acls(true)
                        .block_public_policy(true)
                        .ignore_public_acls(true)
                        .restrict_public_buckets(true),
                )
                .versioning_configuration(
                    s3::bucket::VersioningConfiguration::new()
                        .status(s3::bucket::VersioningConfigurationStatus::ENABLED),
                ),
        );
        scope.edit(bucket).retain();
        let account = pseudo::account_id();
        // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
        let write = Statement::allow()
            .principal(Principal::service(
                "logdelivery.elasticloadbalancing.amazonaws.com",
            ))
            .actions(["s3:PutObject"])
            .resources([sub!(
                "${bucket}/AWSLogs/${AWS::AccountId}/*",
                bucket = bucket.arn()
            )])
            .condition("StringEquals", "aws:SourceAccount", account);
        let only_tls = Statement::deny()
            .principal(Principal::anyone())
            .actions(["s3:*"])
            .resources([
                bucket.arn().into_value(),
                sub!("${bucket}/*", bucket = bucket.arn()),
            ])
            .condition("Bool", "aws:SecureTransport", false);
        let policy = scope.add(
            "Policy",
            s3::BucketPolicy::new()
                .bucket(bucket)
                .policy_document(PolicyDocument::new([write, only_tls])),
        );
        LogBucket { bucket, policy }
    }
}
