//! Definitions of cluster policies: what they let each setting be.
//!
//! Source: [Databricks: compute policy reference](https://docs.databricks.com/aws/en/admin/clusters/policy-definition).

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::Value as Json;

use crate::{
    facts::{cluster_policies as facts, clusters::access_mode},
    plan::Tri,
};

/// What a policy lets a setting be.
#[derive(Clone, Debug)]
pub enum Limit {
    /// This only.
    Fixed(String),
    /// Nothing at all.
    Forbidden,
    /// One of these.
    Allow(Vec<String>),
    /// None of these.
    Block(Vec<String>),
    /// What matches as a whole; no pattern where it is one that only Java reads.
    Match(String, Option<Regex>),
    /// A number that is no less, and no more.
    Range(Option<f64>, Option<f64>),
    /// Anything.
    Unlimited,
}

/// What a policy says of one setting.
#[derive(Clone, Debug)]
pub struct Element {
    /// What it may be.
    pub limit: Limit,
    /// What it is where it is left out and defaults are applied.
    pub default: Option<String>,
    /// It has to be there.
    pub is_required: bool,
}

/// A definition, as far as it can be read.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    elements: BTreeMap<String, Element>,
}

impl Policy {
    /// Reads a definition; none where it is no JSON object. Elements that are malformed are left out.
    pub fn parse(text: &str) -> Option<Policy> {
        let Ok(Json::Object(elements)) = serde_json::from_str(text) else { return None };
        let read = elements.into_iter().filter_map(|(path, it)| Some((path, element(&it)?)));
        Some(Policy { elements: read.collect() })
    }

    /// What it says of a setting.
    pub fn element(&self, path: &str) -> Option<&Element> {
        self.elements.get(path)
    }

    /// What it says of each setting.
    pub fn elements(&self) -> impl Iterator<Item = (&str, &Element)> {
        self.elements.iter().map(|(path, element)| (path.as_str(), element))
    }
}

/// A line for each element of a definition, without the values of those whose path `is_bare` picks; none
/// where it is no JSON object.
pub fn lines(text: &str, is_bare: impl Fn(&str) -> bool) -> Option<Vec<String>> {
    let Ok(Json::Object(elements)) = serde_json::from_str(text) else { return None };
    let line = |(path, mut element): (String, Json)| {
        if let Some(members) = element.as_object_mut().filter(|_| is_bare(&path)) {
            members.retain(|name, _| !facts::VALUES.contains(&name.as_str()));
        }
        format!("{path}={element}")
    };
    Some(elements.into_iter().map(line).collect())
}

pub(super) fn element(it: &Json) -> Option<Element> {
    let texts = |key: &str| -> Option<Vec<String>> {
        Some(it.get(key)?.as_array()?.iter().filter_map(scalar).collect())
    };
    let kind = it.get("type")?.as_str()?;
    let limit = match kind {
        "fixed" => Limit::Fixed(it.get("value").and_then(scalar)?),
        "forbidden" => Limit::Forbidden,
        "allowlist" => Limit::Allow(texts("values")?),
        "blocklist" => Limit::Block(texts("values")?),
        "regex" => {
            let pattern = it.get("pattern")?.as_str()?;
            Limit::Match(pattern.to_owned(), Regex::new(&format!("^(?:{pattern})$")).ok())
        }
        "range" => {
            Limit::Range(it.get("minValue").and_then(number), it.get("maxValue").and_then(number))
        }
        "unlimited" => Limit::Unlimited,
        _ => return None,
    };
    let is_optional = it.get("isOptional").and_then(Json::as_bool);
    let is_required = match limit {
        Limit::Allow(_) | Limit::Match(..) | Limit::Range(..) => is_optional != Some(true),
        Limit::Unlimited => is_optional == Some(false),
        Limit::Fixed(_) | Limit::Forbidden | Limit::Block(_) => false,
    };
    Some(Element { limit, default: it.get("defaultValue").and_then(scalar), is_required })
}

