//! A DynamoDB table whose keys and attributes do not agree.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;
use std::collections::BTreeSet;

use crate::check::words::quoted;
use crate::model::View;

pub(super) const RULE: Rule = Rule {
    code: "table-keys",
    severity: Severity::Error,
    page: include_str!("table_keys.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for table in stack.of("AWS::DynamoDB::Table") {
        let defined = table.get("AttributeDefinitions");
        let mut lists = vec![table.get("KeySchema")];
        let mut known = true;
        for name in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
            let indexes = table.get(name);
            known &= indexes.has_known_items();
            lists.extend(indexes.items().iter().map(|it| it.get("KeySchema")));
        }
        known &= defined.has_known_items() && lists.iter().all(View::has_known_items);
        let names = |list: &View<'_, '_>| -> Option<Vec<String>> {
            list.items()
                .iter()
                .map(|it| it.get("AttributeName").text().map(str::to_owned))
                .collect()
        };
        for list in &lists {
            let items = list.items();
            let kinds: Option<Vec<String>> = items
                .iter()
                .map(|it| it.get("KeyType").text().map(str::to_owned))
                .collect();
            if let Some(kinds) = kinds
                && !kinds.is_empty()
                && list.has_known_items()
                && kinds[0] != "HASH"
            {
                let message = "a key begins with its `HASH` part";
                report.at(&items[0].get("KeyType"), message, "`KeyType: HASH`");
            }
        }
        let keys: Option<Vec<Vec<String>>> = lists.iter().map(names).collect();
        let (Some(defined_names), Some(keys), true) = (names(&defined), keys, known) else {
            continue;
        };
        if lists[0].is_absent() {
            continue;
        }
        let keys: BTreeSet<String> = keys.into_iter().flatten().collect();
        for missing in keys.iter().filter(|it| !defined_names.contains(it)) {
            report.at(
                &lists[0],
                format!(
                    "the key {} is not among the `AttributeDefinitions`",
                    quoted(missing)
                ),
                "define its type",
            );
        }
        for (item, name) in defined.items().iter().zip(&defined_names) {
            if !keys.contains(name) {
                report.at(
                    item,
                    format!(
                        "the attribute {} is no key of the table or an index",
                        quoted(name)
                    ),
                    "leave it out: only keys are defined",
                );
            }
        }
    }
}
