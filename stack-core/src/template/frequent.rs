//! Names of fields that stand in templates over and over: they need no memory of their own.

use std::borrow::Cow;

use crate::value::Text;

/// The name, to keep.
pub(super) fn name(name: Cow<'_, str>) -> Text {
    match (known(&name), name) {
        (Some(known), _) => Cow::Borrowed(known),
        (None, name) => Cow::Owned(name.into_owned()),
    }
}

macro_rules! names {
    ($($name:literal)*) => {
        fn known(name: &str) -> Option<&'static str> {
            match name {
                $($name => Some($name),)*
                _ => None,
            }
        }
    };
}

names! {
    "Action" "AllowedValues" "AssumeRolePolicyDocument" "CidrBlock" "CidrIp" "Condition"
    "ConstraintDescription" "ContainerPort" "Default" "DeletionPolicy" "DependsOn" "Description"
    "Effect" "Export" "Fn::Equals" "Fn::GetAtt" "Fn::If" "Fn::ImportValue" "Fn::Join" "Fn::Select"
    "Fn::Sub" "FromPort" "GroupDescription" "IpProtocol" "Key" "Metadata" "Name" "PolicyDocument"
    "PolicyName" "Principal" "Properties" "Ref" "Resource" "RouteTableId" "Service" "Statement"
    "SubnetId" "Tags" "ToPort" "Type" "UpdateReplacePolicy" "Value" "Version" "VpcId"
    "aws:cdk:path"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_what_it_is_whether_it_is_frequent_or_not() {
        for it in ["Type", "aws:cdk:path", "Types", "type", ""] {
            assert_eq!(name(Cow::Borrowed(it)), it);
            assert_eq!(name(Cow::Owned(it.to_owned())), it);
        }
        assert!(matches!(name(Cow::Borrowed("Ref")), Cow::Borrowed(_)));
    }
}