impl Limit {
    /// Whether it lets a setting be this. Numbers and flags are compared as such, `"20"` is `20`.
    pub fn admits(&self, value: &str) -> Tri {
        match self {
            Limit::Fixed(wanted) => is_same(wanted, value),
            Limit::Forbidden => Tri::No,
            Limit::Allow(all) => Tri::any(all.iter().map(|it| is_same(it, value))),
            Limit::Block(all) => !Tri::any(all.iter().map(|it| is_same(it, value))),
            Limit::Match(_, Some(regex)) => Tri::from(regex.is_match(value)),
            Limit::Match(_, None) => Tri::Maybe,
            Limit::Range(min, max) => value.parse::<f64>().map_or(Tri::Maybe, |number| {
                let is_low = min.is_some_and(|min| number < min);
                Tri::from(!is_low && max.is_none_or(|max| number <= max))
            }),
            Limit::Unlimited => Tri::Yes,
        }
    }

    /// Whether there is a value that it refuses for certain. What is looked up when a cluster starts may be
    /// any, and so may what only Java can match.
    pub fn may_refuse(&self) -> bool {
        let is_given = |it: &String| !is_looked_up(it);
        match self {
            Limit::Fixed(wanted) => is_given(wanted),
            Limit::Allow(all) => all.iter().all(is_given),
            Limit::Block(all) => all.iter().any(is_given),
            Limit::Match(_, regex) => regex.is_some(),
            Limit::Forbidden | Limit::Range(..) => true,
            Limit::Unlimited => false,
        }
    }

    /// It goes on after "the policy".
    pub fn words(&self) -> String {
        match self {
            Limit::Fixed(value) => format!("fixes it to {value}"),
            Limit::Forbidden => "forbids it".to_owned(),
            Limit::Allow(all) => format!("allows only {}", all.join(", ")),
            Limit::Block(all) => format!("does not allow {}", all.join(", ")),
            Limit::Match(pattern, _) => format!("wants it to match {pattern}"),
            Limit::Range(Some(min), Some(max)) => format!("allows {min} to {max}"),
            Limit::Range(Some(min), None) => format!("allows {min} at least"),
            Limit::Range(None, Some(max)) => format!("allows {max} at most"),
            Limit::Range(None, None) | Limit::Unlimited => "leaves it open".to_owned(),
        }
    }
}

/// Whether two values are the same to the API; `Maybe` where one is looked up when a cluster starts.
fn is_same(wanted: &str, value: &str) -> Tri {
    let number = |text: &str| text.parse::<f64>().ok();
    let are_numbers = number(wanted).zip(number(value)).is_some_and(|(a, b)| a == b);
    let are_flags = ["true", "false"]
        .iter()
        .any(|flag| wanted.eq_ignore_ascii_case(flag) && value.eq_ignore_ascii_case(flag));
    if access_mode(wanted) == access_mode(value) || are_numbers || are_flags {
        return Tri::Yes;
    }
    if is_looked_up(wanted) || is_looked_up(value) { Tri::Maybe } else { Tri::No }
}

fn is_looked_up(value: &str) -> bool {
    value.starts_with(facts::LOOKED_UP)
}

