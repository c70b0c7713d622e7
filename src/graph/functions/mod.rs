//! Terraform's functions and operators, as far as their results are plain.
//!
//! A function that is not here gives something made of its arguments ([`Made::from_all`]), and so
//! does one whose result hangs on what is not known.

mod lists;
mod operators;
mod text;

use std::sync::Arc;

use crate::{
    facts::{
        identity,
        schema::{self, Scalar},
    },
    plan::{Mode, Step, Tri},
};

use super::{
    Graph,
    made::Made,
    resolve::{End, Hit},
};

pub(super) use lists::{to_list, to_set};
pub(super) use operators::{binary, unary};
pub(super) use text::template;

/// More combinations than anybody reads.
const MOST_ALTERNATIVES: usize = 16;

/// The result of a function.
pub(super) fn call(graph: &Graph, name: &str, mut arguments: Vec<Made>, expands: bool) -> Made {
    if expands {
        let Some(last) = arguments.pop() else { return Made::Error };
        match graph.plain(&last).items() {
            Some(items) => arguments.extend(items.iter().cloned()),
            None => return Made::from_all(arguments.iter().chain([&last])),
        }
    }
    each_combination(&arguments, &|arguments| match name {
        "try" => attempt(graph, arguments),
        "can" => can(graph, arguments),
        _ if arguments.iter().any(|it| matches!(it, Made::Error)) => Made::Error,
        _ => apply(graph, name, arguments).unwrap_or_else(|| Made::from_all(arguments)),
    })
}

/// Where an argument is one of several, so is the result.
fn each_combination(arguments: &[Made], of: &dyn Fn(&[Made]) -> Made) -> Made {
    let combinations: usize =
        arguments.iter().fold(1, |all, it| all.saturating_mul(it.alternatives().len()));
    let open = arguments.iter().position(|it| matches!(it, Made::OneOf(_)));
    match open {
        None => of(arguments),
        Some(_) if combinations > MOST_ALTERNATIVES => Made::from_all(arguments),
        Some(at) => Made::one_of(arguments[at].alternatives().iter().map(|one| {
            let mut arguments = arguments.to_vec();
            arguments[at] = one.clone();
            each_combination(&arguments, of)
        })),
    }
}

/// None where the result is not plain.
fn apply(graph: &Graph, name: &str, arguments: &[Made]) -> Option<Made> {
    let plain: Vec<Made> = arguments.iter().map(|it| graph.plain(it)).collect();
    match (name, plain.as_slice()) {
        ("nonsensitive", [only]) => Some(only.clone()),
        ("sensitive", [only]) => Some(only.veiled()),
        ("tostring" | "tonumber" | "tobool", [only]) => to_scalar(name, only),
        ("tolist", [only]) => Some(to_list(graph, only)),
        ("toset", [only]) => Some(to_set(graph, only)),
        ("tomap", [only @ Made::Object(_)]) => Some(only.clone()),
        ("format", [Made::Text(form), ..]) => text::format(graph, form, &arguments[1..]),
        ("join", [separator, lists @ ..]) => text::join(graph, separator, lists),
        ("split", [separator, _]) => text::split(graph, separator, &arguments[1]),
        ("lower" | "upper" | "trimspace", [Made::Text(text)]) => Some(Made::text(match name {
            "lower" => text.to_lowercase(),
            "upper" => text.to_uppercase(),
            _ => text.trim().to_owned(),
        })),
        ("trimprefix", [Made::Text(text), Made::Text(part)]) => {
            Some(Made::text(text.strip_prefix(&**part).unwrap_or(text)))
        }
        ("trimsuffix", [Made::Text(text), Made::Text(part)]) => {
            Some(Made::text(text.strip_suffix(&**part).unwrap_or(text)))
        }
        ("replace", [Made::Text(text), Made::Text(from), Made::Text(to)]) => {
            let is_regex = from.len() > 1 && from.starts_with('/') && from.ends_with('/');
            (!is_regex).then(|| Made::replaced(text, from, to))
        }
        ("jsonencode", [value]) => {
            let mut parts = Vec::new();
            text::json(graph, value, &mut parts)?;
            Some(text::template(graph, &parts))
        }
        ("coalesce", all) => coalesce(graph, all),
        _ => lists::made(graph, name, &plain).or_else(|| lists::taken(graph, name, &plain)),
    }
}

