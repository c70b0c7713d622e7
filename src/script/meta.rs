//! `const RULE` and `const PARAMS` as every rule's metadata.

use std::borrow::Cow;

use rhai::{Dynamic, Map};

use crate::lint::{
    Allowed, Category, Confidence, Param, ParamValue, Profile, RuleMeta, Severity, TextForm, World,
};

use super::{
    load::{LoadError, Source, docs},
    names,
};

/// What `const RULE` may say, and whether it must.
const KEYS: [(&str, bool); 7] = [
    ("id", true),
    ("summary", true),
    ("severity", true),
    ("category", false),
    ("profile", false),
    ("on", true),
    ("since", false),
];

const EXAMPLE: &str = "const RULE = #{ id: \"acme-cluster-size\", summary: \"cluster is too large\", severity: \"warning\", on: [\"databricks_cluster\"] };";

/// The name of the constant with the metadata.
pub(super) const RULE: &str = "RULE";
/// The name of the constant with the parameters.
pub(super) const PARAMS: &str = "PARAMS";

/// Reads the metadata of a script from its constants and its `//!` lines.
pub(super) fn read(
    source: &Source<'_>,
    constants: &[(String, Dynamic)],
    doc: &str,
) -> Result<RuleMeta, LoadError> {
    let of = |wanted: &str| constants.iter().find(|(name, _)| name == wanted).map(|(_, it)| it);
    let Some(rule) = of(RULE) else {
        return Err(source.error_at(0, format!("the script has no `{EXAMPLE}`")));
    };
    let Ok(map) = rule.as_map_ref() else {
        return Err(source.error_at(source.constant(RULE), format!("`RULE` is no map: {EXAMPLE}")));
    };
    let fields = Fields { source, map: &map };
    fields.only_known_keys()?;
    Ok(RuleMeta {
        id: fields.id()?,
        summary: fields.summary()?,
        severity: fields.word("severity", Severity::parse, &["note", "warning", "error"])?,
        also: Vec::new(),
        // A policy is what the organisation says it is.
        confidence: Confidence::Certain,
        category: fields.word_or("category", Category::parse, CATEGORIES, Category::Governance)?,
        profile: fields.word_or("profile", Profile::parse, PROFILES, Profile::Default)?,
        world: World::State,
        subjects: fields.on()?,
        since: if map.contains_key("since") { fields.text("since")?.into() } else { "".into() },
        params: match of(PARAMS) {
            Some(params) => parameters(source, params)?,
            None => Vec::new(),
        },
        docs: docs(doc),
        file: source.path.to_owned().into(),
        is_shipped: false,
    })
}

const CATEGORIES: &[&str] = &["apply-failure", "cost", "governance", "reliability", "security"];
const PROFILES: &[&str] = &["default", "strict", "dr", "policy"];

struct Fields<'a> {
    source: &'a Source<'a>,
    map: &'a Map,
}

