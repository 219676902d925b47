//! Where a container's output goes when it does not go to CloudWatch Logs: FireLens.

use stack_core::aws::policy::Statement;
use stack_core::aws::{ecs, logs};
use stack_core::prelude::*;
use stack_core::sub;

use crate::image::Image;
use crate::secret::Secret;
use crate::task::log_configuration;
use crate::way_out::Need;

/// A container of Fluent Bit beside the program that takes its output and sends it on. It starts
/// before the program, stops after it, and the task ends when it does. Its own output goes to the
/// task's log group.
///
/// It needs memory of its own: 100 MiB of the task's are kept for it.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_firelens.html>
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::{LogRouter, Secret};
/// let to_s3 = LogRouter::to_firehose("shop-logs");
/// let elsewhere = LogRouter::to("http")
///     .option("Host", "logs.example")
///     .option("tls", "on")
///     .secret("http_passwd", Secret::parameter("/shop/log-password"));
/// ```
#[derive(Clone, Debug)]
pub struct LogRouter {
    image: Image,
    options: Vec<(String, Value<String>)>,
    secrets: Vec<(String, Secret)>,
    permissions: Vec<Statement>,
}

/// The name of its container.
const CONTAINER: &str = "log-router";
/// The volume it may write to, and where.
const SCRATCH: &str = "log-router-scratch";
/// What AWS gives out, by version: `stable` moves. The line before it, 2, is not mended any more.
///
/// <https://github.com/aws/aws-for-fluent-bit/releases>
const IMAGE: &str = "public.ecr.aws/aws-observability/aws-for-fluent-bit:3.4.16";
/// Of the task's memory, what is kept for it.
pub(crate) const MEMORY: Mebibytes = mib(100);

impl LogRouter {
    /// An output plugin of Fluent Bit by name, such as `http` or `opensearch`.
    ///
    /// <https://docs.fluentbit.io/manual/pipeline/outputs>
    pub fn to(plugin: impl Into<String>) -> LogRouter {
        LogRouter {
            image: Image::named(IMAGE),
            options: vec![("Name".to_owned(), plugin.into().into_value())],
            secrets: Vec::new(),
            permissions: Vec::new(),
        }
    }

    /// A delivery stream of Firehose in the stack's own account and region, which the task role may
    /// then put records into.
    pub fn to_firehose(stream: impl IntoValue<String>) -> LogRouter {
        let stream = stream.into_value();
        let put = Statement::allow()
            .actions(["firehose:PutRecordBatch"])
            .resources([sub!(
                "arn:${AWS::Partition}:firehose:${AWS::Region}:${AWS::AccountId}:deliverystream/${stream}",
                stream = &stream
            )]);
        LogRouter::to("kinesis_firehose")
            .option("region", pseudo::region())
            .option("delivery_stream", stream)
            .permission(put)
    }

    /// An option of the plugin.
    pub fn option(mut self, name: impl Into<String>, value: impl IntoValue<String>) -> LogRouter {
        self.options.push((name.into(), value.into_value()));
        self
    }

    /// An option whose value is secret. The execution role may read it.
    pub fn secret(mut self, name: impl Into<String>, secret: Secret) -> LogRouter {
        self.secrets.push((name.into(), secret));
        self
    }

    /// What sending needs: it is done with the task role.
    pub fn permission(mut self, statement: Statement) -> LogRouter {
        self.permissions.push(statement);
        self
    }

    /// Another image of Fluent Bit than the one AWS gives out.
    pub fn image(self, image: impl Into<Image>) -> LogRouter {
        LogRouter {
            image: image.into(),
            ..self
        }
    }

    /// What the execution role needs for it.
    pub(crate) fn start(&self) -> Vec<Statement> {
        let secrets = self.secrets.iter().map(|(_, secret)| secret.read());
        self.image.pull().into_iter().chain(secrets).collect()
    }

    /// What a task reaches for it to start.
    pub(crate) fn needs(&self) -> Vec<Need> {
        let secrets = self.secrets.iter().map(|(_, secret)| secret.need());
        self.image.needs().iter().copied().chain(secrets).collect()
    }

    /// What the task role needs for it.
    pub(crate) fn permissions(&self) -> &[Statement] {
        &self.permissions
    }

    pub(crate) fn fault(&self) -> Option<Problem> {
        let mut names: Vec<&str> = self.options.iter().map(|(name, _)| &**name).collect();
        names.extend(self.secrets.iter().map(|(name, _)| &**name));
        names.sort_unstable();
        let twice = names.windows(2).find(|it| it[0] == it[1]);
        let twice = twice.map(|it| {
            let message = format!("the log router's option `{}` is set twice", it[0]);
            Problem::error("log-router", message).help("each option has one value")
        });
        self.image.fault().or(twice)
    }

    /// Where the program's output goes.
    pub(crate) fn log_configuration(&self) -> ecs::task_definition::LogConfiguration {
        use ecs::task_definition as it;
        let secrets: Vec<_> = self
            .secrets
            .iter()
            .map(|(name, secret)| it::Secret::new().name(name).value_from(secret.value_from()))
            .collect();
        let options = self.options.iter().map(|(name, value)| (&**name, value));
        it::LogConfiguration::new()
            .log_driver("awsfirelens")
            .options(options.collect::<Vec<_>>())
            .secret_options((!secrets.is_empty()).then_some(secrets))
    }

    /// What the program's container waits for.
    pub(crate) fn dependency(&self) -> ecs::task_definition::ContainerDependency {
        ecs::task_definition::ContainerDependency::new()
            .container_name(CONTAINER)
            .condition(ecs::task_definition::Condition::START)
    }

    pub(crate) fn volume(&self) -> ecs::task_definition::Volume {
        ecs::task_definition::Volume::new().name(SCRATCH)
    }

    /// The router's own container. It is root, because its socket is root's.
    pub(crate) fn container(
        &self,
        log_group: Ref<logs::LogGroup>,
    ) -> ecs::task_definition::ContainerDefinition {
        use ecs::task_definition as it;
        it::ContainerDefinition::new()
            .name(CONTAINER)
            .image(self.image.uri())
            .essential(true)
            .user("0")
            .memory(MEMORY)
            .memory_reservation(50)
            .readonly_root_filesystem(true)
            .mount_points([it::MountPoint::new()
                .source_volume(SCRATCH)
                .container_path("/tmp")])
            .firelens_configuration(
                it::FirelensConfiguration::new().kind(it::FirelensConfigurationType::FLUENTBIT),
            )
            .log_configuration(log_configuration(log_group, CONTAINER))
    }
}
