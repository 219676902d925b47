//! Text that breaks careless templates, and how problems are shown.
#![allow(dead_code)]

use stack_core::Problem;

/// Values and names that have broken out of somewhere: git branches, shells, JSON, templates.
pub(crate) fn hostile() -> Vec<String> {
    let mut all: Vec<String> = [
        "",
        " ",
        "'",
        "''",
        "'\\''",
        "\"",
        "\\",
        "\\\\",
        "\\\"",
        "\"}],\"family\":\"owned",
        "line\nbreak",
        "\r\n",
        "\t",
        "\0",
        "a\0b",
        "\u{1}\u{1b}[31m\u{7f}",
        "\u{9b}31m",
        "\u{2028}",
        "\u{2029}",
        "\u{feff}",
        "\u{202e}fdp.exe",
        "\u{200b}",
        "аdmin",
        "😀",
        "{{",
        "}}",
        "{{name}}",
        "{{{name}}}",
        "{{#if x}}",
        "{{> partial}}",
        "{{!-- --}}",
        "\\{{name}}",
        "{{resolve:secretsmanager:prod/db}}",
        "${",
        "${AWS::AccountId}",
        "$(touch /tmp/owned)",
        "`id`",
        "$HOME",
        "$'\\n'",
        "zzz\";echo${IFS}\"hello\";#",
        "zzz';echo${IFS}'hello';#",
        "; rm -rf /",
        "| cat",
        "&& id",
        "a & b",
        "-rf",
        "--",
        "~root",
        "*",
        "!!",
        "# comment",
        "EOF\nid",
        "EOF",
        "<script>alert(1)</script>",
        "&amp;",
        "::set-output name=x::y",
        "%0a",
        "%s%n",
        "../../etc/passwd",
        "012345678901",
        "1e400",
        "NaN",
        "null",
        "true",
        "no",
        "[object Object]",
    ]
    .map(str::to_owned)
    .into();
    all.push("x".repeat(300));
    all.push("\\".repeat(33));
    all.push("{".repeat(33));
    all.push("'\"".repeat(33));
    all
}

/// Problems as a terminal shows them.
pub(crate) fn shown(problems: &[Problem]) -> String {
    let problems: Vec<String> = problems.iter().map(Problem::to_string).collect();
    problems.join("\n")
}
