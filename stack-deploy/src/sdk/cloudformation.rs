//! The calls of [`CloudFormation`] as the SDK makes them. Each that changes something and can
//! carry a token carries it.

use std::sync::Arc;

use aws_sdk_cloudformation::types::{
    Capability, ChangeSetType, DeletionMode, DeploymentMode, Parameter, RollbackConfiguration,
    RollbackTrigger, Tag, TemplateStage,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::acknowledged::Acknowledged;
use super::answers;
use super::client::{Client, Services};
use super::drift;
use super::error::error;
use super::server_time::ServerTime;
use crate::CloudFormation;
use crate::api::{
    Answer, ApiError, ChangeSetKind, CreateChangeSet, ErrorKind, Identity, ParameterValue, Request,
    Response, TemplateSource,
};

impl CloudFormation for Client {
    fn call(&self, request: &Request) -> Answer {
        let expected = self.account().map(str::to_owned);
        let connection = self.place().shared.connection.clone();
        let answer = self.wait(|| {
            let request = request.clone();
            move |services| make(services, request)
        });
        match (answer, expected) {
            (Ok(Response::Identity(mut identity)), Some(expected))
                if identity.account != expected =>
            {
                identity.advice = Some(super::profiles::advice(&connection, &expected));
                Ok(Response::Identity(identity))
            }
            (answer, _) => answer,
        }
    }
}

async fn make(services: Arc<Services>, request: Request) -> Answer {
    let aws = &services.cloudformation;
    match request {
        Request::GetCallerIdentity => identity(&services).await,
        Request::DescribeStack { stack } => {
            let answer = aws.describe_stacks().stack_name(stack).send().await;
            answers::stack(answer.map_err(error)?)
        }
        Request::GetTemplate { stack } => {
            let call = aws.get_template().stack_name(stack);
            let answer = call.template_stage(TemplateStage::Original).send().await;
            let body = answer.map_err(error)?.template_body;
            body.map(Response::Template)
                .ok_or_else(|| answers::without("GetTemplate", "TemplateBody"))
        }
        Request::ListStackResources { stack, next } => {
            let call = aws.list_stack_resources().stack_name(stack);
            let answer = call.set_next_token(next).send().await;
            answers::resources(answer.map_err(error)?)
        }
        Request::PutObject {
            bucket,
            key,
            body,
            owner,
            kms_key,
        } => {
            let encryption = kms_key
                .as_ref()
                .map(|_| aws_sdk_s3::types::ServerSideEncryption::AwsKms);
            let call = services.s3.put_object().bucket(bucket).key(key);
            let call = call
                .body(body.into_bytes().into())
                .content_type("application/json")
                .expected_bucket_owner(owner)
                .set_server_side_encryption(encryption)
                .set_ssekms_key_id(kms_key);
            let answer = call.send().await.map_err(error)?;
            match answer.e_tag {
                Some(_) => Ok(Response::Accepted),
                None => Err(answers::without("PutObject", "ETag")),
            }
        }
        Request::CreateChangeSet(it) => {
            let answer = create(aws, *it).send().await.map_err(error)?;
            let what = "CreateChangeSet";
            Ok(Response::ChangeSetCreated {
                change_set: answer.id.ok_or_else(|| answers::without(what, "Id"))?,
                stack: answer
                    .stack_id
                    .ok_or_else(|| answers::without(what, "StackId"))?,
            })
        }
        Request::DescribeChangeSet {
            change_set,
            stack,
            next,
            values,
        } => {
            let call = aws.describe_change_set().change_set_name(change_set);
            let call = call.stack_name(stack).set_next_token(next);
            // `false` is not sent: where it is not known, it is not in the way.
            let call = call.set_include_property_values(values.then_some(true));
            answers::change_set(call.send().await.map_err(error)?)
        }
        Request::ExecuteChangeSet {
            change_set,
            stack,
            token,
            disable_rollback,
        } => {
            let call = aws.execute_change_set().change_set_name(change_set);
            let call = call
                .stack_name(stack)
                .client_request_token(token)
                .set_disable_rollback(disable_rollback.then_some(true));
            accepted(call.customize().interceptor(Acknowledged).send().await)
        }
        Request::DeleteChangeSet { change_set, stack } => {
            let call = aws.delete_change_set().change_set_name(change_set);
            let call = call.stack_name(stack).customize();
            accepted(call.interceptor(Acknowledged).send().await)
        }
        Request::DescribeStackEvents { stack, next } => {
            let call = aws.describe_stack_events().stack_name(stack);
            let answer = call.set_next_token(next).send().await;
            answers::events(answer.map_err(error)?)
        }
        Request::DetectStackDrift { stack } => {
            let answer = aws.detect_stack_drift().stack_name(stack).send().await;
            let detection = answer.map_err(error)?.stack_drift_detection_id;
            detection
                .map(Response::DriftDetection)
                .ok_or_else(|| answers::without("DetectStackDrift", "StackDriftDetectionId"))
        }
        Request::DescribeDriftDetection { detection } => {
            let call = aws.describe_stack_drift_detection_status();
            let answer = call.stack_drift_detection_id(detection).send().await;
            drift::state(answer.map_err(error)?)
        }
        Request::DescribeResourceDrifts { stack, next } => {
            let call = aws.describe_stack_resource_drifts().stack_name(stack);
            let answer = call.set_next_token(next).send().await;
            drift::resources(answer.map_err(error)?)
        }
        other => operate(aws, other).await,
    }
}

/// What is done to a stack that exists.
async fn operate(aws: &aws_sdk_cloudformation::Client, request: Request) -> Answer {
    match request {
        Request::DeleteStack {
            stack,
            token,
            role,
            retain,
            force,
        } => {
            let call = aws.delete_stack().stack_name(stack);
            let call = call
                .client_request_token(token)
                .set_role_arn(role)
                .set_retain_resources(some(retain))
                .set_deletion_mode(force.then_some(DeletionMode::ForceDeleteStack));
            accepted(call.customize().interceptor(Acknowledged).send().await)
        }
        Request::CancelUpdateStack { stack, token } => {
            let call = aws.cancel_update_stack().stack_name(stack);
            let call = call.client_request_token(token).customize();
            accepted(call.interceptor(Acknowledged).send().await)
        }
        Request::ContinueUpdateRollback {
            stack,
            token,
            role,
            skip,
        } => {
            let call = aws.continue_update_rollback().stack_name(stack);
            let call = call
                .client_request_token(token)
                .set_role_arn(role)
                .set_resources_to_skip(some(skip));
            accepted(call.customize().interceptor(Acknowledged).send().await)
        }
        Request::RollbackStack { stack, token, role } => {
            let call = aws.rollback_stack().stack_name(stack);
            let call = call
                .client_request_token(token)
                .set_role_arn(role)
                .retain_except_on_create(true);
            accepted(call.customize().interceptor(Acknowledged).send().await)
        }
        Request::UpdateTerminationProtection { stack, enabled } => {
            let call = aws.update_termination_protection().stack_name(stack);
            let call = call.enable_termination_protection(enabled);
            accepted(call.customize().interceptor(Acknowledged).send().await)
        }
        Request::SetStackPolicy { stack, policy } => {
            let call = aws.set_stack_policy().stack_name(stack);
            let call = call.stack_policy_body(policy).customize();
            accepted(call.interceptor(Acknowledged).send().await)
        }
        other => Err(ApiError::local(
            ErrorKind::Invalid,
            &format!("`{}` is not done to a stack", other.call()),
        )),
    }
}

async fn identity(services: &Services) -> Answer {
    let clock = ServerTime::default();
    let call = services.sts.get_caller_identity().customize();
    let answer = call
        .interceptor(clock.clone())
        .send()
        .await
        .map_err(error)?;
    let what = "GetCallerIdentity";
    Ok(Response::Identity(Identity {
        account: answer
            .account
            .ok_or_else(|| answers::without(what, "Account"))?,
        arn: answer.arn.ok_or_else(|| answers::without(what, "Arn"))?,
        server_time: clock.get(),
        advice: None,
    }))
}

fn create(
    aws: &aws_sdk_cloudformation::Client,
    it: CreateChangeSet,
) -> aws_sdk_cloudformation::operation::create_change_set::builders::CreateChangeSetFluentBuilder {
    let call = aws
        .create_change_set()
        .stack_name(it.stack)
        .change_set_name(it.name)
        .client_token(it.token)
        .change_set_type(match it.kind {
            ChangeSetKind::Create => ChangeSetType::Create,
            ChangeSetKind::Update => ChangeSetType::Update,
        })
        .set_parameters(some(it.parameters.into_iter().map(parameter)))
        .set_capabilities(some(
            it.capabilities
                .iter()
                .map(|it| Capability::from(it.as_str())),
        ))
        .set_tags(some(
            it.tags
                .into_iter()
                .map(|(key, value)| Tag::builder().key(key).value(value).build()),
        ))
        // An empty list, too, says what is to be: nobody is told any more.
        .set_notification_arns(Some(it.notification_arns))
        .set_role_arn(it.role)
        .description(it.description)
        .set_include_nested_stacks(it.nested.then_some(true))
        .set_deployment_mode(it.revert_drift.then_some(DeploymentMode::RevertDrift));
    let call = match it.template {
        TemplateSource::Body(body) => call.template_body(body),
        TemplateSource::Url(url) => call.template_url(url),
    };
    let alarms = it.rollback_alarms.into_iter();
    let alarms = alarms.map(|arn| {
        let trigger = RollbackTrigger::builder().arn(arn);
        trigger.r#type("AWS::CloudWatch::Alarm").build()
    });
    call.rollback_configuration(
        RollbackConfiguration::builder()
            .set_rollback_triggers(Some(alarms.collect()))
            .monitoring_time_in_minutes(i32::from(it.monitoring_minutes))
            .build(),
    )
}

fn parameter(it: crate::api::Parameter) -> Parameter {
    let parameter = Parameter::builder().parameter_key(it.name);
    match it.value {
        ParameterValue::Plain(text) => parameter.parameter_value(text),
        ParameterValue::Secret(secret) => parameter.parameter_value(secret.expose()),
        ParameterValue::Previous => parameter.use_previous_value(true),
    }
    .build()
}

/// A list; none when there is nothing in it.
fn some<T>(items: impl IntoIterator<Item = T>) -> Option<Vec<T>> {
    let items: Vec<T> = items.into_iter().collect();
    (!items.is_empty()).then_some(items)
}

fn accepted<T, E>(answer: Result<T, SdkError<E, HttpResponse>>) -> Answer
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match answer {
        Ok(_) => Ok(Response::Accepted),
        Err(it) => Err(error(it)),
    }
}
