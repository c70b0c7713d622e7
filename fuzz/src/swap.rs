//! The bytes are read as a choice of a plan and of up to eight changes to it, four bytes each: the
//! place, the kind of the change and its size. So every input of the fuzzer is a plan that Terraform
//! might nearly have written, and mutations reach rules instead of the JSON parser.

use std::{collections::BTreeSet, sync::LazyLock};

use bricklint::{
    catalog::{self, ProfileName, Selection},
    engine::{Job, Judged},
    lint::{Change, Finding, Verdict},
    source::Origin,
};
use serde_json::{Value, json};

/// Small plans of many types of resources, with modules, secrets, policies, providers.
const PLANS: &[&str] = &[
    include_str!("../../fixtures/cmp-instance-profile-arn/bad-2/plan.json"),
    include_str!("../../fixtures/cmp-zone-region/bad-pool-auto/plan.json"),
    include_str!("../../fixtures/dns-record-wrong-endpoint/bad-literal/plan.json"),
    include_str!("../../fixtures/gov-ip-acl-not-enabled/bad/plan.json"),
    include_str!("../../fixtures/gov-log-delivery-limit/bad-3/plan.json"),
    include_str!("../../fixtures/idn-entitlements-targets/bad/plan.json"),
    include_str!("../../fixtures/net-public-ip-enabled/bad/plan.json"),
    include_str!("../../fixtures/net-vpce-no-subnets/bad/plan.json"),
    include_str!("../../fixtures/pl-allowlist-empty/bad/plan.json"),
    include_str!("../../fixtures/s3-root-bucket-policy-insufficient/bad/plan.json"),
    include_str!("../../fixtures/sec-output-leak/bad-parts/plan.json"),
    include_str!("../../fixtures/sec-secret-in-state/bad-standing/plan.json"),
    include_str!("../../fixtures/uc-grants-mixed/bad-listed/plan.json"),
    include_str!("../../fixtures/uc-metastore-region-mismatch/bad-module-output/plan.json"),
    include_str!("../../fixtures/uc-path-overlap-objects/bad-below-root/plan.json"),
];

/// Every rule, shipped policies with their defaults too.
static JOBS: LazyLock<Vec<Job>> = LazyLock::new(|| {
    let rules = catalog::shipped();
    let selection = Selection {
        profiles: vec![ProfileName::All],
        enabled: rules.iter().map(|rule| rule.meta().id.to_string()).collect(),
        ..Selection::default()
    };
    selection.apply(rules).unwrap_or_default()
});

/// One change: where, what, how much.
struct Step {
    place: usize,
    kind: u8,
    size: u8,
}

/// Kinds from here on make an attribute unknown.
const HIDES: u8 = 192;

/// A plan that Terraform wrote, with values swapped for those of other types, which the providers'
/// schemas forbid: null, a number for a text, a list for an object, huge, deep, those of another place.
///
/// The plan is refused with words, or every rule judges it and none fails. What a rule says of a value
/// that no provider can have is not held against it: null says "not set", and is to be believed.
///
/// Where the bytes ask for attributes to be unknown, only switches of instances are swapped, and no
/// rule may be sure about an instance that it is not sure about where the same attributes are known.
pub fn swap(bytes: &[u8]) {
    let Some((which, rest)) = bytes.split_first() else { return };
    let Ok(mut plan) = serde_json::from_str::<Value>(PLANS[usize::from(*which) % PLANS.len()])
    else {
        return;
    };
    let steps: Vec<Step> = rest.as_chunks::<4>().0.iter().take(8).map(Step::read).collect();
    let hides: Vec<&Step> = steps.iter().filter(|step| step.kind >= HIDES).collect();
    for step in steps.iter().filter(|step| step.kind < HIDES) {
        step.apply(&mut plan, !hides.is_empty());
    }
    super::with_stack(|| {
        let known = judge(&plan);
        if let (Some(known), false) = (known, hides.is_empty()) {
            let hidden: BTreeSet<String> =
                hides.iter().filter_map(|it| it.hide(&mut plan)).collect();
            for now in judge(&plan).unwrap_or_default().findings {
                let (rule, place, message) = (&now.rule, &now.place, &now.message);
                // A policy that fails on a value of another type says so, and judges no more.
                let has_failed =
                    known.failures.iter().any(|it| it.rule.as_deref() == Some(&**rule));
                assert!(
                    has_failed || known.findings.iter().any(|before| covers(before, &now)),
                    "hiding {hidden:?} adds {rule} at {} ({:?}): {message}",
                    place.address,
                    place.attribute
                );
            }
        }
    });
}

/// What is said, of findings those that are definite and about what is, or will be; none where the plan
/// is refused.
fn judge(plan: &Value) -> Option<Judged> {
    let plan = super::parsed(&plan.to_string())?;
    let mut judged = super::judged(plan, &JOBS, Origin::none());
    judged.findings.retain(|it| it.verdict == Verdict::Definite && it.change != Change::Fixed);
    Some(judged)
}

