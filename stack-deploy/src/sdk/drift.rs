//! What CloudFormation says of drift, as plain data.

use aws_sdk_cloudformation::operation::describe_stack_drift_detection_status::DescribeStackDriftDetectionStatusOutput;
use aws_sdk_cloudformation::operation::describe_stack_resource_drifts::DescribeStackResourceDriftsOutput;
use aws_sdk_cloudformation::types;

use super::answers::without;
use crate::api::{
    Answer, ApiError, DriftState, PropertyDrift, ResourceDrift, ResourceDriftsPage, Response,
};

/// To `DescribeStackDriftDetectionStatus`.
pub(super) fn state(answer: DescribeStackDriftDetectionStatusOutput) -> Answer {
    let call = "DescribeStackDriftDetectionStatus";
    let detection = answer.detection_status.map(|it| it.as_str().to_owned());
    Ok(Response::DriftState(DriftState {
        detection: detection.ok_or_else(|| without(call, "DetectionStatus"))?,
        reason: answer.detection_status_reason,
        drift: answer.stack_drift_status.map(|it| it.as_str().to_owned()),
        drifted: answer.drifted_stack_resource_count,
    }))
}

/// To `DescribeStackResourceDrifts`.
pub(super) fn resources(answer: DescribeStackResourceDriftsOutput) -> Answer {
    let drifts = answer.stack_resource_drifts.unwrap_or_default();
    let drifts = drifts.into_iter().map(resource);
    Ok(Response::ResourceDrifts(ResourceDriftsPage {
        drifts: drifts.collect::<Result<_, ApiError>>()?,
        next: answer.next_token,
    }))
}

fn resource(it: types::StackResourceDrift) -> Result<ResourceDrift, ApiError> {
    let call = "DescribeStackResourceDrifts";
    let status = it.stack_resource_drift_status;
    let properties = it.property_differences.unwrap_or_default();
    Ok(ResourceDrift {
        logical_id: it
            .logical_resource_id
            .ok_or_else(|| without(call, "LogicalResourceId"))?,
        physical_id: it.physical_resource_id,
        kind: it.resource_type.unwrap_or_default(),
        status: status
            .map(|it| it.as_str().to_owned())
            .ok_or_else(|| without(call, "StackResourceDriftStatus"))?,
        properties: properties.into_iter().map(property).collect(),
    })
}

fn property(it: types::PropertyDifference) -> PropertyDrift {
    PropertyDrift {
        path: it.property_path.unwrap_or_default(),
        difference: it
            .difference_type
            .map(|it| it.as_str().to_owned())
            .unwrap_or_default(),
        expected: it.expected_value,
        actual: it.actual_value,
    }
}
