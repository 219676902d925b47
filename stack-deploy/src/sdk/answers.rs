//! CloudFormation's answers as plain data. What must be in an answer and is not makes it one that
//! cannot be understood.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::operation::describe_stack_events::DescribeStackEventsOutput;
use aws_sdk_cloudformation::operation::describe_stacks::DescribeStacksOutput;
use aws_sdk_cloudformation::operation::list_stack_resources::ListStackResourcesOutput;
use aws_sdk_cloudformation::types;
use aws_smithy_types::DateTime;

use crate::api::{
    Answer, ApiError, ChangeAction, ChangeSetPage, EventsPage, ExecutionStatus, PropertyChange,
    Replacement, ResourceChange, ResourceSummary, ResourcesPage, Response, StackDescription,
    StackEvent,
};
use crate::stack_status::StackStatus;
use crate::time::Time;

/// An answer lacks something.
pub(super) fn without(call: &str, what: &str) -> ApiError {
    ApiError::malformed(&format!("the answer to `{call}` has no `{what}`"))
}

/// A moment; none before 1970.
pub(super) fn time(at: &DateTime) -> Option<Time> {
    let millis = at.to_millis().ok()?;
    u64::try_from(millis).ok().map(Time)
}

/// A text; none when it says nothing.
fn said(text: Option<String>) -> Option<String> {
    text.filter(|it| !it.is_empty())
}

/// To `DescribeStacks`, asked for one.
pub(super) fn stack(answer: DescribeStacksOutput) -> Answer {
    let call = "DescribeStacks";
    let mut stacks = answer.stacks.unwrap_or_default();
    let it = match (stacks.pop(), stacks.is_empty()) {
        (Some(it), true) => it,
        (None, _) => return Err(without(call, "Stacks")),
        (Some(_), false) => {
            return Err(ApiError::malformed(
                "`DescribeStacks` was asked for one stack and answered with several",
            ));
        }
    };
    described(it).map(|it| Response::Stack(Box::new(it)))
}

/// One stack of an answer to `DescribeStacks`.
pub(super) fn described(it: types::Stack) -> Result<StackDescription, ApiError> {
    let call = "DescribeStacks";
    let outputs = it.outputs.unwrap_or_default().into_iter();
    let parameters = it.parameters.unwrap_or_default().into_iter();
    let tags = it.tags.unwrap_or_default().into_iter();
    Ok(StackDescription {
        arn: it.stack_id.ok_or_else(|| without(call, "StackId"))?,
        name: it.stack_name.ok_or_else(|| without(call, "StackName"))?,
        status: it
            .stack_status
            .map(|it| StackStatus::parse(it.as_str()))
            .ok_or_else(|| without(call, "StackStatus"))?,
        reason: said(it.stack_status_reason),
        created: it.creation_time.as_ref().and_then(time),
        updated: it.last_updated_time.as_ref().and_then(time),
        change_set: it.change_set_id,
        outputs: map(outputs.map(|it| (it.output_key, it.output_value))),
        parameters: map(parameters.map(|it| (it.parameter_key, it.parameter_value))),
        tags: map(tags.map(|it| (it.key, it.value))),
        termination_protection: it.enable_termination_protection.unwrap_or(false),
        role: it.role_arn,
    })
}

fn map(pairs: impl Iterator<Item = (Option<String>, Option<String>)>) -> BTreeMap<String, String> {
    pairs
        .filter_map(|(key, value)| Some((key?, value.unwrap_or_default())))
        .collect()
}

/// To `ListStackResources`.
pub(super) fn resources(answer: ListStackResourcesOutput) -> Answer {
    let call = "ListStackResources";
    let resources = answer.stack_resource_summaries.unwrap_or_default();
    let resources = resources.into_iter().map(|it| {
        Ok(ResourceSummary {
            logical_id: it
                .logical_resource_id
                .ok_or_else(|| without(call, "LogicalResourceId"))?,
            physical_id: it.physical_resource_id,
            kind: it.resource_type.unwrap_or_default(),
            status: it
                .resource_status
                .map(|it| it.as_str().to_owned())
                .ok_or_else(|| without(call, "ResourceStatus"))?,
            reason: said(it.resource_status_reason),
        })
    });
    Ok(Response::Resources(ResourcesPage {
        resources: resources.collect::<Result<_, ApiError>>()?,
        next: answer.next_token,
    }))
}