/// A scalar as text.
pub(super) fn scalar(it: &Json) -> Option<String> {
    match it {
        Json::String(text) => Some(text.clone()),
        Json::Number(_) | Json::Bool(_) => Some(it.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

pub(super) fn number(it: &Json) -> Option<f64> {
    scalar(it)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Policy, Tri};

    #[track_caller]
    fn admits(element: &str, value: &str) -> Tri {
        let policy = Policy::parse(&format!("{{\"a\": {element}}}")).unwrap();
        policy.element("a").unwrap().limit.admits(value)
    }

    #[test]
    fn limits() {
        for (element, value, wanted) in [
            (r#"{"type": "fixed", "value": 20}"#, "20", Tri::Yes),
            (r#"{"type": "fixed", "value": "20"}"#, "20.0", Tri::Yes),
            (r#"{"type": "fixed", "value": true}"#, "True", Tri::Yes),
            (r#"{"type": "fixed", "value": "a"}"#, "A", Tri::No),
            (
                r#"{"type": "fixed", "value": "USER_ISOLATION"}"#,
                "DATA_SECURITY_MODE_STANDARD",
                Tri::Yes,
            ),
            (r#"{"type": "fixed", "value": "auto:latest-lts"}"#, "15.4.x-scala2.12", Tri::Maybe),
            (r#"{"type": "allowlist", "values": ["a", "b"]}"#, "b", Tri::Yes),
            (r#"{"type": "allowlist", "values": ["a", "auto:latest"]}"#, "c", Tri::Maybe),
            (r#"{"type": "blocklist", "values": ["a", "b"]}"#, "b", Tri::No),
            (r#"{"type": "blocklist", "values": ["a", "b"]}"#, "c", Tri::Yes),
            (r#"{"type": "regex", "pattern": "team-.*"}"#, "team-a", Tri::Yes),
            (r#"{"type": "regex", "pattern": "[0-9]{4}"}"#, "12345", Tri::No),
            (r#"{"type": "regex", "pattern": "a|b"}"#, "ab", Tri::No),
            (r#"{"type": "regex", "pattern": "^(?!tmp)"}"#, "a", Tri::Maybe),
            (r#"{"type": "range", "minValue": 10, "maxValue": "45"}"#, "45", Tri::Yes),
            (r#"{"type": "range", "minValue": 10}"#, "9", Tri::No),
            (r#"{"type": "range", "maxValue": 10}"#, "many", Tri::Maybe),
            (r#"{"type": "unlimited"}"#, "x", Tri::Yes),
            (r#"{"type": "forbidden"}"#, "x", Tri::No),
        ] {
            assert_eq!(admits(element, value), wanted, "{element} {value}");
        }
    }

    #[test]
    fn what_may_be_refused() {
        for (element, wanted) in [
            (r#"{"type": "fixed", "value": "15.4.x-scala2.12"}"#, true),
            (r#"{"type": "fixed", "value": "auto:latest-lts"}"#, false),
            (r#"{"type": "allowlist", "values": ["a", "auto:latest"]}"#, false),
            (r#"{"type": "blocklist", "values": ["auto:latest"]}"#, false),
            (r#"{"type": "blocklist", "values": ["a", "auto:latest"]}"#, true),
            (r#"{"type": "regex", "pattern": "^(?!tmp)"}"#, false),
        ] {
            let policy = Policy::parse(&format!("{{\"a\": {element}}}")).unwrap();
            assert_eq!(policy.element("a").unwrap().limit.may_refuse(), wanted, "{element}");
        }
    }

    #[test]
    fn what_has_to_be_there() {
        for (element, wanted) in [
            (r#"{"type": "allowlist", "values": ["a"]}"#, true),
            (r#"{"type": "allowlist", "values": ["a"], "isOptional": true}"#, false),
            (r#"{"type": "range", "maxValue": 2}"#, true),
            (r#"{"type": "unlimited"}"#, false),
            (r#"{"type": "unlimited", "isOptional": false}"#, true),
            (r#"{"type": "fixed", "value": 1}"#, false),
            (r#"{"type": "blocklist", "values": ["a"]}"#, false),
        ] {
            let policy = Policy::parse(&format!("{{\"a\": {element}}}")).unwrap();
            assert_eq!(policy.element("a").unwrap().is_required, wanted, "{element}");
        }
        assert!(Policy::parse("[]").is_none() && Policy::parse("{").is_none());
        let half = Policy::parse(r#"{"a": {"value": 1}, "b": {"type": "forbidden"}}"#).unwrap();
        assert!(half.element("a").is_none() && half.element("b").is_some());
    }
}
