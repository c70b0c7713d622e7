//! One workspace, two network connectivity configurations.

use crate::{
    builtin::shared::ncc,
    estate::{Cell, Links, Named, Row, Rows},
    lint::{Check, EstateCx, Findings, PlanCx, Subject},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a workspace that two or more `databricks_mws_ncc_binding` resources bind to different
    /// network connectivity configurations (NCC), in one plan or in several plans of the run; and a
    /// binding to another NCC than the workspace's own `network_connectivity_config_id` names.
    ///
    /// ## Why is this bad?
    /// A workspace has one NCC, and a binding overwrites what was there. The provider cannot read
    /// bindings, so no plan ever shows it: which one holds hangs on which was applied last, and with it
    /// which addresses serverless compute comes from and which private endpoints it reaches.
    /// Source: [databricks_mws_ncc_binding](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/mws_ncc_binding)
    /// and its code, mws/resource_mws_ncc_binding.go of databricks/terraform-provider-databricks: nothing
    /// is read and nothing is deleted.
    ///
    /// ## How to fix it
    /// Keep one binding, in one state. Taking the other one away changes nothing at Databricks, so bind
    /// the right NCC again afterwards.
    ///
    /// ## What it cannot see
    /// Workspaces whose id is known only after the apply and that lead to none of the plan: it is silent.
    /// Two bindings to one and the same NCC do no harm. An NCC that is known only after the apply and
    /// leads to none of the plan makes the finding possible.
    pub static RULE = {
        id: "mws-ncc-binding-duplicate",
        summary: "one workspace bound to two NCCs",
        severity: Error,
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: ["databricks_mws_ncc_binding"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    ncc::collect(cx, rows);
    for it in cx.of("databricks_mws_workspaces") {
        // Databricks fills in what nobody wrote.
        if it.get("network_connectivity_config_id").is_written() != Tri::No {
            rows.add("workspace", it).with("ncc", ncc::named(it));
        }
    }
}

const NCC: &str = "network_connectivity_config_id";

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    for group in links.naming(ncc::BINDING, "workspace").sharing() {
        let pairs = group
            .iter()
            .enumerate()
            .flat_map(|(at, row)| group[at + 1..].iter().map(move |other| differ(row, other)));
        let members: Vec<Subject> = group.iter().copied().map(Subject::from).collect();
        out.deny_group(
            Tri::any(pairs),
            members,
            "workspace_id",
            "binds the same workspace",
            |_| {
                let mut configs: Vec<&str> =
                    group.iter().map(|row| shown(row.cell("ncc"))).collect();
                configs.sort_unstable();
                configs.dedup();
                let workspace = shown(group[0].cell("workspace"));
                match configs.as_slice() {
                    [only] => {
                        format!("workspace {workspace} is bound twice, to {only} and to another")
                    }
                    all => format!("workspace {workspace} is bound to {}", all.join(" and to ")),
                }
            },
        )
        .help(|| "keep one binding, in one state, and apply it again last".to_owned());
    }
    for it in cx.of(ncc::BINDING) {
        for (workspace, sure) in links.to(it, "workspace", "workspace") {
            let is_set = Tri::from(*workspace.cell("ncc") != Cell::Unset);
            out.deny(sure & is_set & differ(it, workspace), it, NCC, || {
                let (bound, own) = (shown(it.cell("ncc")), shown(workspace.cell("ncc")));
                format!("binds {bound} to a workspace that names {own} itself")
            })
            .help(|| format!("leave {NCC} of the workspace out, or the binding"))
            .related_at(workspace, NCC, || "the workspace, with an NCC of its own".to_owned());
        }
    }
}

/// Whether two rows name different configurations.
fn differ(a: &Row, b: &Row) -> Tri {
    !Named::of(a, "ncc").same(&Named::of(b, "ncc"))
}

/// What a cell names, by address or id.
fn shown(cell: &Cell) -> &str {
    cell.named().unwrap_or(match cell {
        Cell::Link(_) => "one known after apply",
        cell => cell.show(),
    })
}
