//! Routes of a serving endpoint that do not add up.

use std::collections::BTreeSet;

use crate::{
    builtin::shared::compute::is_left_out,
    facts::serving::MOST_ENTITIES,
    graph::{Res, SENSITIVE, Val, View},
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_model_serving` whose routes do not sum to 100 percent, lead to a name that no
    /// served entity has, or that serves an external model beside one of another kind, or more than 15
    /// entities.
    ///
    /// ## Why is this bad?
    /// Names and sum are checked by the API only, so the plan succeeds and the apply fails. An endpoint
    /// serves models of one kind: "You can not serve different model types in a single endpoint".
    /// Source: [Serve multiple models](https://docs.databricks.com/aws/en/machine-learning/model-serving/serve-multiple-models-to-serving-endpoint);
    /// `EndpointCoreConfigInput` in service/serving/model.go of databricks/databricks-sdk-go.
    ///
    /// ## How to fix it
    /// ```terraform
    /// traffic_config {
    ///   routes {
    ///     served_model_name  = "champion"
    ///     traffic_percentage = 90
    ///   }
    ///   routes {
    ///     served_model_name  = "challenger"
    ///     traffic_percentage = 10
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Names that are left out or known only after the apply: Databricks makes them up, and routes are
    /// not held against them. A percentage that is known only after the apply makes the finding possible.
    pub static RULE = {
        id: "cmp-serving-traffic",
        summary: "routes of a serving endpoint do not add up",
        severity: Error,
        confidence: Heuristic,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_model_serving"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("databricks_model_serving") {
        let entities: Vec<View<'_>> = ["config.served_entities", "config.served_models"]
            .iter()
            .flat_map(|path| it.get(path).items())
            .collect();
        kinds(it, &entities, out);
        let routes = it.get("config.traffic_config.routes");
        routes.note_unknown();
        if routes.items().next().is_some() {
            sum(&routes, out);
            names(&routes, &entities, out);
        }
    }
}

fn kinds(it: Res<'_>, entities: &[View<'_>], out: &mut Findings<'_>) {
    let at = it.get("config.served_entities");
    let (external, others): (Vec<_>, Vec<_>) = entities
        .iter()
        .partition(|entity| entity.member("external_model").items().next().is_some());
    let is_mixed = !external.is_empty() && !others.is_empty();
    out.deny(Tri::from(is_mixed), it, &at, || {
        format!("serves {} external and {} other models together", external.len(), others.len())
    })
    .key("kinds")
    .help(|| "give each kind of model an endpoint of its own".to_owned());
    out.deny(Tri::from(entities.len() > MOST_ENTITIES), it, &at, || {
        format!("serves {} entities, {MOST_ENTITIES} are allowed", entities.len())
    })
    .key("count")
    .help(|| "spread them over several endpoints".to_owned());
}

fn sum(routes: &View<'_>, out: &mut Findings<'_>) {
    let shares: Vec<View<'_>> =
        routes.items().map(|route| route.member("traffic_percentage")).collect();
    let known: i64 = shares.iter().filter_map(View::int).sum();
    let are_known = Tri::all(shares.iter().map(|share| match share.val() {
        Val::Unknown(cause) => share.maybe(cause),
        _ => Tri::Yes,
    }));
    let is_wrong = match are_known {
        Tri::Yes => Tri::from(known != 100),
        _ => Tri::from(known > 100) | Tri::Maybe,
    };
    let more = if are_known == Tri::Yes { "" } else { " and what is known after the apply" };
    out.deny(is_wrong, routes.res(), routes, || {
        let sum = match shares.iter().any(View::has_sensitive) {
            true => SENSITIVE.to_owned(),
            false => known.to_string(),
        };
        format!("routes sum to {sum}{more}, not to 100 percent")
    })
    .key("sum")
    .help(|| "make the percentages sum to 100".to_owned());
}

fn names(routes: &View<'_>, entities: &[View<'_>], out: &mut Findings<'_>) {
    let own: Vec<View<'_>> = entities.iter().map(|entity| entity.member("name")).collect();
    if own.is_empty() || own.iter().any(|name| name.text().is_none_or(str::is_empty)) {
        own.iter().for_each(View::note_unknown);
        return;
    }
    let known: BTreeSet<&str> = own.iter().filter_map(View::text).collect();
    for route in routes.items() {
        for attribute in ["served_model_name", "served_entity_name"] {
            let name = route.member(attribute);
            if is_left_out(&name) {
                continue;
            }
            name.note_unknown();
            let Some(text) = name.text() else { continue };
            out.deny(Tri::from(!known.contains(text)), name.res(), &name, || {
                let all: Vec<String> = own.iter().map(View::show).collect();
                format!("route leads to {}, the endpoint serves {}", name.show(), all.join(", "))
            })
            .key(text)
            .help(|| "name an entity that the endpoint serves".to_owned());
        }
    }
}
