//! Rules of security groups, as rules look at them.

use crate::model::{Resource, Stack, View};

pub(crate) const GROUP: &str = "AWS::EC2::SecurityGroup";

/// A rule of a security group, within the group or of its own.
#[derive(Clone, Debug)]
pub(crate) struct GroupRule<'e, 'a> {
    pub(crate) resource: Resource<'e, 'a>,
    inside: Option<View<'e, 'a>>,
    pub(crate) ingress: bool,
}

impl<'e, 'a> GroupRule<'e, 'a> {
    /// A property of the rule.
    pub(crate) fn get(&self, name: &'a str) -> View<'e, 'a> {
        match &self.inside {
            Some(view) => view.get(name),
            None => self.resource.get(name),
        }
    }

    /// The group it belongs to, when that is here.
    pub(crate) fn group(&self) -> Option<Resource<'e, 'a>> {
        match self.inside {
            Some(_) => Some(self.resource),
            None => self.resource.get("GroupId").target_of(GROUP),
        }
    }

    /// Something to point at.
    pub(crate) fn place(&self) -> View<'e, 'a> {
        self.inside
            .clone()
            .unwrap_or_else(|| self.resource.get("IpProtocol"))
    }
}

/// All rules of security groups.
pub(crate) fn group_rules<'e, 'a>(stack: Stack<'e, 'a>) -> Vec<GroupRule<'e, 'a>> {
    let mut found = Vec::new();
    for (name, kind, ingress) in [
        (
            "SecurityGroupIngress",
            "AWS::EC2::SecurityGroupIngress",
            true,
        ),
        (
            "SecurityGroupEgress",
            "AWS::EC2::SecurityGroupEgress",
            false,
        ),
    ] {
        for resource in stack.of(GROUP) {
            for inside in resource.get(name).items() {
                // A rule that is not set in this world is no rule.
                if inside.is_known() {
                    found.push(GroupRule {
                        resource,
                        inside: Some(inside),
                        ingress,
                    });
                }
            }
        }
        found.extend(stack.of(kind).map(|resource| GroupRule {
            resource,
            inside: None,
            ingress,
        }));
    }
    found
}
