//! Changes as lines of styled pieces.

use crate::diff::{
    Action, ChangeKind, Changes, Direction, Effect, Fate, PropertyChange, ResourceChange,
    SectionChange, StackChange, StackFate,
};

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// How deep it is indented, in steps.
    pub depth: usize,
    /// Its pieces.
    pub segments: Vec<Segment>,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The text.
    pub text: String,
    /// What it stands for.
    pub style: Style,
}

/// What a piece of text stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Just text.
    Plain,
    /// The name of a stack or section.
    Heading,
    /// A logical id or the path of a property.
    Name,
    /// What is less important.
    Faint,
    /// What is made or new.
    Added,
    /// What is removed, or was.
    Removed,
    /// What is updated.
    Changed,
    /// What is replaced, lost or refused.
    Danger,
    /// What would be right.
    Advice,
}

/// Values longer than this are cut.
const LONGEST: usize = 120;

/// All changes, line by line; none when nothing changes.
pub fn lines(changes: &Changes) -> Vec<Line> {
    let mut out = Out(Vec::new());
    if changes.is_empty() {
        return out.0;
    }
    out.line(0, vec![(summary(changes), Style::Heading)]);
    for stack in &changes.stacks {
        let depth = usize::from(!stack.name.is_empty());
        if depth > 0 {
            let fate = match stack.fate {
                StackFate::Stays => "",
                StackFate::Created => " (new stack)",
                StackFate::Deleted => " (stack is gone)",
            };
            out.line(0, vec![(String::new(), Style::Plain)]);
            out.line(
                0,
                vec![
                    (stack.name.clone(), Style::Heading),
                    (fate.to_owned(), Style::Plain),
                ],
            );
        }
        out.stack(stack, depth);
    }
    out.0
}

/// `1 replaced, 2 updated`: how many resources there are to each action, the worst first.
pub fn summary(changes: &Changes) -> String {
    let mut parts = Vec::new();
    for (action, certain, n) in changes.summary() {
        let word = match action {
            Action::Remove => "removed",
            Action::Replace => "replaced",
            Action::MayReplace => "may be replaced",
            Action::Interrupt => "updated with interruption",
            Action::Update => "updated",
            Action::Create => "created",
            Action::Note => "noted",
        };
        // Where it may be replaced and where that depends on a value read the same.
        match certain || action == Action::MayReplace {
            true => parts.push((n, word.to_owned())),
            false => parts.push((n, format!("may be {word}"))),
        }
    }
    let mut merged: Vec<(usize, String)> = Vec::new();
    for (n, word) in parts {
        match merged.iter_mut().find(|it| it.1 == word) {
            Some(it) => it.0 += n,
            None => merged.push((n, word)),
        }
    }
    let mut parts: Vec<String> = merged
        .iter()
        .map(|(n, word)| format!("{n} {word}"))
        .collect();
    let lost = changes.resources().filter(|it| it.1.loses_data()).count();
    match lost {
        0 => (),
        1 => parts.push("1 loses data".to_owned()),
        n => parts.push(format!("{n} lose data")),
    }
    if parts.is_empty() {
        parts.push("no resource changes".to_owned());
    }
    parts.join(", ")
}

struct Out(Vec<Line>);

impl Out {
    fn line(&mut self, depth: usize, segments: Vec<(String, Style)>) {
        let segments = segments.into_iter().filter(|it| !it.0.is_empty());
        let segments = segments.map(|(text, style)| Segment { text, style });
        self.0.push(Line {
            depth,
            segments: segments.collect(),
        });
    }

    fn stack(&mut self, stack: &StackChange, depth: usize) {
        for hazard in &stack.hazards {
            self.line(
                depth,
                vec![
                    ("! ".to_owned(), Style::Danger),
                    (hazard.message.clone(), Style::Danger),
                ],
            );
            self.line(
                depth + 2,
                vec![
                    ("→ ".to_owned(), Style::Advice),
                    (hazard.repair.clone(), Style::Advice),
                ],
            );
        }
        for resource in &stack.resources {
            self.resource(resource, depth);
        }
        let mut section = "";
        for change in &stack.sections {
            if section != change.section {
                section = &change.section;
                self.line(depth, vec![(section.to_owned(), Style::Heading)]);
            }
            self.section(change, depth + 1);
        }
    }

    fn resource(&mut self, change: &ResourceChange, depth: usize) {
        let (symbol, style) = symbol(change);
        let mut head = vec![
            (format!("{symbol} "), style),
            (change.id.clone(), Style::Name),
            (format!(" {}", change.kind), Style::Faint),
            (format!(" {}", what(change)), style),
        ];
        if !change.conditions.is_empty() {
            head.push((
                format!(", {}", change.conditions.join(" and ")),
                Style::Faint,
            ));
        }
        self.line(depth, head);
        for hazard in &change.hazards {
            self.line(
                depth + 2,
                vec![
                    ("! ".to_owned(), Style::Danger),
                    (hazard.message.clone(), Style::Danger),
                ],
            );
            self.line(
                depth + 3,
                vec![
                    ("→ ".to_owned(), Style::Advice),
                    (hazard.repair.clone(), Style::Advice),
                ],
            );
        }
        if let Some(from) = &change.moved_from {
            let stack = from
                .stack
                .as_ref()
                .map(|it| format!("{it}."))
                .unwrap_or_default();
            let text = match from.likeness {
                100 => format!(
                    "is `{stack}{}` under another name: stack refactoring moves it as it is",
                    from.id
                ),
                n => format!(
                    "is {n} % like `{stack}{}`: move it by stack refactoring first, then change it",
                    from.id
                ),
            };
            self.line(
                depth + 2,
                vec![("→ ".to_owned(), Style::Advice), (text, Style::Advice)],
            );
        }
        if change.chain.len() > 1 {
            let links = change.chain.iter().map(|it| {
                let stack = it
                    .stack
                    .as_ref()
                    .map(|it| format!("{it}."))
                    .unwrap_or_default();
                format!("{stack}{}.{}", it.resource, it.property)
            });
            let chain = links.collect::<Vec<_>>().join(" ← ");
            self.line(
                depth + 2,
                vec![
                    ("because of ".to_owned(), Style::Faint),
                    (chain, Style::Plain),
                ],
            );
        }
        for property in change.properties.iter().chain(&change.attributes) {
            self.property(property, depth + 2);
        }
        for it in &change.security {
            let (word, style) = match it.direction {
                Direction::Broadened => ("now allowed: ", Style::Danger),
                Direction::Narrowed => ("no longer allowed: ", Style::Changed),
            };
            self.line(
                depth + 2,
                vec![(word.to_owned(), style), (cut(&it.what), Style::Plain)],
            );
        }
    }