fn truth(tri: Tri) -> Option<Made> {
    match tri {
        Tri::Yes => Some(Made::Bool(true)),
        Tri::No => Some(Made::Bool(false)),
        Tri::Maybe => None,
    }
}

/// The first argument that is no error. What is not followed may be one.
fn attempt(graph: &Graph, arguments: &[Made]) -> Made {
    let mut may_be = Vec::new();
    for argument in arguments {
        match can_be(graph, argument) {
            Tri::No => {}
            Tri::Yes => {
                may_be.push(argument.clone());
                break;
            }
            Tri::Maybe => may_be.push(argument.clone()),
        }
    }
    Made::one_of(may_be)
}

fn can(graph: &Graph, arguments: &[Made]) -> Made {
    let [only] = arguments else { return Made::Error };
    truth(can_be(graph, only)).unwrap_or_else(|| Made::from_all([only]))
}

/// Whether an expression has a value at all.
fn can_be(graph: &Graph, made: &Made) -> Tri {
    match made {
        Made::Error => Tri::No,
        Made::Other(_) => Tri::Maybe,
        // Of a type that no table knows the attribute may not exist.
        Made::Reference(hit) => {
            let known = graph.shown_at(hit).is_some() || declared(graph, hit).is_some();
            if known { Tri::Yes } else { Tri::Maybe }
        }
        Made::List(items) | Made::Set(items) | Made::Template(items) | Made::OneOf(items) => {
            Tri::all(items.iter().map(|it| can_be(graph, it)))
        }
        Made::Object(members) => Tri::all(members.values().map(|it| can_be(graph, it))),
        _ => Tri::Yes,
    }
}

/// What the provider's schema says of the attribute that a reference leads to.
fn declared(graph: &Graph, hit: &Hit) -> Option<schema::Attribute> {
    let End::Resource(id) = hit.end else { return None };
    let resource = graph.plan.resource(id);
    let type_ = graph.plan.str(resource.type_);
    let schema = match resource.mode {
        Mode::Managed => schema::resource(type_),
        Mode::Data => schema::data(type_),
    };
    schema?.attribute(hit.attribute.iter().filter_map(Step::name))
}

/// Whether it is a plain string, and no collection.
fn is_text(graph: &Graph, hit: &Hit) -> bool {
    declared(graph, hit).is_some_and(|it| it.nesting.is_none() && it.scalar == Scalar::String)
}

/// Whether a value is neither null nor empty.
fn is_set(graph: &Graph, made: &Made) -> bool {
    match made {
        Made::Reference(hit) => {
            let End::Resource(id) = hit.end else { return false };
            let resource = graph.plan.resource(id);
            let type_ = graph.plan.str(resource.type_);
            let [Step::Name(name)] = hit.attribute.as_slice() else { return false };
            resource.mode == Mode::Managed && identity::attributes(type_).any(|it| it == name)
        }
        Made::Template(parts) => parts.iter().any(|it| is_set(graph, it)),
        Made::Bool(_) | Made::Number(_) => true,
        Made::Text(text) => !text.is_empty(),
        _ => false,
    }
}

fn coalesce(graph: &Graph, arguments: &[Made]) -> Option<Made> {
    let mut may_be = Vec::new();
    for argument in arguments {
        match argument {
            Made::Null => continue,
            Made::Text(text) if text.is_empty() => continue,
            made => may_be.push(made.clone()),
        }
        if is_set(graph, argument) {
            break;
        }
    }
    Some(Made::one_of(may_be))
}

fn to_scalar(name: &str, made: &Made) -> Option<Made> {
    match (name, made) {
        (_, Made::Null) => Some(Made::Null),
        // Converting changes neither which object is meant nor how it is spelled.
        (_, Made::Reference(_)) => Some(made.clone()),
        ("tostring", Made::Template(_)) => Some(made.clone()),
        ("tostring", _) => made.scalar().map(Made::text),
        ("tonumber", Made::Number(_)) | ("tobool", Made::Bool(_)) => Some(made.clone()),
        ("tonumber", Made::Text(text)) => made.int().map(|_| Made::Number(Arc::clone(text))),
        ("tobool", Made::Text(text)) => match &**text {
            "true" => Some(Made::Bool(true)),
            "false" => Some(Made::Bool(false)),
            _ => Some(Made::Error),
        },
        _ => None,
    }
}
