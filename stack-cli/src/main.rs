//! The tool `stack`.

fn main() -> std::process::ExitCode {
    stack_cli::run_tool()
}
