//! A task definition is registered like another one. What the description has and the registration
//! would lose is refused, not dropped: a newer ECS can tell more than this program knows.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_ecs::operation::describe_task_definition::DescribeTaskDefinitionOutput;
use aws_sdk_ecs::operation::register_task_definition::RegisterTaskDefinitionInput;
use aws_sdk_ecs::types::{Tag, TaskDefinitionField};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::Value;

use super::client::Services;
use super::ecs_answers as answers;
use super::error::error;
use crate::api::{ApiError, ErrorKind};
use crate::ecs::TaskDefinition;

/// What ECS says of a revision, and nobody registers.
const OF_THE_REVISION: [&str; 9] = [
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "registeredBy",
    "deregisteredAt",
    "deleteRequestedAt",
];

/// Registers it.
pub(super) async fn like(
    aws: Arc<Services>,
    name: String,
    images: BTreeMap<String, String>,
) -> Result<TaskDefinition, ApiError> {
    let seen = Seen::default();
    let call = aws.ecs.describe_task_definition().task_definition(&name);
    let call = call.include(TaskDefinitionField::Tags).customize();
    let described = call.interceptor(seen.clone()).send().await.map_err(error)?;
    let described_text = seen.take();
    let input = input(described, &images, &name)?;
    let registered = super::ecs::throttled(&aws, |aws| {
        let guard = Whole {
            described: described_text.clone(),
            images: images.clone(),
        };
        let call = set(aws.ecs.register_task_definition(), input.clone());
        let call = call.customize().config_override(super::ecs::once());
        let call = call.interceptor(guard);
        async move {
            call.send()
                .await
                .map_err(|it| lost(&it).unwrap_or_else(|| error(it)))
        }
    });
    let registered = registered.await?;
    answers::task_definition(registered.task_definition, registered.tags)
}

/// The description as a registration.
fn input(
    described: DescribeTaskDefinitionOutput,
    images: &BTreeMap<String, String>,
    name: &str,
) -> Result<RegisterTaskDefinitionInput, ApiError> {
    let it = described
        .task_definition
        .ok_or_else(|| answers::without("DescribeTaskDefinition", "taskDefinition"))?;
    let mut containers = it.container_definitions.unwrap_or_default();
    for (container, image) in images {
        let found = containers
            .iter_mut()
            .find(|it| it.name.as_deref() == Some(container));
        match found {
            Some(it) => it.image = Some(image.clone()),
            None => {
                let there: Vec<&str> = containers.iter().filter_map(|it| it.name()).collect();
                let why = format!(
                    "`{name}` has no container `{container}`; it has `{}`",
                    there.join("`, `")
                );
                return Err(ApiError::local(ErrorKind::Invalid, &why));
            }
        }
    }
    // Those that begin so are AWS's own, and cannot be given.
    let tags: Vec<Tag> = described
        .tags
        .unwrap_or_default()
        .into_iter()
        .filter(|it| !it.key().is_some_and(|it| it.starts_with("aws:")))
        .collect();
    RegisterTaskDefinitionInput::builder()
        .set_family(it.family)
        .set_task_role_arn(it.task_role_arn)
        .set_execution_role_arn(it.execution_role_arn)
        .set_network_mode(it.network_mode)
        .set_container_definitions(Some(containers))
        .set_volumes(it.volumes)
        .set_placement_constraints(it.placement_constraints)
        .set_requires_compatibilities(it.requires_compatibilities)
        .set_cpu(it.cpu)
        .set_memory(it.memory)
        .set_tags((!tags.is_empty()).then_some(tags))
        .set_pid_mode(it.pid_mode)
        .set_ipc_mode(it.ipc_mode)
        .set_proxy_configuration(it.proxy_configuration)
        .set_ephemeral_storage(it.ephemeral_storage)
        .set_runtime_platform(it.runtime_platform)
        .set_enable_fault_injection(it.enable_fault_injection)
        .build()
        .map_err(|why| ApiError::malformed(&why.to_string()))
}

type Register =
    aws_sdk_ecs::operation::register_task_definition::builders::RegisterTaskDefinitionFluentBuilder;

fn set(call: Register, it: RegisterTaskDefinitionInput) -> Register {
    call.set_family(it.family)
        .set_task_role_arn(it.task_role_arn)
        .set_execution_role_arn(it.execution_role_arn)
        .set_network_mode(it.network_mode)
        .set_container_definitions(it.container_definitions)
        .set_volumes(it.volumes)
        .set_placement_constraints(it.placement_constraints)
        .set_requires_compatibilities(it.requires_compatibilities)
        .set_cpu(it.cpu)
        .set_memory(it.memory)
        .set_tags(it.tags)
        .set_pid_mode(it.pid_mode)
        .set_ipc_mode(it.ipc_mode)
        .set_proxy_configuration(it.proxy_configuration)
        .set_ephemeral_storage(it.ephemeral_storage)
        .set_runtime_platform(it.runtime_platform)
        .set_enable_fault_injection(it.enable_fault_injection)
}