impl Fields<'_> {
    fn error(&self, key: &str, message: impl Into<String>) -> LoadError {
        self.source.error_at(self.source.key(RULE, key), message)
    }

    fn only_known_keys(&self) -> Result<(), LoadError> {
        let known = KEYS.map(|(key, _)| key);
        for key in self.map.keys() {
            if !known.contains(&key.as_str()) {
                let close = similar::get_close_matches(key.as_str(), &known, 1, 0.6);
                let hint = match close.first() {
                    Some(close) => format!("did you mean `{close}`?"),
                    None => format!("known are {}", known.join(", ")),
                };
                return Err(self.error(key, format!("`RULE` has no key `{key}`; {hint}")));
            }
        }
        for (key, _) in KEYS.iter().filter(|(_, required)| *required) {
            if !self.map.contains_key(*key) {
                let message = format!("`RULE` lacks `{key}`; for example: {EXAMPLE}");
                return Err(self.source.error_at(self.source.constant(RULE), message));
            }
        }
        Ok(())
    }

    fn text(&self, key: &str) -> Result<String, LoadError> {
        let text = self.map.get(key).and_then(|value| value.clone().into_string().ok());
        let text = text.filter(|text| !text.trim().is_empty());
        text.ok_or_else(|| self.error(key, format!("`{key}` must be a string that says something")))
    }

    fn id(&self) -> Result<Cow<'static, str>, LoadError> {
        let id = self.text("id")?;
        let is_word = |word: &str| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        if !id.split('-').all(is_word) || !id.starts_with(|c: char| c.is_ascii_lowercase()) {
            let message = format!(
                "the id `{id}` is not in kebab case: lower-case letters, digits and single dashes, such as `acme-cluster-size`"
            );
            return Err(self.error("id", message));
        }
        Ok(id.into())
    }

    fn summary(&self) -> Result<Cow<'static, str>, LoadError> {
        let summary = self.text("summary")?;
        if summary.contains('\n') {
            return Err(
                self.error("summary", "`summary` must be one line; the rest goes into `//!` lines")
            );
        }
        Ok(summary.into())
    }

    fn word<T>(
        &self,
        key: &str,
        parse: fn(&str) -> Option<T>,
        known: &[&str],
    ) -> Result<T, LoadError> {
        let word = self.text(key)?;
        parse(&word).ok_or_else(|| {
            self.error(
                key,
                format!("`{key}` must be one of {}, and not `{word}`", known.join(", ")),
            )
        })
    }

    fn word_or<T>(
        &self,
        key: &str,
        parse: fn(&str) -> Option<T>,
        known: &[&str],
        default: T,
    ) -> Result<T, LoadError> {
        if self.map.contains_key(key) { self.word(key, parse, known) } else { Ok(default) }
    }

    fn on(&self) -> Result<Vec<Cow<'static, str>>, LoadError> {
        let wrong = || {
            let message = "`on` must be a list of resource types, such as [\"databricks_cluster\"]; data sources are \"data.aws_vpc\"";
            self.error("on", message)
        };
        let value = self.map.get("on").ok_or_else(wrong)?;
        let list = value.as_array_ref().map_err(|_| wrong())?;
        let is_type = |name: &str| {
            let name = name.strip_prefix("data.").unwrap_or(name);
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
        };
        let mut types: Vec<Cow<'static, str>> = Vec::new();
        for name in list.iter() {
            let name = name.clone().into_string().map_err(|_| wrong())?;
            if !is_type(&name) {
                return Err(wrong());
            }
            if !types.contains(&Cow::Borrowed(name.as_str())) {
                types.push(name.into());
            }
        }
        if types.is_empty() { Err(wrong()) } else { Ok(types) }
    }
}

fn parameters(source: &Source<'_>, params: &Dynamic) -> Result<Vec<Param>, LoadError> {
    let Ok(map) = params.as_map_ref() else {
        let message = "`PARAMS` must be a map of names and defaults, such as #{ max_minutes: 120 }";
        return Err(source.error_at(source.constant(PARAMS), message));
    };
    let mut all = Vec::new();
    for (name, default) in map.iter() {
        let at = source.key(PARAMS, name);
        if ["severity", "enabled"].contains(&name.as_str()) {
            let message = format!(
                "a parameter cannot be called `{name}`: every rule has a setting of that name"
            );
            return Err(source.error_at(at, message));
        }
        let doc = source.comment_above(at).into();
        let (default, allowed) =
            declared(name, default).map_err(|message| source.error_at(at, message))?;
        all.push((at, Param { name: name.to_string().into(), doc, default, allowed }));
    }
    // In the order written.
    all.sort_by_key(|(at, _)| *at);
    Ok(all.into_iter().map(|(_, param)| param).collect())
}

