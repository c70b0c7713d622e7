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
    secrecy::names,
};

declare_rule! {
    /// ## What it does
    /// Finds root variables whose name promises a secret (`db_password`, `clientSecret`,
    /// `github_token`), that have a text as their value, and that are not sensitive. Of a list, map or
    /// object (`secrets = { db = "…" }`) each text counts, unless its key says that it is something else;
    /// under any other name where the key promises a secret. Names of what belongs to a secret
    /// (`secret_scope`, `private_key_algorithm`, `token_lifetime_seconds`, `password_policy`) and values
    /// that are none (a number, a switch, an ARN, a UUID, a path, a region, the name of a secret, a
    /// placeholder) do not.
    ///
    /// A value that is short, a word or two, or of digits is possible, and so is a name of small words under
    /// that of a key (`ssh_key = "acme-prod-bastion-host"`). So is one like a secret under a name
    /// that need not mean one: `storage_credential` as a rule names an object of Unity Catalog.
    ///
    /// ## Why is this bad?
    /// Terraform prints what is made of the variable in each plan and apply, and so do CI logs and comments
    /// on pull requests.
    /// Source: [sensitive variables](https://developer.hashicorp.com/terraform/language/values/variables#suppressing-values-in-cli-output).
    ///
    /// ## How to fix it
    /// Declare it sensitive, without a default, or `ephemeral = true` where only providers and write-only arguments take it
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
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let plan = &cx.graph.plan;
    let Some(root) = plan.config.modules.first() else { return };
    let mut found = Vec::new();
    let unprinted = write_only(cx);
    let open = root.variables.iter().filter(|(_, variable)| !variable.sensitive);
    for (name, variable) in open.filter(|(name, _)| !unprinted.contains(name.as_str())) {
        let mut texts = Vec::new();
        if let Some(value) = plan.variable(name) {
            secrets(value, name, false, &mut texts);
        }
        let tri = texts.iter().fold(Tri::No, |tri, (_, is_one)| tri | *is_one);
        if tri != Tri::No {
            let subject = Subject::named(&plan.unit, &format!("var.{name}"), Actions::default());
            // Beside what is one for certain the others are of no weight.
            let texts = texts.into_iter().filter(|(_, is_one)| *is_one == tri);
            let leak = Leak::new(subject, (), tri).with(texts.map(|(text, _)| text));
            found.push(told(leak, cx.graph.default_of(variable).is_some()));
        }
    }
    leaks::report(found, out);
}

fn told(leak: Leak, has_default: bool) -> Leak {
    let holds = if leak.tri == Tri::Yes { "holds" } else { "may hold" };
    let message = format!(
        "by its name the variable {holds} {}, but it is not sensitive",
        leaks::counted(&leak.secrets)
    );
    // Sensitive, it would be a secret in the code still.
    let help = match has_default {
        true => "set `sensitive = true`, leave its default out, and rotate what stood there",
        false => "set `sensitive = true`, and rotate what was printed",
    };
    leak.saying(message, help)
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

/// The secrets of a value, and whether they are: itself, where a name promises one, and what stands in
/// it, where its key promises one or does not say that it is something else. A key may be one, too.
/// Where the name is that of a list or map around it (`is_around`), `secrets = ["etl"]` may list names.
fn secrets(value: Value<'_>, name: &str, is_around: bool, out: &mut Vec<(String, Tri)>) {
    let promise = names::promise(name);
    if let Some(text) = value.as_str().filter(|text| !credentials::is_uuid(text)) {
        let is_sure = Tri::from(!is_around || credentials::is_secret_like(text)) | Tri::Maybe;
        out.push((text.to_owned(), named_secrets::is_one(promise, name, text) & is_sure));
    }
    value.items().for_each(|item| secrets(item, name, true, out));
    for (key, item) in value.entries() {
        if promise != Tri::No {
            let tokens = credentials::tokens(key).into_iter();
            out.extend(tokens.map(|token| (token.to_owned(), Tri::Yes)));
        }
        match names::promise(key) {
            Tri::No if credentials::identifies(key) || names::is_about(key) => {
                secrets(item, "", true, out);
            }
            Tri::No => secrets(item, name, true, out),
            _ => secrets(item, key, false, out),
        }
    }
}
