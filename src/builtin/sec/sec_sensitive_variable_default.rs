//! A default of a variable that is declared sensitive.

use crate::{
    builtin::shared::{
        credentials,
        leaks::{self, Leak},
    },
    lint::{Check, Findings, PlanCx, Subject},
    plan::{Actions, ConfigModule, Tri, Value},
};

declare_rule! {
    /// ## What it does
    /// Finds variables with `sensitive = true` and a default that holds a text, of the root module and of
    /// the modules that it calls, whatever value they are given. Texts inside maps, objects and lists
    /// count. Empty texts, placeholders, numbers, ARNs and UUIDs do not, nor do plain words and
    /// e-mail addresses, unless the variable's name promises a secret.
    ///
    /// ## Why is this bad?
    /// `sensitive` hides a value from what Terraform prints. The default stands in the code, in clear, in
    /// every copy of the repository, and in the configuration part of every saved plan.
    /// Source: [sensitive variables](https://developer.hashicorp.com/terraform/language/values/variables#suppressing-values-in-cli-output).
    ///
    /// ## How to fix it
    /// Leave the default out, hand the value over when Terraform runs (`TF_VAR_client_secret`), and rotate
    /// what stood there:
    ///
    /// ```terraform
    /// variable "client_secret" {
    ///   type      = string
    ///   sensitive = true
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Whether the default is in use: it is in the code either way. Variables of modules that the plan's
    /// configuration does not have. Names of hosts, ranges and ids are passed over where the variable's name
    /// promises no secret; URLs are not.
    pub static RULE = {
        id: "sec-sensitive-variable-default",
        summary: "a sensitive variable has a default",
        severity: Error,
        confidence: Certain,
        category: Security,
        profile: Default,
        world: Planned,
        subjects: ["variable"],
        since: "0.1.0",
        no_unknown: "a default is always known",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let modules = cx.graph.plan.config.modules.iter();
    leaks::report(modules.flat_map(|module| of_module(cx, module)).collect(), out);
}

fn of_module(cx: &PlanCx<'_>, module: &ConfigModule) -> Vec<Leak> {
    let path: String = module.path.iter().map(|name| format!("module.{name}.")).collect();
    let sensitive = module.variables.iter().filter(|(_, variable)| variable.sensitive);
    sensitive
        .filter_map(|(name, variable)| {
            let mut texts = Vec::new();
            secrets(cx.graph.default_of(variable)?, name, &mut texts);
            let address = format!("{path}var.{name}");
            let subject = Subject::named(&cx.graph.plan.unit, &address, Actions::default());
            let leak = Leak::new(subject, "default", Tri::Yes).with(texts);
            let message = format!(
                "the variable is sensitive, but its default, {}, stands in the code",
                leaks::counted(&leak.secrets)
            );
            let help = "leave the default out, and rotate what stood there";
            (!leak.secrets.is_empty()).then(|| leak.saying(message, help))
        })
        .collect()
}

/// The texts of a default that may be secrets, by the names around them.
fn secrets(value: Value<'_>, name: &str, out: &mut Vec<String>) {
    if let Some(text) = value.as_str().filter(|text| is_secret(text, name)) {
        out.push(text.to_owned());
    }
    value.items().for_each(|item| secrets(item, name, out));
    value.entries().for_each(|(key, item)| {
        let name = if credentials::promises(name) { name } else { key };
        secrets(item, name, out);
    });
}

fn is_secret(text: &str, name: &str) -> bool {
    let is_number = text.parse::<f64>().is_ok();
    // The address of a webhook is what lets in.
    let is_identifier = credentials::is_identifier(text) && !text.contains("://");
    let is_plain = credentials::is_word(text) || is_identifier;
    !credentials::is_placeholder(text)
        && !credentials::is_uuid(text)
        && !is_number
        && (!is_plain || credentials::promises(name))
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn identifiers_are_none() {
        for text in ["10.0.0.0/8", "db.example.org", "111122223333", "eu-west-1"] {
            assert!(!is_secret(text, "network"), "{text}");
        }
        for text in ["https://hooks.example.org/x", "Kq7-xT2mW9zLp4"] {
            assert!(is_secret(text, "network"), "{text}");
        }
        assert!(is_secret("db.example.org", "db_password"));
    }
}
