//! stand-in
#![allow(missing_docs)]
use crate::{Object, Severity};
pub struct Finding {
    pub code: &'static str,
    pub severity: Severity,
    pub place: String,
    pub message: String,
    pub help: Option<String>,
}
#[derive(PartialEq, Clone, Copy)]
pub enum TagForm {
    List,
    Map,
    AutoScaling,
}
pub struct Tagging {
    pub property: &'static str,
    pub form: TagForm,
}
pub struct ResourceType;
impl ResourceType {
    pub fn has_attribute(&self, _: &str) -> bool {
        true
    }
    pub fn attributes(&self) -> Vec<&'static str> {
        vec![]
    }
    pub fn tagging(&self) -> Option<Tagging> {
        None
    }
}
pub fn find(_: &str) -> Option<ResourceType> {
    None
}
pub fn validate(_: &str, _: &Object, _: &mut dyn FnMut(Finding)) -> bool {
    true
}
pub fn resource_types() -> impl Iterator<Item = &'static str> {
    [].into_iter()
}
