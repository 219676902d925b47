//! Reading YAML as CloudFormation means it: short forms, one document, no merge keys.
//!
//! The parser, or for most documents [`quick_yaml`], gives events; limits, scalars, short forms and
//! aliases are decided here. Aliases are expanded, within the limits: CloudFormation refuses them,
//! but the AWS CLI's `package` and SAM expand them before it sees the template, so templates in
//! repositories have them. Their use is noted ([`Positions::notes`](super::Positions::notes)).

use std::borrow::Cow;
use std::ops::Range;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};

use super::builder::Builder;
use super::limits::{ALIASES, BYTES, Mark, excerpt};
use super::straighten::Straightened;
use super::{frequent, quick_yaml, scalar, short_form};
use crate::problem::Problem;
use crate::value::Expr;

/// Reads a document; remembers where things stand when `remember` says so.
pub(super) fn read(text: &str, remember: bool) -> (Builder, Result<(), Problem>) {
    if let Err(problem) = refuse_controls(text) {
        return (Builder::new(remember), Err(problem));
    }
    let text = without_last_blanks(text);
    match read_quickly(text, remember) {
        Some(builder) => (builder, Ok(())),
        None => read_all(text, remember),
    }
}

/// Blanks after the last line break are no line; the parser would make them one of a block.
pub(super) fn without_last_blanks(text: &str) -> &str {
    let ended = text.trim_end_matches([' ', '\t']);
    if ended.ends_with(['\n', '\r']) {
        return ended;
    }
    text
}

/// Reads a document without mistakes in the part of YAML that most people write.
pub(super) fn read_quickly(text: &str, remember: bool) -> Option<Builder> {
    let mut builder = Builder::new(remember);
    let mut reader = Reader::new(&mut builder);
    quick_yaml::events(text, |event, mark| reader.apply(event, mark)).ok()?;
    (!builder.has_problems()).then_some(builder)
}

/// Reads any document.
pub(super) fn read_all(text: &str, remember: bool) -> (Builder, Result<(), Problem>) {
    let mut straightened = Straightened::new(text);
    loop {
        let mut builder = Builder::new(remember);
        let result = Reader::new(&mut builder).read(&straightened);
        match result {
            Ok(()) => return (builder, Ok(())),
            Err(Stop::Mistake(problem)) => return (builder, Err(*problem)),
            Err(Stop::Syntax(error, target)) => {
                if !straightened.straighten(&error, target) {
                    let place = straightened.original(mark(error.marker()));
                    return (builder, Err(syntax(&error, place)));
                }
            }
        }
    }
}

/// Why the reading stopped.
enum Stop {
    Mistake(Box<Problem>),
    /// The parser's error, and the column at which what is open began.
    Syntax(ScanError, usize),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Stop {
        Stop::Mistake(Box::new(problem))
    }
}

/// Control characters are no YAML, though the parser takes them.
fn refuse_controls(text: &str) -> Result<(), Problem> {
    let control = |byte: u8| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r') || byte == 0x7f;
    // Without a way out of its loop this looks at many bytes at once.
    if !text.bytes().fold(false, |any, it| any | control(it)) {
        return Ok(());
    }
    let at = text.bytes().position(control).unwrap_or_default();
    let before = &text[..at];
    let start = before.rfind('\n').map_or(0, |it| it + 1);
    let mark = Mark {
        line: before.bytes().filter(|it| *it == b'\n').count() as u32 + 1,
        column: before[start..].chars().count() as u32 + 1,
    };
    let code = text.as_bytes()[at];
    let message = format!("the control character U+{code:04X} cannot stand in YAML");
    Err(mark.error("yaml-syntax", message))
}

fn mark(marker: &Marker) -> Mark {
    Mark {
        line: u32::try_from(marker.line()).unwrap_or(u32::MAX),
        column: u32::try_from(marker.col() + 1).unwrap_or(u32::MAX),
    }
}

fn syntax(error: &ScanError, place: Mark) -> Problem {
    let problem = place.error("yaml-syntax", error.info());
    if error.info().contains("tab") {
        return problem.help("YAML is indented by spaces");
    }
    problem
}

/// `! text` says "text" and nothing else.
fn is_unspecific(tag: &Tag) -> bool {
    tag.handle.is_empty() && tag.suffix == "!"
}

fn is_anchored(event: &Event<'_>) -> bool {
    match event {
        Event::Scalar(_, _, anchor, _)
        | Event::SequenceStart(anchor, _)
        | Event::MappingStart(anchor, _) => *anchor > 0,
        _ => false,
    }
}

