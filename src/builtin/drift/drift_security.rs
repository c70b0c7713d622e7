//! Somebody took a protection off, or let somebody in, outside Terraform.

use crate::{
    builtin::shared::{
        openings,
        provider::share_workspace,
        weaker::{self, Weaker},
        wider, workspace_conf,
    },
    facts::{protections, traffic_rules, workspace_conf::IP_ACCESS_LISTS},
    graph::{Cause, Drift, Res, View},
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds what changed outside Terraform so that an object is protected less, or lets more in: a public
    /// access block, versioning, encryption; rules of security groups and network ACLs; groups of an
    /// endpoint; policies of buckets, keys, endpoints and roles, and whom a role trusts; grants,
    /// permissions, roles of rule sets, secret ACLs and artifact allowlists; IP access lists, cluster
    /// policies, isolation, workspace settings, network policies and private access settings; and what only
    /// protects and was deleted: a public access block, a bucket's policy that denies something, a list of
    /// addresses to keep out, a setting that switches legacy access off. What became stricter, or only
    /// different, is silent: a lower level, fewer actions, the same ranges cut otherwise, an old privilege by
    /// its new name, grants and bindings that were deleted.
    ///
    /// ## Why is this bad?
    /// No review saw it, and it hides among the noise of other drift. A plan that runs tonight may take it
    /// back, or leave it for good where the configuration does not say anything about it.
    /// Source: [Manage resource drift](https://developer.hashicorp.com/terraform/tutorials/state/resource-drift).
    ///
    /// ## How to fix it
    /// Find out who did it and why. Then apply, which takes it back, or put it into the configuration,
    /// where somebody reviews it:
    ///
    /// ```hcl
    /// resource "databricks_grants" "sales" {
    ///   catalog = "sales"
    ///   grant {
    ///     principal  = "contractors"
    ///     privileges = ["USE_CATALOG", "SELECT"]
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Who did it, and objects made by hand. Rules that a security group of the state gained and that its
    /// block does not list may belong to another configuration: then the finding is possible. So it is where
    /// conditions of policies, or patterns of cluster policies, cannot be compared, and where an endpoint gained
    /// a group, whose rules decide. Whether a list of addresses to let in that was deleted was the last one.
    pub static RULE = {
        id: "drift-security",
        summary: "security-relevant attribute changed outside Terraform",
        severity: Warning,
        confidence: Certain,
        category: Security,
        profile: Default,
        world: Change,
        subjects: ["plan"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

const BUCKET: &str = "aws_s3_bucket";
const IP_LIST: &str = "databricks_ip_access_list";

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let mut all: Vec<Drift<'_>> = cx.graph.drift().collect();
    all.sort_by_key(|it| it.address());
    for it in &all {
        let Some(res) = it.res(cx) else { continue };
        if it.is_deleted() {
            deleted(cx, *it, &all, out);
            continue;
        }
        let [before, after] = it.views(res);
        for weaker in found(cx, res, &before, &after) {
            let undone = is_undone(res, &weaker.at);
            out.deny(weaker.tri, res, &weaker.at, || {
                format!("{}, outside Terraform{}", weaker.words, fate(undone))
            })
            .key(&weaker.words)
            .help(|| help(cx));
        }
    }
}

/// What protected something is gone, and what it protected is not.
fn deleted(cx: &PlanCx<'_>, it: Drift<'_>, all: &[Drift<'_>], out: &mut Findings<'_>) {
    let Some(res) = it.res(cx) else { return };
    let [before, _] = it.views(res);
    let lost = match protections::OF_BUCKETS.contains(&it.type_()) {
        true => Some(format!("it protected bucket {}", before.get("bucket").show())),
        false => weaker::gone_with(&before),
    };
    let Some(lost) = lost.filter(|_| !is_gone_too(cx, &before, all)) else { return };
    let counted = if it.type_() == IP_LIST { counted(cx, res) } else { Tri::Yes };
    out.deny(is_bucket_left(cx, res, &before) & counted, res, (), || {
        format!("deleted outside Terraform: {lost}{}", fate(res.is_created()))
    })
    .help(|| help(cx));
}

/// Whether the bucket of a protection is still there, if it is of one: of a bucket that the plan does not have,
/// nobody sees whether it went too.
fn is_bucket_left(cx: &PlanCx<'_>, res: Res<'_>, before: &View<'_>) -> Tri {
    let bucket = before.get("bucket");
    let is_here = bucket.text().is_some_and(|name| !cx.identified(BUCKET, name).is_empty());
    match is_here || bucket.is_set() == Tri::No {
        true => Tri::Yes,
        false => res.maybe(Cause::NotInRun, 0),
    }
}

/// Whether lists of addresses count: a setting of the workspace says so. `Maybe` where the plan has none.
fn counted(cx: &PlanCx<'_>, list: Res<'_>) -> Tri {
    let confs = cx.of(workspace_conf::TYPE).filter(|it| share_workspace(*it, list) != Tri::No);
    let sets_it = |it: &Res<'_>| it.get("custom_config").get(IP_ACCESS_LISTS).is_set() != Tri::No;
    let said = confs.filter(sets_it).map(|it| workspace_conf::is_on_after(it, IP_ACCESS_LISTS));
    let said: Vec<Tri> = said.collect();
    if said.is_empty() { list.maybe(Cause::NotInRun, 0) } else { Tri::agree(said) }
}

/// Whether the bucket of a protection went with it, or a workspace, which may be the one that it was of.
fn is_gone_too(cx: &PlanCx<'_>, before: &View<'_>, all: &[Drift<'_>]) -> bool {
    let bucket = before.get("bucket");
    let of = |it: &Drift<'_>| match it.type_() {
        BUCKET => it.res(cx).is_some_and(|res| {
            bucket.text().is_some() && it.views(res)[0].get("bucket").text() == bucket.text()
        }),
        "databricks_mws_workspaces" => before.res().type_().starts_with("databricks_"),
        _ => false,
    };
    all.iter().filter(|it| it.is_deleted()).any(of)
}

fn help(cx: &PlanCx<'_>) -> String {
    // Such an apply only writes into the state what is there.
    let how =
        if cx.graph.is_refresh_only() { "plan and apply without -refresh-only" } else { "apply" };
    format!("find out who did it; {how} to take it back, or put it into the configuration")
}

fn fate(undone: bool) -> &'static str {
    if undone { "; this plan takes it back" } else { "; this plan leaves it so" }
}

/// Whether this plan changes the argument once more.
fn is_undone(res: Res<'_>, at: &View<'_>) -> bool {
    let path = at.attribute();
    let name = path.split(['.', '[']).next().unwrap_or_default().to_owned();
    let (before, after) = (res.before().member(name.clone()), res.after().member(name));
    res.actions().update && before.becomes_another(&after) != Tri::No
}

fn found<'a>(
    cx: &'a PlanCx<'_>,
    res: Res<'a>,
    before: &View<'a>,
    after: &View<'a>,
) -> Vec<Weaker<'a>> {
    let mut all = weaker::of(before, after);
    all.extend(wider::of(before, after));
    all.extend(opened(cx, res, before, after));
    // One finding for an argument: that it is weaker says more than that it is wider.
    let mut seen: Vec<String> = Vec::new();
    all.retain(|it| {
        let path = it.at.attribute();
        let is_policy = protections::POLICIES.iter().any(|(_, name)| *name == path);
        let is_new = !is_policy || !seen.contains(&path);
        seen.push(path);
        is_new
    });
    all
}

