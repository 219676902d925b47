//! What synth makes of an app: references, wiring between stacks, policies, sections.

#![allow(clippy::panic)]

use insta::assert_snapshot;
use stack_core::prelude::*;
use stack_core::{Assembly, sub};

fn synth(define: impl FnOnce(&mut App)) -> Assembly {
    let mut app = App::new();
    define(&mut app);
    match app.synth() {
        Ok(assembly) => assembly,
        Err(problems) => panic!("{}", text(&problems)),
    }
}

fn body(assembly: &Assembly, stack: &str) -> String {
    assembly
        .stack(stack)
        .map(|it| it.body().to_owned())
        .unwrap_or_default()
}

fn text(problems: &[Problem]) -> String {
    problems.iter().map(|it| format!("{it}\n")).collect()
}

fn vpc() -> Raw {
    Raw::new("AWS::EC2::VPC").property("CidrBlock", "10.0.0.0/16")
}

fn subnet(vpc: Ref<Raw>) -> Raw {
    Raw::new("AWS::EC2::Subnet")
        .property("VpcId", vpc)
        .property("CidrBlock", "10.0.0.0/20")
}

#[test]
fn a_reference_within_a_stack_is_a_ref() {
    let assembly = synth(|app| {
        let mut stack = app.stack("Network");
        let vpc = stack.add("Vpc", vpc());
        stack.add("SubnetA", subnet(vpc));
    });
    assert_snapshot!(body(&assembly, "Network"), @r#"
    {
      "AWSTemplateFormatVersion": "2010-09-09",
      "Resources": {
        "SubnetA": {
          "Type": "AWS::EC2::Subnet",
          "Properties": {
            "CidrBlock": "10.0.0.0/20",
            "VpcId": { "Ref": "Vpc" }
          }
        },
        "Vpc": {
          "Type": "AWS::EC2::VPC",
          "Properties": {
            "CidrBlock": "10.0.0.0/16"
          }
        }
      }
    }
    "#);
}

#[test]
fn a_reference_between_stacks_is_an_output_a_typed_parameter_and_a_wire() {
    let assembly = synth(|app| {
        let vpc = app.stack("Network").add("Vpc", vpc());
        let mut stack = app.stack("Shop");
        stack.add("SubnetA", subnet(vpc));
        let cidr: Value<String> = vpc.attribute("CidrBlock");
        stack.output("Range", Output::new(cidr));
    });
    assert_eq!(assembly.order(), ["Network", "Shop"]);
    let wires: String = assembly
        .wiring()
        .iter()
        .map(|it| {
            format!(
                "{}.{} <- {}.{}\n",
                it.stack, it.parameter, it.from_stack, it.output
            )
        })
        .collect();
    assert_snapshot!(wires, @"
    Shop.Vpc <- Network.Vpc
    Shop.VpcCidrBlock <- Network.VpcCidrBlock
    ");
    assert_snapshot!(body(&assembly, "Network"), @r#"
    {
      "AWSTemplateFormatVersion": "2010-09-09",
      "Resources": {
        "Vpc": {
          "Type": "AWS::EC2::VPC",
          "Properties": {
            "CidrBlock": "10.0.0.0/16"
          }
        }
      },
      "Outputs": {
        "Vpc": {
          "Value": { "Ref": "Vpc" }
        },
        "VpcCidrBlock": {
          "Value": { "Fn::GetAtt": ["Vpc", "CidrBlock"] }
        }
      }
    }
    "#);
    assert_snapshot!(body(&assembly, "Shop"), @r#"
    {
      "AWSTemplateFormatVersion": "2010-09-09",
      "Parameters": {
        "Vpc": {
          "Type": "AWS::EC2::VPC::Id"
        },
        "VpcCidrBlock": {
          "Type": "String"
        }
      },
      "Resources": {
        "SubnetA": {
          "Type": "AWS::EC2::Subnet",
          "Properties": {
            "CidrBlock": "10.0.0.0/20",
            "VpcId": { "Ref": "Vpc" }
          }
        }
      },
      "Outputs": {
        "Range": {
          "Value": { "Ref": "VpcCidrBlock" }
        }
      }
    }
    "#);
}

#[test]
fn text_may_hold_what_comes_from_another_stack() {
    let assembly = synth(|app| {
        let vpc = app.stack("Network").add("Vpc", vpc());
        let name = stack_core::sub!("net-${vpc}", vpc = vpc.reference());
        let mut stack = app.stack("Shop");
        stack.add("Logs", Raw::new("AWS::Logs::LogGroup"));
        stack.output("Name", Output::new(name));
    });
    let template = &assembly.stack("Shop").unwrap().template;
    let outputs = template.section("Outputs").unwrap();
    assert_eq!(
        outputs.to_json(),
        r#"{"Name":{"Value":{"Fn::Sub":"net-${Vpc}"}}}"#
    );
    let parameters = template.section("Parameters").unwrap();
    assert_eq!(
        parameters.to_json(),
        r#"{"Vpc":{"Type":"AWS::EC2::VPC::Id"}}"#
    );
}

#[test]
fn an_export_and_a_stack_output_are_there_by_choice() {
    let assembly = synth(|app| {
        let vpc = app.stack("Network").add("Vpc", vpc());
        let mut stack = app.stack("Shop");
        stack.add(
            "Strong",
            Raw::new("AWS::EC2::Subnet")
                .property("VpcId", vpc.reference().by_export())
                .property("CidrBlock", "10.0.0.0/20"),
        );
        stack.add(
            "Weak",
            Raw::new("AWS::EC2::Subnet")
                .property("VpcId", vpc.reference().by_stack_output())
                .property("CidrBlock", "10.0.16.0/20"),
        );
    });
    assert!(assembly.wiring().is_empty());
    assert_snapshot!(body(&assembly, "Network"), @r#"
    {
      "AWSTemplateFormatVersion": "2010-09-09",
      "Resources": {
        "Vpc": {
          "Type": "AWS::EC2::VPC",
          "Properties": {
            "CidrBlock": "10.0.0.0/16"
          }
        }
      },
      "Outputs": {
        "Vpc": {
          "Export": {
            "Name": "Network:Vpc"
          },
          "Value": { "Ref": "Vpc" }
        }
      }
    }
    "#);
    assert_snapshot!(body(&assembly, "Shop"), @r#"
    {
      "AWSTemplateFormatVersion": "2010-09-09",
      "Resources": {
        "Strong": {
          "Type": "AWS::EC2::Subnet",
          "Properties": {
            "CidrBlock": "10.0.0.0/20",
            "VpcId": { "Fn::ImportValue": "Network:Vpc" }
          }
        },
        "Weak": {
          "Type": "AWS::EC2::Subnet",
          "Properties": {
            "CidrBlock": "10.0.16.0/20",
            "VpcId": {
              "Fn::GetStackOutput": {
                "OutputName": "Vpc",
                "StackName": "Network"
              }
            }
          }
        }
      }
    }
    "#);
}

#[test]
fn the_same_output_id_of_two_stacks_gives_two_parameters() {
    let assembly = synth(|app| {
        let a = app.stack("Left").add("Vpc", vpc());
        let b = app.stack("Right").add("Vpc", vpc());
        let mut stack = app.stack("Middle");
        stack.add("A", subnet(a));
        stack.add("B", subnet(b));
    });
    let parameters: Vec<&str> = assembly
        .wiring()
        .iter()
        .map(|it| it.parameter.as_str())
        .collect();
    assert_eq!(parameters, ["LeftVpc", "RightVpc"]);
}

#[test]
fn sections_and_policies_come_out_as_cloudformation_writes_them() {
    let assembly = synth(|app| {
        let mut stack = app.stack("Web");
        stack
            .description("A bit of everything")
            .metadata("Team", "web".into());
        let count = stack.parameter("Delay", Parameter::number().default(5).min(0).max(900));
        let stage = stack.parameter(
            "Stage",
            Parameter::string()
                .default("staging")
                .allowed(["staging", "production"]),
        );
        let production = stack.condition(
            "IsProduction",
            Condition::equals(stage.value(), "production"),
        );
        let sizes = stack.mapping(
            "Sizes",
            [
                ("staging", vec![("Delay", 1)]),
                ("production", vec![("Delay", 9)]),
            ],
        );
        let topic = stack.add("Topic", Raw::new("AWS::SNS::Topic"));
        let queue = stack.add(
            "Queue",
            Raw::new("AWS::SQS::Queue")
                .property(
                    "DelaySeconds",
                    if_else::<i64>(
                        production,
                        count,
                        find_in_map::<i64>(sizes, stage.value(), "Delay"),
                    ),
                )
                .property(
                    "QueueName",
                    sub!("${stage}-${AWS::Region}", stage = stage.value()),
                ),
        );
        stack
            .edit(queue)
            .after(topic)
            .when(production)
            .retain()
            .set("RedriveAllowPolicy.redrivePermission", "denyAll");
        stack.rule(
            "Named",
            Rule::new().assert(
                Condition::not(Condition::equals(stage.value(), "")),
                "name the stage",
            ),
        );
        stack.output(
            "Arn",
            Output::new(queue.attribute::<String>("Arn"))
                .description("the queue")
                .when(production),
        );
    });
    assert_snapshot!(body(&assembly, "Web"), @r#"
    {
      "AWSTemplateFormatVersion": "2010-09-09",
      "Description": "A bit of everything",
      "Metadata": {
        "Team": "web"
      },
      "Parameters": {
        "Delay": {
          "Type": "Number",
          "Default": 5,
          "MaxValue": 900,
          "MinValue": 0
        },
        "Stage": {
          "Type": "String",
          "Default": "staging",
          "AllowedValues": ["staging", "production"]
        }
      },
      "Mappings": {
        "Sizes": {
          "production": {
            "Delay": 9
          },
          "staging": {
            "Delay": 1
          }
        }
      },
      "Conditions": {
        "IsProduction": { "Fn::Equals": [{ "Ref": "Stage" }, "production"] }
      },
      "Rules": {
        "Named": {
          "Assertions": [
            {
              "Assert": { "Fn::Not": [{ "Fn::Equals": [{ "Ref": "Stage" }, ""] }] },
              "AssertDescription": "name the stage"
            }
          ]
        }
      },
      "Resources": {
        "Queue": {
          "Type": "AWS::SQS::Queue",
          "Condition": "IsProduction",
          "DependsOn": ["Topic"],
          "DeletionPolicy": "Retain",
          "UpdateReplacePolicy": "Retain",
          "Properties": {
            "DelaySeconds": {
              "Fn::If": [
                "IsProduction",
                { "Ref": "Delay" },
                { "Fn::FindInMap": ["Sizes", { "Ref": "Stage" }, "Delay"] }
              ]
            },
            "QueueName": { "Fn::Sub": "${Stage}-${AWS::Region}" },
            "RedriveAllowPolicy": {
              "redrivePermission": "denyAll"
            }
          }
        },
        "Topic": {
          "Type": "AWS::SNS::Topic"
        }
      },
      "Outputs": {
        "Arn": {
          "Condition": "IsProduction",
          "Description": "the queue",
          "Value": { "Fn::GetAtt": ["Queue", "Arn"] }
        }
      }
    }
    "#);
}

#[test]
fn after_is_left_out_where_a_reference_says_the_same() {
    let assembly = synth(|app| {
        let mut stack = app.stack("Network");
        let vpc = stack.add("Vpc", vpc());
        let subnet = stack.add("SubnetA", subnet(vpc));
        stack.edit(subnet).after(vpc);
    });
    assert!(!body(&assembly, "Network").contains("DependsOn"));
}

#[test]
fn tags_of_a_stack_go_where_they_can_and_give_way() {
    let assembly = synth(|app| {
        let mut stack = app.stack("Web");
        stack.tag("team", "web").tag("stage", "staging");
        stack.add(
            "Own",
            Raw::new("AWS::SNS::Topic").property(
                "Tags",
                serde_json::json!([{ "Key": "team", "Value": "shop" }]),
            ),
        );
        stack.add(
            "Map",
            Raw::new("AWS::SSM::Parameter")
                .property("Type", "String")
                .property("Value", "x"),
        );
        stack.add(
            "None",
            Raw::new("AWS::SNS::TopicInlinePolicy")
                .property("PolicyDocument", serde_json::json!({}))
                .property("TopicArn", "arn:aws:sns:eu-central-1:111122223333:topic"),
        );
    });
    assert_snapshot!(body(&assembly, "Web"), @r#"
    {
      "AWSTemplateFormatVersion": "2010-09-09",
      "Resources": {
        "Map": {
          "Type": "AWS::SSM::Parameter",
          "Properties": {
            "Tags": {
              "stage": "staging",
              "team": "web"
            },
            "Type": "String",
            "Value": "x"
          }
        },
        "None": {
          "Type": "AWS::SNS::TopicInlinePolicy",
          "Properties": {
            "PolicyDocument": {},
            "TopicArn": "arn:aws:sns:eu-central-1:111122223333:topic"
          }
        },
        "Own": {
          "Type": "AWS::SNS::Topic",
          "Properties": {
            "Tags": [
              {
                "Key": "team",
                "Value": "shop"
              },
              {
                "Key": "stage",
                "Value": "staging"
              }
            ]
          }
        }
      }
    }
    "#);
}

#[test]
fn a_loop_brings_its_transform() {
    let assembly = synth(|app| {
        let mut stack = app.stack("Web");
        stack.for_each(
            "Topics",
            "Name",
            ["Orders", "Bills"],
            "Topic${Name}",
            Raw::new("AWS::SNS::Topic").property("TopicName", loop_variable("Name")),
        );
    });
    assert_snapshot!(body(&assembly, "Web"), @r#"
    {
      "AWSTemplateFormatVersion": "2010-09-09",
      "Transform": "AWS::LanguageExtensions",
      "Resources": {
        "Fn::ForEach::Topics": [
          "Name",
          ["Orders", "Bills"],
          {
            "Topic${Name}": {
              "Type": "AWS::SNS::Topic",
              "Properties": {
                "TopicName": { "Ref": "Name" }
              }
            }
          }
        ]
      }
    }
    "#);
}

#[test]
fn the_same_program_gives_the_same_bytes_in_any_order_of_calls() {
    let forwards = synth(|app| {
        let mut stack = app.stack("Web");
        stack.add(
            "A",
            Raw::new("AWS::SNS::Topic")
                .property("TopicName", "a")
                .property("DisplayName", "b"),
        );
        stack.add("B", Raw::new("AWS::SNS::Topic"));
    });
    let backwards = synth(|app| {
        let mut stack = app.stack("Web");
        stack.add("B", Raw::new("AWS::SNS::Topic"));
        stack.add(
            "A",
            Raw::new("AWS::SNS::Topic")
                .property("DisplayName", "b")
                .property("TopicName", "a"),
        );
    });
    assert_eq!(body(&forwards, "Web"), body(&backwards, "Web"));
}

#[test]
fn numbers_and_lists_can_be_left_to_deployment() {
    use stack_core::aws::{ecs, elbv2};
    let assembly = synth(|app| {
        let mut stack = app.stack("Web");
        let count = stack.parameter("Count", Parameter::number());
        let subnets = stack.parameter("Subnets", Parameter::string());
        let group = stack.parameter("Group", Parameter::<SecurityGroupId>::of());
        let definition = TaskDefinitionArn::existing(sub!("api:${AWS::Region}"));
        stack.add(
            "Api",
            ecs::Service::new()
                .task_definition(definition)
                .desired_count(count),
        );
        let balancer = elbv2::LoadBalancer::new();
        let balancer = balancer
            .subnets(split(",", subnets.value()))
            .security_groups([group]);
        stack.add("Edge", balancer);
    });
    assert_snapshot!(body(&assembly, "Web"), @r#"
    {
      "AWSTemplateFormatVersion": "2010-09-09",
      "Parameters": {
        "Count": {
          "Type": "Number"
        },
        "Group": {
          "Type": "AWS::EC2::SecurityGroup::Id"
        },
        "Subnets": {
          "Type": "String"
        }
      },
      "Resources": {
        "Api": {
          "Type": "AWS::ECS::Service",
          "Properties": {
            "DesiredCount": { "Ref": "Count" },
            "TaskDefinition": { "Fn::Sub": "api:${AWS::Region}" }
          }
        },
        "Edge": {
          "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
          "Properties": {
            "SecurityGroups": [{ "Ref": "Group" }],
            "Subnets": { "Fn::Split": [",", { "Ref": "Subnets" }] }
          }
        }
      }
    }
    "#);
}
