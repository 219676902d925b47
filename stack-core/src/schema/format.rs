//! Forms that a pattern in the facts does not give: addresses and identifiers.

use crate::value::Cidr;

/// What is expected, when a text is not of a format.
pub(super) fn broken(format: &str, text: &str) -> Option<&'static str> {
    let (good, expected) = match format {
        "ipv4-network" => (is_network(text), "an IPv4 range such as `10.0.0.0/16`"),
        "ipv6-network" => (
            is_ipv6_network(text),
            "an IPv6 range such as `2001:db8::/56`",
        ),
        "AWS::EC2::VPC.Id" => (
            is_id(text, "vpc-"),
            "a VPC id such as `vpc-0123456789abcdef0`",
        ),
        "AWS::EC2::Subnet.Id" => (
            is_id(text, "subnet-"),
            "a subnet id such as `subnet-0123456789abcdef0`",
        ),
        "AWS::EC2::SecurityGroup.Id" => (
            is_id(text, "sg-"),
            "a security group id such as `sg-0123456789abcdef0`",
        ),
        "AWS::EC2::Image.Id" => (
            is_id(text, "ami-"),
            "an image id such as `ami-0123456789abcdef0`",
        ),
        "AWS::IAM::Role.Arn" => (
            text.starts_with("arn:") && text.contains(":role/"),
            "a role's ARN such as `arn:aws:iam::111122223333:role/name`",
        ),
        _ => return None,
    };
    (!good).then_some(expected)
}

/// AWS takes ranges with host bits in some places, so they are no error here.
fn is_network(text: &str) -> bool {
    if text.parse::<Cidr>().is_ok() {
        return true;
    }
    let Some((address, prefix)) = text.split_once('/') else {
        return false;
    };
    address.parse::<std::net::Ipv4Addr>().is_ok() && prefix.parse::<u8>().is_ok_and(|it| it <= 32)
}

fn is_ipv6_network(text: &str) -> bool {
    let Some((address, prefix)) = text.split_once('/') else {
        return false;
    };
    address.parse::<std::net::Ipv6Addr>().is_ok() && prefix.parse::<u8>().is_ok_and(|it| it <= 128)
}

fn is_id(text: &str, prefix: &str) -> bool {
    let Some(rest) = text.strip_prefix(prefix) else {
        return false;
    };
    matches!(rest.len(), 8 | 17)
        && rest
            .bytes()
            .all(|it| it.is_ascii_digit() || (b'a'..=b'f').contains(&it))
}

#[cfg(test)]
mod tests {
    use super::broken;

    #[test]
    fn identifiers_and_ranges_are_told_from_other_text() {
        for (format, text, good) in [
            ("ipv4-network", "10.0.0.0/16", true),
            ("ipv4-network", "10.0.0.1/16", true),
            ("ipv4-network", "10.0.0.0", false),
            ("ipv4-network", "10.0.0.300/8", false),
            ("ipv6-network", "::/0", true),
            ("AWS::EC2::VPC.Id", "vpc-0123456789abcdef0", true),
            ("AWS::EC2::VPC.Id", "vpc-12345678", true),
            ("AWS::EC2::VPC.Id", "subnet-12345678", false),
            ("AWS::IAM::Role.Arn", "deployer", false),
            ("some-other", "anything", true),
        ] {
            assert_eq!(broken(format, text).is_none(), good, "{format} {text}");
        }
    }
}
