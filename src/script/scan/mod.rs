//! What a script says that cannot be meant, found without running it: a misspelt attribute or type
//! reads as "not set" or "none", so a rule with one passes silently, in branches that no plan takes
//! most of all.

mod constants;
mod flow;

use std::collections::BTreeSet;

use rhai::{AST, Dynamic, Position};

pub(super) use self::constants::Members;
use self::flow::Place;
use super::{
    absent::{Absent, Seen, is_absent},
    load::{LoadError, Source},
    meta::{PARAMS, RULE},
    names,
};
use crate::{facts::types, lint::RuleMeta};

/// What may be wrong with a script.
#[derive(Debug, Default)]
pub(super) struct Doubts {
    /// Attributes that nothing has, as far as it is plain of what they are asked.
    pub(super) absent: Vec<Absent>,
    /// Types that no provider has, `data.` in front of data sources', each with what is said of it.
    types: Vec<(String, LoadError)>,
    /// What is wrong whatever a plan holds.
    certain: Vec<LoadError>,
    /// Parameters that nothing asks for.
    pub(super) unused: Vec<String>,
}

impl Doubts {
    /// Reads a script that is in order as far as loading it tells.
    pub(super) fn of(
        source: &Source<'_>,
        ast: &AST,
        constants: &[(String, Dynamic)],
        meta: &RuleMeta,
    ) -> Doubts {
        let on = &meta.subjects;
        let asked = flow::follow(ast, on);
        let members = Members::of(ast, constants);
        let names = meta.params.iter().map(|it| it.name.as_ref());
        let unused = names.filter(|name| !members.uses(PARAMS, name)).map(str::to_owned);
        let mut doubts = Doubts { unused: unused.collect(), ..Doubts::default() };
        for (places, name, position) in &asked.names {
            doubts.absent.extend(absent(places, name, *position));
        }
        for type_ in on.iter().map(AsRef::as_ref) {
            let at = source.error_at(source.word_of(RULE, "on", type_), "");
            doubts.types.extend(unknown(type_, &at).map(|error| (type_.to_owned(), error)));
        }
        for (function, type_, position) in asked.types {
            let at = source.error(position, "");
            match (function, type_.starts_with("data.")) {
                (_, true) => doubts.certain.push(wrong_mode(function, &type_, at)),
                ("data_sources", _) => {
                    let type_ = format!("data.{type_}");
                    doubts.types.extend(unknown(&type_, &at).map(|error| (type_, error)));
                }
                _ => doubts.types.extend(unknown(&type_, &at).map(|error| (type_, error))),
            }
        }
        doubts.certain.extend(asked.unquoted.iter().map(|(method, name, position)| LoadError {
            help: Some(format!("write it in quotes: `{method}(\"{name}\")`")),
            ..source.error(*position, format!("`{method}` takes the name of an attribute"))
        }));
        let messages = asked.messages.iter().filter(|(text, _)| text.contains("${"));
        doubts.certain.extend(messages.map(|(_, position)| LoadError {
            help: Some("values are put into a text in backticks: `…${value}…`".to_owned()),
            ..source.error(*position, "this message shows `${…}` as it stands")
        }));
        doubts
    }

    /// Types about which something is to be said.
    pub(super) fn types(&self) -> impl Iterator<Item = &str> {
        self.types.iter().map(|(type_, _)| type_.as_str())
    }

    /// What is to be said beside absent attributes, where plans show these.
    pub(super) fn errors(&self, seen: &Seen) -> Vec<LoadError> {
        let is_shown = |type_: &str| seen.iter().any(|(of, _)| of == type_);
        let types = self.types.iter().filter(|(type_, _)| !is_shown(type_));
        types.map(|(_, error)| error).chain(&self.certain).cloned().collect()
    }
}

/// An attribute that none of the places has.
fn absent(places: &BTreeSet<Place>, name: &str, at: Position) -> Option<Absent> {
    let with_name = |path: &[String]| path.iter().cloned().chain([name.to_owned()]).collect();
    let all: Vec<(&String, Vec<String>)> =
        places.iter().map(|(type_, path)| (type_, with_name(path))).collect();
    let (type_, path) = all.first()?;
    let is_absent = all.iter().all(|(type_, path)| is_absent(type_, path));
    is_absent.then(|| Absent::at((*type_).clone(), path.clone(), at))
}

