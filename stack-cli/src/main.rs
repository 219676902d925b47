//! `stack`: the commands that need no program of stacks.

fn main() -> std::process::ExitCode {
    stack_cli::run_tool()
}
