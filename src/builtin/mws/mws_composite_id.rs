//! An id with the account's before it, where the bare one is wanted.

use crate::{
    facts::{
        composite_ids::{CONSUMERS, is_composite},
        identity,
    },
    graph::{End, Hit, Res, View},
    lint::{Check, Findings, PlanCx},
    plan::{Key, Step, Tri},
};

declare_rule! {
    /// ## What it does
    /// Finds the `id` of a `databricks_mws_*` resource in an argument that wants the bare id of the
    /// object, as a reference to `.id`, through modules too, or as a known text with a slash.
    ///
    /// ## Why is this bad?
    /// The provider makes the `id` of these resources of two: `<account id>/<id>`. The plan succeeds,
    /// and the API answers `MALFORMED_REQUEST` or something worse to read.
    /// Source: databricks/terraform-provider-databricks
    /// [#3303](https://github.com/databricks/terraform-provider-databricks/issues/3303),
    /// databricks/databricks-sdk-go#1040.
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "databricks_mws_workspaces" "this" {
    ///   credentials_id = databricks_mws_credentials.this.credentials_id # not .id
    ///   network_id     = databricks_mws_networks.this.network_id        # not .id
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Whether a function such as `split("/", x.id)[1]` takes the id apart: a plan writes that like
    /// `x.id`. Where the `.tf` files are at hand a function is believed to do so, where they are not the
    /// finding is possible, as is one behind the key of a map that an output hands out. Behind a splat the
    /// attribute is lost: it is silent.
    pub static RULE = {
        id: "mws-composite-id",
        summary: "'id' used where the bare Databricks id is required",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: [
            "databricks_metastore_assignment",
            "databricks_mws_log_delivery",
            "databricks_mws_ncc_binding",
            "databricks_mws_ncc_private_endpoint_rule",
            "databricks_mws_networks",
            "databricks_mws_permission_assignment",
            "databricks_mws_private_access_settings",
            "databricks_mws_workspaces",
            "databricks_workspace_network_option",
        ],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for (kind, attributes) in CONSUMERS {
        for it in cx.of(kind) {
            for attribute in *attributes {
                judge(&it.get(attribute), out);
            }
        }
    }
}

fn judge(view: &View<'_>, out: &mut Findings<'_>) {
    let it = view.res();
    let known = |view: &View<'_>| view.text().is_some_and(is_composite);
    if known(view) || view.items().any(|item| known(&item)) {
        out.deny(Tri::Yes, it, view, || {
            "has an account id before the id that is wanted".to_owned()
        })
        .help(|| "name what stands behind the slash".to_owned());
        return;
    }
    if view.known().is_some() {
        return;
    }
    let hits = composite_hits(view);
    let Some((_, first)) = hits.first() else { return };
    let address = first.address();
    let mut draft = out
        .deny(Tri::any(hits.iter().map(|(hit, _)| view.is_just(hit))), it, view, || {
            format!("is given {address}.id, which has the account id before the id that is wanted")
        })
        .help(|| match identity::parts_of_id(first.type_()) {
            Some([.., bare]) => format!("use {address}.{bare}"),
            _ => "use the attribute with the bare id".to_owned(),
        });
    for (_, owner) in hits.iter() {
        draft = draft.related_at(*owner, "id", || "the object whose id it is".to_owned());
    }
}

/// References of a value to ids that are made of two.
fn composite_hits<'a>(view: &View<'a>) -> Vec<(Hit, Res<'a>)> {
    let scope = view.res().scope();
    // Behind a key stands what an output gives for the instance: itself, or an object made of it.
    let is_id = |hit: &Hit| match hit.attribute.as_slice() {
        [Step::Name(name)] | [Step::Key(Key::Text(_)), Step::Name(name)] => name == "id",
        _ => false,
    };
    let hits = view.hits().into_iter().filter(is_id);
    hits.filter_map(|hit| match hit.end {
        End::Resource(id) => Some((hit, scope.res(id))),
        _ => None,
    })
    .filter(|(_, owner)| identity::parts_of_id(owner.type_()).is_some())
    .collect()
}
