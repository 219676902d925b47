//! The ports that the swarm's stacks open are those that their documentation lists, and no other.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;

/// To whom, on what, from whom.
const OPEN: [&str; 6] = [
    "DatabaseSecurityGroup tcp 5433 SwarmWorkerSecurityGroup",
    "SwarmManagerSecurityGroup tcp 2377 SwarmNodeSecurityGroup",
    "SwarmNodeSecurityGroup tcp 7946 SwarmNodeSecurityGroup",
    "SwarmNodeSecurityGroup udp 4789 SwarmNodeSecurityGroup",
    "SwarmNodeSecurityGroup udp 7946 SwarmNodeSecurityGroup",
    "SwarmWorkerSecurityGroup tcp 8080 EdgeSecurityGroup",
];

fn template(stack: &str) -> Json {
    let path = format!("../snapshots/swarm/{stack}.json");
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Every opening of a template, wherever it stands.
fn openings(template: &Json) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut add = |to: &str, rule: &Json| {
        let from = rule["SourceSecurityGroupId"]["Ref"]
            .as_str()
            .or(rule["CidrIp"].as_str());
        let (first, last) = (&rule["FromPort"], &rule["ToPort"]);
        assert_eq!(first, last, "{to}");
        let protocol = rule["IpProtocol"].as_str().unwrap();
        found.insert(format!("{to} {protocol} {first} {}", from.unwrap()));
    };
    for (id, it) in template["Resources"].as_object().unwrap() {
        let properties = &it["Properties"];
        match it["Type"].as_str().unwrap() {
            "AWS::EC2::SecurityGroupIngress" => {
                add(properties["GroupId"]["Ref"].as_str().unwrap(), properties);
            }
            "AWS::EC2::SecurityGroup" => {
                let inline = properties["SecurityGroupIngress"].as_array();
                inline.into_iter().flatten().for_each(|it| add(id, it));
            }
            _ => {}
        }
    }
    found
}

#[test]
fn no_port_is_open_that_is_not_listed() {
    let public = |ports: &[u32]| {
        let public = ports
            .iter()
            .map(|it| format!("EdgeSecurityGroup tcp {it} 0.0.0.0/0"));
        let inner = OPEN.map(str::to_owned).into_iter();
        public.chain(inner).collect::<BTreeSet<String>>()
    };
    assert_eq!(openings(&template("SwarmStaging")), public(&[80]));
    assert_eq!(openings(&template("SwarmProduction")), public(&[80, 443]));
    for network in ["SwarmStagingNetwork", "SwarmProductionNetwork"] {
        assert_eq!(openings(&template(network)), BTreeSet::new());
    }
}

#[test]
fn there_is_no_custom_resource_and_no_function() {
    for stack in ["SwarmStaging", "SwarmProduction"] {
        for (id, it) in template(stack)["Resources"].as_object().unwrap() {
            let kind = it["Type"].as_str().unwrap();
            assert!(!kind.starts_with("Custom::"), "{id}");
            assert!(!kind.starts_with("AWS::CloudFormation::"), "{id}");
            assert!(!kind.starts_with("AWS::Lambda::"), "{id}");
        }
    }
}