/// Whether what was found before is about what is found now: the same rule, of the same instance. Of
/// several attributes that are wrong together another may be named, and a group may lose a member.
fn covers(before: &Finding, now: &Finding) -> bool {
    let mut places = before.related.iter().map(|it| &it.place).chain([&before.place]);
    before.rule == now.rule && places.any(|it| it.address == now.place.address)
}

impl Step {
    fn read(bytes: &[u8; 4]) -> Step {
        let [high, low, kind, size] = *bytes;
        Step { place: usize::from(u16::from_be_bytes([high, low])), kind, size }
    }

    /// Swaps a value for another.
    fn apply(&self, plan: &mut Value, in_attributes: bool) {
        let mut paths = Vec::new();
        walk(plan, &mut String::new(), &mut paths);
        if in_attributes {
            paths.retain(|path| is_attribute(path));
        }
        let Some(path) = paths.get(self.place % paths.len().max(1)) else { return };
        let other = paths.get(usize::from(self.size) * 7 % paths.len()).cloned();
        let other = other.and_then(|path| plan.pointer(&path).cloned()).unwrap_or_default();
        if let Some(value) = plan.pointer_mut(path) {
            // Beside hidden attributes texts and numbers stay, which join instances: a known value that
            // contradicts what it refers to is no longer one if the other is hidden.
            if !in_attributes || value.is_boolean() {
                *value = self.instead_of(value.take(), other);
            }
        }
    }

    /// What stands there instead.
    fn instead_of(&self, old: Value, other: Value) -> Value {
        let size = usize::from(self.size);
        let nested =
            |start: Value, wrap: fn(Value) -> Value| (0..size % 120).fold(start, |it, _| wrap(it));
        match self.kind % 20 {
            0 => Value::Null,
            1 => json!(false),
            2 => json!(true),
            3 => json!(0),
            4 => json!(-1),
            5 => json!(1e308),
            6 => json!(u64::MAX),
            7 => json!(""),
            8 => json!("é".repeat(size * 300)),
            9 => nested(old, |it| json!([it])),
            10 => nested(old, |it| json!({ "": it })),
            11 => json!([]),
            12 => json!({}),
            // Larger ones only find out how much memory there is.
            13 if old.to_string().len() * size < 1 << 20 => Value::Array(vec![old; size]),
            14 => (0..size * 4).map(|at| (format!("k{at}"), json!(at))).collect(),
            15 => json!(old.to_string()),
            16 => json!(["${", "[\"", "*", "arn:", "::/0", "\u{1b}[2J", ".", "-"][size % 8]),
            17 => json!(size),
            18 => match old {
                Value::Array(items) => items.into_iter().rev().collect(),
                Value::String(text) => text.chars().rev().collect::<String>().into(),
                other => json!([other]),
            },
            _ => other,
        }
    }

    /// Makes an attribute unknown as Terraform would write it; its name, for people.
    fn hide(&self, plan: &mut Value) -> Option<String> {
        let mut places = Vec::new();
        for (at, change) in plan["resource_changes"].as_array()?.iter().enumerate() {
            let names = change["change"]["after"].as_object().into_iter().flatten();
            places.extend(names.map(|(name, _)| (at, name.clone())));
        }
        let (at, name) = places.get(self.place % places.len().max(1))?.clone();
        let change = &mut plan["resource_changes"][at];
        change["change"]["after"].as_object_mut()?.remove(&name);
        let unknown = &mut change["change"]["after_unknown"];
        if !unknown.is_object() {
            *unknown = json!({});
        }
        unknown[&name] = json!(true);
        let change = change.clone();
        let address = change["module_address"].as_str().unwrap_or_default();
        let mut module = &mut plan["configuration"]["root_module"];
        for (call, _) in bricklint::plan::module_path(address) {
            module = &mut module["module_calls"][call]["module"];
        }
        let keys = ["mode", "type", "name"];
        for block in module["resources"].as_array_mut().into_iter().flatten() {
            if keys.iter().all(|key| block[key] == change[key]) {
                let hidden = ["data.terraform_data.hidden.output", "data.terraform_data.hidden"];
                block["expressions"][&name] = json!({ "references": hidden });
            }
        }
        Some(format!("{}.{name}", change["address"].as_str().unwrap_or_default()))
    }
}

/// The pointers of all values, parents first.
fn walk(value: &Value, path: &mut String, paths: &mut Vec<String>) {
    paths.push(path.clone());
    let mut below = |key: &str, value: &Value| {
        let length = path.len();
        path.push('/');
        path.push_str(&key.replace('~', "~0").replace('/', "~1"));
        walk(value, path, paths);
        path.truncate(length);
    };
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, it)| below(&at.to_string(), it));
        }
        Value::Object(entries) => entries.iter().for_each(|(key, it)| below(key, it)),
        _ => {}
    }
}

/// `/resource_changes/3/change/after/tags/Name`.
fn is_attribute(path: &str) -> bool {
    let steps: Vec<&str> = path.split('/').skip(1).collect();
    matches!(steps.as_slice(), ["resource_changes", _, "change", "after", _, ..])
}
