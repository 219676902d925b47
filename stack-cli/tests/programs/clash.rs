//! Stack names that are one file name on some systems, or the manifest's.

use stack_core::prelude::*;

pub(crate) fn define(app: &mut App) {
    for name in ["Shop", "shop", "Manifest"] {
        app.stack(name).add("Queue", Raw::new("AWS::SQS::Queue"));
    }
}
