//! A setting of a workspace that is switched off because its key is taken away.

use crate::{
    builtin::shared::provider::{self, Speaks},
    facts::workspace_conf::{TOKEN_LIFETIME, is_on, is_protecting},
    graph::{Res, Val, View},
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a key of `databricks_workspace_conf` that protects the workspace and is on, and that this run
    /// takes away: out of `custom_config`, or with the resource. Where the resource is replaced the key is
    /// off for a moment; with `create_before_destroy` it stays off.
    ///
    /// ## Why is this bad?
    /// Taking a key away does not leave it as it is. The provider sets what was `true` to `false`, and any
    /// other value to an empty text: without `enableIpAccessLists` everybody may come in, without
    /// `enableVerboseAuditLogs` nobody sees what people run. The plan only shows a line less.
    /// Source: [resource_workspace_conf.go](https://github.com/databricks/terraform-provider-databricks/blob/main/workspace/resource_workspace_conf.go)
    /// of databricks/terraform-provider-databricks.
    ///
    /// ## How to fix it
    /// Keep the key. To stop managing it, let the resource go without destroying it:
    ///
    /// ```terraform
    /// removed {
    ///   from = databricks_workspace_conf.this
    ///   lifecycle {
    ///     destroy = false
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Keys that it does not know as protecting. Where another `databricks_workspace_conf` of the plan sets
    /// the key from now on the finding is possible: which of both runs last is left to chance. The same holds
    /// for `maxTokenLifetimeDays`, whose empty text the API may refuse, and for settings that are known only
    /// after the apply. A workspace that goes with its settings is passed over.
    pub static RULE = {
        id: "gov-conf-removed-key",
        summary: "removed key of databricks_workspace_conf switches a protection off",
        severity: Error,
        also: [(Warning, "the resource is replaced: the protection is off for a moment")],
        confidence: Certain,
        category: Security,
        profile: Default,
        world: Change,
        subjects: ["databricks_workspace_conf"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

const TYPE: &str = "databricks_workspace_conf";

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.changes_of(TYPE).filter(|it| it.actions().delete || it.actions().update) {
        if it.actions().delete && goes_with_workspace(it) {
            out.pass(it);
            continue;
        }
        for (key, before) in it.before().get("custom_config").members() {
            let protects = protects(key, &before);
            if protects != Tri::No {
                taken_away(cx, it, key, &before, protects, out);
                for_a_moment(it, key, &before, protects, out);
            }
        }
    }
}

/// Whether a setting protects the workspace by its value, so that it is worse without.
fn protects(key: &str, before: &View<'_>) -> Tri {
    let is_limit =
        || before.text().is_some_and(|text| text.parse().is_ok_and(|days: u32| days > 0));
    match before.text() {
        // What becomes of it is an empty text, which the API may refuse.
        Some(_) if key == TOKEN_LIFETIME => Tri::from(is_limit()) & Tri::Maybe,
        Some(text) => Tri::from(is_protecting(key) && is_on(text)),
        None => Tri::No,
    }
}

fn taken_away(
    cx: &PlanCx<'_>,
    it: Res<'_>,
    key: &str,
    before: &View<'_>,
    protects: Tri,
    out: &mut Findings<'_>,
) {
    let actions = it.actions();
    // The old object is destroyed last, and with it what the new one set.
    let is_last = actions.delete && (actions.create_first || !actions.create);
    let is_lost = if is_last { Tri::Yes } else { lacks(it, key) };
    let other = cx.of(TYPE).find(|other| sets_it_instead(*other, it, key));
    let is_settled = if other.is_some() || cx.may_lack(TYPE) { Tri::Maybe } else { Tri::Yes };
    let draft = out
        .deny(protects & is_lost & is_settled, it, before, || {
            let what = match (actions.delete, actions.create) {
                (true, true) => "the old object is destroyed last, which",
                (true, false) => "destroying the resource",
                _ => "leaving it out",
            };
            let effect = if key == TOKEN_LIFETIME { "lifts the limit" } else { "sets it to false" };
            format!("{key} is {}, and {what} {effect}", before.show())
        })
        .key(key)
        .help(|| {
            format!("keep {key}; to stop managing it use a `removed` block with `destroy = false`")
        });
    if let Some(other) = other {
        draft.related(other, || {
            format!("sets {key} too, and which of both runs last is left to chance")
        });
    }
}

fn for_a_moment(it: Res<'_>, key: &str, before: &View<'_>, protects: Tri, out: &mut Findings<'_>) {
    let is_between = it.actions().replaces() && !it.actions().create_first;
    out.deny(protects & Tri::from(is_between) & !lacks(it, key), it, before, || {
        format!("replacing the resource switches {key} off before it is set again")
    })
    .at(Severity::Warning)
    .key(key)
    .help(|| "change the resource in place".to_owned());
}

/// Whether another resource sets a key of the same workspace. Of what is gone from the configuration nobody
/// knows the provider: then it is one that this run creates.
fn sets_it_instead(other: Res<'_>, it: Res<'_>, key: &str) -> bool {
    let is_of_workspace = match (it.block(), other.block()) {
        (Some(ours), Some(theirs)) => ours.provider_key == theirs.provider_key,
        _ => other.is_created(),
    };
    other.id != it.id && is_of_workspace && lacks(other, key) == Tri::No
}

/// Whether the settings after the apply lack a key.
fn lacks(it: Res<'_>, key: &str) -> Tri {
    let config = it.after().get("custom_config");
    if config.member_names().contains(&key) {
        // What the provider makes of null in a map is written nowhere.
        let is_null = matches!(config.member(key.to_owned()).val(), Val::Null);
        return Tri::from(is_null) & Tri::Maybe;
    }
    match config.val() {
        Val::Unknown(cause) => config.maybe(cause),
        _ => Tri::Yes,
    }
}

/// Whether the workspace itself is destroyed in this run.
fn goes_with_workspace(it: Res<'_>) -> bool {
    match provider::of(it) {
        Speaks::Workspace(target) => target.here().is_some_and(|it| it.actions().delete),
        _ => false,
    }
}
