//! The name of a deployment that cannot be part of a host name, or is taken.

use std::collections::BTreeMap;

use crate::{
    builtin::shared::{
        masks::{self, Masks},
        objects, provider,
    },
    estate::{Cell, Row, Rows},
    facts::{
        names::{self, NO_DEPLOYMENT_NAME},
        regions,
    },
    lint::{Check, EstateCx, Findings, PlanCx, Subject},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_workspaces` whose `deployment_name` cannot be a subdomain: letters, digits
    /// and hyphens, no hyphen at the ends, at most 63 characters; and workspaces of one account with the
    /// same name, in whatever plans of the run. `EMPTY`, which stands for the account's prefix alone, is
    /// no name.
    ///
    /// ## Why is this bad?
    /// The name becomes the host of the workspace, `<prefix>-<name>.cloud.databricks.com`. The provider
    /// does not check it, and the API refuses it.
    /// Source: [CreateWorkspaceRequest](https://pkg.go.dev/github.com/databricks/databricks-sdk-go/service/provisioning#CreateWorkspaceRequest),
    /// `DeploymentName`: subdomain characters, unique over all accounts;
    /// [RFC 1035](https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4), the length of a label.
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "databricks_mws_workspaces" "this" {
    ///   deployment_name = "landing-prod"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Names that are known only after the apply, the prefix of the account, which counts too, and names
    /// that workspaces of no plan of the run have.
    pub static RULE = {
        id: "mws-deployment-name-invalid",
        summary: "deployment name the API will reject",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_mws_workspaces"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

const ATTRIBUTE: &str = "deployment_name";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in cx.of("databricks_mws_workspaces") {
        let account = match it.get("account_id") {
            own if own.scalar().is_some() => Cell::from(own),
            _ => provider::account_id(it).map_or(Cell::Unset, Cell::Known),
        };
        let name = it.get(ATTRIBUTE);
        let text = name.text().filter(|name| is_name(name));
        let compared = text.and_then(|_| masks::read(&name, str::to_ascii_lowercase));
        rows.add("workspace", it)
            .with("name", &name)
            .with("compared", compared.unwrap_or(Cell::Unset))
            .with("is-wrong", text.map_or(Tri::No, |name| Tri::from(!names::is_deployment(name))))
            .with("account", account)
            .with("region", it.get("aws_region"));
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let mut by_name: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    let masks = Masks::of(cx.of("workspace").map(|it| it.cell("compared")));
    for workspace in cx.of("workspace") {
        let Some(name) = masks.key(workspace.cell("compared")) else { continue };
        out.deny(workspace.tri("is-wrong"), workspace, ATTRIBUTE, || {
            format!("{} cannot be part of a host name", masks::quoted(workspace.cell("name")))
        })
        .help(|| {
            format!("use letters, digits and hyphens between them, at most {}", names::DNS_LABEL)
        });
        by_name.entry(name).or_default().push(workspace);
    }
    for workspaces in by_name.into_values() {
        let workspaces = objects::rows_once(workspaces);
        let rivals: Vec<&Row> = workspaces
            .iter()
            .copied()
            .filter(|it| workspaces.iter().any(|other| !it.is(other) && may_clash(it, other)))
            .collect();
        let members = rivals.iter().map(|it| Subject::from(*it)).collect();
        let label = "a workspace of the same deployment name";
        out.deny_group(Tri::from(!rivals.is_empty()), members, ATTRIBUTE, label, |_| {
            let name = masks::most_hidden(rivals.iter().map(|it| it.cell("compared")));
            let name = masks::quoted(name);
            format!("the deployment name {name} is given to {} workspaces", rivals.len())
        })
        .key("twice")
        .help(|| "give each workspace a name of its own".to_owned());
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.eq_ignore_ascii_case(NO_DEPLOYMENT_NAME)
}

/// Not in two accounts, which have two prefixes, nor in two partitions, which have two domains.
fn may_clash(a: &Row, b: &Row) -> bool {
    let partition = |row: &Row| row.text("region").map(regions::partition);
    let are_two_accounts = match (a.cell("account"), b.cell("account")) {
        (Cell::Unset, _) | (_, Cell::Unset) => false,
        (one, other) => one.same(other) == Tri::No,
    };
    !are_two_accounts && (partition(a) == partition(b) || partition(a).or(partition(b)).is_none())
}