/// Keeps the answer as it came.
#[derive(Clone, Debug, Default)]
struct Seen(Arc<Mutex<Vec<u8>>>);

impl Seen {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[dyn_dispatch_hint]
impl Intercept for Seen {
    fn name(&self) -> &'static str {
        "Seen"
    }

    // Only now the body has come.
    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response().body().bytes().unwrap_or_default();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = body.to_vec();
        Ok(())
    }
}

/// Holds a registration back that is not all that was described.
#[derive(Debug)]
struct Whole {
    described: Vec<u8>,
    images: BTreeMap<String, String>,
}

#[dyn_dispatch_hint]
impl Intercept for Whole {
    fn name(&self) -> &'static str {
        "Whole"
    }

    fn read_after_serialization(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let sent = context.request().body().bytes().unwrap_or_default();
        match difference(&self.described, sent, &self.images) {
            None => Ok(()),
            Some(path) => Err(Box::new(Lost(path))),
        }
    }
}

/// A registration would lose what is at this path.
#[derive(Debug)]
struct Lost(String);

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "nothing was registered: this version would lose `{}` of the task definition; change the image where the task definition is declared, or take a newer version",
            self.0
        )
    }
}

impl std::error::Error for Lost {}

/// Whether that is why it was not sent.
fn lost(error: &(dyn std::error::Error + 'static)) -> Option<ApiError> {
    let mut at = Some(error);
    while let Some(it) = at {
        if let Some(lost) = it.downcast_ref::<Lost>() {
            return Some(ApiError::local(ErrorKind::Invalid, &lost.to_string()));
        }
        at = it.source();
    }
    None
}

/// The first path at which the registration is not what was described. The values there are not
/// told: they can be secret.
fn difference(described: &[u8], sent: &[u8], images: &BTreeMap<String, String>) -> Option<String> {
    let read = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes);
    let (Ok(mut described), Ok(sent)) = (read(described), read(sent)) else {
        return Some("taskDefinition".to_owned());
    };
    let definition = described.get_mut("taskDefinition")?.as_object_mut()?;
    for key in OF_THE_REVISION {
        definition.remove(key);
    }
    let containers = definition.get_mut("containerDefinitions");
    for it in containers
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        let image = it["name"].as_str().and_then(|name| images.get(name));
        if let Some(image) = image {
            it["image"] = Value::String(image.clone());
        }
    }
    missing(&Value::Object(definition.clone()), &sent, "")
}

fn missing(described: &Value, sent: &Value, path: &str) -> Option<String> {
    match (described, sent) {
        (Value::Object(described), Value::Object(sent)) => {
            described.iter().find_map(|(key, value)| {
                let path = match path {
                    "" => key.clone(),
                    path => format!("{path}.{key}"),
                };
                match sent.get(key) {
                    Some(other) => missing(value, other, &path),
                    None if is_nothing(value) => None,
                    None => Some(path),
                }
            })
        }
        (Value::Array(described), Value::Array(sent)) if described.len() == sent.len() => {
            let pairs = described.iter().zip(sent).enumerate();
            pairs
                .into_iter()
                .find_map(|(index, (it, other))| missing(it, other, &format!("{path}[{index}]")))
        }
        (described, sent) if described == sent => None,
        _ => Some(path.to_owned()),
    }
}

/// What is the same as not being there.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Number(it) => it.as_f64() == Some(0.0),
        Value::Array(it) => it.is_empty(),
        Value::Object(it) => it.is_empty(),
        Value::Bool(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESCRIBED: &str = r#"{"taskDefinition":{"taskDefinitionArn":"arn","revision":3,"family":"shop",
        "containerDefinitions":[{"name":"web","image":"a:1","cpu":0,"environment":[{"name":"A","value":"1"}]}],
        "volumes":[]}}"#;

    #[test]
    fn a_registration_that_is_whole_is_sent_and_what_it_would_lose_is_named() {
        let images = BTreeMap::from([("web".to_owned(), "a:2".to_owned())]);
        let compare = |described: &str, sent: &str| {
            difference(described.as_bytes(), sent.as_bytes(), &images)
        };
        let sent = r#"{"family":"shop","containerDefinitions":[{"name":"web","image":"a:2","environment":[{"name":"A","value":"1"}]}]}"#;
        assert_eq!(compare(DESCRIBED, sent), None);
        // A property that the SDK does not know is in the description alone.
        let newer = DESCRIBED.replace(r#""cpu":0"#, r#""shield":{"mode":"on"}"#);
        let path = "containerDefinitions[0].shield";
        assert_eq!(compare(&newer, sent).as_deref(), Some(path));
        let other = sent.replace(r#""value":"1""#, r#""value":"2""#);
        let path = "containerDefinitions[0].environment[0].value";
        assert_eq!(compare(DESCRIBED, &other).as_deref(), Some(path));
        let unset = sent.replace("a:2", "a:1");
        let path = "containerDefinitions[0].image";
        assert_eq!(compare(DESCRIBED, &unset).as_deref(), Some(path));
    }
}
