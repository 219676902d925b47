//! Strict text templates, and the task-definition overwriter.
//!
//! A template is text with `{{placeholders}}`; nothing else of handlebars is there: no helpers,
//! blocks, partials, HTML. Rendering gives text, or every problem at once: a placeholder without a
//! value, a value without a placeholder, a value that is not safe where it stands.
//!
//! - `TaskDefinitionTemplate`: a task definition for `RegisterTaskDefinition`. Values are put
//!   into the JSON tree, never into JSON text. `RenderOptions` says what becomes of keys that ECS
//!   alone sets, that nobody knows, or that somebody else has registered; `Provenance` tags it.
//! - `TextTemplate`: a shell script, a configuration file; `Escape` says what makes a value
//!   safe there.

mod line_and_column;

#[cfg(feature = "templates")]
mod source;

#[cfg(feature = "templates")]
mod tree;

#[cfg(feature = "templates")]
mod json;

#[cfg(feature = "templates")]
mod values;

#[cfg(feature = "templates")]
mod placeholders;

#[cfg(feature = "templates")]
mod shell;

#[cfg(feature = "templates")]
mod escape;

#[cfg(feature = "templates")]
mod text_template;

#[cfg(feature = "templates")]
mod task_shape;

#[cfg(feature = "templates")]
mod registered;

#[cfg(feature = "templates")]
mod provenance;

#[cfg(feature = "templates")]
mod render_options;

#[cfg(feature = "templates")]
mod task_definition;

pub use line_and_column::line_and_column;

#[cfg(feature = "templates")]
pub use self::{
    escape::Escape,
    provenance::Provenance,
    registered::{Registered, Unmanaged},
    render_options::RenderOptions,
    task_definition::{Rendered, TaskDefinitionTemplate, render_task},
    text_template::TextTemplate,
    values::Values,
};
