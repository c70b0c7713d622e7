//! An allow list that lets everybody in.

use crate::{
    aws::Range,
    builtin::shared::ip_access_lists::{self, ENTRIES, Effect, TYPE},
    graph::{Res, Val, View},
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_ip_access_list` that allows the internet, or a large part of it: `0.0.0.0/0`,
    /// `::/0`, ranges that are everything together, and public ranges of /12 or wider.
    ///
    /// ## Why is this bad?
    /// The list is there, and who looks for one finds it; but it keeps nobody out.
    /// Source: [databricks_ip_access_list](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/ip_access_list);
    /// check NS-5 of databricks-industry-solutions/security-analysis-tool.
    ///
    /// ## How to fix it
    /// List the addresses by which people and machines leave your networks, and nothing else:
    ///
    /// ```terraform
    /// resource "databricks_ip_access_list" "office" {
    ///   label        = "office"
    ///   list_type    = "ALLOW"
    ///   ip_addresses = ["198.51.100.0/24", "203.0.113.7"]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Whose addresses a range holds. Addresses that are known only after the apply make the finding
    /// possible, unless they are those of a NAT gateway, an elastic IP or the like. Lists that are not
    /// enabled, and private ranges, which let nobody in who comes by the internet.
    pub static RULE = {
        id: "gov-ip-acl-open",
        summary: "IP access list that allows the internet",
        severity: Error,
        also: [(Warning, "a range from /8 to /12")],
        confidence: Certain,
        category: Security,
        profile: Default,
        world: State,
        subjects: ["databricks_ip_access_list"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

/// Prefixes up to this length are worth a warning.
const WIDE: u8 = 12;
/// Below this length they are an error.
const VERY_WIDE: u8 = 8;

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of(TYPE) {
        let in_force =
            it.get("list_type").is(Effect::Allow.as_str()) & it.get("enabled").flag(true);
        let list = it.get(ENTRIES);
        let public = public(&list);
        let wide = public.iter().filter(|(_, range)| range.prefix() <= WIDE);
        if let Some(everything) = together(&public) {
            out.deny(in_force, it, &list, || {
                format!(
                    "allow list {} allows every address: its ranges hold {everything} together",
                    label(it)
                )
            })
            .help(help);
        } else {
            for (entry, range) in wide {
                let level =
                    if range.prefix() < VERY_WIDE { Severity::Error } else { Severity::Warning };
                out.deny(in_force, it, entry, || said(it, entry, *range))
                    .at(level)
                    .key(&entry.show())
                    .help(help);
            }
        }
        for hidden in hidden(&list) {
            out.deny(in_force & Tri::Maybe, it, &hidden, || {
                format!(
                    "allow list {} may allow every address: {} is known only after the apply",
                    label(it),
                    hidden.attribute()
                )
            })
            .help(help);
        }
    }
}

/// Entries that are known, with what they hold of the internet.
fn public<'a>(list: &View<'a>) -> Vec<(View<'a>, Range)> {
    let read = |entry: View<'a>| Some((entry.clone(), ip_access_lists::read(entry.text()?)?));
    list.items()
        .filter_map(read)
        .filter(|(_, range)| !ip_access_lists::is_private(*range))
        .collect()
}

/// What several ranges hold together, where that is everything and none is so alone.
fn together(public: &[(View<'_>, Range)]) -> Option<&'static str> {
    let ranges: Vec<Range> = public.iter().map(|(_, range)| *range).collect();
    let holds = |text: &&str| {
        Range::parse(text)
            .is_some_and(|all| Range::cover_together(&ranges, all) && !ranges.contains(&all))
    };
    ["0.0.0.0/0", "::/0"].into_iter().find(holds)
}

/// The list, or those of its entries, that nobody knows yet.
fn hidden<'a>(list: &View<'a>) -> Vec<View<'a>> {
    let is_hidden = |view: &View<'a>| {
        matches!(view.val(), Val::Unknown(_)) && !ip_access_lists::is_of_object(view)
    };
    if is_hidden(list) {
        return vec![list.clone()];
    }
    // One of them stands for all.
    list.items().find(is_hidden).into_iter().collect()
}

fn label(it: Res<'_>) -> String {
    it.get("label").show()
}

fn said(it: Res<'_>, entry: &View<'_>, range: Range) -> String {
    let what = if range.is_everything() { "every address" } else { "a large part of the internet" };
    format!("allow list {} allows {what}: {}", label(it), entry.show())
}

fn help() -> String {
    "list the addresses by which people and machines leave your networks, and nothing else"
        .to_owned()
}
