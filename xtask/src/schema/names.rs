//! Rust names for CloudFormation's. Frozen: changing a rule here renames what users have written.

/// Spellings that are one word although their capitals say otherwise.
const ONE_WORD: &[&str] = &[
    "MiBps",
    "GiBps",
    "MiB",
    "GiB",
    "KiB",
    "TiB",
    "VCpus",
    "VCpu",
    "VCPUs",
    "VCPU",
    "vCpus",
    "vCpu",
    "vCPUs",
    "vCPU",
    "IPv4s",
    "IPv4",
    "IPv6s",
    "IPv6",
    "IoT",
    "OAuth2",
    "OAuth",
    "OAUTH2",
    "DynamoDBv2",
    "DynamoDB",
    "DynamoDb",
    "CloudWatch",
    "CloudFront",
    "CloudFormation",
    "CloudTrail",
    "ElastiCache",
    "SageMaker",
    "QuickSight",
    "OpenSearch",
    "EventBridge",
    "GuardDuty",
    "PrivateLink",
    "GraphQL",
    "MySQL",
    "PostgreSQL",
    "NoSQL",
    "GitHub",
    "GitLab",
    "WiFi",
    "DocDB",
    "SimpleDB",
    "HyperPod",
    "JWKs",
    "WAFv2",
    "ELBv2",
];

/// The lower-case words of a CloudFormation name: `VPCEndpointId` is vpc, endpoint, id.
pub(crate) fn words(name: &str) -> Vec<String> {
    let text: Vec<char> = name.chars().collect();
    let is = |at: usize, test: fn(&char) -> bool| text.get(at).is_some_and(test);
    let mut words = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if !text[at].is_ascii_alphanumeric() {
            at += 1;
            continue;
        }
        let rest: String = text[at..].iter().collect();
        let special = ONE_WORD
            .iter()
            .find(|it| rest.starts_with(**it) && !is(at + it.len(), char::is_ascii_lowercase));
        let start = at;
        if let Some(special) = special {
            at += special.len();
        } else {
            while is(at, char::is_ascii_uppercase) {
                at += 1;
            }
            let capitals = at - start;
            let plural =
                capitals > 1 && is(at, |it| *it == 's') && !is(at + 1, char::is_ascii_lowercase);
            if plural {
                at += 1;
            } else if capitals > 1 && is(at, char::is_ascii_lowercase) {
                at -= 1;
            } else {
                while is(at, |it| it.is_ascii_lowercase() || it.is_ascii_digit()) {
                    at += 1;
                }
            }
        }
        if !is(at.wrapping_sub(1), char::is_ascii_digit) {
            while is(at, char::is_ascii_digit) {
                at += 1;
            }
        }
        words.push(text[start..at].iter().collect::<String>().to_lowercase());
    }
    words
}

/// `vpc_endpoint_id`.
pub(crate) fn snake(name: &str) -> String {
    words(name).join("_")
}

/// `VpcEndpointId`.
pub(crate) fn pascal(name: &str) -> String {
    let mut out = String::new();
    for word in words(name) {
        let mut letters = word.chars();
        out.extend(letters.next().map(|it| it.to_ascii_uppercase()));
        out.extend(letters);
    }
    out
}

/// `VPC_ENDPOINT_ID`, for a value of an enumeration.
pub(crate) fn constant(value: &str) -> String {
    // Values in capitals are words already; `ONE_WORD` would only see brands in them.
    let plain: String = value
        .chars()
        .map(|it| if it.is_ascii_alphanumeric() { it } else { ' ' })
        .collect();
    let mut out: Vec<String> = Vec::new();
    for part in plain.split_whitespace() {
        if part.chars().any(|it| it.is_ascii_lowercase()) {
            out.extend(words(part));
        } else {
            out.push(part.to_owned());
        }
    }
    let out = out.join("_").to_uppercase();
    match out.as_str() {
        "" => match value {
            "" => "EMPTY".into(),
            "*" => "ANY".into(),
            "=" => "EQUAL".into(),
            "<" => "LESS".into(),
            ">" => "GREATER".into(),
            "<=" => "LESS_OR_EQUAL".into(),
            ">=" => "GREATER_OR_EQUAL".into(),
            "!=" => "NOT_EQUAL".into(),
            "-" => "HYPHEN".into(),
            _ => out,
        },
        "SELF" => "SELF_".into(),
        it if it.starts_with(|it: char| it.is_ascii_digit()) => format!("_{it}"),
        _ => out,
    }
}

