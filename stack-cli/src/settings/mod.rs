//! The settings file: `stack.toml`, read into a struct of your own.
//!
//! What differs between environments may stand in Rust constants or in a file. A file is read with
//! every mistake told at once, each with its line and column; its JSON Schema, which editors
//! understand, comes from the same struct.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use schemars::JsonSchema;
//! use serde::Deserialize;
//! use stack_cli::settings::{self, AccountId};
//! use stack_core::{Cidr, TaskSize};
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Settings {
//!     environments: BTreeMap<String, Environment>,
//! }
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Environment {
//!     account: AccountId,
//!     cidr: Cidr,
//!     api: TaskSize,
//! }
//!
//! let text = r#"
//! [environments.staging]
//! account = "012345678901"
//! cidr = "10.40.0.0/16"
//! api = { cpu = 256, memory = 512 }
//! "#;
//! let settings: Settings = settings::load(text, "stack.toml").unwrap();
//! assert_eq!(settings.environments["staging"].account.as_str(), "012345678901");
//!
//! let problems = settings::load::<Settings>(&text.replace("cidr", "cdir"), "stack.toml");
//! assert_eq!(problems.err().unwrap()[0].place.as_deref(), Some("stack.toml:4:1"));
//! ```
//!
//! The schema decides: what it refuses is refused here. So use `#[serde(rename)]` rather than
//! `#[serde(alias)]`, which a schema does not know.

mod accept;
mod account;
mod promotion;
mod schema;
mod walk;

use std::path::Path;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use stack_core::Problem;
use toml::de::DeTable;

pub use accept::Accept;
pub use account::AccountId;
pub use promotion::Promotion;
pub use schema::schema_json;

/// Longer files are refused.
const MAX_BYTES: usize = 1_000_000;

/// Reads settings from text; `file` is what problems call it.
///
/// # Errors
/// All syntax errors; or else every unknown key, missing key and value that does not fit.
pub fn load<T: DeserializeOwned + JsonSchema>(text: &str, file: &str) -> Result<T, Vec<Problem>> {
    if text.len() > MAX_BYTES {
        let message = format!("`{file}` has more than {MAX_BYTES} bytes");
        return Err(vec![Problem::error("settings-syntax", message).at(file)]);
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    let told = |code, error: &toml::de::Error| {
        let message = error.message().trim().replace('\n', ", ");
        let problem = Problem::error(code, message);
        match error.span() {
            Some(span) => problem.at(place(text, file, span.start)),
            None => problem.at(file),
        }
    };
    if !errors.is_empty() {
        return Err(errors
            .iter()
            .map(|it| told("settings-syntax", it))
            .collect());
    }
    let problems = walk::problems(&table, &schema::schema::<T>(), text, file);
    if !problems.is_empty() {
        return Err(problems);
    }
    T::deserialize(toml::Deserializer::from(table))
        .map_err(|error| vec![told("wrong-setting", &error)])
}

/// Reads settings from a file.
///
/// # Errors
/// A file that cannot be read, and what [`load`] refuses.
pub fn read<T: DeserializeOwned + JsonSchema>(path: &Path) -> Result<T, Vec<Problem>> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        vec![
            Problem::error("settings-file", format!("`{file}` cannot be read: {error}"))
                .at(file.clone()),
        ]
    })?;
    load(&text, &file)
}

/// `stack.toml:3:7`.
fn place(text: &str, file: &str, offset: usize) -> String {
    let (line, column) = stack_text::line_and_column(text, offset);
    format!("{file}:{line}:{column}")
}
