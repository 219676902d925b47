//! `completions SHELL`: the script that makes a shell complete this command line.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::arguments;
use crate::stop::Stop;
use crate::terminal::Terminal;

/// Print the script that completes this command line in a shell
#[derive(clap::Args, Debug)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run<A: CommandFactory>(&self, terminal: &Terminal) -> Result<(), Stop> {
        let (mut command, name) = arguments::definition::<A>();
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, name, &mut script);
        terminal.raw(&String::from_utf8_lossy(&script))
    }
}
