//! Two stacks, one of which takes a value from the other. For the tests of the command line.

use stack_core::Raw;

fn main() -> std::process::ExitCode {
    stack_cli::run(|app| {
        let topic = app.stack("Base").add("Topic", Raw::new("AWS::SNS::Topic"));
        if std::env::var_os("WITHOUT_SHOP").is_none() {
            let queue = Raw::new("AWS::SQS::Queue").property("QueueName", topic.reference());
            app.stack("Shop").add("Jobs", queue);
        }
    })
}