    fn property(&mut self, change: &PropertyChange, depth: usize) {
        let mut effect = match change.effect {
            Effect::Replace => " (replaces".to_owned(),
            Effect::MayReplace => " (may replace".to_owned(),
            Effect::Interrupt => " (interrupts".to_owned(),
            Effect::Update | Effect::None => String::new(),
        };
        if let Some(why) = &change.because {
            effect.push_str(&format!(": {why}"));
        }
        if !effect.is_empty() {
            effect.push(')');
        }
        let mut line = values(&change.path, change.kind, &change.before, &change.after);
        if let Some(entry) = &change.entry {
            line.push((format!(" {entry}"), Style::Faint));
        }
        line.push((effect, Style::Danger));
        if let (Some(why), None) = (&change.follows, &change.when) {
            line.push((format!(", as {why}"), Style::Faint));
        }
        line.push((when(&change.when), Style::Faint));
        self.line(depth, line);
    }

    fn section(&mut self, change: &SectionChange, depth: usize) {
        let path = match change.path.as_str() {
            "" => &change.section,
            path => path,
        };
        let mut line = values(path, change.kind, &change.before, &change.after);
        line.push((when(&change.when), Style::Faint));
        self.line(depth, line);
    }
}

fn when(when: &Option<String>) -> String {
    when.as_ref()
        .map(|it| format!(", {it}"))
        .unwrap_or_default()
}

/// `path: before → after`
fn values(
    path: &str,
    kind: ChangeKind,
    before: &Option<String>,
    after: &Option<String>,
) -> Vec<(String, Style)> {
    let (symbol, style) = match kind {
        ChangeKind::Added => ("+ ", Style::Added),
        ChangeKind::Removed => ("- ", Style::Removed),
        _ => ("~ ", Style::Changed),
    };
    let mut line = vec![(symbol.to_owned(), style), (path.to_owned(), Style::Name)];
    let text = |it: &Option<String>| cut(it.as_deref().unwrap_or_default());
    match kind {
        ChangeKind::Added => line.push((format!(": {}", text(after)), Style::Added)),
        ChangeKind::Removed => line.push((format!(": {}", text(before)), Style::Removed)),
        ChangeKind::Changed => {
            line.push((": ".to_owned(), Style::Plain));
            line.push((text(before), Style::Removed));
            line.push((" → ".to_owned(), Style::Plain));
            line.push((text(after), Style::Added));
        }
        ChangeKind::Moved => line.push((": another order".to_owned(), Style::Plain)),
        ChangeKind::Follows => {
            line.push((": ".to_owned(), Style::Plain));
            line.push((text(after), Style::Plain));
            line.push((" gets another value".to_owned(), Style::Plain));
        }
    }
    line
}

/// One line of at most [`LONGEST`] characters.
fn cut(text: &str) -> String {
    let text = text.replace('\n', "⏎");
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

fn symbol(change: &ResourceChange) -> (&'static str, Style) {
    match change.action {
        Action::Create => ("+", Style::Added),
        Action::Remove => ("-", Style::Removed),
        Action::Replace => ("±", Style::Danger),
        Action::MayReplace => ("±?", Style::Danger),
        Action::Update | Action::Interrupt => ("~", Style::Changed),
        Action::Note => ("·", Style::Faint),
    }
}

/// What happens, in words.
pub(super) fn what(change: &ResourceChange) -> String {
    let may = if change.certain { "" } else { "may be " };
    let fate = |verb: &str| match change.fate {
        Some(Fate::Retained) => format!("{verb}, the old one is kept"),
        Some(Fate::Snapshotted) => format!("{verb}, the old one leaves a snapshot"),
        Some(Fate::Deleted) | None => verb.to_owned(),
    };
    match change.action {
        Action::Create => format!("{may}created"),
        Action::Update => format!("{may}updated"),
        Action::Interrupt => format!("{may}updated with interruption"),
        Action::MayReplace => fate("may be replaced"),
        Action::Replace => fate(&format!("{may}replaced")),
        Action::Remove => match change.fate {
            Some(Fate::Retained) => format!("{may}removed from the stack and kept"),
            Some(Fate::Snapshotted) => format!("{may}deleted after a snapshot"),
            Some(Fate::Deleted) | None => format!("{may}deleted"),
        },
        Action::Note => "stays as it is".to_owned(),
    }
}
