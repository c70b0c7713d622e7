//! What more may be done with an object, or by whom, in one world than in another.

use crate::{
    aws::{Range, policy::Effect},
    databricks::policy::{Element, Limit, Policy},
    facts::{
        access,
        protections::{self, Admitting},
        workspace_conf,
    },
    graph::View,
    plan::Tri,
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
    for list in protections::ADMITTING.iter().filter(|it| it.type_ == type_) {
        all.extend(admitted(before, after, list));
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
    let more = !old.holds_all_of(&new, Effect::Allow);
    let less = !new.holds_all_of(&old, Effect::Deny);
    let words =
        if more >= less { "allows more than before" } else { "no longer denies what it did" };
    let (tri, words) = (more | less, format!("{} {words}", after.attribute()));
    (tri != Tri::No).then_some(Weaker { at: after, tri, words })
}

fn addresses<'a>(before: &View<'a>, after: &View<'a>) -> Option<Weaker<'a>> {
    let of = |root: &View<'a>| -> Vec<&'a str> {
        root.member("ip_addresses").items().filter_map(|it| it.text()).collect()
    };
    let (old, new) = (of(before), of(after));
    let is_block = after.get("list_type").text().is_some_and(|it| it.eq_ignore_ascii_case("BLOCK"));
    let (more, words) = match is_block {
        true => (uncovered(&old, &new), "no longer keeps out"),
        false => (uncovered(&new, &old), "lets in"),
    };
    let at = after.member("ip_addresses");
    (!more.is_empty()).then(|| wider(at, format!("{words} {}", more.join(", "))))
}

/// Entries of a list with an address that all of another together do not hold; of what is neither address
/// nor range those that the other does not list.
fn uncovered<'a>(entries: &[&'a str], others: &[&str]) -> Vec<&'a str> {
    let ranges: Vec<Range> = others.iter().copied().filter_map(Range::parse_any).collect();
    let is_held = |entry: &&str| match Range::parse_any(entry) {
        Some(range) => Range::cover_together(&ranges, range),
        None => others.contains(entry),
    };
    entries.iter().copied().filter(|entry| !is_held(entry)).collect()
}

fn conf<'a>(before: &View<'a>, after: &View<'a>) -> Vec<Weaker<'a>> {
    let (old, new) = (before.member("custom_config"), after.member("custom_config"));
    let text = |view: &View<'_>| view.scalar().map(|it| it.into_owned());
    let lost = old.members().into_iter().filter_map(|(key, was)| {
        let at = new.member(key);
        let loses = match workspace_conf::protects_when(key) {
            Some(on) => {
                let protects = |it: &String| workspace_conf::is_on(it) == on;
                text(&was).is_some_and(|it| protects(&it))
                    && !text(&at).is_some_and(|it| protects(&it))
            }
            None => key == workspace_conf::TOKEN_LIFETIME && days(text(&was)) < days(text(&at)),
        };
        loses.then_some((key, was, at))
    });
    lost.map(|(key, was, at)| {
        let words = format!("{key} changes from {} to {}", was.show(), at.show());
        wider(at, words)
    })
    .collect()
}

/// For how many days a token may be good; for ever where nothing says so.
fn days(limit: Option<String>) -> u32 {
    limit.and_then(|it| it.parse().ok()).filter(|days| *days > 0).unwrap_or(u32::MAX)
}

/// New members of a list that lets pass what it names, unless it counts for nothing.
fn admitted<'a>(before: &View<'a>, after: &View<'a>, of: &Admitting) -> Option<Weaker<'a>> {
    let texts = |root: &View<'a>| -> Vec<String> {
        let list = root.get(of.list);
        let named = list.items().map(|it| if of.name.is_empty() { it } else { it.get(of.name) });
        named.filter_map(|it| it.text().map(|_| it.show())).collect()
    };
    let old = texts(before);
    let mut more: Vec<String> = texts(after).into_iter().filter(|it| !old.contains(it)).collect();
    more.sort();
    let tri = counts(before, of) & counts(after, of);
    (!more.is_empty() && tri != Tri::No).then(|| {
        let at = after.get(of.list);
        let words = format!("{} gained {}", at.attribute(), more.join(", "));
        Weaker { tri, ..wider(at, words) }
    })
}

