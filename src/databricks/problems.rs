//! What is wrong with the definition of a cluster policy, before any cluster has it.
//!
//! Source: as for [`super::policy`].

use regex_syntax::ast::{ErrorKind, parse::Parser};
use serde_json::{Map, Value as Json};

use crate::{
    facts::{cluster_policies as facts, schema},
    plan::Tri,
};

use super::policy::{Limit, element, number, scalar};

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No cluster can be made with it.
    Broken,
    /// Two elements are at odds.
    Contradiction,
    /// It limits nothing, as no setting is called that.
    Misspelt,
}

/// Something wrong with a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The element; empty for the whole.
    pub path: String,
    /// It goes on after the element's name.
    pub what: String,
    /// How bad it is.
    pub fault: Fault,
}

/// What is wrong with a definition, by element. Overrides of a family (`is_whole` is false) are put over
/// the family's own elements, so they may leave out what is said there.
pub fn problems(text: &str, is_whole: bool) -> Vec<Problem> {
    let whole = |what: String| vec![error("", what)];
    let elements = match serde_json::from_str(text) {
        Ok(Json::Object(elements)) => elements,
        Ok(other) => return whole(format!("is {}, not an object", named(&other))),
        Err(error) => {
            return whole(format!("is no JSON: line {}, column {}", error.line(), error.column()));
        }
    };
    let of_element = |(path, it): (&String, &Json)| element_problems(path, it, is_whole);
    let mut all: Vec<Problem> = elements.iter().flat_map(of_element).collect();
    all.extend(contradiction(&elements));
    all
}

fn error(path: &str, what: String) -> Problem {
    Problem { path: path.to_owned(), what, fault: Fault::Broken }
}

