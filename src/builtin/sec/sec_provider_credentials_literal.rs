//! A credential that stands in a provider block.

use crate::{
    builtin::shared::{
        leaks::{self, Leak},
        named_secrets, tokens,
    },
    facts::secrets as facts,
    graph::{Expr, ProviderBlock},
    lint::{Check, Findings, PlanCx, Severity, Subject},
    plan::{Actions, Tri},
};

declare_rule! {
    /// ## What it does
    /// Finds provider blocks with a literal as their credential: `token`, `client_secret` and `password` of
    /// `databricks`, `secret_key`, `token` and `access_key` of `aws`, and arguments of other providers
    /// whose name promises a secret, nested blocks included. A variable with a default counts too, and a
    /// member of one, as does a literal that is handed to a module. Placeholders and what emulators take
    /// (`test`, `mock_access_key`) do not.
    ///
    /// A `databricks` provider with `username` and `password` gets a note even where the password comes
    /// from elsewhere: basic authentication reached end of life in July 2024.
    ///
    /// ## Why is this bad?
    /// The credential of the pipeline stands in the code, and in the configuration part of every saved plan.
    /// Source: [provider configuration](https://developer.hashicorp.com/terraform/language/providers/configuration),
    /// [authentication of the Databricks provider](https://registry.terraform.io/providers/databricks/databricks/latest/docs#authentication),
    /// [end of life of passwords](https://docs.databricks.com/en/security/auth-authz/password-deprecation.html);
    /// Checkov CKV_AWS_41.
    ///
    /// ## How to fix it
    /// Let the environment, a profile or OIDC of the pipeline provide it, and revoke what stood there:
    ///
    /// ```terraform
    /// provider "databricks" {
    ///   host      = "https://dbc-4f1c2a9e-77d0.cloud.databricks.com"
    ///   auth_type = "github-oidc"
    ///   client_id = var.client_id
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Locals and what functions make. A plan does not tell a variable from a condition on it, so the
    /// default of a variable that does not look random, and whose name promises no secret, makes the
    /// finding possible.
    pub static RULE = {
        id: "sec-provider-credentials-literal",
        summary: "a provider block holds a credential",
        severity: Error,
        also: [(Note, "a user name and a password, with which Databricks lets nobody in any more")],
        confidence: Certain,
        category: Security,
        profile: Default,
        world: Planned,
        subjects: ["provider"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let found = cx.graph.providers().flat_map(|provider| {
        let mut all: Vec<Leak> = provider
            .arguments()
            .into_iter()
            .filter(|(path, _)| tokens::is_credential(&provider.block.name, path))
            .filter_map(|(path, expression)| leak(cx, provider, path, expression))
            .collect();
        // The id of a key comes with its secret, which is the worse of the two.
        if all.iter().any(|leak| leak.at.lasting() == "secret_key") {
            all.retain(|leak| leak.at.lasting() != "access_key");
        }
        if all.is_empty() {
            all.extend(ended_login(cx, provider));
        }
        all
    });
    leaks::report(found.collect(), out);
}

fn leak(
    cx: &PlanCx<'_>,
    provider: ProviderBlock<'_>,
    path: String,
    expression: Expr<'_>,
) -> Option<Leak> {
    let literal = provider.literal(expression)?;
    let text = literal.value.as_str().filter(|text| is_secret(&provider.block.name, text))?;
    let tri = named_secrets::is_meant(&literal, text);
    let is = if tri == Tri::Yes { "is" } else { "may be" };
    let unit = &cx.graph.plan.unit;
    let address = format!("provider.{}", provider.key);
    let subject = Subject::named(unit, &address, Actions::default());
    let leak = Leak::new(subject, path.as_str(), tri).with([text]);
    let what = leaks::counted(&leak.secrets);
    let help = "leave it to the environment, a profile or OIDC, and revoke what stood there";
    match &literal.default_of {
        None => {
            Some(leak.saying(format!("`{path}` is a literal: {what} stands in the code"), help))
        }
        Some(variable) => {
            let message =
                format!("`{path}` {is} the default of {variable}: {what} stands in the code");
            let variable = Subject::named(unit, variable, Actions::default());
            Some(leak.saying(message, help).caused(variable, "default"))
        }
    }
}

/// A login that the service no longer takes, wherever its password comes from.
fn ended_login(cx: &PlanCx<'_>, provider: ProviderBlock<'_>) -> Option<Leak> {
    // With source a masked variable is no constant, but it is set all the same.
    let is_set = |name: &str| {
        let references = provider.argument(name).map(Expr::references).unwrap_or_default();
        matches!(references.as_slice(), [only] if only.starts_with("var.")) && provider.is_set(name)
    };
    let is_given =
        |name: &str| provider.constant(name).is_some_and(|text| !text.is_empty()) || is_set(name);
    let (_, arguments) = facts::ENDED_LOGINS.iter().find(|(name, arguments)| {
        *name == provider.block.name && arguments.iter().all(|name| is_given(name))
    })?;
    let address = format!("provider.{}", provider.key);
    let subject = Subject::named(&cx.graph.plan.unit, &address, Actions::default());
    let [user, password] = arguments;
    let mut leak = Leak::new(subject, *password, Tri::Yes);
    leak.level = Some(Severity::Note);
    let message = format!(
        "`{user}` and `{password}` are basic authentication, which reached end of life: no request \
         gets in"
    );
    Some(
        leak.saying(
            message,
            "sign in with OAuth of a service principal, best by OIDC of the pipeline",
        ),
    )
}

fn is_secret(provider: &str, text: &str) -> bool {
    let placeholders = facts::provider_credentials(provider).map_or(&[][..], |it| it.placeholders);
    !placeholders.contains(&text) && named_secrets::is_clear(text)
}
