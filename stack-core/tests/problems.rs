//! What synth refuses, and how it says so. Every problem is met at once, at the user's line.

use stack_core::prelude::*;

/// All problems of an app, with the line numbers of this file left out.
fn problems(define: impl FnOnce(&mut App)) -> String {
    let mut app = App::new();
    define(&mut app);
    let problems = match app.synth() {
        Ok(assembly) => assembly.notes().to_vec(),
        Err(problems) => problems,
    };
    let mut text = String::new();
    for problem in problems {
        for line in problem.to_string().lines() {
            let line = match line.split_once("problems.rs:") {
                Some((before, after)) => {
                    let rest = after.trim_start_matches(|it: char| it.is_ascii_digit());
                    format!("{before}problems.rs:LINE{rest}")
                }
                None => line.to_owned(),
            };
            text.push_str(&line.replace("stack-core/tests/", ""));
            text.push('\n');
        }
    }
    text
}

fn topic() -> Raw {
    Raw::new("AWS::SNS::Topic")
}

macro_rules! refused {
    ($($name:ident: $define:expr;)*) => {$(
        #[test]
        fn $name() {
            let mut settings = insta::Settings::clone_current();
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            settings.bind(|| insta::assert_snapshot!(stringify!($name), problems($define)));
        }
    )*};
}

refused! {
    two_things_of_one_id: |app| {
        let mut stack = app.stack("Web");
        stack.add("Topic", topic());
        stack.add("Topic", topic());
    };
    a_resource_and_a_parameter_of_one_id: |app| {
        let mut stack = app.stack("Web");
        let name = stack.parameter("Topic", Parameter::string());
        stack.add("Topic", topic().property("TopicName", name.value()));
    };
    an_id_with_a_hyphen_and_an_empty_one: |app| {
        let mut stack = app.stack("Web");
        stack.add("my-topic", topic());
        stack.add("", topic());
    };
    a_stack_name_that_begins_with_a_digit: |app| {
        app.stack("1web").add("Topic", topic());
    };
    a_stack_without_resources: |app| {
        app.stack("Web");
    };
    a_name_that_leads_nowhere: |app| {
        let mut stack = app.stack("Web");
        stack.add("Topic", topic());
        stack.add("Other", topic().property("TopicName", serde_json::json!({ "Ref": "Topci" })));
        stack.add("Third", topic().property("TopicName", serde_json::json!({ "Fn::Sub": "${Topic}-${Nowhere.Arn}" })));
    };
    an_attribute_that_is_not_there: |app| {
        let mut stack = app.stack("Web");
        let topic_ref = stack.add("Topic", topic());
        stack.output("Arn", Output::new(topic_ref.attribute::<String>("TopicArm")));
    };
    resources_that_wait_for_each_other: |app| {
        let mut stack = app.stack("Web");
        stack.add("A", topic().property("TopicName", serde_json::json!({ "Ref": "B" })));
        let b = stack.add("B", topic());
        let c = stack.add("C", topic().property("TopicName", serde_json::json!({ "Ref": "A" })));
        stack.edit(b).after(c);
    };
    stacks_that_wait_for_each_other: |app| {
        let left = app.stack("Left").add("Topic", topic());
        let right = app.stack("Right").add("Topic", topic().property("TopicName", left.reference()));
        app.stack("Left").add("Other", topic().property("TopicName", right.reference()));
    };
    a_reference_to_another_region: |app| {
        let mut there = app.stack("There");
        there.environment(Environment::new("111122223333", "us-east-1"));
        let topic_ref = there.add("Topic", topic());
        let mut here = app.stack("Here");
        here.environment(Environment::new("111122223333", "eu-west-1"));
        here.add("Other", topic().property("TopicName", topic_ref));
        here.add("Declared", topic().property("TopicName", topic_ref.reference().from_elsewhere()));
    };
    an_account_that_lost_its_zeros: |app| {
        let mut stack = app.stack("Web");
        stack.environment(Environment::new("1234", "eu-west-1")).tag("a", "b");
        stack.add("Topic", topic());
    };
    a_dynamic_reference_in_ordinary_text: |app| {
        app.stack("Web").add("Topic", topic().property("DisplayName", "{{resolve:secretsmanager:prod/db}}"));
    };
    null_in_free_json: |app| {
        app.stack("Web").add("Topic", topic().property("DataProtectionPolicy", serde_json::json!({ "Name": null })));
    };
    a_condition_of_another_stack: |app| {
        let condition = app.stack("A").condition("Always", Condition::equals("a", "a"));
        let mut stack = app.stack("B");
        let topic_ref = stack.add("Topic", topic());
        stack.edit(topic_ref).when(condition);
        app.stack("A").add("Topic", topic());
    };
    names_that_nothing_uses: |app| {
        let mut stack = app.stack("Web");
        stack.add("Topic", topic());
        stack.parameter("Unused", Parameter::string());
        stack.condition("Never", Condition::equals("a", "b"));
    };
    a_path_that_is_not_there: |app| {
        let mut stack = app.stack("Web");
        let topic_ref = stack.add("Topic", topic());
        stack.edit(topic_ref).set("Subscription[3].Protocol", "email").remove("TopicName");
    };
    too_many_resources: |app| {
        let mut stack = app.stack("Web");
        for n in 0..501 {
            stack.add(format!("Topic{n}"), topic());
        }
    };
    what_the_schema_facts_know: |app| {
        let mut stack = app.stack("Web");
        stack.add("Queue", Raw::new("AWS::SQS::Queue").property("DelaySeconds", 901).property("DelaySecond", 1));
        stack.add("Typo", Raw::new("AWS::SQS::Queu"));
    };
}
