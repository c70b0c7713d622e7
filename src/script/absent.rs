//! Attributes that a script asks for and no resource can have: a misspelt name reads as `()`, so a
//! rule with one passes silently.

use std::{collections::BTreeSet, sync::Arc};

use rhai::Position;

use crate::{
    facts::schema::{self, Form, Schema},
    graph::{Graph, Res, Scope, Side},
    lint::{Rule, ScriptError, Spot},
    plan::{Mode, Step, steps},
};

use super::{
    host::manual,
    load::spot,
    names,
    rule::ScriptRule,
    values::{Node, Part},
};

/// An attribute that was asked for and is not there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Absent {
    /// The type that was asked, `data.` in front of a data source's.
    pub(super) type_: String,
    /// Names from the top.
    pub(super) path: Vec<String>,
    /// Line and column in the script.
    at: (usize, usize),
}

/// A type, and an attribute that a plan shows of it.
pub(super) type Seen = BTreeSet<(String, String)>;

impl Absent {
    /// None where the resource, or the schema of its type, has such an attribute, and where nothing
    /// is known about what it may have.
    pub(super) fn find(
        scope: &Scope<'_>,
        node: &Node,
        name: &str,
        position: Position,
    ) -> Option<Absent> {
        let res = scope.res(node.id);
        let names = node.parts().iter().filter_map(|part| match part {
            Part::Name(name) => Some(name.to_string()),
            Part::Index(_) => None,
        });
        let path: Vec<String> = names.chain([name.to_owned()]).collect();
        let type_ = type_of(res);
        let schema = schema_of(&type_);
        let is_missing = match (&path[..], schema) {
            ([_], schema) => schema.is_none_or(|it| !has(it, &path)) && !shows(res, name),
            (_, Some(schema)) => {
                takes_names(schema, &path[..path.len() - 1])
                    && !has(schema, &path)
                    && !node.view(scope).members().iter().any(|(member, _)| *member == name)
            }
            // Nobody knows what an object of an unknown type may hold.
            (_, None) => false,
        };
        is_missing.then(|| Absent::at(type_, path, position))
    }

    /// Asked for at a place of the script.
    pub(super) fn at(type_: String, path: Vec<String>, position: Position) -> Absent {
        let at = (position.line().unwrap_or(0), position.position().unwrap_or(0));
        Absent { type_, path, at }
    }

    fn attribute(&self) -> String {
        self.path.join(".")
    }
}

fn type_of(res: Res<'_>) -> String {
    match res.mode() {
        Mode::Managed => res.type_().to_owned(),
        Mode::Data => format!("data.{}", res.type_()),
    }
}

/// The schema of a type as rules write it.
pub(super) fn schema_of(type_: &str) -> Option<Schema> {
    match type_.strip_prefix("data.") {
        Some(type_) => schema::data(type_),
        None => schema::resource(type_),
    }
}

/// Whether a type, as rules write it, has an attribute of that name.
pub(super) fn is_attribute(type_: &str, name: &str) -> bool {
    schema_of(type_).is_some_and(|schema| schema.attribute([name]).is_some())
}

/// Whether no such resource can have what stands at a path; false where nobody can tell.
pub(super) fn is_absent(type_: &str, path: &[String]) -> bool {
    let above = &path[..path.len().saturating_sub(1)];
    schema_of(type_).is_some_and(|schema| {
        (above.is_empty() || takes_names(schema, above)) && !has(schema, path)
    })
}

fn has(schema: Schema, path: &[String]) -> bool {
    schema.attribute(path.iter().map(String::as_str)).is_some()
}

/// Whether what stands there has attributes of its own, and not keys of the author's choice.
fn takes_names(schema: Schema, path: &[String]) -> bool {
    let found = schema.attribute(path.iter().map(String::as_str));
    found.is_some_and(|it| matches!(it.form, Form::Block | Form::Nested))
}

fn shows(res: Res<'_>, name: &str) -> bool {
    let sides = [res.after(), res.before()];
    sides.iter().any(|view| view.members().iter().any(|(member, _)| *member == name))
}

/// What a plan shows of the types that are wanted.
pub(super) fn seen(graph: &Arc<Graph>, wants: impl Fn(&str) -> bool) -> Seen {
    let scope = Scope::new(graph, Side::Planned);
    let mut seen = Seen::new();
    for res in scope.all() {
        let type_ = type_of(res);
        if wants(&type_) {
            for view in [res.after(), res.before()] {
                let names = view.members().into_iter().map(|(name, _)| name.to_owned());
                seen.extend(names.map(|name| (type_.clone(), name)));
            }
        }
    }
    seen
}

