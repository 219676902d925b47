//! Repository tasks: `cargo xtask <task>`.

mod checks;
mod emulator;
mod judge;
mod reach;
mod schema;
mod scripts;
mod servers;
mod table;
mod tools;

use std::process::ExitCode;

const TASKS: &str = "\
tasks:
  test     all tests, with the outside judges of the templates
  judge    the outside judges alone
  reach    Z3 and a packet simulator over the reachability of random networks; --long: ten times as many
  emulate  deploys the examples into an emulator of AWS; `-- PROGRAM…` runs a program beside one
  cost     what our program costs beside AWS: a deployment of ten stacks, and its start
  ci       what continuous integration runs: tests, format, lints, documentation
  schema   the facts about CloudFormation's types and the code made of them";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (task, rest) = match arguments.split_first() {
        Some((task, rest)) => (task.as_str(), rest),
        None => ("", &[] as &[String]),
    };
    let result = match task {
        "test" => checks::test().map(|()| 0),
        "judge" => judge::run()
            .and_then(|()| servers::run())
            .and_then(|()| reach::run(reach::NETWORKS))
            .map(|()| 0),
        "reach" => match rest {
            [] => reach::run(reach::NETWORKS).map(|()| 0),
            [long] if long == "--long" => reach::run(10 * reach::NETWORKS).map(|()| 0),
            _ => Err(TASKS.to_owned()),
        },
        "emulate" => emulator::run(rest).map(|()| 0),
        "cost" => emulator::overhead::run().map(|()| 0),
        "ci" => checks::ci().map(|()| 0),
        "schema" => schema::run(rest),
        _ => Err(TASKS.to_owned()),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}
