//! Functions on lists, sets and maps.

use std::collections::BTreeMap;

use crate::plan::Tri;

use super::{
    super::{Graph, made::Made},
    is_set, is_text,
    operators::equal,
    truth,
};

/// Terraform's own limit for `range`.
const MOST_NUMBERS: i64 = 1024;

/// Functions that make or change a list or a map; none where the result is not plain.
pub(super) fn made(graph: &Graph, name: &str, arguments: &[Made]) -> Option<Made> {
    match (name, arguments) {
        ("merge", all) => merge(all),
        ("concat", all) => {
            let lists: Option<Vec<_>> = all.iter().map(|it| it.items()).collect();
            Some(Made::list(lists?.into_iter().flat_map(|it| it.iter().cloned())))
        }
        ("flatten", [list]) => {
            let mut flat = Vec::new();
            flatten(graph, list, &mut flat)?;
            Some(Made::list(flat))
        }
        ("compact", [list]) => {
            let mut kept = list.items()?.to_vec();
            kept.retain(|it| !matches!(it, Made::Null) && !it.is_hollow());
            kept.iter().all(|it| is_set(graph, it)).then(|| Made::list(kept))
        }
        ("distinct", [list]) if graph.is_certain(list) => {
            let mut kept: Vec<Made> = Vec::new();
            for item in list.items()?.iter() {
                if !kept.iter().any(|it| it.is_same_as(item)) {
                    kept.push(item.clone());
                }
            }
            Some(Made::list(kept))
        }
        ("reverse", [Made::List(items)]) => Some(Made::list(items.iter().rev().cloned())),
        ("range", [end]) => {
            let end = end.int().filter(|end| (0..=MOST_NUMBERS).contains(end))?;
            let number = |at: i64| Made::Number(at.to_string().into());
            Some(Made::list((0..end).map(number)))
        }
        ("zipmap", [keys, values]) => zip(graph, keys, values),
        _ => None,
    }
}

/// Functions that take something out of a list or a map, or ask about it; none where the result is
/// not plain.
pub(super) fn taken(graph: &Graph, name: &str, arguments: &[Made]) -> Option<Made> {
    match (name, arguments) {
        ("keys", [Made::Object(members)]) => Some(Made::list(members.keys().map(Made::text))),
        ("values", [Made::Object(members)]) => Some(Made::list(members.values().cloned())),
        ("length", [Made::List(items)]) => Some(number(items.len())),
        ("length", [set @ Made::Set(items)]) if graph.is_certain(set) => Some(number(items.len())),
        ("length", [Made::Object(members)]) => Some(number(members.len())),
        ("lookup", [Made::Object(members), key, default @ ..]) => {
            let found = members.get(&*graph.plain(key).scalar()?);
            Some(found.or(default.first()).cloned().unwrap_or(Made::Error))
        }
        ("element", [Made::List(items), at]) => {
            let at = usize::try_from(at.int()?).ok()?;
            Some(at.checked_rem(items.len()).map_or(Made::Error, |at| items[at].clone()))
        }
        ("slice", [Made::List(items), from, to]) => {
            let index = |made: &Made| usize::try_from(made.int()?).ok();
            let part = items.get(index(from)?..index(to)?);
            Some(part.map_or(Made::Error, |part| Made::list(part.iter().cloned())))
        }
        ("one", [list]) => match list.items()? {
            [] => Some(Made::Null),
            [only] => Some(only.clone()),
            _ => matches!(list, Made::List(_)).then_some(Made::Error),
        },
        ("contains", [list, wanted]) => {
            let found = list.items()?.iter().map(|it| equal(graph, it, wanted));
            truth(Tri::any(found))
        }
        _ => None,
    }
}

fn number(value: usize) -> Made {
    Made::Number(value.to_string().into())
}

/// The list of a set is sorted, which takes known elements.
pub(in super::super) fn to_list(graph: &Graph, made: &Made) -> Made {
    let Made::Set(items) = made else { return made.clone() };
    let texts: Option<Vec<_>> =
        items.iter().map(|it| graph.plain(it).scalar().map(Made::text)).collect();
    match texts {
        Some(mut texts) => {
            texts.sort_by(|a, b| a.scalar().cmp(&b.scalar()));
            Made::list(texts)
        }
        None if items.len() < 2 => Made::List(items.clone()),
        None => Made::from_all([made]),
    }
}

/// Equal elements of a set are one.
pub(in super::super) fn to_set(graph: &Graph, made: &Made) -> Made {
    let Made::List(items) = made else { return made.clone() };
    let mut kept: Vec<Made> = Vec::new();
    for item in items.iter() {
        let is_known = |it: &Made| graph.plain(it).is_same_as(&graph.plain(item));
        if !kept.iter().any(is_known) {
            kept.push(item.clone());
        }
    }
    Made::set(kept)
}

fn merge(all: &[Made]) -> Option<Made> {
    let mut merged = BTreeMap::new();
    for argument in all {
        match argument {
            Made::Object(members) => {
                merged.extend(members.iter().map(|(key, it)| (key.clone(), it.clone())));
            }
            Made::Null => {}
            _ => return None,
        }
    }
    Some(Made::object(merged))
}

fn flatten(graph: &Graph, made: &Made, out: &mut Vec<Made>) -> Option<()> {
    for item in made.items()?.iter() {
        let plain = graph.plain(item);
        match &plain {
            Made::List(_) | Made::Set(_) => flatten(graph, &plain, out)?,
            Made::Reference(hit) if is_text(graph, hit) => out.push(item.clone()),
            // It may be a list.
            Made::Reference(_) | Made::Other(_) | Made::OneOf(_) => return None,
            _ => out.push(item.clone()),
        }
    }
    Some(())
}

fn zip(graph: &Graph, keys: &Made, values: &Made) -> Option<Made> {
    let (keys, values) = (keys.items()?, values.items()?);
    let pairs = keys
        .iter()
        .zip(values.iter())
        .map(|(key, value)| Some((graph.plain(key).scalar()?.into_owned(), value.clone())));
    let members: BTreeMap<String, Made> = pairs.collect::<Option<_>>()?;
    (keys.len() == values.len()).then(|| Made::object(members))
}