/// To `DescribeStackEvents`.
pub(super) fn events(answer: DescribeStackEventsOutput) -> Answer {
    let call = "DescribeStackEvents";
    let events = answer.stack_events.unwrap_or_default().into_iter();
    let events = events.map(|it| {
        Ok(StackEvent {
            id: it.event_id.ok_or_else(|| without(call, "EventId"))?,
            stack: it.stack_id.ok_or_else(|| without(call, "StackId"))?,
            logical_id: it.logical_resource_id.unwrap_or_default(),
            physical_id: it.physical_resource_id.unwrap_or_default(),
            kind: it.resource_type.unwrap_or_default(),
            status: it
                .resource_status
                .map(|it| it.as_str().to_owned())
                .unwrap_or_default(),
            reason: said(it.resource_status_reason).or(said(it.hook_status_reason)),
            time: it
                .timestamp
                .as_ref()
                .and_then(time)
                .ok_or_else(|| without(call, "Timestamp"))?,
            token: it.client_request_token,
        })
    });
    Ok(Response::Events(EventsPage {
        events: events.collect::<Result<_, ApiError>>()?,
        next: answer.next_token,
    }))
}

/// To `DescribeChangeSet`.
pub(super) fn change_set(answer: DescribeChangeSetOutput) -> Answer {
    let call = "DescribeChangeSet";
    let changes = answer.changes.unwrap_or_default().into_iter();
    let changes = changes.filter_map(|it| it.resource_change).map(change);
    Ok(Response::ChangeSet(Box::new(ChangeSetPage {
        arn: answer
            .change_set_id
            .ok_or_else(|| without(call, "ChangeSetId"))?,
        name: answer.change_set_name.unwrap_or_default(),
        stack: answer.stack_id.ok_or_else(|| without(call, "StackId"))?,
        status: answer
            .status
            .map(|it| it.as_str().to_owned())
            .ok_or_else(|| without(call, "Status"))?,
        reason: said(answer.status_reason),
        // Without it, it is not there yet.
        execution: answer
            .execution_status
            .map_or(ExecutionStatus::Unavailable, |it| {
                ExecutionStatus::parse(it.as_str())
            }),
        changes: changes.collect::<Result<_, ApiError>>()?,
        next: answer.next_token,
        created: answer.creation_time.as_ref().and_then(time),
    })))
}

fn change(it: types::ResourceChange) -> Result<ResourceChange, ApiError> {
    let call = "DescribeChangeSet";
    let properties = it.details.unwrap_or_default();
    let mut properties: Vec<PropertyChange> = properties.into_iter().filter_map(property).collect();
    properties.dedup();
    Ok(ResourceChange {
        logical_id: it
            .logical_resource_id
            .ok_or_else(|| without(call, "LogicalResourceId"))?,
        physical_id: it.physical_resource_id,
        kind: it.resource_type.unwrap_or_default(),
        action: it
            .action
            .map(|it| ChangeAction::parse(it.as_str()))
            .ok_or_else(|| without(call, "Action"))?,
        replacement: match it.replacement.as_ref().map(types::Replacement::as_str) {
            None | Some("False") => Replacement::Never,
            Some("True") => Replacement::Always,
            // What is not known may be.
            Some(_) => Replacement::Conditional,
        },
        policy: it.policy_action.map(|it| it.as_str().to_owned()),
        scope: it
            .scope
            .unwrap_or_default()
            .iter()
            .map(|it| it.as_str().to_owned())
            .collect(),
        properties,
        nested: it.change_set_id,
    })
}

fn property(it: types::ResourceChangeDetail) -> Option<PropertyChange> {
    let target = it.target?;
    let attribute = target
        .attribute
        .as_ref()
        .map_or("Properties", |it| it.as_str());
    let path = match (target.path, target.name) {
        (Some(path), _) if !path.is_empty() => path,
        (_, Some(name)) if !name.is_empty() => format!("{attribute}.{name}"),
        _ => attribute.to_owned(),
    };
    Some(PropertyChange {
        path,
        recreation: target
            .requires_recreation
            .map_or_else(|| "Never".to_owned(), |it| it.as_str().to_owned()),
        before: target.before_value,
        after: target.after_value,
        cause: it.change_source.map(|it| it.as_str().to_owned()),
    })
}
