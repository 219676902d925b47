//! Kinds of identifiers.

use crate::value::kinds;

kinds! {
    /// The id of a VPC.
    VpcId = "AWS::EC2::VPC::Id";
}
