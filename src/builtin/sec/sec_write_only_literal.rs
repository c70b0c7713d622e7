//! A literal in a write-only argument.

use crate::{
    builtin::shared::{
        credentials,
        leaks::{self, Leak},
        named_secrets,
    },
    facts::schema,
    graph::{Cause, Res},
    lint::{Check, Findings, PlanCx, Subject},
    plan::{Actions, Tri},
};

declare_rule! {
    /// ## What it does
    /// Finds write-only arguments (`password_wo`, `value_wo`, `secret_string_wo`) that are given a literal,
    /// or a variable with a default, or a member of one. What a function makes of constants
    /// (`jsonencode({…})`) is possible: a plan does not show it. Empty texts and placeholders do not count.
    ///
    /// ## Why is this bad?
    /// A write-only argument keeps a secret out of state and out of the values of a plan. A literal stands
    /// in the code all the same, and in the configuration part of every saved plan.
    /// Source: [write-only arguments](https://developer.hashicorp.com/terraform/language/manage-sensitive-data/write-only).
    ///
    /// ## How to fix it
    /// Give it what an ephemeral resource reads, or an ephemeral variable without a default, and rotate
    /// what stood there:
    ///
    /// ```terraform
    /// resource "aws_ssm_parameter" "key" {
    ///   name             = "/etl/key"
    ///   type             = "SecureString"
    ///   value_wo         = ephemeral.aws_secretsmanager_secret_version.key.secret_string
    ///   value_wo_version = 1
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Locals. A plan does not tell a variable from a condition on it, so the default of a variable
    /// that does not look random, and whose name promises no secret, makes the finding possible.
    pub static RULE = {
        id: "sec-write-only-literal",
        summary: "a write-only argument is given a literal",
        severity: Error,
        confidence: Certain,
        category: Security,
        profile: Default,
        world: Planned,
        subjects: [
            "aws_db_instance",
            "aws_docdb_cluster",
            "aws_rds_cluster",
            "aws_redshift_cluster",
            "aws_redshiftserverless_namespace",
            "aws_secretsmanager_secret_version",
            "aws_ssm_parameter",
        ],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let all = RULE.subjects.iter().flat_map(|type_| cx.of(type_));
    leaks::report(all.flat_map(literals).collect(), out);
}

fn literals(it: Res<'_>) -> Vec<Leak> {
    let attributes =
        schema::resource(it.type_()).into_iter().flat_map(|schema| schema.attributes());
    let write_only = attributes.filter(|(_, attribute)| attribute.write_only);
    write_only.filter_map(|(name, _)| literal(it, name)).collect()
}

fn literal(it: Res<'_>, name: &'static str) -> Option<Leak> {
    let view = it.get(name);
    let help = format!("give `{name}` what an ephemeral resource reads, and rotate the secret");
    if view.is_opaque() {
        let leak = Leak::new(it, &view, view.maybe(Cause::Function));
        return Some(leak.saying(
            format!("`{name}` is made of constants alone, so the secret may stand in the code"),
            help,
        ));
    }
    let literal = view.literal()?;
    let is_secret =
        |text: &&str| !credentials::is_placeholder(text) && !credentials::is_template(text);
    let text = literal.value.as_str().filter(is_secret)?;
    let tri = named_secrets::is_meant(&literal, text);
    let leak = Leak::new(it, &view, tri).with([text]);
    let what = leaks::counted(&leak.secrets);
    let is = if tri == Tri::Yes { "is" } else { "may be" };
    match &literal.default_of {
        None => {
            Some(leak.saying(format!("`{name}` is a literal: {what} stands in the code"), help))
        }
        Some(variable) => {
            let message =
                format!("`{name}` {is} the default of {variable}: {what} stands in the code");
            let unit = &it.scope().graph.plan.unit;
            let variable = Subject::named(unit, variable, Actions::default());
            Some(leak.saying(message, help).caused(variable, "default"))
        }
    }
}
