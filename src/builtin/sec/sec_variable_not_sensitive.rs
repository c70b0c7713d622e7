//! A variable with the name of a secret that is not declared sensitive.

use std::collections::BTreeSet;

use crate::{
    builtin::shared::{
        credentials,
        leaks::{self, Leak},
        named_secrets,
    },
    facts::schema,
    lint::{Check, Findings, PlanCx, Subject},
    plan::{Actions, Tri, Value},
};

declare_rule! {
    /// ## What it does
    /// Finds root variables whose name promises a secret (`db_password`, `client_secret`,
    /// `github_token`), that have a text as their value, and that are not sensitive. A map or object counts
    /// where one of its keys promises a secret. Names of what belongs to a secret (`secret_scope`,
    /// `token_lifetime_seconds`, `password_policy`) and values that are none (a number, a switch, an ARN, a
    /// UUID, a path, the name of a secret, a placeholder) do not.
    ///
    /// ## Why is this bad?
    /// Terraform prints what is made of the variable in each plan and apply, and so do CI logs and comments
    /// on pull requests.
    /// Source: [sensitive variables](https://developer.hashicorp.com/terraform/language/values/variables#suppressing-values-in-cli-output).
    ///
    /// ## How to fix it
    /// Declare it sensitive, or `ephemeral = true` where only providers and write-only arguments take it
    /// (Terraform 1.10 or later), and rotate what was printed:
    ///
    /// ```terraform
    /// variable "db_password" {
    ///   type      = string
    ///   sensitive = true
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Variables with names that promise nothing, and those that a write-only argument takes: they are
    /// as a rule ephemeral, which a plan does not say. Variables of called modules: a mark follows the value.
    pub static RULE = {
        id: "sec-variable-not-sensitive",
        summary: "a variable with the name of a secret is not sensitive",
        severity: Warning,
        confidence: Heuristic,
        category: Security,
        profile: Default,
        world: Planned,
        subjects: ["variable"],
        since: "0.1.0",
        no_unknown: "a root variable always has a known value",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let plan = &cx.graph.plan;
    let Some(root) = plan.config.modules.first() else { return };
    let mut found = Vec::new();
    let unprinted = write_only(cx);
    let open = root.variables.iter().filter(|(_, variable)| !variable.sensitive);
    for (name, _) in open.filter(|(name, _)| !unprinted.contains(name.as_str())) {
        let mut texts = Vec::new();
        if let Some(value) = plan.variable(name) {
            secrets(value, credentials::promises(name), &mut texts);
        }
        if !texts.is_empty() {
            let subject = Subject::named(&plan.unit, &format!("var.{name}"), Actions::default());
            let leak = Leak::new(subject, (), Tri::Yes).with(texts);
            let message = format!(
                "by its name the variable holds a secret, {}, but it is not sensitive",
                leaks::counted(&leak.secrets)
            );
            found.push(leak.saying(message, "set `sensitive = true`, and rotate what was printed"));
        }
    }
    leaks::report(found, out);
}

/// Root variables that write-only arguments take, in called modules too: as a rule ephemeral ones,
/// which plan JSON does not tell from others.
fn write_only<'a>(cx: &'a PlanCx<'_>) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    let modules = cx.graph.plan.config.modules.iter().enumerate();
    for (module, block) in modules.flat_map(|(at, it)| it.resources.iter().map(move |it| (at, it)))
    {
        let Some(schema) = schema::resource(&block.type_) else { continue };
        for (argument, _) in schema.attributes().filter(|(_, it)| it.write_only) {
            let references = cx.graph.argument_references(block, argument);
            let of_root = cx.graph.origins(module, references).into_iter().filter(|it| it.0 == 0);
            names.extend(of_root.filter_map(|(_, it)| it.strip_prefix("var.")));
        }
    }
    names
}

/// The secrets of a value: itself, where the variable's name promises one, and what stands under a key
/// that does.
fn secrets(value: Value<'_>, is_promised: bool, out: &mut Vec<String>) {
    let is_secret =
        |text: &&str| is_promised && named_secrets::is_clear(text) && !credentials::is_uuid(text);
    out.extend(value.as_str().filter(is_secret).map(str::to_owned));
    for (key, item) in value.entries() {
        secrets(item, credentials::promises(key), out);
    }
}
