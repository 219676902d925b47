//! `cargo xtask schema table`: the schema facts as the one table that the program carries.

mod bytes;
mod facts;
mod rule;
mod writer;

use std::path::{Path, PathBuf};

use writer::Built;

/// Where the table is, from the root of the repository.
pub(crate) fn path() -> PathBuf {
    PathBuf::from("stack-core/src/schema/facts.bin")
}

/// The table of the committed facts.
///
/// # Errors
/// When a fact is not understood: none is left out in silence.
pub(crate) fn build(root: &Path) -> Result<Built, String> {
    let facts = root.join("stack-core/facts");
    writer::build(&facts, &facts.join("extensions"))
}
