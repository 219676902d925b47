//! [`Access`]: with which credentials AWS is reached, and where.

/// With which credentials AWS is reached, and where calls go that no stack places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// The region of stacks whose program names none.
    pub region: Option<String>,
    /// The profile in AWS's configuration file.
    pub profile: Option<String>,
    /// A role that is assumed first: its ARN, or its name in the account of each stack.
    pub assume_role: Option<String>,
}

/// The same, as the command line says it.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct AccessArguments {
    /// The region of stacks whose program names none [default: as AWS's own tools have it]
    #[arg(long, value_name = "REGION", help_heading = "AWS")]
    region: Option<String>,
    /// The profile in AWS's configuration file
    #[arg(long, value_name = "NAME", help_heading = "AWS")]
    profile: Option<String>,
    /// A role to assume first: a name, looked for in each stack's account, or an ARN
    #[arg(long, value_name = "ROLE", help_heading = "AWS")]
    assume_role: Option<String>,
}

impl AccessArguments {
    pub(crate) fn access(&self) -> Access {
        Access {
            region: self.region.clone(),
            profile: self.profile.clone(),
            assume_role: self.assume_role.clone(),
        }
    }
}
