//! Which services Application Auto Scaling scales.

use crate::check::containers::SERVICE;
use crate::model::{Handle, Piece, Resource, Stack, Value};

pub(super) const TARGET: &str = "AWS::ApplicationAutoScaling::ScalableTarget";

/// The scalable targets of a stack whose service is among the stacks.
pub(super) fn scaled_services<'e, 'a>(
    stack: Stack<'e, 'a>,
) -> Vec<(Resource<'e, 'a>, Resource<'e, 'a>)> {
    let targets = stack.of(TARGET);
    targets
        .filter_map(|target| {
            let pieces = target.get("ResourceId").pieces();
            let named = || {
                let id = target.get("ResourceId");
                let name = id
                    .text()?
                    .strip_prefix("service/")?
                    .rsplit('/')
                    .next()?
                    .to_owned();
                let mut services = stack.of(SERVICE);
                services.find(|it| it.get("ServiceName").text() == Some(&name))
            };
            let service = pieces
                .iter()
                .filter_map(|it| match it {
                    Piece::Value(value) => resource_of(stack, value).map(|it| it.0),
                    Piece::Text(_) => None,
                })
                .find(|it| it.kind() == SERVICE)
                .or_else(named)?;
            Some((target, service))
        })
        .collect()
}

/// The resource that a value stands for.
pub(super) fn resource_of<'e, 'a>(
    stack: Stack<'e, 'a>,
    value: &Value<'a>,
) -> Option<(Resource<'e, 'a>, Handle<'a>)> {
    let handle = value.handle()?;
    let there = stack.world().stack(handle.stack).resource(handle.id)?;
    Some((there, handle))
}