/// Whether such a list is what decides: possible where the object does not say so.
fn counts(root: &View<'_>, of: &Admitting) -> Tri {
    let is_so = |(path, value): &(&'static str, &str)| {
        let view = root.get(path);
        match view.known() {
            Some(_) => view.is(value),
            None => Tri::Maybe,
        }
    };
    match of.counts {
        [] => Tri::Maybe,
        all => Tri::all(all.iter().map(is_so)),
    }
}

fn definition<'a>(before: &View<'a>, after: View<'a>) -> Option<Weaker<'a>> {
    let parse = |view: &View<'a>| view.text().and_then(Policy::parse);
    let (old, new) = (parse(before)?, parse(&after)?);
    let judged = old.elements().map(|(name, was)| (name, loosened(name, was, new.element(name))));
    let loosened: Vec<(&str, Tri)> = judged.filter(|(_, tri)| *tri != Tri::No).collect();
    let tri = Tri::any(loosened.iter().map(|(_, tri)| *tri));
    let names: Vec<&str> =
        loosened.iter().filter(|it| it.1 == tri).map(|(name, _)| *name).collect();
    let words = format!("no longer holds {} to what it was", names.join(", "));
    (tri != Tri::No).then_some(Weaker { at: after, tri, words })
}

/// Whether an element of a cluster policy is held to less.
fn loosened(name: &str, old: &Element, new: Option<&Element>) -> Tri {
    let Some(new) = new else {
        return Tri::from(!matches!(old.limit, Limit::Unlimited) || old.is_required);
    };
    let is_optional = old.is_required
        && !new.is_required
        && !matches!(new.limit, Limit::Fixed(_) | Limit::Forbidden);
    Tri::from(is_optional) | admits_more(name, &old.limit, &new.limit)
}

