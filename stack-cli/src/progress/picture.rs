//! The picture of the tree that documentation shows, drawn by the tree itself.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use super::layout::{Row, Tone, UNICODE, columns};
use super::story::{at, state, story};
use super::tree;

/// Columns of the terminal in the picture.
const WIDTH: usize = 92;
/// A column and a line, in pixels.
const COLUMN: f64 = 8.4;
const LINE: f64 = 20.0;
const EDGE: f64 = 16.0;

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn svg(rows: &[Row]) -> String {
    let width = COLUMN * WIDTH as f64 + 2.0 * EDGE;
    let height = LINE * rows.len() as f64 + 2.0 * EDGE;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" \
         aria-label=\"The tree of a deployment: stacks, resources, the tasks of a service\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#161b22\"/>\n\
         <g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" \
         font-size=\"14\" xml:space=\"preserve\">\n"
    );
    for (index, row) in rows.iter().enumerate() {
        let y = EDGE + LINE * (index as f64 + 0.75);
        let mut column = 0;
        for (tone, text) in row.fit(WIDTH, &UNICODE) {
            let x = EDGE + COLUMN * column as f64;
            let taken = columns(&text);
            column += taken;
            if text.trim().is_empty() {
                continue;
            }
            let (color, weight) = match tone {
                Tone::Plain => ("#c9d1d9", "normal"),
                Tone::Strong => ("#f0f6fc", "bold"),
                Tone::Faint => ("#8b949e", "normal"),
                Tone::Good => ("#3fb950", "normal"),
                Tone::Bad => ("#ff7b72", "normal"),
                Tone::Busy => ("#39c5cf", "normal"),
            };
            let length = COLUMN * taken as f64;
            // The length keeps columns in line, whatever the font is.
            out.push_str(&format!(
                "<text x=\"{x:.1}\" y=\"{y:.1}\" fill=\"{color}\" font-weight=\"{weight}\" \
                 textLength=\"{length:.1}\" lengthAdjust=\"spacingAndGlyphs\">{}</text>\n",
                escaped(&text)
            ));
        }
    }
    out.push_str("</g>\n</svg>\n");
    out
}

#[test]
fn the_picture_is_what_the_tree_draws() {
    let state = state(&story(), 75);
    let drawn = svg(&tree::rows(&state, at(75), &UNICODE));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("pictures/progress.svg");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &drawn).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == drawn,
        "`{}` is not what the tree draws; `UPDATE_SNAPSHOTS=1` writes it",
        path.display()
    );
}
