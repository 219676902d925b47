//! The published schemas of what commands print as JSON are what the types say.

use std::fs;
use std::path::Path;

use schemars::{JsonSchema, schema_for};

use crate::commands::{diff, reach, simulate};
use crate::findings;

fn is_published<T: JsonSchema>(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schemas/{name}.json"));
    let mut text = serde_json::to_string_pretty(&schema_for!(T)).unwrap_or_default();
    text.push('\n');
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        let written = fs::write(&path, &text);
        assert!(written.is_ok(), "{written:?}");
        return;
    }
    let published = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == text,
        "`{}` is not what the types say; `UPDATE_SCHEMAS=1 cargo test -p stack-cli` writes it",
        path.display()
    );
}

#[test]
fn schemas_are_published_as_they_are() {
    is_published::<findings::Report<'_>>("check.v1");
    is_published::<diff::Report<'_>>("diff.v1");
    is_published::<reach::Report>("reach.v1");
    is_published::<simulate::Report>("simulate.v1");
    #[cfg(feature = "aws")]
    is_published::<crate::commands::services::Report>("services.v1");
    #[cfg(feature = "aws")]
    is_published::<crate::progress::Record>("progress.v1");
}

#[cfg(feature = "aws")]
#[test]
fn schemas_of_commands_that_reach_aws_are_published_as_they_are() {
    use crate::commands::{drift, events, outputs, status};
    is_published::<outputs::Report>("outputs.v1");
    is_published::<events::Report>("events.v1");
    is_published::<status::Report>("status.v1");
    is_published::<drift::Report>("drift.v1");
    use crate::commands::preview::{down, list, sweep, up};
    is_published::<up::Report<'_>>("preview-up.v1");
    is_published::<down::Report<'_>>("preview-down.v1");
    is_published::<list::Listing<'_>>("preview-list.v1");
    is_published::<list::Extension<'_>>("preview-extend.v1");
    is_published::<sweep::Report<'_>>("preview-sweep.v1");
}