fn admits_more(name: &str, old: &Limit, new: &Limit) -> Tri {
    let admits_another = |values: &[String]| !Tri::all(values.iter().map(|it| old.admits(it)));
    let is_open = |value: &String| protections::open_values(name).contains(&value.as_str());
    match (old, new) {
        (Limit::Unlimited, _) | (_, Limit::Forbidden) => Tri::No,
        // Another value that is fixed is only another, but where it takes a protection off.
        (Limit::Fixed(was), Limit::Fixed(is)) => Tri::from(is_open(is) && !is_open(was)),
        (_, Limit::Fixed(is)) => Tri::from(is_open(is)) | !old.admits(is),
        (_, Limit::Allow(values)) => admits_another(values),
        // What is lost of a list of what may not be is what the new limit admits of it.
        (Limit::Block(blocked), _) => Tri::any(blocked.iter().map(|it| new.admits(it))),
        (Limit::Match(was, _), Limit::Match(is, _)) => Tri::from(was != is) & Tri::Maybe,
        (Limit::Range(min, max), Limit::Range(new_min, new_max)) => {
            let raised = max.is_some_and(|max| new_max.is_none_or(|new| new > max));
            let lowered = min.is_some_and(|min| new_min.is_none_or(|new| new < min));
            Tri::from(raised || lowered)
        }
        (Limit::Fixed(_) | Limit::Allow(_) | Limit::Range(..), Limit::Match(..))
        | (Limit::Match(..), Limit::Range(..)) => Tri::Maybe,
        _ => Tri::Yes,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{builtin::shared::testing::ask, databricks::policy::Policy, plan::Tri};

    use super::{loosened, of};

    fn words(type_: &'static str, before: Value, after: &Value) -> Vec<String> {
        ask(type_, before, |was| {
            ask(type_, after.clone(), |is| {
                of(&was.root(), &is.root()).into_iter().map(|it| it.words).collect()
            })
        })
    }

    #[test]
    fn ranges_are_compared_by_what_they_hold() {
        let list = |kind: &str, all: &[&str]| json!({"list_type": kind, "ip_addresses": all});
        let (whole, half) = (["198.51.100.0/24"], ["198.51.100.0/25"]);
        let halves = ["198.51.100.0/25", "198.51.100.128/25"];
        for (kind, before, after, wanted) in [
            ("ALLOW", &whole[..], &half[..], vec![]),
            ("ALLOW", &whole, &halves, vec![]),
            ("ALLOW", &half, &whole, vec!["lets in 198.51.100.0/24"]),
            ("BLOCK", &half, &whole, vec![]),
            ("BLOCK", &whole, &half, vec!["no longer keeps out 198.51.100.0/24"]),
            ("ALLOW", &["192.0.2.1"], &["192.0.2.1/32"], vec![]),
        ] {
            let type_ = "databricks_ip_access_list";
            let found = words(type_, list(kind, before), &list(kind, after));
            assert_eq!(found, wanted, "{kind} {before:?} {after:?}");
        }
    }

    #[test]
    fn settings_of_workspaces() {
        let conf = |key: &str, value: &str| json!({"custom_config": {key: value}});
        for (key, before, after, wanted) in [
            ("enforceUserIsolation", "True", "false", 1),
            ("enforceUserIsolation", "true", "1", 0),
            ("enableExportNotebook", "false", "true", 1),
            ("enableExportNotebook", "true", "false", 0),
            ("maxTokenLifetimeDays", "90", "0", 1),
            ("maxTokenLifetimeDays", "90", "365", 1),
            ("maxTokenLifetimeDays", "90", "30", 0),
            ("enableTokensConfig", "true", "false", 0),
        ] {
            let found = words("databricks_workspace_conf", conf(key, before), &conf(key, after));
            assert_eq!(found.len(), wanted, "{key} {before} {after}");
        }
    }

    #[test]
    fn lists_that_count() {
        let tri = |type_: &'static str, before: Value, after: &Value| {
            ask(type_, before, |was| {
                ask(type_, after.clone(), |is| {
                    of(&was.root(), &is.root()).into_iter().map(|it| it.tri).collect::<Vec<_>>()
                })
            })
        };
        let settings = |level: &str, all: &[&str]| json!({"private_access_level": level, "allowed_vpc_endpoint_ids": all});
        for (was, is, wanted) in [
            ("ENDPOINT", "ENDPOINT", vec![Tri::Yes]),
            ("ACCOUNT", "ACCOUNT", vec![]),
            ("ACCOUNT", "ENDPOINT", vec![]),
        ] {
            let type_ = "databricks_mws_private_access_settings";
            let found = tri(type_, settings(was, &["a"]), &settings(is, &["a", "b"]));
            assert_eq!(found, wanted, "{was} {is}");
        }
        let groups = |all: &[&str]| json!({"security_group_ids": all});
        assert_eq!(tri("aws_vpc_endpoint", groups(&["a"]), &groups(&["a", "b"])), [Tri::Maybe]);
    }

    #[test]
    fn access() {
        let level = |level: &str| json!({"cluster_id": "c", "access_control": [{"group_name": "a", "permission_level": level}]});
        let (high, low) = (level("CAN_MANAGE"), level("CAN_ATTACH_TO"));
        assert_eq!(words("databricks_permissions", high.clone(), &low), [""; 0]);
        assert_eq!(words("databricks_permissions", low, &high), ["gained a (CAN_MANAGE)"]);
        let grant = |all: &[&str]| json!({"catalog": "c", "principal": "a", "privileges": all});
        let (old, new) = (grant(&["USAGE", "all privileges"]), grant(&["USE_CATALOG", "SELECT"]));
        assert_eq!(words("databricks_grant", old.clone(), &new), [""; 0]);
        let manage = grant(&["ALL_PRIVILEGES", "MANAGE"]);
        assert_eq!(words("databricks_grant", old, &manage), ["gained a (MANAGE)"]);
    }

    #[test]
    fn elements_of_cluster_policies() {
        let fixed = |value: &str| format!(r#"{{"type":"fixed","value":"{value}"}}"#);
        let range = |max: u32| format!(r#"{{"type":"range","maxValue":{max}}}"#);
        let allow = |values: &str| format!(r#"{{"type":"allowlist","values":[{values}]}}"#);
        let block = |values: &str| format!(r#"{{"type":"blocklist","values":[{values}]}}"#);
        let regex = |pattern: &str| format!(r#"{{"type":"regex","pattern":"{pattern}"}}"#);
        let forbidden = r#"{"type":"forbidden"}"#.to_owned();
        let optional = r#"{"type":"allowlist","values":["a"],"isOptional":true}"#.to_owned();
        let unlimited = r#"{"type":"unlimited"}"#.to_owned();
        for (name, old, new, wanted) in [
            ("autotermination_minutes", fixed("20"), fixed("0"), Tri::Yes),
            ("autotermination_minutes", fixed("20"), fixed("10"), Tri::No),
            ("autotermination_minutes", range(60), fixed("0"), Tri::Yes),
            ("autotermination_minutes", range(60), fixed("90"), Tri::Yes),
            ("autotermination_minutes", range(60), fixed("30"), Tri::No),
            ("data_security_mode", fixed("USER_ISOLATION"), fixed("NO_ISOLATION"), Tri::Yes),
            ("data_security_mode", fixed("USER_ISOLATION"), fixed("SINGLE_USER"), Tri::No),
            ("data_security_mode", fixed("NONE"), fixed("NO_ISOLATION"), Tri::No),
            ("num_workers", range(8), range(9), Tri::Yes),
            ("num_workers", range(8), range(4), Tri::No),
            ("num_workers", range(8), unlimited.clone(), Tri::Yes),
            ("node_type_id", allow(r#""a""#), allow(r#""a","b""#), Tri::Yes),
            ("node_type_id", allow(r#""a","b""#), allow(r#""a""#), Tri::No),
            ("node_type_id", allow(r#""a""#), optional, Tri::Yes),
            ("node_type_id", fixed("a"), allow(r#""a""#), Tri::No),
            ("node_type_id", regex("a.*"), regex(".*"), Tri::Maybe),
            ("node_type_id", regex("a.*"), fixed("ab"), Tri::No),
            ("node_type_id", regex("a.*"), range(4), Tri::Maybe),
            ("node_type_id", fixed("a"), regex("a"), Tri::Maybe),
            ("num_workers", range(8), regex("[1-4]"), Tri::Maybe),
            ("num_workers", block("0"), range(8), Tri::Yes),
            ("num_workers", block("9"), range(8), Tri::No),
            ("num_workers", block("9"), regex("[1-4]"), Tri::No),
            ("num_workers", block("9"), block("9,10"), Tri::No),
            ("num_workers", block("9,10"), block("9"), Tri::Yes),
            ("num_workers", block("9"), unlimited.clone(), Tri::Yes),
            ("node_type_id", forbidden.clone(), fixed("a"), Tri::Yes),
            ("node_type_id", fixed("a"), forbidden, Tri::No),
            ("custom_tags.x", unlimited, regex("a"), Tri::No),
        ] {
            let policy = |element: &str| Policy::parse(&format!("{{\"x\": {element}}}")).unwrap();
            let (before, after) = (policy(&old), policy(&new));
            let was = before.element("x").unwrap();
            assert_eq!(loosened(name, was, after.element("x")), wanted, "{name} {old} {new}");
            assert_eq!(loosened(name, was, None), Tri::from(old != r#"{"type":"unlimited"}"#));
        }
    }
}
