//! Policies as JSON.

use crate::plan::{Embedded, Value};

use super::{Condition, Document, Effect, List, Principal, Statement, Text};

/// Reads a document: its `Statement` is an object or a list of them.
pub(super) fn document(text: &str) -> Option<Document> {
    let json = Embedded::parse(text)?;
    let body = json.value().get("Statement")?;
    let all: Vec<Value<'_>> = if body.is_array() { body.items().collect() } else { vec![body] };
    Some(Document { statements: all.into_iter().map(statement).collect(), ..Document::default() })
}

/// Whether a JSON text, quoted in another or not, has the list that every policy has.
pub fn has_statements(json: &str) -> bool {
    json.contains("\"Statement")
}

fn statement(json: Value<'_>) -> Statement {
    let text = |name| json.get(name).and_then(Value::as_str);
    Statement {
        sid: text("Sid").filter(|sid| !sid.is_empty()).map(str::to_owned),
        effect: match text("Effect") {
            Some("Allow") => Some(Effect::Allow),
            Some("Deny") => Some(Effect::Deny),
            _ => None,
        },
        actions: list(json, "Action", "NotAction", texts),
        resources: list(json, "Resource", "NotResource", texts),
        principals: list(json, "Principal", "NotPrincipal", principals),
        conditions: json.get("Condition").map(conditions).unwrap_or_default(),
        is_certain: true,
    }
}

fn list<T>(
    json: Value<'_>,
    name: &str,
    not: &str,
    read: fn(Value<'_>) -> Vec<T>,
) -> Option<List<T>> {
    let named = json.get(name).map(|value| List { is_not: false, items: read(value) });
    named.or_else(|| json.get(not).map(|value| List { is_not: true, items: read(value) }))
}

/// One text, or several. Numbers and booleans are written as their text.
fn texts(json: Value<'_>) -> Vec<Text> {
    let one = |value: Value<'_>| value.scalar().map(|text| Text::Known(text.into_owned()));
    if json.is_array() {
        json.items().filter_map(one).collect()
    } else {
        one(json).into_iter().collect()
    }
}

fn principals(json: Value<'_>) -> Vec<Principal> {
    let of = |kind: &str, value| {
        let kind = kind.to_owned();
        texts(value).into_iter().map(move |who| Principal { kind: kind.clone(), who })
    };
    if json.is_object() {
        json.entries().flat_map(|(kind, value)| of(kind, value)).collect()
    } else {
        of("*", json).collect()
    }
}

fn conditions(json: Value<'_>) -> Vec<Condition> {
    let of_operator = |(operator, keys): (&str, Value<'_>)| {
        let all = keys.entries().map(move |(key, values)| Condition {
            operator: operator.to_owned(),
            key: key.to_owned(),
            values: texts(values),
        });
        all.collect::<Vec<_>>()
    };
    json.entries().flat_map(of_operator).collect()
}
