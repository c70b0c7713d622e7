//! A cluster that nobody stops.

use crate::{
    builtin::shared::{compute::is_left_out, production},
    facts::clusters::{AUTOTERMINATION, GIT_PROXY},
    graph::{Res, Val, View},
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_cluster` whose `autotermination_minutes` is 0; more than 240 is a warning,
    /// unless the cluster looks like production by its name, a tag, a variable or where its plan lies.
    /// The proxy for Git servers, known by its `GIT_PROXY_…` environment variables, has to stay up, and
    /// so has a cluster whose tags or name say that it streams. Another limit than 240:
    ///
    /// ```toml
    /// [rules.cmp-autotermination-off]
    /// max_minutes = 120
    /// ```
    ///
    /// ## Why is this bad?
    /// The cluster runs, and is paid for, until somebody stops it by hand: nights and weekends
    /// included. Left out, the argument is 60.
    /// Source: [databricks_cluster](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/cluster),
    /// `autotermination_minutes`: "We highly recommend having this setting present".
    ///
    /// ## How to fix it
    /// Let it stop after 10 to 60 idle minutes. Work that must not stop belongs into a job.
    ///
    /// ```terraform
    /// resource "databricks_cluster" "shared" {
    ///   autotermination_minutes = 30
    ///   # …
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// A number that is known only after the apply makes the finding possible, and so do environment
    /// variables or tags that are not known, behind which a proxy or a stream may stand.
    pub static RULE = {
        id: "cmp-autotermination-off",
        summary: "all-purpose cluster that never stops",
        severity: Error,
        also: [(Warning, "it stops only after hours, and does not look like production")],
        confidence: Certain,
        category: Cost,
        profile: Default,
        world: State,
        subjects: ["databricks_cluster"],
        since: "0.1.0",
        params: [("max_minutes", Int(240, AUTOTERMINATION), "How long a cluster may be idle outside production, in minutes")],
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("databricks_cluster") {
        let minutes = it.get("autotermination_minutes");
        let is_off = minutes.test(|value| value.as_i64() == Some(0));
        let has_to_stay = match is_off {
            Tri::No => Tri::No,
            _ => is_git_proxy(it) | streams(it),
        };
        out.deny(is_off & !has_to_stay, it, &minutes, || match is_off {
            Tri::Yes => "never stops by itself: auto-termination is switched off".to_owned(),
            _ => {
                format!("may never stop by itself: it stops after {} idle minutes", minutes.show())
            }
        })
        .help(|| HELP.to_owned());
        if is_off == Tri::No {
            stops_late(it, &minutes, cx.params().int("max_minutes"), out);
        }
    }
}

const HELP: &str = "let it stop after 10 to 60 idle minutes";

/// A cluster that stops, but late. More than the API takes is another rule's.
fn stops_late(it: Res<'_>, minutes: &View<'_>, most: i64, out: &mut Findings<'_>) {
    let is_late = minutes
        .test(|value| value.as_i64().is_some_and(|it| it > most && AUTOTERMINATION.contains(&it)));
    if is_late == Tri::No {
        return;
    }
    let may_stay = production::may_be(it) | is_git_proxy(it) | streams(it);
    out.deny(is_late & !may_stay, it, minutes, || {
        format!("stops only after {} idle minutes, more than {most}", minutes.show())
    })
    .at(Severity::Warning)
    .help(|| HELP.to_owned());
}

/// The cluster that passes Git traffic on, by its environment.
fn is_git_proxy(it: Res<'_>) -> Tri {
    let variables = it.get("spark_env_vars");
    let names = variables.member_names();
    match variables.val() {
        Val::Unknown(cause) if names.is_empty() => variables.maybe(cause),
        _ => Tri::from(names.iter().any(|name| name.starts_with(GIT_PROXY))),
    }
}

/// Values by which a tag says that something is not so.
const DENIED: &[&str] = &["0", "false", "n", "no", "none", "off"];

/// Whether its name or a tag says that it streams.
fn streams(it: Res<'_>) -> Tri {
    let says = |text: &str| text.to_ascii_lowercase().contains("streaming");
    let tags = it.get("custom_tags");
    let tagged = match tags.val() {
        Val::Unknown(cause) => tags.maybe(cause),
        _ => Tri::any(tags.members().into_iter().map(|(name, value)| match says(name) {
            true => !value.test_text(|text| DENIED.contains(&text.to_ascii_lowercase().as_str())),
            // The value of one tag of many is no ground to doubt.
            false => Tri::from(value.text().is_some_and(says)),
        })),
    };
    let name = it.get("cluster_name");
    tagged | if is_left_out(&name) { Tri::No } else { Tri::from(name.text().is_some_and(says)) }
}