fn opened<'a>(
    cx: &'a PlanCx<'_>,
    res: Res<'a>,
    before: &View<'a>,
    after: &View<'a>,
) -> Vec<Weaker<'a>> {
    let all = openings::opened(before, after, &[]).into_iter();
    let is_of_another = |rule: &View<'_>| {
        openings::holder(after).zip(openings::holder(rule)).is_some_and(|(own, its)| own != its)
    };
    let by_another = |it: &openings::Opened<'_>| {
        // A rule that is a resource of its own shows in its group at the next refresh.
        let mut rules =
            traffic_rules::rules().flat_map(|type_| cx.of(type_)).map(|rule| rule.after());
        traffic_rules::rules().any(|type_| type_ == res.type_())
            || !rules.any(|rule| !is_of_another(&rule) && openings::is_let_by(it, &rule))
    };
    all.filter(by_another)
        .map(|it| {
            let name = it.weaker.at.attribute();
            let name = name.split(['.', '[']).next().unwrap_or_default().to_owned();
            let is_block = ["ingress", "egress"].contains(&name.as_str());
            let is_listed = !is_block || res.after().member(name).is_written() == Tri::Yes;
            let tri = if is_listed { Tri::Yes } else { res.maybe(Cause::NotInRun, 0) };
            Weaker { tri: tri & it.weaker.tri, ..it.weaker }
        })
        .collect()
}
