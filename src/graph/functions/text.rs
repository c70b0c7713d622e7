//! Functions on strings.

use crate::{facts::identity, facts::schema::Scalar, plan::Step};

use super::{
    super::{
        Graph,
        made::{Made, Piece},
        resolve::{End, Hit},
    },
    declared, each_combination, is_text, to_list,
};

/// A string of these parts.
pub(in super::super) fn template(graph: &Graph, parts: &[Made]) -> Made {
    if Made::are_too_many(parts) {
        return Made::end(End::Nowhere);
    }
    each_combination(parts, &|parts| {
        let mut joined: Vec<Made> = Vec::new();
        for part in parts {
            if !add_part(graph, part, &mut joined) {
                return Made::Error;
            }
        }
        match joined.as_slice() {
            [] => Made::text(""),
            [only] => only.clone(),
            _ => Made::template(joined),
        }
    })
}

/// False where it is no text.
fn add_part(graph: &Graph, part: &Made, out: &mut Vec<Made>) -> bool {
    let text = match (part, graph.plain(part)) {
        (Made::Template(inner), _) => return inner.iter().all(|it| add_part(graph, it, out)),
        // What the plan shows is a part all the same: where it comes from still matters.
        (Made::Reference(_), known) => {
            out.push(part.clone());
            return known.scalar().is_some() || matches!(known, Made::Reference(_));
        }
        (_, known) => match known.scalar() {
            Some(text) => text.into_owned(),
            None => {
                out.push(part.clone());
                return matches!(part, Made::Other(_) | Made::OneOf(_) | Made::Number(_));
            }
        },
    };
    match out.last_mut() {
        Some(Made::Text(last)) => *last = format!("{last}{text}").into(),
        _ if text.is_empty() => {}
        _ => out.push(Made::text(text)),
    }
    true
}

pub(super) fn format(graph: &Graph, form: &str, arguments: &[Made]) -> Option<Made> {
    let mut parts = Vec::new();
    let mut arguments = arguments.iter();
    let mut rest = form;
    while let Some((text, verb)) = rest.split_once('%') {
        parts.push(Made::text(text));
        let mut letters = verb.chars();
        match letters.next()? {
            '%' => parts.push(Made::text("%")),
            's' | 'd' | 'v' => parts.push(arguments.next()?.clone()),
            _ => return None,
        }
        rest = letters.as_str();
    }
    parts.push(Made::text(rest));
    arguments.next().is_none().then(|| template(graph, &parts))
}

pub(super) fn join(graph: &Graph, separator: &Made, lists: &[Made]) -> Option<Made> {
    let mut parts: Vec<Made> = Vec::new();
    for list in lists {
        // The order of a set is that of its values.
        let list = to_list(graph, list);
        for item in list.items()?.iter() {
            if !parts.is_empty() {
                parts.push(separator.clone());
            }
            parts.push(item.clone());
        }
    }
    Some(template(graph, &parts))
}

pub(super) fn split(graph: &Graph, separator: &Made, text: &Made) -> Option<Made> {
    let Made::Text(separator) = separator else { return None };
    if separator.is_empty() {
        return None;
    }
    if let Some(parts) = composite(graph, separator, text) {
        return Some(parts);
    }
    let mut items: Vec<Vec<Made>> = vec![Vec::new()];
    for piece in graph.pieces(text)? {
        match piece {
            Piece::Text(text) => {
                let mut parts = text.split(&**separator);
                items.last_mut()?.extend(parts.next().map(Made::text));
                items.extend(parts.map(|part| vec![Made::text(part)]));
            }
            Piece::Hole(Some(hit)) if is_bare(graph, &hit) => {
                items.last_mut()?.push(Made::Reference(hit));
            }
            Piece::Hole(_) => return None,
        }
    }
    let items: Vec<Made> = items.iter().map(|parts| template(graph, parts)).collect();
    Some(Made::list(items))
}

/// The parts of an id that the provider puts together of attributes.
fn composite(graph: &Graph, separator: &str, text: &Made) -> Option<Made> {
    let Made::Reference(hit) = text else { return None };
    let (End::Resource(id), [Step::Name(name)]) = (&hit.end, hit.attribute.as_slice()) else {
        return None;
    };
    let type_ = graph.plan.str(graph.plan.resource(*id).type_);
    let parts = identity::split_id(type_, separator).filter(|_| name == "id")?;
    let part = |name: &&str| Made::reference(*id, vec![Step::Name((*name).to_owned())]);
    Some(Made::list(parts.iter().map(part)))
}

/// Whether nothing can be split off an attribute: numbers, and parts of composite ids.
fn is_bare(graph: &Graph, hit: &Hit) -> bool {
    let End::Resource(id) = hit.end else { return false };
    let type_ = graph.plan.str(graph.plan.resource(id).type_);
    let name = hit.attribute.first().and_then(Step::name).unwrap_or_default();
    identity::parts_of_id(type_).is_some_and(|parts| parts.contains(&name))
        || declared(graph, hit)
            .is_some_and(|it| it.scalar == Scalar::Number && it.nesting.is_none())
}

/// Adds the JSON text of a value, as Terraform writes it: no blanks, keys sorted.
pub(super) fn json(graph: &Graph, made: &Made, out: &mut Vec<Made>) -> Option<()> {
    let mut list = |open: &str, items: &[(String, &Made)], close: &str| {
        out.push(Made::text(open));
        for (at, (key, item)) in items.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            out.push(Made::text(format!("{comma}{key}")));
            json(graph, item, out)?;
        }
        out.push(Made::text(close));
        Some(())
    };
    match &to_list(graph, &graph.plain(made)) {
        Made::Null => out.push(Made::text("null")),
        Made::Bool(flag) => out.push(Made::text(flag.to_string())),
        Made::Number(_) => match made.scalar() {
            Some(number) => out.push(Made::text(number)),
            None => out.push(Made::from_all([made])),
        },
        Made::Text(text) => out.push(Made::text(quoted(text)?)),
        Made::List(items) => {
            let items: Vec<_> = items.iter().map(|it| (String::new(), it)).collect();
            list("[", &items, "]")?;
        }
        Made::Object(members) => {
            let member = |(key, it): (&String, _)| Some((format!("{}:", quoted(key)?), it));
            let members: Vec<_> = members.iter().map(member).collect::<Option<_>>()?;
            list("{", &members, "}")?;
        }
        Made::Reference(hit) if is_text(graph, hit) => {
            out.extend([Made::text("\""), made.clone(), Made::text("\"")]);
        }
        Made::Template(parts) => {
            out.push(Made::text("\""));
            for part in parts.iter() {
                match part.scalar() {
                    Some(text) => out.push(Made::text(quoted(&text)?.trim_matches('"'))),
                    None => out.push(part.clone()),
                }
            }
            out.push(Made::text("\""));
        }
        Made::Error => out.push(Made::Error),
        // Whether there are quotes around it is not known either.
        other => out.push(Made::from_all([other])),
    }
    Some(())
}

/// A JSON string, spelled as Go spells it.
fn quoted(text: &str) -> Option<String> {
    let quoted = serde_json::to_string(text).ok()?;
    let escapes = [
        ("<", "\\u003c"),
        (">", "\\u003e"),
        ("&", "\\u0026"),
        ("\u{2028}", "\\u2028"),
        ("\u{2029}", "\\u2029"),
    ];
    Some(escapes.iter().fold(quoted, |text, (letter, escape)| text.replace(letter, escape)))
}
