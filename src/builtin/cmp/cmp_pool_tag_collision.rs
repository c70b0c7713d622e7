//! A tag on a pool and on a cluster of it.

use crate::{
    builtin::shared::compute,
    estate::{Cell, Links, Row, Rows},
    facts::clusters::POOL_TAGS,
    graph::{Cause, Val, View},
    lint::{Check, Draft, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a key of `custom_tags` that stands both on a `databricks_instance_pool` and on a cluster of
    /// people, jobs or pipelines that takes its machines from it, and pools with more than 43 tags. Keys
    /// differ by case. On the pool of the driver alone (`driver_instance_pool_id`) a key makes the finding
    /// possible: what the API says of pools does not tell this one from the other.
    ///
    /// ## Why is this bad?
    /// The machines of a pool are tagged with the tags of both. The API refuses a key that is there twice,
    /// whatever the values, so the plan succeeds and the apply, or the run of the job, fails.
    /// Source: [databricks_instance_pool](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/instance_pool),
    /// `custom_tags`.
    ///
    /// ## How to fix it
    /// Give each tag to one of them: to the pool what all of its clusters share, to the clusters the rest.
    ///
    /// ## What it cannot see
    /// Pools that are in no plan of the run. One tag whose value is known only after the apply may hide the
    /// keys of all, where no source is at hand: the finding is possible then. Which of several pools a key
    /// picks (`x[each.value.pool].id`), where no source shows it and not all of them have the tag.
    pub static RULE = {
        id: "cmp-pool-tag-collision",
        summary: "tag of a pool repeated on a cluster of it",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: [
            "databricks_cluster",
            "databricks_instance_pool",
            "databricks_job",
            "databricks_pipeline",
        ],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in cx.of("databricks_instance_pool") {
        rows.add("pool", it).with("keys", keys(&it.get("custom_tags")));
    }
    for cluster in compute::clusters(cx) {
        let pool = cluster.get("instance_pool_id");
        let tags = cluster.get("custom_tags");
        if compute::is_left_out(&pool) || compute::is_left_out(&tags) {
            continue;
        }
        let driver = cluster.get("driver_instance_pool_id");
        let row = rows
            .add("cluster", cluster.res)
            .with("pool", pool.target(&["databricks_instance_pool"]))
            .with("keys", keys(&tags))
            .with("attribute", Cell::Known(tags.attribute()))
            .with("cluster", Cell::Known(cluster.key.clone()));
        if !compute::is_left_out(&driver) {
            row.with("driver", driver.target(&["databricks_instance_pool"]));
        }
    }
}

/// The keys of a map of tags, as far as they are shown.
fn keys(tags: &View<'_>) -> Cell {
    let names = tags.member_names();
    match tags.val() {
        Val::Unknown(cause) if names.is_empty() => {
            tags.note(cause);
            Cell::Unknown(cause)
        }
        _ => Cell::List(names.into_iter().map(|name| Cell::Known(name.to_owned())).collect()),
    }
}

fn names(cell: &Cell) -> Vec<&str> {
    let Cell::List(cells) = cell else { return Vec::new() };
    cells.iter().filter_map(known).collect()
}

fn known(cell: &Cell) -> Option<&str> {
    match cell {
        Cell::Known(text) => Some(text),
        _ => None,
    }
}

/// Whether a map has keys, or may have some.
fn has_keys(cell: &Cell) -> bool {
    matches!(cell, Cell::Unknown(_)) || !names(cell).is_empty()
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    for pool in cx.of("pool") {
        let count = names(pool.cell("keys")).len();
        out.deny(Tri::from(count > POOL_TAGS), pool, "custom_tags", || {
            format!("has {count} tags of its own, {POOL_TAGS} are allowed")
        })
        .help(|| "leave tags that differ by cluster to the clusters".to_owned());
    }
    for cluster in cx.of("cluster") {
        let pools = links.to(cluster, "pool", "pool");
        collide(cluster, &pools, &links, out);
        for (driver, _) in links.to(cluster, "driver", "pool") {
            if pools.iter().all(|(pool, _)| !pool.is(driver)) {
                collide_on_driver(cluster, driver, &pools, out);
            }
        }
    }
}

/// Keys of a cluster that its pool has as well. Of several, of which a key picks one, all have to have them.
fn collide(cluster: &Row, pools: &[(&Row, Tri)], links: &Links<'_>, out: &mut Findings<'_>) {
    if pools.is_empty() {
        return;
    }
    let attribute = cluster.text("attribute").unwrap_or_default();
    let own = cluster.text("cluster").unwrap_or_default();
    let is_hidden = Tri::from(pools.iter().any(|(pool, _)| are_hidden(cluster, pool)));
    let may_collide = Tri::all(pools.iter().map(|(pool, _)| may_collide(cluster, pool)));
    let draft = out
        .deny(is_hidden & may_collide & Tri::Maybe, cluster, attribute, || {
            "the cluster and its pool have tags of their own, of which not all keys are known"
                .to_owned()
        })
        .key(own)
        .help(help);
    relate(draft, pools);
    for key in names(cluster.cell("keys")) {
        let has_it = |pool: &Row| Tri::from(names(pool.cell("keys")).contains(&key));
        let count = pools.iter().filter(|(pool, _)| has_it(pool) == Tri::Yes).count();
        if count < pools.len() {
            if count > 0 {
                out.blind(Cause::Function, cluster);
            }
            continue;
        }
        let sure = match pools {
            [(_, sure)] => *sure,
            _ => links.agree((cluster, "pool"), "pool", Tri::No, has_it),
        };
        let draft = out
            .deny(sure, cluster, format!("{attribute}[\"{key}\"]"), || {
                format!("the tag {key} is on the cluster and on its pool")
            })
            .key(&format!("{own}\0{key}"))
            .help(help);
        relate(draft, pools);
    }
}

fn relate(draft: Draft<'_, '_>, pools: &[(&Row, Tri)]) {
    let label = if pools.len() == 1 { "the pool" } else { "one of the pools that it may be" };
    pools.iter().fold(draft, |draft, (pool, _)| {
        draft.related_at(*pool, "custom_tags", || label.to_owned())
    });
}

fn are_hidden(cluster: &Row, pool: &Row) -> bool {
    [cluster, pool].iter().any(|row| matches!(row.cell("keys"), Cell::Unknown(_)))
}

fn may_collide(cluster: &Row, pool: &Row) -> Tri {
    let (ours, theirs) = (cluster.cell("keys"), pool.cell("keys"));
    match are_hidden(cluster, pool) {
        true => Tri::from(has_keys(ours) && has_keys(theirs)) & Tri::Maybe,
        false => Tri::from(names(ours).iter().any(|key| names(theirs).contains(key))),
    }
}

/// Keys that only the pool of the driver has as well.
fn collide_on_driver(cluster: &Row, driver: &Row, pools: &[(&Row, Tri)], out: &mut Findings<'_>) {
    let attribute = cluster.text("attribute").unwrap_or_default();
    let own = cluster.text("cluster").unwrap_or_default();
    let theirs = names(driver.cell("keys"));
    let is_told = |key: &&str| pools.iter().any(|(pool, _)| names(pool.cell("keys")).contains(key));
    let keys = names(cluster.cell("keys"));
    for key in keys.into_iter().filter(|key| theirs.contains(key) && !is_told(key)) {
        out.deny(Tri::Maybe, cluster, format!("{attribute}[\"{key}\"]"), || {
            format!("the tag {key} is on the cluster and on the pool of its driver")
        })
        .key(&format!("{own}\0{key}"))
        .related_at(driver, "custom_tags", || "the pool of the driver".to_owned())
        .help(help);
    }
}

fn help() -> String {
    "leave each tag on one of them".to_owned()
}