struct Reader<'b, 'text> {
    builder: &'b mut Builder,
    /// The events of what anchors name, when there may be aliases.
    events: Vec<(Event<'text>, Mark)>,
    record: bool,
    /// The events of what each anchor names, by the anchor's number; an end of 0 is still open.
    anchors: Vec<(usize, Range<usize>)>,
    /// For each open list or mapping that an anchor names or that is in such a one, its place in
    /// `anchors`.
    open: Vec<Option<usize>>,
    documents: usize,
    aliases: usize,
    alias_bytes: usize,
}

impl<'b, 'text> Reader<'b, 'text> {
    fn new(builder: &'b mut Builder) -> Reader<'b, 'text> {
        Reader {
            builder,
            events: Vec::new(),
            record: false,
            anchors: Vec::new(),
            open: Vec::new(),
            documents: 0,
            aliases: 0,
            alias_bytes: 0,
        }
    }

    fn read(&mut self, straightened: &'text Straightened) -> Result<(), Stop> {
        let text = straightened.text();
        let mut parser = Parser::new_from_str(text);
        self.record = text.contains('&') && text.contains('*');
        let unended = !text.ends_with(['\n', '\r']);
        let end = text.chars().count();
        // The columns at which the open lists and objects began.
        let mut columns: Vec<usize> = Vec::new();
        while let Some(next) = parser.next_event() {
            let (event, span) = match next {
                Ok(next) => next,
                Err(error) => {
                    let farthest = columns.iter().copied().max().unwrap_or(0);
                    return Err(Stop::Syntax(error, farthest + 1));
                }
            };
            match event {
                Event::SequenceStart(..) | Event::MappingStart(..) => {
                    columns.push(span.start.col());
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    columns.pop();
                }
                _ => {}
            }
            let mark = straightened.original(mark(&span.start));
            let event = match event {
                Event::Scalar(text, ScalarStyle::Literal | ScalarStyle::Folded, anchor, tag)
                    if unended && span.end.index() >= end =>
                {
                    // The parser adds the break that the end of the text lacks.
                    let text = text.strip_suffix('\n').unwrap_or(&text).to_owned();
                    Event::Scalar(Cow::Owned(text), ScalarStyle::Literal, anchor, tag)
                }
                event => event,
            };
            self.event(event, mark)?;
        }
        Ok(())
    }

    /// An event of the text itself.
    fn event(&mut self, event: Event<'text>, mark: Mark) -> Result<(), Problem> {
        // Only what an anchor names can be asked for again.
        if self.record && (!self.open.is_empty() || is_anchored(&event)) {
            self.events.push((event.clone(), mark));
            self.anchor(&event);
        }
        self.apply(event, mark)
    }

    /// Remembers which events belong to which anchor.
    fn anchor(&mut self, event: &Event<'text>) {
        let last = self.events.len() - 1;
        match event {
            Event::Scalar(_, _, anchor, _) if *anchor > 0 => {
                self.anchors.push((*anchor, last..last + 1));
            }
            Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) => {
                let named = (*anchor > 0).then(|| {
                    self.anchors.push((*anchor, last..0));
                    self.anchors.len() - 1
                });
                self.open.push(named);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(Some(named)) = self.open.pop() {
                    self.anchors[named].1.end = last + 1;
                }
            }
            _ => {}
        }
    }

