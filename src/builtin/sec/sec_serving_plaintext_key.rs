//! A key in clear on a serving endpoint or a gateway.

use crate::{
    builtin::shared::{
        credentials,
        leaks::{self, Leak},
        secrets::{self, Origin, Place},
    },
    facts::secrets::{self as facts, Attribute, Mode},
    graph::{Res, Val, View},
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds keys of external models that stand in clear: in the arguments of `databricks_model_serving`
    /// that end in `_plaintext`, in those beside them that take a reference and hold something else, and
    /// in `plaintext` of `databricks_ai_gateway_model_provider_service`.
    ///
    /// ## Why is this bad?
    /// The key is kept in state in clear. Providers before 1.110.0 also print a `_plaintext` argument in
    /// every plan, and none masks those of the gateway. An argument that takes a reference sends what is
    /// none as the key, and is not masked at all.
    /// Source: databricks/terraform-provider-databricks#5409 and the provider's change log for 1.110.0;
    /// [external models](https://docs.databricks.com/aws/en/generative-ai/external-models/).
    ///
    /// `sec-secret-in-state` finds the `_plaintext` arguments too: it speaks of every secret in state,
    /// this rule of the better argument that this one has.
    ///
    /// ## How to fix it
    /// Use the argument without `_plaintext`, with a reference, and rotate the key:
    ///
    /// ```terraform
    /// openai_config {
    ///   openai_api_key = "{{secrets/llm/openai}}"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Whether a value that is known only after the apply is a reference, unless it refers to a
    /// `databricks_secret` or the `.tf` files show it: such a finding is possible.
    pub static RULE = {
        id: "sec-serving-plaintext-key",
        summary: "a key of an external model stands in clear",
        severity: Error,
        confidence: Certain,
        category: Security,
        profile: Default,
        world: State,
        subjects: ["databricks_ai_gateway_model_provider_service", "databricks_model_serving"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let all = RULE.subjects.iter().flat_map(|type_| cx.of(type_));
    leaks::report(all.flat_map(keys).collect(), out);
}

fn keys(it: Res<'_>) -> Vec<Leak> {
    let entries = facts::attributes(Mode::Managed, it.type_());
    let mut found = Vec::new();
    for entry in entries.iter().filter(|entry| entry.path.ends_with("plaintext")) {
        found.extend(
            secrets::places_of(entry, &it.root()).into_iter().map(|place| plain(entry, &place)),
        );
        if let Some(path) = entry.path.strip_suffix("_plaintext") {
            found.extend(references(it, path));
        }
    }
    found
}

fn plain(entry: &Attribute, place: &Place<'_>) -> Leak {
    let texts = place.texts();
    let is_there = match place.view.val() {
        Val::Known(_) => Tri::from(!texts.is_empty()),
        Val::Unknown(cause) => match secrets::origin(&place.view, &place.name()) {
            Origin::Reference => Tri::No,
            Origin::Nowhere => place.view.maybe(cause),
            _ => Tri::Yes,
        },
        Val::Null | Val::Omitted => Tri::No,
    };
    let tri = place.is_given() & is_there & if place.is_there { Tri::Yes } else { Tri::Maybe };
    let argument = entry.path.rsplit('.').next().unwrap_or_default();
    let help = match argument.strip_suffix("_plaintext") {
        Some(other) => {
            format!("set `{other}` to `{{{{secrets/SCOPE/KEY}}}}` in its place, and rotate the key")
        }
        None => "refer to a secret in its place, and rotate the key".to_owned(),
    };
    leak(&place.view, tri, texts, help)
}

/// What stands in an argument that takes a reference.
fn references<'a>(it: Res<'a>, path: &'static str) -> Vec<Leak> {
    let names: Vec<&'static str> = path.split('.').collect();
    let root = it.root();
    let mut found = Vec::new();
    secrets::below(&root, &root, &names, true, &mut |view: View<'a>, _, _| {
        let is_key = |text: &str| {
            !text.is_empty()
                && !credentials::is_template(text)
                && !credentials::is_placeholder(text)
        };
        let tri = match view.val() {
            Val::Known(_) => Tri::from(view.text().is_some_and(is_key)),
            Val::Unknown(cause) => match secrets::origin(&view, "") {
                Origin::Reference => Tri::No,
                Origin::Secret => Tri::Yes,
                _ => view.maybe(cause),
            },
            Val::Null | Val::Omitted => Tri::No,
        };
        let help = "set it to `{{secrets/SCOPE/KEY}}`, and rotate the key".to_owned();
        found.push(leak(&view, tri, view.text().into_iter().collect(), help));
    });
    found
}

fn leak(view: &View<'_>, tri: Tri, texts: Vec<&str>, help: String) -> Leak {
    let leak = Leak::new(view.res(), view, tri).with(texts);
    let what = leaks::counted(&leak.secrets);
    let message = match (tri, leak.secrets.is_empty()) {
        (Tri::Maybe, _) => format!("{what} may be a key in clear, and no reference"),
        (_, true) => "a key that is known after apply will stand here in clear".to_owned(),
        _ => format!("the key, {what}, stands here in clear"),
    };
    leak.saying(message, help)
}