/// What cannot be meant: attributes that neither a schema nor a plan has, each where the script
/// first asks for it, and whatever else its text tells.
///
/// A rule for several types may ask one for what another has: `r.tags ?? r.custom_tags`.
pub(super) fn mistakes(rule: &ScriptRule, absent: &[Absent], seen: &Seen) -> Vec<ScriptError> {
    let subjects: BTreeSet<&str> = rule.meta().subjects.iter().map(AsRef::as_ref).collect();
    let is_known = |it: &Absent| {
        let of = |type_: &str| {
            let known = schema_of(type_).is_some_and(|schema| has(schema, &it.path));
            let first = it.path.first().cloned().unwrap_or_default();
            known || it.path.len() == 1 && seen.contains(&(type_.to_owned(), first))
        };
        of(&it.type_) || subjects.iter().any(|type_| of(type_))
    };
    let all: BTreeSet<&Absent> = absent.iter().chain(&rule.doubts().absent).collect();
    let mut errors = rule.doubts().errors(seen);
    // `r.ref(r.vpc_id)` asks for an attribute of a name that nobody wrote.
    let is_said = |it: &Absent| errors.iter().any(|error| error.at.line as usize == it.at.0);
    let all = all.into_iter().filter(|it| !is_known(it) && !is_said(it));
    let all: Vec<ScriptError> = all.map(|it| error(rule, it, &subjects, seen)).collect();
    errors.extend(all);
    errors.sort_by(|a, b| (a.at, &a.message).cmp(&(b.at, &b.message)));
    // One place may ask several blocks for the same.
    errors.dedup_by_key(|error| error.at);
    errors
}

fn error(rule: &ScriptRule, absent: &Absent, on: &BTreeSet<&str>, seen: &Seen) -> ScriptError {
    let text = rule.text();
    let (line, column) = absent.at;
    let position = match (u16::try_from(line), u16::try_from(column)) {
        (Ok(line), Ok(column)) if line > 0 => Position::new(line, column),
        _ => Position::NONE,
    };
    let (Some(name), parent) = (absent.path.last(), &absent.path[..absent.path.len() - 1]) else {
        return ScriptError::default();
    };
    let names = known_names(&absent.type_, parent, on, seen);
    let close = names::close(name, names.iter().map(String::as_str));
    let is_method = manual::of_resources().any(|it| it.name() == name && it.arguments() == 1);
    let help = match close {
        _ if is_method => Some(format!("it is a method: write `{name}()`")),
        close => close.map(|close| format!("did you mean `{close}`?")),
    };
    let message = match text.contains(name.as_str()) {
        true => format!("`{}` has no attribute `{}`", absent.type_, absent.attribute()),
        // It may be a value of the plan.
        false => format!("`{}` has no attribute of the name that is asked for", absent.type_),
    };
    ScriptError {
        path: rule.meta().file.to_string(),
        at: at_name(text, spot(text, position), name),
        message,
        help,
        calls: Box::default(),
        text: Arc::clone(text),
    }
}

fn known_names(type_: &str, parent: &[String], on: &BTreeSet<&str>, seen: &Seen) -> Vec<String> {
    let mut names = Vec::new();
    for type_ in on.iter().copied().chain([type_]) {
        let schema = schema_of(type_);
        let below = schema.into_iter().flat_map(|it| it.below(parent.iter().map(String::as_str)));
        names.extend(below.map(str::to_owned));
        if parent.is_empty() {
            let shown = seen.iter().filter(|(of, _)| of == type_);
            names.extend(shown.map(|(_, name)| name.clone()));
        }
    }
    names.sort();
    names.dedup();
    names
}

/// Rhai names the dot or the call; the name stands behind it.
fn at_name(text: &str, near: Spot, name: &str) -> Spot {
    let line = text.lines().nth((near.line as usize).saturating_sub(1)).unwrap_or_default();
    let skipped = (near.column as usize).saturating_sub(1);
    let start = line.char_indices().nth(skipped).map_or(0, |(at, _)| at);
    let found = line[start..].find(name).map(|at| at + start).or_else(|| line.find(name));
    let column = |at: usize| u32::try_from(line[..at].chars().count() + 1).unwrap_or(near.column);
    match found {
        Some(at) => Spot::new(text, near.line, column(at)),
        None => near,
    }
}

/// The name of a type's attribute that is closest to one that it lacks.
pub(super) fn close_attribute(type_: &str, parent: &[String], name: &str) -> Option<String> {
    let names = known_names(type_, parent, &BTreeSet::new(), &Seen::new());
    names::close(name, names.iter().map(String::as_str))
}

/// The first names of a path.
pub(super) fn names_of(path: &str) -> Vec<String> {
    steps(path).iter().filter_map(Step::name).map(str::to_owned).collect()
}
