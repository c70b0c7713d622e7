//! What more may be done with an object, or by whom, in one world than in another.

use crate::{
    aws::policy::{Document, Effect, List, Principal, Statement},
    facts::{access, protections},
    graph::View,
    plan::{Embedded, Tri, Value},
};

use super::{
    access::{self as held, Access},
    policies,
    weaker::Weaker,
};

/// Everything that an object admits or allows beyond what it did, by its values in both worlds: where it
/// is seen, and in words.
pub fn of<'a>(before: &View<'a>, after: &View<'a>) -> Vec<Weaker<'a>> {
    let type_ = after.res().type_();
    let mut all: Vec<Weaker<'a>> = Vec::new();
    all.extend(principals(before, after, type_));
    for (_, path) in protections::POLICIES.iter().filter(|it| it.0 == type_) {
        all.extend(policy(&before.get(path), after.get(path)));
    }
    match type_ {
        "databricks_cluster_policy" => {
            all.extend(definition(&before.get("definition"), after.get("definition")));
        }
        "databricks_ip_access_list" => all.extend(addresses(before, after)),
        "databricks_workspace_conf" => all.extend(conf(before, after)),
        _ => {}
    }
    all
}

fn wider(at: View<'_>, words: String) -> Weaker<'_> {
    Weaker { at, tri: Tri::Yes, words }
}

fn principals<'a>(before: &View<'a>, after: &View<'a>, type_: &str) -> Option<Weaker<'a>> {
    let shape = access::shape(type_)?;
    let (old, new) = (Access::of(before, shape), Access::of(after, shape));
    let gained = new.beyond(&old);
    let at = after.member(shape.block.unwrap_or(shape.what));
    (!gained.is_empty()).then(|| wider(at, format!("gained {}", held::shown(&gained))))
}

fn policy<'a>(before: &View<'a>, after: View<'a>) -> Option<Weaker<'a>> {
    let whole = |view: &View<'_>| policies::of(view).filter(|it| !it.is_partial);
    let (old, new) = (whole(before)?, whole(&after)?);
    let words = match (allows_more(&old, &new), denies_less(&old, &new)) {
        (true, _) => "allows more than before",
        (false, true) => "no longer denies what it did",
        (false, false) => return None,
    };
    Some(wider(after.clone(), format!("{} {words}", after.attribute())))
}

fn allows_more(old: &Document, new: &Document) -> bool {
    let allows = |it: &&Statement| it.effect == Some(Effect::Allow);
    new.statements
        .iter()
        .filter(allows)
        .any(|it| !old.statements.iter().filter(allows).any(|was| covers(was, it)))
}

fn denies_less(old: &Document, new: &Document) -> bool {
    let denies = |it: &&Statement| it.effect == Some(Effect::Deny);
    old.statements
        .iter()
        .filter(denies)
        .any(|was| !new.statements.iter().filter(denies).any(|it| covers(it, was)))
}

/// Whether a statement is about everything that another is about: each list has at least its items, and
/// no condition is added.
fn covers(wide: &Statement, narrow: &Statement) -> bool {
    holds_all(&wide.actions, &narrow.actions)
        && holds_all(&wide.resources, &narrow.resources)
        && holds_principals(&wide.principals, &narrow.principals)
        && wide.conditions.iter().all(|it| narrow.conditions.contains(it))
}

/// Where a principal was deleted, AWS puts its unique id in the place of its ARN: nobody new.
fn holds_principals(wide: &Option<List<Principal>>, narrow: &Option<List<Principal>>) -> bool {
    let is_left_over = |it: &Principal| {
        it.who.known().is_some_and(|who| {
            let id = who.strip_prefix("AIDA").or_else(|| who.strip_prefix("AROA"));
            id.is_some_and(|rest| rest.chars().all(|it| it.is_ascii_alphanumeric()))
        })
    };
    let living = narrow.as_ref().map(|list| List {
        is_not: list.is_not,
        items: list.items.iter().filter(|it| !is_left_over(it)).cloned().collect(),
    });
    holds_all(wide, &living)
}

fn holds_all<T: PartialEq>(wide: &Option<List<T>>, narrow: &Option<List<T>>) -> bool {
    match (wide, narrow) {
        (Some(wide), Some(narrow)) if !wide.is_not && !narrow.is_not => {
            narrow.items.iter().all(|it| wide.items.contains(it))
        }
        (wide, narrow) => wide == narrow,
    }
}

fn addresses<'a>(before: &View<'a>, after: &View<'a>) -> Option<Weaker<'a>> {
    let of = |root: &View<'a>| -> Vec<&'a str> {
        root.member("ip_addresses").items().filter_map(|it| it.text()).collect()
    };
    let (old, new) = (of(before), of(after));
    let lacks = |all: &[&'a str], others: &[&'a str]| -> Vec<&'a str> {
        all.iter().filter(|it| !others.contains(it)).copied().collect()
    };
    let is_block = after.get("list_type").text().is_some_and(|it| it.eq_ignore_ascii_case("BLOCK"));
    let (more, words) = match is_block {
        true => (lacks(&old, &new), "no longer keeps out"),
        false => (lacks(&new, &old), "lets in"),
    };
    let at = after.member("ip_addresses");
    (!more.is_empty()).then(|| wider(at, format!("{words} {}", more.join(", "))))
}

