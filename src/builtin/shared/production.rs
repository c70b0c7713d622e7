//! Whether something looks like production: a convention of names, which decides how bad something is and
//! never whether it is.

use crate::{
    facts::environments::{is_environment, names_production, production_in, production_in_path},
    graph::{Cause, Res, Val, View},
    plan::Tri,
};

/// Whether an instance looks like production: by its own name, its tags, the variables of its plan that name
/// the environment, or where its plan lies. What says otherwise outright, a tag or a variable, wins, and a name
/// over a path. Tags that nobody knows yet may say anything, unless the others call it something else.
pub fn looks_like_it(it: Res<'_>) -> Tri {
    match (tagged(it), otherwise(it)) {
        (Tagged::As(said), _) => Tri::from(names_production(&said)),
        (Tagged::Hidden(_, _), Some(false)) => Tri::No,
        (Tagged::Hidden(view, cause), _) => view.maybe(cause),
        (Tagged::Not, said) => Tri::from(said.unwrap_or_default()),
    }
}

/// The same; `Maybe` where tags or a name are set that nobody knows yet, whatever the others say.
pub fn may_be(it: Res<'_>) -> Tri {
    let hidden = match tagged(it) {
        Tagged::As(_) => Tri::No,
        Tagged::Hidden(view, cause) => view.maybe(cause),
        Tagged::Not => Tri::any(NAMES.iter().map(|name| {
            let view = it.get(name);
            match view.val() {
                Val::Unknown(cause) => view.maybe(cause),
                _ => Tri::No,
            }
        })),
    };
    match hidden {
        Tri::No => looks_like_it(it),
        hidden => hidden,
    }
}

/// Whether a tag or a variable calls an instance's environment by another name than production. A variable
/// that does is believed where tags are hidden.
pub fn is_said_not_to_be(it: Res<'_>) -> Tri {
    let by_variable = || Tri::from(variable(it).is_some_and(|said| !names_production(&said)));
    match tagged(it) {
        Tagged::As(said) => Tri::from(!names_production(&said)),
        Tagged::Hidden(view, cause) => by_variable() | view.maybe(cause),
        Tagged::Not => by_variable(),
    }
}

/// Arguments that hold the name of an object.
const NAMES: [&str; 5] = ["name", "workspace_name", "bucket", "cluster_name", "display_name"];

/// Maps of tags, those of the provider included first, or blocks of a `key` and a `value`.
const TAGS: [&str; 3] = ["tags_all", "tags", "custom_tags"];

/// What the tags of an instance call its environment.
enum Tagged<'a> {
    As(String),
    Hidden(Box<View<'a>>, Cause),
    Not,
}

fn tagged(it: Res<'_>) -> Tagged<'_> {
    let all = TAGS.map(|name| it.get(name));
    let of_environment = all.iter().flat_map(pairs).filter(|(name, _)| is_environment(name));
    let known = of_environment.map(|(_, value)| value).find_map(|value| match value.val() {
        Val::Unknown(cause) => Some(Tagged::Hidden(Box::new(value), cause)),
        _ => Some(Tagged::As(value.scalar()?.into_owned())),
    });
    let hidden = || {
        let names = all.iter().flat_map(View::items).map(|block| block.member("key"));
        all.iter().cloned().chain(names).find_map(|view| match view.val() {
            Val::Unknown(cause) => Some(Tagged::Hidden(Box::new(view), cause)),
            _ => None,
        })
    };
    known.or_else(hidden).unwrap_or(Tagged::Not)
}

/// Names and values of tags.
fn pairs<'a>(tags: &View<'a>) -> Vec<(&'a str, View<'a>)> {
    let blocks = tags.items().filter_map(|it| Some((it.member("key").text()?, it.member("value"))));
    tags.members().into_iter().chain(blocks).collect()
}

/// What anything but tags says: whether it is production, if it says at all.
fn otherwise(it: Res<'_>) -> Option<bool> {
    let plan = &it.scope().graph.plan;
    let named = || NAMES.iter().find_map(|name| production_in(&it.get(name).scalar()?));
    let paths = [&plan.unit, &plan.path].map(|path| production_in_path(path));
    let placed = || paths.into_iter().flatten().reduce(|one, other| one || other);
    variable(it).map(|said| names_production(&said)).or_else(named).or_else(placed)
}

fn variable(it: Res<'_>) -> Option<String> {
    let plan = &it.scope().graph.plan;
    let mut names = plan.variables().filter(|name| is_environment(name));
    names.find_map(|name| Some(plan.variable(name)?.scalar()?.into_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{
        super::testing::{ask, ask_in},
        *,
    };

    fn looks(unit: &str, after: Value) -> bool {
        ask_in(unit, "aws_s3_bucket", after, looks_like_it) == Tri::Yes
    }

    #[test]
    fn names_and_paths() {
        assert!(looks("lake", json!({"bucket": "acme-prod-lake"})));
        assert!(looks("live/prod/lake", json!({"bucket": "acme-lake"})));
        assert!(!looks("lake", json!({"bucket": "acme-products"})));
        assert!(!looks("dev/lake", json!({"bucket": "acme-lake"})));
        assert!(!looks("live/dev/lake", json!({"bucket": "acme-lake"})));
        assert!(!looks("live/lake", json!({"bucket": "acme-dev-lake"})));
        assert!(!looks("lake", json!({"bucket": "acme-non-prod-lake"})));
    }

    #[test]
    fn a_tag_wins_over_names() {
        let of = |environment: &str| json!({"bucket": "acme-prod-lake", "tags": {"Environment": environment}});
        assert!(looks("dev/lake", of("production")));
        assert!(!looks("live/prod/lake", of("staging")));
        assert!(!looks("live/prod/lake", of("non-prod")));
        assert!(looks("dev/lake", of("prod-eu")));
        let said = |after: Value| ask("aws_s3_bucket", after, is_said_not_to_be);
        assert_eq!(said(of("staging")), Tri::Yes);
        assert_eq!(said(of("production")), Tri::No);
        assert_eq!(said(json!({"bucket": "acme-dev"})), Tri::No);
    }

    #[test]
    fn tags_may_be_blocks() {
        let of = |name: &str, value: &str| json!({"name": "churn", "tags": [{"key": name, "value": value}]});
        let ask = |unit: &str, after: Value| {
            ask_in(unit, "databricks_mlflow_model", after, looks_like_it)
        };
        assert_eq!(ask("ml", of("Environment", "prod")), Tri::Yes);
        assert_eq!(ask("live/prod/ml", of("env", "dev")), Tri::No);
        assert_eq!(ask("ml", of("owner", "prod")), Tri::No);
    }

    #[test]
    fn hidden_tags_may_say_anything() {
        let of =
            |bucket: &str| json!({"bucket": bucket, "tags": "of the test", "unknown": ["tags"]});
        let ask =
            |bucket: &str, question: fn(Res<'_>) -> Tri| ask("aws_s3_bucket", of(bucket), question);
        assert_eq!(ask("acme-prod-lake", looks_like_it), Tri::Maybe);
        assert_eq!(ask("acme-lake", looks_like_it), Tri::Maybe);
        assert_eq!(ask("acme-dev-lake", looks_like_it), Tri::No);
        assert_eq!(ask("acme-dev-lake", may_be), Tri::Maybe);
        assert_eq!(ask("acme-dev-lake", is_said_not_to_be), Tri::Maybe);
    }
}
