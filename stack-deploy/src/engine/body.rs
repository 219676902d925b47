//! How a template is sent: hash, size, capabilities.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use stack_core::{Expr, Template};

use crate::api::{Parameter, ParameterValue};
use crate::engine::{Assets, DeployPlan};

/// Bytes of UTF-8 that fit into the call. See
/// [quotas](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html).
pub(crate) const IN_CALL: usize = 51_200;
/// Bytes that CloudFormation takes from a bucket.
pub(crate) const AT_ALL: usize = 1_000_000;

/// SHA-256, in hexadecimal digits.
pub(crate) fn hash(text: &str) -> String {
    digits(Sha256::digest(text.as_bytes()).as_slice())
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut all, it| {
        all.push_str(&format!("{it:02x}"));
        all
    })
}

/// SHA-256 of all that makes a stack what it is. Hidden values are left out: a short one could be
/// guessed from its hash.
pub(crate) fn inputs(plan: &DeployPlan) -> String {
    let mut sha = Sha256::new();
    let mut add = |text: &str| {
        sha.update(text.len().to_be_bytes());
        sha.update(text.as_bytes());
    };
    add(&plan.template);
    let mut parameters: Vec<&Parameter> = plan.parameters.iter().collect();
    parameters.sort_by(|a, b| a.name.cmp(&b.name));
    for parameter in parameters {
        add(&parameter.name);
        add(match &parameter.value {
            ParameterValue::Plain(text) => text,
            ParameterValue::Secret(_) => "hidden",
            ParameterValue::Previous => "previous",
        });
    }
    for (key, value) in &plan.tags {
        add(key);
        add(value);
    }
    let alarms = plan.rollback_alarms.iter();
    for arn in plan
        .notification_arns
        .iter()
        .chain(alarms)
        .chain(&plan.role)
    {
        add(arn);
    }
    add(&plan.monitoring_minutes.to_string());
    add(plan.stack_policy.as_deref().unwrap_or_default());
    add(if plan.termination_protection {
        "protected"
    } else {
        ""
    });
    digits(sha.finalize().as_slice())
}

/// Whether all that decides about a deployment is in [`inputs`].
pub(crate) fn inputs_tell_all(plan: &DeployPlan) -> bool {
    plan.parameters
        .iter()
        .all(|it| matches!(it.value, ParameterValue::Plain(_)))
}

/// The key of a template in a bucket: what is in it names it.
pub(crate) fn key(assets: &Assets, hash: &str) -> String {
    format!("{}{hash}.json", assets.prefix)
}

/// Where CloudFormation finds it, in path style: a bucket's name may have dots.
pub(crate) fn url(region: &str, bucket: &str, key: &str) -> String {
    let suffix = match crate::engine::guard::partition_of(region) {
        "aws-cn" => "amazonaws.com.cn",
        "aws-iso" => "c2s.ic.gov",
        "aws-iso-b" => "sc2s.sgov.gov",
        "aws-iso-e" => "cloud.adc-e.uk",
        "aws-iso-f" => "csp.hci.ic.gov",
        "aws-eusc" => "amazonaws.eu",
        _ => "amazonaws.com",
    };
    let mut path = String::new();
    for byte in key.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                path.push(char::from(byte));
            }
            other => path.push_str(&format!("%{other:02X}")),
        }
    }
    format!("https://s3.{region}.{suffix}/{bucket}/{path}")
}

/// The properties that give an IAM resource a name of its own.
const NAMES: [(&str, &str); 7] = [
    ("AWS::IAM::Group", "GroupName"),
    ("AWS::IAM::InstanceProfile", "InstanceProfileName"),
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"),
    ("AWS::IAM::Role", "RoleName"),
    ("AWS::IAM::ServerCertificate", "ServerCertificateName"),
    ("AWS::IAM::User", "UserName"),
    ("AWS::IAM::VirtualMFADevice", "VirtualMfaDeviceName"),
];