fn conf<'a>(before: &View<'a>, after: &View<'a>) -> Vec<Weaker<'a>> {
    let (old, new) = (before.member("custom_config"), after.member("custom_config"));
    let keys = protections::WORKSPACE_CONF.iter().filter(|(key, guards)| {
        let is = |view: &View<'_>| view.member(*key).scalar().is_some_and(|it| it == *guards);
        is(&old) && !is(&new)
    });
    keys.map(|(key, _)| {
        let (was, at) = (old.member(*key), new.member(*key));
        let words = format!("{key} changes from {} to {}", was.show(), at.show());
        wider(at, words)
    })
    .collect()
}

fn definition<'a>(before: &View<'a>, after: View<'a>) -> Option<Weaker<'a>> {
    let parse = |view: &View<'a>| view.text().and_then(Embedded::parse);
    let (old, new) = (parse(before)?, parse(&after)?);
    let loosened: Vec<&str> = old
        .value()
        .entries()
        .filter(|(name, rule)| is_loosened(name, *rule, new.value().get(name)))
        .map(|(name, _)| name)
        .collect();
    (!loosened.is_empty()).then(|| {
        wider(after.clone(), format!("no longer holds {} to what it was", loosened.join(", ")))
    })
}

/// Whether an element of a cluster policy is held to less.
fn is_loosened(name: &str, old: Value<'_>, new: Option<Value<'_>>) -> bool {
    let kind = |rule: Value<'_>| rule.get("type").and_then(|it| it.as_str().map(str::to_owned));
    let Some(was) = kind(old).filter(|kind| kind != "unlimited") else { return false };
    let Some(new) = new else { return true };
    let text = |rule: Value<'_>, key: &str| {
        rule.get(key).and_then(|it| it.scalar().map(|it| it.into_owned()))
    };
    let number = |rule: Value<'_>, key: &str| rule.get(key).and_then(Value::as_f64);
    let is_open = |value: &str| protections::open_values(name).contains(&value);
    if kind(new).as_deref() != Some(was.as_str()) {
        return kind(new).as_deref() != Some("fixed") && kind(new).as_deref() != Some("forbidden");
    }
    let values = |rule: Value<'_>| -> Vec<String> {
        let all = rule.get("values").into_iter().flat_map(|it| it.items().collect::<Vec<_>>());
        all.filter_map(|it| it.scalar().map(|it| it.into_owned())).collect()
    };
    match was.as_str() {
        "fixed" => text(new, "value")
            .is_some_and(|value| is_open(&value) && text(old, "value") != Some(value)),
        "range" => {
            let raised = match (number(old, "maxValue"), number(new, "maxValue")) {
                (Some(old), Some(new)) => new > old,
                (old, new) => old.is_some() && new.is_none(),
            };
            let lowered = match (number(old, "minValue"), number(new, "minValue")) {
                (Some(old), Some(new)) => new < old,
                (old, new) => old.is_some() && new.is_none(),
            };
            raised || lowered
        }
        "allowlist" => values(new).iter().any(|it| !values(old).contains(it)),
        "blocklist" => values(old).iter().any(|it| !values(new).contains(it)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_loosened;
    use crate::plan::Embedded;

    #[test]
    fn elements_of_cluster_policies() {
        for (name, old, new, wanted) in [
            (
                "autotermination_minutes",
                r#"{"type":"fixed","value":20}"#,
                r#"{"type":"fixed","value":0}"#,
                true,
            ),
            (
                "autotermination_minutes",
                r#"{"type":"fixed","value":20}"#,
                r#"{"type":"fixed","value":10}"#,
                false,
            ),
            (
                "num_workers",
                r#"{"type":"range","maxValue":8}"#,
                r#"{"type":"range","maxValue":9}"#,
                true,
            ),
            (
                "num_workers",
                r#"{"type":"range","maxValue":8}"#,
                r#"{"type":"range","maxValue":4}"#,
                false,
            ),
            (
                "num_workers",
                r#"{"type":"range","maxValue":8}"#,
                r#"{"type":"fixed","value":4}"#,
                false,
            ),
            (
                "node_type_id",
                r#"{"type":"allowlist","values":["a"]}"#,
                r#"{"type":"allowlist","values":["a","b"]}"#,
                true,
            ),
            (
                "node_type_id",
                r#"{"type":"allowlist","values":["a"]}"#,
                r#"{"type":"unlimited"}"#,
                true,
            ),
            (
                "custom_tags.x",
                r#"{"type":"unlimited"}"#,
                r#"{"type":"regex","pattern":"a"}"#,
                false,
            ),
        ] {
            let (old, new) = (Embedded::parse(old).unwrap(), Embedded::parse(new).unwrap());
            assert_eq!(is_loosened(name, old.value(), Some(new.value())), wanted, "{name}");
        }
        let old = Embedded::parse(r#"{"type":"fixed","value":1}"#).unwrap();
        assert!(is_loosened("x", old.value(), None));
    }
}
