//! What a text means: address ranges, ids, ARNs.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Checks a text against the meaning that the facts give it. Meanings that have no form of their
/// own fit anything.
///
/// # Errors
/// What is expected.
pub(super) fn check(format: &str, text: &str) -> Result<(), &'static str> {
    let (fits, expected) = match format {
        "ipv4" => (
            text.parse::<Ipv4Addr>().is_ok(),
            "an IPv4 address such as `192.0.2.1`",
        ),
        "ipv6" => (
            text.parse::<Ipv6Addr>().is_ok(),
            "an IPv6 address such as `2001:db8::1`",
        ),
        "ipv4-network" => (
            ipv4_range(text).is_some(),
            "an IPv4 range such as `10.0.0.0/16`",
        ),
        "ipv6-network" => (
            ipv6_range(text).is_some(),
            "an IPv6 range such as `2001:db8::/32`",
        ),
        "AWS::EC2::VPC.Id" => (
            is_id(text, "vpc-"),
            "the id of a VPC (`vpc-` and 8 or 17 hexadecimal digits)",
        ),
        "AWS::EC2::Subnet.Id" => (
            is_id(text, "subnet-"),
            "the id of a subnet (`subnet-` and 8 or 17 hexadecimal digits)",
        ),
        "AWS::EC2::SecurityGroup.Id" => (
            is_id(text, "sg-"),
            "the id of a security group (`sg-` and 8 or 17 hexadecimal digits)",
        ),
        "AWS::EC2::SecurityGroup.Name" => (
            !text.is_empty() && text.bytes().all(is_group_name),
            "the name of a security group",
        ),
        // A launch template may name a parameter that holds the id.
        "AWS::EC2::Image.Id" => (
            is_image(text) || text.starts_with("resolve:ssm"),
            "the id of an image (`ami-` and 8 or 17 letters or digits)",
        ),
        "AWS::IAM::Role.Arn" => (is_arn(text, "iam", false, &["role/"]), "the ARN of a role"),
        "AWS::KMS::Key.Arn" => (
            is_arn(text, "kms", true, &["key/", "alias/"]),
            "the ARN of a KMS key",
        ),
        "AWS::KMS::Key.Id" => (is_key_id(text), "the id of a KMS key"),
        "AWS::KMS::Alias.AliasName" => (
            text.strip_prefix("alias/")
                .is_some_and(|it| is_alias(it, b":")),
            "the alias of a KMS key (`alias/…`)",
        ),
        "AWS::Lambda::Function.Arn" => (
            is_arn(text, "lambda", true, &["function:"]),
            "the ARN of a Lambda function",
        ),
        "AWS::SNS::Topic.Arn" => (is_arn(text, "sns", true, &[""]), "the ARN of an SNS topic"),
        "AWS::ACM::Certificate.Arn" => (
            is_arn(text, "acm", true, &["certificate/"]),
            "the ARN of a certificate",
        ),
        "AWS::Logs::LogGroup.Name" => (
            (1..=512).contains(&text.len())
                && text
                    .bytes()
                    .all(|it| it.is_ascii_alphanumeric() || b".-_/#".contains(&it)),
            "the name of a log group (letters, digits and `.-_/#`)",
        ),
        "AWS::S3::Bucket.Name" => (
            text.is_empty() || is_bucket(text),
            "the name of a bucket (3 to 63 small letters, digits, dots and hyphens)",
        ),
        _ => (true, ""),
    };
    if fits { Ok(()) } else { Err(expected) }
}

/// Letters or digits, 8 or 17 of them, after a prefix.
fn tail<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let tail = text.strip_prefix(prefix)?;
    matches!(tail.len(), 8 | 17).then_some(tail)
}

fn is_id(text: &str, prefix: &str) -> bool {
    tail(text, prefix).is_some_and(|it| it.bytes().all(|it| it.is_ascii_hexdigit()))
}

fn is_image(text: &str) -> bool {
    let small = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit();
    tail(text, "ami-").is_some_and(|it| it.bytes().all(small))
}

fn is_group_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b" ._-:/()#,@[]+=&;{}!$*".contains(&byte)
}

fn is_alias(text: &str, more: &[u8]) -> bool {
    let signs = |it: &u8| b"/_-".contains(it) || more.contains(it);
    !text.is_empty()
        && text
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || signs(&it))
}

fn is_key_id(text: &str) -> bool {
    if let Some(alias) = text.strip_prefix("alias/") {
        return is_alias(alias, b"");
    }
    let hexadecimal = |it: &str, length| {
        it.len() == length && it.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
    };
    if let Some(multi_region) = text.strip_prefix("mrk-") {
        return hexadecimal(multi_region, 32);
    }
    let mut parts = text.split('-');
    [8, 4, 4, 4, 12]
        .into_iter()
        .all(|length| parts.next().is_some_and(|it| hexadecimal(it, length)))
        && parts.next().is_none()
}

