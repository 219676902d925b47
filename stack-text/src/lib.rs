//! Strict text templates, and the task-definition overwriter.
//!
//! A template is text with `{{placeholders}}`; nothing else of handlebars is there: no helpers,
//! blocks, partials, HTML. Rendering gives text, or every problem at once: a placeholder without a
//! value, a value without a placeholder, a value that is not safe where it stands.
//!
//! - [`TaskDefinitionTemplate`]: a task definition for `RegisterTaskDefinition`. Values are put
//!   into the JSON tree, never into JSON text.
//! - [`TextTemplate`]: a shell script, a configuration file; [`Escape`] says what makes a value
//!   safe there.

mod source;

mod tree;

mod json;

mod nearest;

mod values;

mod placeholders;

mod shell;

mod escape;

mod text_template;

mod task_shape;

mod task_definition;

pub use escape::Escape;
pub use nearest::nearest;
pub use source::line_and_column;
pub use task_definition::{Rendered, TaskDefinitionTemplate, render_task};
pub use text_template::TextTemplate;
pub use values::Values;
