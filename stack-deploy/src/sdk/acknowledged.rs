//! An answer with nothing in it is read by nobody, so that a page of somebody else's would pass for
//! it: a proxy's that wants a password, for example.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Lets only an answer of CloudFormation pass: `<DeleteStackResponse …>`.
#[derive(Debug)]
pub(super) struct Acknowledged;

#[dyn_dispatch_hint]
impl Intercept for Acknowledged {
    fn name(&self) -> &'static str {
        "Acknowledged"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let body = response.body().bytes().unwrap_or_default();
        let body = String::from_utf8_lossy(body);
        let name = body
            .split('<')
            .find(|it| it.starts_with(char::is_alphabetic));
        let name = name.and_then(|it| it.split([' ', '>', '/']).next());
        match name {
            Some(name) if name.ends_with("Response") => Ok(()),
            _ if !response.status().is_success() => Ok(()),
            _ => Err("what came is not CloudFormation's answer: is there a proxy between?".into()),
        }
    }
}