fn named(it: &Json) -> &'static str {
    match it {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

fn element_problems(path: &str, it: &Json, is_whole: bool) -> Vec<Problem> {
    let Json::Object(keys) = it else {
        return vec![error(path, format!("is {}, not an object with a type", named(it)))];
    };
    let unknown = keys.keys().filter(|key| !facts::KEYS.contains(&key.as_str()));
    let mut all: Vec<Problem> = unknown.map(|key| error(path, unknown_key(key))).collect();
    let fault = match keys.get("type") {
        None if is_whole => Some("has no type".to_owned()),
        None => None,
        Some(kind) => kind_problem(kind, keys, is_whole),
    };
    all.extend(fault.map(|what| error(path, what)));
    if all.is_empty() {
        all.extend(value_problem(path, it).map(|what| error(path, what)));
    }
    all.extend(misspelt(path));
    all
}

fn unknown_key(key: &str) -> String {
    let close = similar::get_close_matches(key, facts::KEYS, 1, 0.6);
    let hint = close.first().map(|it| format!("; did you mean {it}?")).unwrap_or_default();
    format!("has the key {key}, which policies do not know{hint}")
}

fn kind_problem(kind: &Json, keys: &Map<String, Json>, is_whole: bool) -> Option<String> {
    let word = kind.as_str().unwrap_or_default();
    let Some((_, needed)) = facts::TYPES.iter().find(|(known, _)| *known == word) else {
        let words: Vec<&str> = facts::TYPES.iter().map(|(word, _)| *word).collect();
        return Some(format!("has the type {}, not one of {}", shown(kind), words.join(", ")));
    };
    let has = |key: &&&str| keys.get(**key).is_some_and(|value| !value.is_null());
    if is_whole && !needed.is_empty() && needed.iter().find(has).is_none() {
        return Some(format!("is {word} without {}", needed.join(" or ")));
    }
    let list = keys.get("values");
    if matches!(word, "allowlist" | "blocklist") && list.is_some_and(|it| !is_list(it)) {
        return Some(format!("is {word}, but its values are no list of one or more"));
    }
    let (min, max) = (keys.get("minValue").and_then(number), keys.get("maxValue").and_then(number));
    match (word, min.zip(max)) {
        ("range", Some((min, max))) if min > max => {
            Some(format!("is range from {min} to {max}, which holds nothing"))
        }
        ("regex", _) => keys.get("pattern").and_then(Json::as_str).and_then(broken_pattern),
        _ => None,
    }
}

fn is_list(it: &Json) -> bool {
    it.as_array().is_some_and(|all| !all.is_empty())
}

fn shown(it: &Json) -> String {
    scalar(it).unwrap_or_else(|| named(it).to_owned())
}

/// What is wrong with a pattern in every dialect. Lookaheads and back references are Java's good right.
fn broken_pattern(pattern: &str) -> Option<String> {
    let what = match Parser::new().parse(pattern).err()?.kind() {
        ErrorKind::ClassUnclosed => "a class that is not closed",
        ErrorKind::GroupUnclosed => "a group that is not closed",
        ErrorKind::GroupUnopened => "a group that is not opened",
        ErrorKind::RepetitionMissing => "a repetition of nothing",
        ErrorKind::ClassRangeInvalid => "a class whose range is the wrong way round",
        ErrorKind::RepetitionCountInvalid => "a repetition whose range is the wrong way round",
        _ => return None,
    };
    Some(format!("has a pattern with {what}"))
}

/// Values of the wrong kind, and a default that its own limit refuses.
fn value_problem(path: &str, it: &Json) -> Option<String> {
    let own =
        ["value", "defaultValue", "minValue", "maxValue"].iter().filter_map(|key| it.get(key));
    let listed = it.get("values").and_then(Json::as_array).into_iter().flatten();
    for value in own.chain(listed) {
        let is_number = number(value).is_some();
        let is_flag = scalar(value).is_some_and(|text| {
            text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
        });
        if facts::is_number(path) && !is_number {
            return Some(format!("is a number, and is given {}", shown(value)));
        }
        if facts::is_flag(path) && !is_flag {
            return Some(format!("is true or false, and is given {}", shown(value)));
        }
    }
    let default = it.get("defaultValue").and_then(scalar)?;
    let limit = element(it)?.limit;
    // What is looked up when a cluster starts is held against the limit then.
    let is_settled = !default.starts_with(facts::LOOKED_UP) && !matches!(limit, Limit::Forbidden);
    let is_refused = is_settled && limit.admits(&default) == Tri::No;
    is_refused.then(|| format!("has the default {default}, but {}", limit.words()))
}

/// An element that no cluster has a setting for, where another is meant.
fn misspelt(path: &str) -> Option<Problem> {
    let is_step = |step: &&str| *step != "*" && step.parse::<usize>().is_err();
    let first = path.split('.').next().unwrap_or_default();
    let names = path.split('.').filter(is_step);
    let is_known = facts::MAPS.contains(&first)
        || facts::paths().contains(&path)
        || schema::attribute("databricks_cluster", names).is_some();
    if is_known {
        return None;
    }
    let close = similar::get_close_matches(path, facts::paths(), 1, 0.85);
    let what = format!("is no setting of a cluster; did you mean {}?", close.first()?);
    Some(Problem { path: path.to_owned(), what, fault: Fault::Misspelt })
}

/// A fixed number of workers beside fixed bounds to scale in.
fn contradiction(elements: &Map<String, Json>) -> Option<Problem> {
    let is_fixed = |path: &str| {
        elements.get(path).and_then(|it| it.get("type")).and_then(Json::as_str) == Some("fixed")
    };
    let scales =
        ["autoscale.max_workers", "autoscale.min_workers"].into_iter().find(|it| is_fixed(it))?;
    is_fixed("num_workers").then(|| Problem {
        path: "num_workers".to_owned(),
        what: format!("is fixed beside {scales}; a cluster has one of them"),
        fault: Fault::Contradiction,
    })
}

#[cfg(test)]
mod tests {
    use super::{Fault, problems};

    #[track_caller]
    fn said(text: &str, is_whole: bool) -> Vec<String> {
        let all = problems(text, is_whole).into_iter();
        all.map(|it| format!("{} {}", it.path, it.what)).collect()
    }

    #[test]
    fn what_is_right() {
        for text in [
            "{}",
            r#"{"cluster_name": {"type": "regex", "pattern": "^(?!tmp-)[a-z0-9-]+$"}}"#,
            r#"{"num_workers": {"type": "range", "maxValue": "10", "defaultValue": 4}}"#,
            r#"{"enable_elastic_disk": {"type": "fixed", "value": "true"}}"#,
            r#"{"spark_conf.a.b": {"type": "fixed", "value": 1}}"#,
            r#"{"init_scripts.0.s3.region": {"type": "fixed", "value": "eu-west-1"}}"#,
            r#"{"gcp_attributes.zone_id": {"type": "unlimited", "defaultValue": "auto"}}"#,
            r#"{"instance_pool_id": {"type": "forbidden", "hidden": true}}"#,
            r#"{"spark_version": {"type": "allowlist", "values": ["auto:latest-lts"], "defaultValue": "15.4.x"}}"#,
            r#"{"spark_version": {"type": "regex", "pattern": "1[67]\\..*", "defaultValue": "auto:latest-lts"}}"#,
        ] {
            assert_eq!(said(text, true), Vec::<String>::new(), "{text}");
        }
        assert_eq!(said(r#"{"node_type_id": {"values": ["m6i.large"]}}"#, false), [""; 0]);
        assert_eq!(said(r#"{"node_type_id": {"type": "allowlist"}}"#, false), [""; 0]);
    }

    #[test]
    fn what_is_wrong() {
        for (text, wanted) in [
            ("{,}", "is no JSON: line 1, column 2"),
            ("[]", "is a list"),
            (r#"{"a": 30}"#, "is a number, not an object"),
            (r#"{"num_workers": {"value": 20}}"#, "has no type"),
            (r#"{"num_workers": {"type": "allow_list", "values": [1]}}"#, "the type allow_list"),
            (r#"{"num_workers": {"type": "fixed"}}"#, "is fixed without value"),
            (r#"{"num_workers": {"type": "range"}}"#, "without maxValue or minValue"),
            (r#"{"node_type_id": {"type": "allowlist", "values": []}}"#, "no list of one or more"),
            (r#"{"num_workers": {"type": "range", "minValue": 9, "maxValue": 2}}"#, "9 to 2"),
            (r#"{"cluster_name": {"type": "regex", "pattern": "team-[a-z+"}}"#, "not closed"),
            (
                r#"{"cluster_name": {"type": "regex", "pattern": "*-prod"}}"#,
                "repetition of nothing",
            ),
            (
                r#"{"num_workers": {"type": "range", "maxValue": 2, "defaultValue": 3}}"#,
                "has the default 3, but allows 2 at most",
            ),
            (r#"{"num_workers": {"type": "range", "max_value": 2}}"#, "did you mean maxValue"),
            (r#"{"num_workers": {"type": "fixed", "value": "many"}}"#, "is a number"),
            (r#"{"is_single_node": {"type": "fixed", "value": "yes"}}"#, "true or false"),
        ] {
            let all = said(text, true);
            assert!(all.iter().any(|it| it.contains(wanted)), "{text}: {all:?}");
        }
        let typo = problems(r#"{"autotermination_minute": {"type": "fixed", "value": 1}}"#, true);
        assert_eq!(typo.iter().map(|it| it.fault).collect::<Vec<_>>(), [Fault::Misspelt]);
    }
}