    /// An event of the text or of what an alias stands for.
    fn apply(&mut self, event: Event<'text>, mark: Mark) -> Result<(), Problem> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    let problem = mark.error("yaml-documents", "a second document begins here");
                    return Err(problem.help("a template is one document: remove the `---`"));
                }
                Ok(())
            }
            Event::Alias(anchor) => self.alias(anchor, mark),
            Event::Scalar(text, style, _, tag) => {
                // Only an escape can stand for it.
                if style == ScalarStyle::DoubleQuoted && text.contains('\0') {
                    let message = "the character U+0000 cannot stand in a template";
                    return Err(mark.error("yaml-syntax", message));
                }
                if self.builder.wants_key() {
                    return self.key(text, style, tag.as_deref(), mark);
                }
                self.scalar(text, style, tag.as_deref(), mark)
            }
            Event::SequenceStart(_, tag) => {
                self.collection(tag.as_deref(), "seq", mark)?;
                self.builder.open_list(mark)
            }
            Event::MappingStart(_, tag) => {
                self.collection(tag.as_deref(), "map", mark)?;
                self.builder.open_object(mark)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.builder.close();
                Ok(())
            }
        }
    }

    fn alias(&mut self, anchor: usize, mark: Mark) -> Result<(), Problem> {
        self.aliases += 1;
        if self.aliases > ALIASES {
            let message = format!("more than {ALIASES} aliases");
            return Err(mark.error("template-too-large", message));
        }
        if self.aliases == 1 {
            self.builder.note(|| {
                let message = "CloudFormation takes no aliases";
                let problem = Problem::warning("yaml-alias", message).at(mark.to_string());
                problem.help("`aws cloudformation package` expands them, or write the value out")
            });
        }
        // The parser numbers anchors in the order of the text.
        let Ok(found) = self.anchors.binary_search_by_key(&anchor, |it| it.0) else {
            return Err(mark.error("yaml-alias", "this alias has no anchor before it"));
        };
        let range = self.anchors[found].1.clone();
        if range.is_empty() {
            return Err(mark.error("yaml-alias", "this alias stands inside what it stands for"));
        }
        // Recursion is bounded: an alias in here is inside a list or object of its own, and their
        // depth is limited.
        for at in range {
            let (event, mark) = self.events[at].clone();
            if let Event::Scalar(text, ..) = &event {
                self.alias_bytes += text.len();
                if self.alias_bytes > BYTES {
                    let message = format!("the aliases stand for more than {BYTES} bytes");
                    return Err(mark.error("template-too-large", message));
                }
            }
            self.apply(event, mark)?;
        }
        Ok(())
    }

    fn key(
        &mut self,
        text: Cow<'text, str>,
        style: ScalarStyle,
        tag: Option<&Tag>,
        mark: Mark,
    ) -> Result<(), Problem> {
        let plain = style == ScalarStyle::Plain;
        if let Some(tag) = tag
            && !(tag.is_yaml_core_schema() && tag.suffix == "str" || is_unspecific(tag))
        {
            let message = format!("`{tag}` cannot stand before the name of a field");
            return Err(mark.error("yaml-tag", message));
        }
        if plain && text.is_empty() {
            return Err(mark.error("yaml-syntax", "a field without a name"));
        }
        if plain && text == "<<" {
            let problem = mark.error(
                "yaml-merge-key",
                "CloudFormation takes no merge keys (`<<`)",
            );
            self.builder.problem(problem.help("write the fields out"));
        }
        if plain && tag.is_none() {
            self.note(&text, mark);
        }
        self.builder.key(mark, frequent::text(text));
        Ok(())
    }

    fn scalar(
        &mut self,
        text: Cow<'text, str>,
        style: ScalarStyle,
        tag: Option<&Tag>,
        mark: Mark,
    ) -> Result<(), Problem> {
        let Some(tag) = tag else {
            if style != ScalarStyle::Plain {
                return self.string(text, mark);
            }
            let Some(value) = scalar::resolve(&text) else {
                self.note(&text, mark);
                return self.string(text, mark);
            };
            return self.builder.value(mark, value);
        };
        if tag.is_yaml_core_schema() {
            let Some(value) = scalar::resolve_as(&tag.suffix, &text) else {
                let message = format!("`{}` is no `!!{}`", excerpt(&text), excerpt(&tag.suffix));
                return Err(mark.error("yaml-tag", message));
            };
            return self.builder.value(mark, value);
        }
        if !self.function(tag, mark)? {
            return self.string(text, mark);
        }
        if tag.suffix == "GetAtt" {
            self.builder.open_list(mark)?;
            let (id, attribute) = match text.split_once('.') {
                Some((id, attribute)) => (id, Some(attribute)),
                None => (text.as_ref(), None),
            };
            for part in [Some(id), attribute].into_iter().flatten() {
                self.string(Cow::Borrowed(part), mark)?;
            }
            self.builder.close();
            return Ok(());
        }
        self.string(text, mark)
    }

    fn string(&mut self, text: Cow<'_, str>, mark: Mark) -> Result<(), Problem> {
        self.builder.value(mark, Expr::String(frequent::text(text)))
    }

    /// Opens the function that the tag of a list or mapping stands for.
    fn collection(&mut self, tag: Option<&Tag>, kind: &str, mark: Mark) -> Result<(), Problem> {
        if self.builder.wants_key() {
            let message = "the name of a field cannot be a list or an object";
            return Err(mark.error("yaml-syntax", message));
        }
        match tag {
            None => Ok(()),
            Some(tag) if tag.is_yaml_core_schema() && tag.suffix == kind => Ok(()),
            Some(tag) => self.function(tag, mark).map(|_| ()),
        }
    }

    /// Opens the function that a tag stands for; reports a tag that stands for none.
    fn function(&mut self, tag: &Tag, mark: Mark) -> Result<bool, Problem> {
        if tag.handle == "!"
            && let Some(name) = short_form::long(&tag.suffix)
        {
            self.builder.open_function(mark, name)?;
            return Ok(true);
        }
        if is_unspecific(tag) {
            return Ok(false);
        }
        let message = format!("CloudFormation has no `{}`", excerpt(&tag.to_string()));
        self.builder.problem(mark.error("yaml-tag", message).help(
            "short forms are `!Ref`, `!Sub`, `!GetAtt`, …; `Fn::ForEach` and macros have none",
        ));
        Ok(false)
    }

    /// Notes what CloudFormation takes for something else than text.
    fn note(&mut self, text: &str, mark: Mark) {
        if !self.builder.takes_notes() || scalar::resolve(text).is_some() {
            return;
        }
        let Some(otherwise) = scalar::misread(text) else {
            return;
        };
        self.builder.note(|| {
            let text = excerpt(text);
            let message = format!("CloudFormation takes `{text}` for {otherwise}");
            let problem = Problem::warning("yaml-plain-text", message).at(mark.to_string());
            problem.help(format!("write `\"{text}\"` for the text"))
        });
    }
}
