//! Whether something looks like production: a convention of names, which decides how bad something is and
//! never whether it is.

use crate::{
    facts::environments::{is_environment, is_path_of_production, names_production, production_in},
    graph::{Res, Val},
    plan::Tri,
};

/// Whether an instance looks like production: by its own name, its tags, the variables of its plan that name
/// the environment, or where its plan lies. What says otherwise outright, a tag or a variable, wins, and a name
/// over a path.
pub fn looks_like_it(it: Res<'_>) -> bool {
    if has_hidden_tags(it) {
        return false;
    }
    let said = tag(it).or_else(|| variable(it));
    if let Some(said) = said {
        return names_production(&said);
    }
    let plan = &it.scope().graph.plan;
    let named = NAMES.iter().find_map(|name| production_in(&it.get(name).scalar()?));
    named.unwrap_or_else(|| is_path_of_production(&plan.unit) || is_path_of_production(&plan.path))
}

/// The same; `Maybe` where tags or a name are set that nobody knows yet.
pub fn may_be(it: Res<'_>) -> Tri {
    let hidden = NAMES.iter().chain(&TAGS).map(|name| {
        let view = it.get(name);
        match view.val() {
            Val::Unknown(cause) => view.maybe(cause),
            _ => Tri::No,
        }
    });
    match Tri::any(hidden) {
        Tri::No => Tri::from(looks_like_it(it)),
        hidden => hidden,
    }
}

/// Whether a tag or a variable calls an instance's environment by another name than production, or may.
pub fn is_said_not_to_be(it: Res<'_>) -> bool {
    has_hidden_tags(it)
        || tag(it).or_else(|| variable(it)).is_some_and(|said| !names_production(&said))
}

/// Whether tags are set that nobody knows yet: they may say anything.
fn has_hidden_tags(it: Res<'_>) -> bool {
    TAGS.iter().any(|name| it.get(name).is_set() == Tri::Maybe)
}

/// Arguments that hold the name of an object.
const NAMES: [&str; 5] = ["name", "workspace_name", "bucket", "cluster_name", "display_name"];

/// Maps of tags, those of the provider included first.
const TAGS: [&str; 3] = ["tags_all", "tags", "custom_tags"];

fn tag(it: Res<'_>) -> Option<String> {
    let tags = TAGS.into_iter().flat_map(|name| it.get(name).members());
    tags.filter(|(name, _)| is_environment(name))
        .find_map(|(_, value)| Some(value.scalar()?.into_owned()))
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
        ask_in(unit, "aws_s3_bucket", after, looks_like_it)
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
        assert!(ask("aws_s3_bucket", of("staging"), is_said_not_to_be));
        assert!(!ask("aws_s3_bucket", of("production"), is_said_not_to_be));
        assert!(!ask("aws_s3_bucket", json!({"bucket": "acme-dev"}), is_said_not_to_be));
    }
}
