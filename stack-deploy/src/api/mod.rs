//! The few calls that a deployment needs, as plain data.

mod error;
mod request;
mod response;

pub use error::{ApiError, ErrorKind};
pub use request::{
    Call, ChangeSetKind, CreateChangeSet, Parameter, ParameterValue, Request, TemplateSource,
};
pub use response::{
    Answer, ChangeAction, ChangeSetPage, DriftState, EventsPage, ExecutionStatus, Identity,
    PropertyChange, PropertyDrift, Replacement, ResourceChange, ResourceDrift, ResourceDriftsPage,
    ResourceSummary, ResourcesPage, Response, StackDescription, StackEvent,
};
