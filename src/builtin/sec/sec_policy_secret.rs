//! A credential in a cluster policy.

use crate::{
    builtin::shared::{
        containers::{self, Named},
        leaks::{self, Leak},
        named_secrets,
    },
    facts::secrets::Purpose,
    graph::Res,
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds cluster policies that fix, propose or list a credential in clear: a Spark setting such as
    /// `spark_conf.fs.s3a.secret.key`, an environment variable such as `spark_env_vars.DB_PASSWORD`, or a
    /// registry's password, in `definition` or in the overrides of a policy family. `hidden` does not
    /// help: it hides the value from a form, not from the definition.
    ///
    /// ## Why is this bad?
    /// Whoever may use a policy may read its definition, and every cluster made with it has the value in
    /// its configuration.
    /// Source: [compute policy reference](https://docs.databricks.com/aws/en/admin/clusters/policy-definition),
    /// [Spark configuration with secrets](https://docs.databricks.com/aws/en/security/secrets/secrets-spark-conf-env-var).
    ///
    /// ## How to fix it
    /// Fix a reference to the secret, and rotate what stood there:
    ///
    /// ```terraform
    /// resource "databricks_cluster_policy" "hive" {
    ///   name = "external-hive"
    ///   definition = jsonencode({
    ///     "spark_conf.spark.hadoop.javax.jdo.option.ConnectionPassword" = {
    ///       type  = "fixed"
    ///       value = "{{secrets/hive/password}}"
    ///     }
    ///   })
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// A definition that is known only after the apply. Values of fewer than six characters. Of a policy
    /// made from a family only the overrides are judged: the definition repeats them.
    pub static RULE = {
        id: "sec-policy-secret",
        summary: "a cluster policy holds a credential in clear",
        severity: Error,
        confidence: Heuristic,
        category: Security,
        profile: Default,
        world: State,
        subjects: ["databricks_cluster_policy"],
        since: "0.1.0",
        no_unknown: "a definition is judged only where all of it is known",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    leaks::report(cx.of("databricks_cluster_policy").flat_map(policy).collect(), out);
}

fn policy(policy: Res<'_>) -> Vec<Leak> {
    let is_of_family = policy.get("policy_family_id").is_given() != Tri::No;
    let mut named = containers::promising(policy, Purpose::Policy);
    named.retain(|it| !(is_of_family && it.view.attribute() == "definition"));
    named.into_iter().filter_map(leak).collect()
}

fn leak(it: Named<'_>) -> Option<Leak> {
    let text = it.inside.filter(|text| named_secrets::is_clear(text))?;
    let secrets = vec![text];
    let message = format!("the policy gives {} {} in clear", it.name, leaks::counted(&secrets));
    let help =
        format!("give `{}` the value `{{{{secrets/SCOPE/KEY}}}}`, and rotate the secret", it.name);
    Some(Leak::new(it.view.res(), &it.view, Tri::Yes).with(secrets).saying(message, help))
}