/// Words that cannot be, or must not become, the name of a setter or an attribute.
const RENAMED: &[(&str, &str)] = &[
    // Keywords.
    ("as", "as_"),
    ("async", "async_"),
    ("await", "await_"),
    ("box", "box_"),
    ("break", "break_"),
    ("const", "const_"),
    ("continue", "continue_"),
    ("do", "do_"),
    ("else", "else_"),
    ("enum", "enum_"),
    ("extern", "extern_"),
    ("false", "false_"),
    ("final", "final_"),
    ("fn", "fn_"),
    ("for", "for_"),
    ("gen", "gen_"),
    ("if", "if_"),
    ("impl", "impl_"),
    ("in", "in_"),
    ("let", "let_"),
    ("loop", "loop_"),
    ("macro", "macro_"),
    ("match", "match_"),
    ("mod", "mod_"),
    ("move", "move_"),
    ("mut", "mut_"),
    ("override", "override_"),
    ("priv", "priv_"),
    ("pub", "pub_"),
    ("ref", "ref_"),
    ("return", "return_"),
    ("static", "static_"),
    ("struct", "struct_"),
    ("super", "super_"),
    ("trait", "trait_"),
    ("true", "true_"),
    ("try", "try_"),
    ("type", "kind"),
    ("use", "use_"),
    ("where", "where_"),
    ("while", "while_"),
    ("yield", "yield_"),
    ("abstract", "abstract_"),
    ("virtual", "virtual_"),
    ("self", "self_"),
    ("crate", "crate_"),
    ("dyn", "dyn_"),
    ("unsafe", "unsafe_"),
    // Methods of every face.
    ("new", "new_"),
    ("raw", "raw_"),
    ("clone", "clone_"),
];

/// The name of the setter for a property. `type` becomes `kind`.
pub(crate) fn setter(property: &str) -> String {
    let name = snake(property);
    let renamed = RENAMED.iter().find(|it| it.0 == name);
    match renamed {
        Some((_, to)) => (*to).to_owned(),
        None if name.starts_with(|it: char| it.is_ascii_digit()) => format!("_{name}"),
        None => name,
    }
}

/// The name of the method for an attribute; those of `Ref` itself are taken.
pub(crate) fn attribute(name: &str) -> String {
    let name = setter(&name.replace('.', "_"));
    match name.as_str() {
        "key" | "attribute" | "reference" | "into_value" => format!("{name}_attribute"),
        _ => name,
    }
}

/// The module, and for most services the feature, of `AWS::ECS`, `Alexa::ASK`, ….
pub(crate) fn module(service: &str) -> String {
    match service {
        "AWS::ElasticLoadBalancing" => "elb".into(),
        "AWS::ElasticLoadBalancingV2" => "elbv2".into(),
        "AWS::CertificateManager" => "acm".into(),
        "AWS::ApiGatewayV2" => "api_gateway_v2".into(),
        _ => match service.split_once("::") {
            Some(("AWS", name)) => snake(name),
            _ => snake(service),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_like_rust() {
        for (name, expected) in [
            ("VPCId", "vpc_id"),
            ("VpcId", "vpc_id"),
            ("SecurityGroupIDs", "security_group_ids"),
            ("DBInstanceIdentifier", "db_instance_identifier"),
            ("MemoryMiB", "memory_mib"),
            ("MemoryGiBPerVCpu", "memory_gib_per_vcpu"),
            ("VCpuCount", "vcpu_count"),
            ("Ipv6CidrBlock", "ipv6_cidr_block"),
            ("IPv6CidrBlocks", "ipv6_cidr_blocks"),
            ("CanonicalHostedZoneID", "canonical_hosted_zone_id"),
            ("DNSName", "dns_name"),
            ("S3BucketName", "s3_bucket_name"),
            ("AutoScalingGroupARN", "auto_scaling_group_arn"),
            ("EFSVolumeConfiguration", "efs_volume_configuration"),
            ("CloudWatchLogsLogGroup", "cloudwatch_logs_log_group"),
            ("TotalLocalStorageGB", "total_local_storage_gb"),
            ("MapPublicIpOnLaunch", "map_public_ip_on_launch"),
            ("Type", "kind"),
            ("Endpoint.Address", "endpoint_address"),
        ] {
            assert_eq!(setter(name), expected, "{name}");
        }
        assert_eq!(pascal("VPCEndpoint"), "VpcEndpoint");
        assert_eq!(
            constant("WINDOWS_SERVER_2022_CORE"),
            "WINDOWS_SERVER_2022_CORE"
        );
        assert_eq!(constant("internet-facing"), "INTERNET_FACING");
        assert_eq!(
            module("AWS::ApplicationAutoScaling"),
            "application_auto_scaling"
        );
    }
}