/// Resources that ask for a capability although they only attach.
const IAM: [&str; 11] = [
    "AWS::IAM::AccessKey",
    "AWS::IAM::Group",
    "AWS::IAM::GroupPolicy",
    "AWS::IAM::InstanceProfile",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::IAM::RolePolicy",
    "AWS::IAM::User",
    "AWS::IAM::UserPolicy",
    "AWS::IAM::UserToGroupAddition",
];

/// What the template needs to be allowed: nothing more is sent. A nested stack hides what it
/// makes, so it counts as if it named roles.
///
/// See [acknowledging IAM resources](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/control-access-with-iam.html).
pub(crate) fn capabilities(template: &Template) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (_, resource) in template.resources() {
        let kind = resource.kind();
        let named = NAMES
            .iter()
            .any(|(of, name)| *of == kind && resource.property(name).is_some());
        if named || kind == "AWS::CloudFormation::Stack" {
            all.insert("CAPABILITY_NAMED_IAM".to_owned());
        } else if IAM.contains(&kind) {
            all.insert("CAPABILITY_IAM".to_owned());
        }
    }
    // The one includes the other.
    if all.contains("CAPABILITY_NAMED_IAM") {
        all.remove("CAPABILITY_IAM");
    }
    let mut expands = template.root().iter().any(|(name, _)| name == "Transform");
    for (_, section) in template.root().iter() {
        section.each(&mut |it: &Expr| {
            expands |= matches!(it.intrinsic(), Some(("Fn::Transform", _)))
                || it
                    .as_object()
                    .is_some_and(|it| it.iter().any(|(name, _)| name == "Fn::Transform"));
        });
    }
    if expands || all_nested(template) {
        all.insert("CAPABILITY_AUTO_EXPAND".to_owned());
    }
    all
}

fn all_nested(template: &Template) -> bool {
    template
        .resources()
        .any(|(_, it)| it.kind() == "AWS::CloudFormation::Stack")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(template: &str) -> Vec<String> {
        let template = Template::parse(template).expect("a template");
        capabilities(&template).into_iter().collect()
    }

    #[test]
    fn capabilities_are_those_that_the_template_needs() {
        let cases = [
            (r#"{"A":{"Type":"AWS::SNS::Topic"}}"#, vec![]),
            (
                r#"{"A":{"Type":"AWS::IAM::Role","Properties":{}}}"#,
                vec!["CAPABILITY_IAM"],
            ),
            (
                r#"{"A":{"Type":"AWS::IAM::Role","Properties":{"RoleName":"x"}},"B":{"Type":"AWS::IAM::Policy"}}"#,
                vec!["CAPABILITY_NAMED_IAM"],
            ),
            (
                r#"{"A":{"Type":"AWS::CloudFormation::Stack"}}"#,
                vec!["CAPABILITY_AUTO_EXPAND", "CAPABILITY_NAMED_IAM"],
            ),
            (
                r#"{"A":{"Type":"AWS::SNS::Topic","Properties":{"Fn::Transform":{"Name":"AWS::Include"}}}}"#,
                vec!["CAPABILITY_AUTO_EXPAND"],
            ),
        ];
        for (resources, expected) in cases {
            assert_eq!(needs(&format!(r#"{{"Resources":{resources}}}"#)), expected);
        }
        assert_eq!(
            needs(r#"{"Transform":"AWS::LanguageExtensions","Resources":{}}"#),
            ["CAPABILITY_AUTO_EXPAND"]
        );
    }

    #[test]
    fn a_template_is_found_by_what_is_in_it() {
        let assets = Assets {
            bucket: "b".to_owned(),
            prefix: "a b/".to_owned(),
            kms_key: None,
        };
        let hash = hash("");
        assert!(hash.starts_with("e3b0c44298fc1c14"));
        let key = key(&assets, &hash);
        assert_eq!(
            url("eu-west-1", "b", &key),
            format!("https://s3.eu-west-1.amazonaws.com/b/a%20b/{hash}.json")
        );
        assert!(url("cn-north-1", "b", "k").contains(".amazonaws.com.cn/"));
    }
}