/// `arn:aws:service:region:account:resource`.
fn is_arn(text: &str, service: &str, regional: bool, resources: &[&str]) -> bool {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next().unwrap_or_default();
    let word = |it: &str| {
        it.bytes()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
    };
    let (arn, partition, name, region, account, resource) =
        (next(), next(), next(), next(), next(), next());
    arn == "arn"
        && partition.starts_with("aws")
        && name == service
        && (if regional {
            !region.is_empty() && word(region)
        } else {
            region.is_empty()
        })
        && account.len() == 12
        && account.bytes().all(|it| it.is_ascii_digit())
        && resources
            .iter()
            .any(|it| resource.len() > it.len() && resource.starts_with(it))
}

fn is_bucket(text: &str) -> bool {
    let sign = |it: u8| it == b'.' || it == b'-';
    let bytes = text.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes
            .iter()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || sign(*it))
        && !bytes.first().is_some_and(|it| sign(*it))
        && !bytes.last().is_some_and(|it| sign(*it))
        && !bytes
            .windows(2)
            .any(|it| sign(it[0]) && sign(it[1]) && it != b"--")
}

/// The range that is meant when bits beyond its length are set. AWS takes such a range for the one
/// that holds the address.
pub(super) fn without_host_bits(format: &str, text: &str) -> Option<String> {
    match format {
        "ipv4-network" => {
            let (address, length) = ipv4_range(text)?;
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            let first = address & mask;
            (first != address).then(|| format!("{}/{length}", Ipv4Addr::from(first)))
        }
        "ipv6-network" => {
            let (address, length) = ipv6_range(text)?;
            let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            let first = address & mask;
            (first != address).then(|| format!("{}/{length}", Ipv6Addr::from(first)))
        }
        _ => None,
    }
}

/// An address without a length is a range of one.
fn ipv4_range(text: &str) -> Option<(u32, u32)> {
    let (address, prefix) = text.split_once('/').unwrap_or((text, "32"));
    let address = address.parse::<Ipv4Addr>().ok()?;
    Some((address.into(), length(prefix, 32)?))
}

fn ipv6_range(text: &str) -> Option<(u128, u32)> {
    let (address, prefix) = text.split_once('/').unwrap_or((text, "128"));
    let address = address.parse::<Ipv6Addr>().ok()?;
    Some((address.into(), length(prefix, 128)?))
}

fn length(text: &str, most: u32) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    text.parse().ok().filter(|it| digits && *it <= most)
}

#[cfg(test)]
mod tests {
    use super::{check, without_host_bits};

    #[test]
    fn ids_ranges_and_arns_are_told_from_other_text() {
        for (format, text, fits) in [
            ("ipv4-network", "10.0.0.0/16", true),
            ("ipv4-network", "10.0.0.1", true),
            ("ipv4-network", "10.0.0.1/16", true),
            ("ipv4-network", "10.0.0.300/8", false),
            ("ipv4-network", "10.0.0.0/33", false),
            ("ipv6-network", "::/0", true),
            ("ipv6-network", "::/129", false),
            ("AWS::EC2::VPC.Id", "vpc-0123456789abcdef0", true),
            ("AWS::EC2::VPC.Id", "vpc-12345678", true),
            ("AWS::EC2::VPC.Id", "vpc-123", false),
            ("AWS::EC2::VPC.Id", "subnet-12345678", false),
            (
                "AWS::IAM::Role.Arn",
                "arn:aws:iam::123456789012:role/web",
                true,
            ),
            (
                "AWS::IAM::Role.Arn",
                "arn:aws-cn:iam::123456789012:role/a/b",
                true,
            ),
            (
                "AWS::IAM::Role.Arn",
                "arn:aws:iam::123456789012:user/web",
                false,
            ),
            ("AWS::IAM::Role.Arn", "deployer", false),
            ("AWS::KMS::Key.Id", "alias/aws/s3", true),
            (
                "AWS::KMS::Key.Id",
                "mrk-0123456789abcdef0123456789abcdef",
                true,
            ),
            ("AWS::KMS::Key.Id", "key", false),
            ("AWS::S3::Bucket.Name", "my-bucket.example", true),
            ("AWS::S3::Bucket.Name", "my..bucket", false),
            ("AWS::S3::Bucket.Name", "My-bucket", false),
            ("something-else", "anything", true),
        ] {
            assert_eq!(check(format, text).is_ok(), fits, "{format} {text}");
        }
    }

    #[test]
    fn a_range_with_host_bits_names_the_one_that_is_meant() {
        let meant = |text| without_host_bits("ipv4-network", text);
        assert_eq!(meant("10.0.0.1/16").as_deref(), Some("10.0.0.0/16"));
        assert_eq!(meant("10.0.0.1/0").as_deref(), Some("0.0.0.0/0"));
        assert_eq!(meant("10.0.0.1"), None);
        assert_eq!(meant("0.0.0.0/0"), None);
    }
}