/// The default of a parameter, and what else it may be. `most: 60` is a default;
/// `most: #{ value: 60, min: 1, max: 600 }` and `tier: #{ value: "dev", one_of: ["dev"] }` and
/// `homes: #{ value: [], form: "region" }` say more.
fn declared(name: &str, value: &Dynamic) -> Result<(ParamValue, Allowed), String> {
    const KEYS: [&str; 5] = ["value", "min", "max", "one_of", "form"];
    let wrong_type = || {
        format!(
            "the default of `{name}` must be true or false, a whole number, a string, a list of strings, or a map with such a `value` and `min`, `max`, `one_of` or `form`"
        )
    };
    let Ok(map) = value.as_map_ref() else {
        return parameter(value).map(|it| (it, Allowed::Anything)).ok_or_else(wrong_type);
    };
    if let Some(key) = map.keys().find(|key| !KEYS.contains(&key.as_str())) {
        let close = names::close(key, KEYS).map(|it| format!("; did you mean `{it}`?"));
        return Err(format!(
            "`{name}` has no `{key}`{}",
            close.unwrap_or_else(|| format!("; it has {}", KEYS.join(", ")))
        ));
    }
    let default = map.get("value").and_then(parameter).ok_or_else(wrong_type)?;
    let allowed = allowed(name, &map, &default)?;
    if let Some(refused) = allowed.refuses(&default) {
        return Err(format!("the default of `{name}` is to be {}, not {refused}", allowed.words()));
    }
    Ok((default, allowed))
}

fn allowed(name: &str, map: &Map, default: &ParamValue) -> Result<Allowed, String> {
    let bound = |key: &str| match map.get(key).map(Dynamic::as_int) {
        None => Ok(None),
        Some(Ok(number)) if matches!(default, ParamValue::Int(_)) => Ok(Some(number)),
        Some(_) => Err(format!("`{key}` of `{name}` is a whole number, as its default has to be")),
    };
    let (min, max) = (bound("min")?, bound("max")?);
    let is_text = matches!(default, ParamValue::Text(_) | ParamValue::Texts(_));
    match (map.get("one_of").map(parameter), map.get("form")) {
        (None, None) if min.or(max).is_none() => Ok(Allowed::Anything),
        (None, None) => Ok(Allowed::Range(min, max)),
        (None, Some(word)) => {
            let form = word.clone().into_string().ok().filter(|_| is_text).and_then(form);
            form.map(Allowed::Form).ok_or_else(|| {
                let all = TextForm::ALL.map(|it| format!("\"{}\"", it.as_str())).join(", ");
                format!("`form` of `{name}` is one of {all}, and its default strings of that form")
            })
        }
        (Some(Some(ParamValue::Texts(all))), None) if is_text => Ok(Allowed::OneOf(all)),
        (Some(_), None) => Err(format!(
            "`one_of` of `{name}` is a list of strings, as its default has to be one or some of"
        )),
        (Some(_), Some(_)) => Err(format!("`{name}` has `one_of` and `form`; leave one out")),
    }
}

fn form(word: String) -> Option<TextForm> {
    TextForm::ALL.into_iter().find(|form| form.as_str() == word)
}

/// A setting's value; none where it is of no type that settings have.
pub(super) fn parameter(value: &Dynamic) -> Option<ParamValue> {
    if let Ok(flag) = value.as_bool() {
        return Some(ParamValue::Bool(flag));
    }
    if let Ok(number) = value.as_int() {
        return Some(ParamValue::Int(number));
    }
    if value.is_string() {
        return value.clone().into_string().ok().map(|text| ParamValue::Text(text.into()));
    }
    let list = value.as_array_ref().ok()?;
    let texts = list.iter().map(|it| it.clone().into_string().ok().map(Cow::Owned));
    texts.collect::<Option<Vec<_>>>().map(ParamValue::Texts)
}

/// A setting as a script sees it.
pub(super) fn to_script(value: &ParamValue) -> Dynamic {
    match value {
        ParamValue::Bool(flag) => (*flag).into(),
        ParamValue::Int(number) => (*number).into(),
        ParamValue::Text(text) => text.to_string().into(),
        ParamValue::Texts(list) => {
            let list: Vec<Dynamic> = list.iter().map(|text| text.to_string().into()).collect();
            list.into()
        }
    }
}
