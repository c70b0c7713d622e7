//! A policy that no cluster can have.

use crate::{
    builtin::shared::{cluster_policy::may_be_secret, compute::is_left_out},
    databricks::problems::{Fault, Problem, problems},
    graph::View,
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_cluster_policy` whose `definition` or `policy_family_definition_overrides`
    /// Databricks cannot use: no JSON, no object, elements without a type or of an unknown one, without
    /// the value that the type needs, with keys that policies do not know, with a range that holds
    /// nothing, a pattern that no engine compiles, a value of the wrong kind, or a default that its own
    /// limit refuses; and a `definition` beside a `policy_family_id`. A number of workers that is fixed
    /// beside fixed bounds is a warning, an element that is no setting of a cluster, but nearly one, a
    /// note.
    ///
    /// ## Why is this bad?
    /// The definition is one string to Terraform and is stored as it is. It is read when somebody starts
    /// a cluster with it: then that fails, with "malformed policy definition".
    /// Source: databricks/cli#6492, databricks/terraform-provider-databricks#591 and #4736;
    /// [Compute policy reference](https://docs.databricks.com/aws/en/admin/clusters/policy-definition).
    ///
    /// ## How to fix it
    /// ```terraform
    /// resource "databricks_cluster_policy" "analytics" {
    ///   name = "analytics"
    ///   definition = jsonencode({
    ///     autotermination_minutes = { type = "range", minValue = 10, maxValue = 60, defaultValue = 30 }
    ///     node_type_id            = { type = "allowlist", values = ["m6i.large", "m6i.xlarge"] }
    ///   })
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// A definition with a part that is known only after the apply: the whole text is unknown then, and
    /// the rule is silent. Patterns are Java's, so one with a lookahead or the like is not checked further.
    pub static RULE = {
        id: "cmp-policy-definition",
        summary: "cluster policy that will never work",
        severity: Error,
        also: [
            (Warning, "it fixes both a number of workers and bounds for it"),
            (Note, "an element is no setting of a cluster, but nearly one"),
        ],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_cluster_policy"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("databricks_cluster_policy") {
        let (definition, overrides) =
            (it.get("definition"), it.get("policy_family_definition_overrides"));
        let family = it.get("policy_family_id");
        if is_left_out(&family) {
            report(&definition, true, out);
        } else {
            // What is not written here is the family's own.
            out.deny(definition.is_written() & family.is_set(), it, &definition, || {
                "has a definition beside policy_family_id, which gives it one".to_owned()
            })
            .key("family")
            .help(|| "move it to `policy_family_definition_overrides`".to_owned());
        }
        report(&overrides, false, out);
    }
}

fn report(text: &View<'_>, is_whole: bool, out: &mut Findings<'_>) {
    text.note_unknown();
    let found = text.text().filter(|it| !it.is_empty()).map(|it| problems(it, is_whole));
    for problem in found.unwrap_or_default() {
        let key = format!("{}\0{}", problem.path, problem.what);
        out.deny(Tri::Yes, text.res(), text, || message(text, &problem))
            .at(level(problem.fault))
            .key(&key)
            .help(|| {
                "see the compute policy reference for the types and keys of elements".to_owned()
            });
    }
}

fn message(text: &View<'_>, problem: &Problem) -> String {
    // A masked definition shows nothing of itself.
    if text.has_sensitive() {
        return "the definition, which is masked, is malformed".to_owned();
    }
    match problem.path.as_str() {
        path if may_be_secret(path) => {
            format!("{path} is malformed, or its values contradict each other")
        }
        "" => format!("the definition {}", problem.what),
        path => format!("{path} {}", problem.what),
    }
}

fn level(fault: Fault) -> Severity {
    match fault {
        Fault::Broken => Severity::Error,
        Fault::Contradiction => Severity::Warning,
        Fault::Misspelt => Severity::Note,
    }
}