/// What to say of a type that no provider has.
fn unknown(type_: &str, at: &LoadError) -> Option<LoadError> {
    if types::exists(type_) != Some(false) {
        return None;
    }
    let data = Some(format!("data.{type_}")).filter(|it| types::exists(it) == Some(true));
    let meant: Vec<String> = names::close_type(type_).into_iter().chain(data).collect();
    let (message, help) = match meant.as_slice() {
        [] => {
            let newer = "where it is newer than bricklint, a plan in tests/ shows that it is there";
            (format!("no provider is known to have the type `{type_}`; {newer}"), None)
        }
        meant => {
            let help = format!("did you mean `{}`?", meant.join("` or `"));
            (format!("no provider has the type `{type_}`"), Some(help))
        }
    };
    Some(LoadError { message, help, ..at.clone() })
}

fn wrong_mode(function: &str, type_: &str, at: LoadError) -> LoadError {
    let name = type_.trim_start_matches("data.");
    let help = match function {
        "resources" | "data_sources" => format!("write `data_sources(\"{name}\")`"),
        _ => format!("write `\"{name}\"`"),
    };
    LoadError {
        message: format!("`{function}` takes a type without `data.`"),
        help: Some(help),
        ..at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::sandbox::READER;

    /// What a script asks of which places, as `type.path`.
    fn asked(on: &[&str], text: &str) -> Vec<String> {
        let ast = READER.compile(text).unwrap();
        let mut all: Vec<String> = flow::follow(&ast, on)
            .names
            .into_iter()
            .map(|(places, name, _)| {
                let places: Vec<String> = places
                    .into_iter()
                    .map(|(type_, path)| [vec![type_], path].concat().join("."))
                    .collect();
                format!("{}: {name}", places.join(" "))
            })
            .collect();
        all.sort();
        all.dedup();
        all
    }

    #[test]
    fn values_are_followed() {
        for (text, expected) in [
            ("r.a.b[0].c == 1", &["t.a.b: c", "t.a: b", "t: a"][..]),
            ("for x in r.a { f(x.b); } f(r.c);", &["t.a.b t.c: d", "t.a: b", "t: a", "t: c"]),
            ("let x = r.a; { let x = r.b; } x.c", &["t.a: c", "t: a", "t: b"]),
            ("let x = r.a; x = r.b; x.c", &["t: a", "t: b"]),
            ("let x = if r.a { r.b } else { () }; x.c", &["t.b: c", "t: a", "t: b"]),
            ("(r.a ?? r.b).c", &["t.a t.b: c", "t: a", "t: b"]),
            ("let q = r.y; r.a.some(|x| x.b == q.c)", &["t.a: b", "t.y: c", "t: a", "t: y"]),
            ("r.a.filter(|x| x.b)[0].c", &["t.a: b", "t.a: c", "t: a"]),
            ("r.a.map(|x| x.b).find(|y| y.c).d", &["t.a.b: c", "t.a.b: d", "t.a: b", "t: a"]),
            ("r.a.reduce(|sum, x| sum + x.b, 0)", &["t.a: b", "t: a"]),
            ("resources(\"u\").all(|it| it.a.b)", &["u.a: b", "u: a"]),
            ("data_sources(\"u\")[0].a", &["data.u: a"]),
            ("r.ref(\"a\", \"u\").b", &["t: a", "u: b"]),
            ("r.ref(\"a\").b", &["t: a"]),
            ("r.get(\"a[0].b\").c", &["t.a.b: c", "t.a: b", "t: a"]),
            ("r[\"a\"].b", &["t.a: b", "t: a"]),
            ("r.a[r.i].b", &["t: a", "t: i"]),
            ("r.before().a", &["t: a"]),
            ("g(r).b", &["t.a: b", "t: a"]),
            ("h(r)", &[]),
            ("fail(r.a, \"b.c\", `${r.d}`)", &["t.a.b: c", "t.a: b", "t: a", "t: d"]),
            ("if r.x() { return; } r.a.keys().b", &["t: a"]),
        ] {
            let text = format!(
                "const C = 1; fn check(r) {{ {text} }} fn f(y) {{ y.d }} fn g(y) {{ return y.a; }} fn h(y) {{ if y.n {{ h(y.n) }} }} fn test_x() {{ r.z }} fn never(y) {{ y.z }}"
            );
            assert_eq!(asked(&["t"], &text), expected, "{text}");
        }
    }
}
