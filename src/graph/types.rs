//! Types of variables: what is handed over becomes what the variable declares.

use std::collections::BTreeMap;

use crate::source::Shape;

use super::{Graph, functions, made::Made};

/// A value as a variable of that type holds it. What is not known stays as it is.
pub(super) fn convert(graph: &Graph, made: Made, type_: &Shape) -> Made {
    match type_ {
        Shape::Reference { root, path } if path.is_empty() => scalar(graph, made, root),
        Shape::Call { name, arguments, .. } => match (name.as_str(), arguments.as_slice()) {
            ("optional", [inner, ..]) => convert(graph, made, inner),
            ("object", [Shape::Object(declared)]) => object(graph, made, declared),
            ("list", [inner]) => functions::to_list(graph, &each(graph, made, inner)),
            ("set", [inner]) => functions::to_set(graph, &each(graph, made, inner)),
            ("map", [inner]) => each(graph, made, inner),
            ("tuple", _) => made,
            _ => Made::from_all([&made]),
        },
        _ => made,
    }
}

fn scalar(graph: &Graph, made: Made, type_: &str) -> Made {
    match (type_, graph.plain(&made)) {
        ("string", known @ (Made::Number(_) | Made::Bool(_))) => {
            known.scalar().map_or_else(|| Made::from_all([&made]), Made::text)
        }
        ("number", Made::Text(text)) => Made::Number(text),
        ("bool", Made::Text(text)) => match &*text {
            "true" => Made::Bool(true),
            "false" => Made::Bool(false),
            _ => Made::Error,
        },
        _ => made,
    }
}

fn each(graph: &Graph, made: Made, inner: &Shape) -> Made {
    let inside = |it: &Made| convert(graph, it.clone(), inner);
    match &made {
        Made::List(items) => Made::list(items.iter().map(inside)),
        Made::Set(items) => Made::set(items.iter().map(inside)),
        Made::Object(members) => {
            let member =
                |(key, it): (&String, &Made)| (key.clone(), convert(graph, it.clone(), inner));
            Made::object(members.iter().map(member))
        }
        _ => made,
    }
}

/// Only what is declared; an optional member that is missing has its default.
fn object(graph: &Graph, made: Made, declared: &[(Shape, Shape)]) -> Made {
    let Made::Object(members) = &made else { return made };
    let mut converted = BTreeMap::new();
    for (name, type_) in declared {
        // The names of members are written without quotes.
        let name = match name {
            Shape::Text(name) => name,
            Shape::Reference { root, path } if path.is_empty() => root,
            _ => return Made::from_all([&made]),
        };
        let default = match type_ {
            Shape::Call { name, arguments, .. } if name == "optional" => {
                arguments.get(1).map_or(Some(Made::Null), literal)
            }
            _ => Some(if members.contains_key(name) { Made::Null } else { Made::Error }),
        };
        // A default stands for null, too.
        let given = members.get(name).filter(|it| !matches!(it, Made::Null)).cloned();
        match given.or(default) {
            Some(given) => converted.insert(name.clone(), convert(graph, given, type_)),
            None => return Made::from_all([&made]),
        };
    }
    Made::object(converted)
}

/// A default is made of literals only.
fn literal(shape: &Shape) -> Option<Made> {
    Some(match shape {
        Shape::Null => Made::Null,
        Shape::Bool(flag) => Made::Bool(*flag),
        Shape::Number(number) => Made::Number(number.as_str().into()),
        Shape::Text(text) => Made::text(text),
        Shape::List(items) => Made::list(items.iter().map(literal).collect::<Option<Vec<_>>>()?),
        Shape::Object(members) => {
            let member = |(key, it): &(Shape, Shape)| match key {
                Shape::Text(key) => Some((key.clone(), literal(it)?)),
                _ => None,
            };
            Made::object(members.iter().map(member).collect::<Option<Vec<_>>>()?)
        }
        _ => return None,
    })
}
