//! Something in the form of a credential that somebody issues.

use std::collections::BTreeSet;

use crate::{
    builtin::shared::{
        leaks::{self, Leak},
        tokens::{self, Form},
    },
    lint::{At, Check, Findings, PlanCx, Subject},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds values with the form of a credential that a service issues: Databricks, GitHub, GitLab and
    /// Slack tokens, access keys of AWS, private keys and some 50 others, anywhere in the values of
    /// resources and the keys of their maps, also behind base64, in defaults and values of variables that
    /// are not sensitive, in outputs, in provider blocks, and in arguments of modules that nothing shows.
    /// A token ends where letters and digits do: `TOKEN_dapi…` holds one, a longer word with its letters
    /// in it does not.
    ///
    /// Where another rule knows by the place that a secret stands there, that rule speaks: an argument
    /// made for secrets, an environment variable or a setting with the name of one, a script, a policy, a
    /// credential of a provider. Samples of documentation, repeated characters and placeholders do not
    /// count. Checksums are not verified.
    ///
    /// ## Why is this bad?
    /// Such a prefix leaves practically no doubt that the text is a credential. It is in state and in
    /// every saved plan, and in the code if it stands there.
    /// Source: the formats are those of [gitleaks](https://github.com/gitleaks/gitleaks/blob/master/config/gitleaks.toml)
    /// and of the issuers' documentation; Checkov CKV_SECRET_2, 13 and 14.
    ///
    /// ## How to fix it
    /// Revoke it, then take it out of the code and its history. Hand on a reference in its place:
    ///
    /// ```terraform
    /// resource "databricks_job" "mirror" {
    ///   # ...
    ///   parameter {
    ///     name    = "token"
    ///     default = "{{secrets/mirror/token}}"
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Values that are known only after the apply, credentials without a form of their own, compressed
    /// text, provisioners. `tags_all` is not looked at: it repeats the tags.
    pub static RULE = {
        id: "sec-token-pattern",
        summary: "a value has the form of a credential",
        severity: Error,
        confidence: Certain,
        category: Security,
        profile: Default,
        world: State,
        subjects: ["*", "output", "provider", "variable"],
        since: "0.1.0",
        no_unknown: "only known values have a form",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    tokens::report(cx, out, leak);
}

fn leak(subject: Subject, at: At, mut forms: Vec<Form>) -> Option<Leak> {
    forms.retain(|form| !form.is_in_address);
    let names: BTreeSet<&str> = forms.iter().map(|form| form.name).collect();
    let names = names.into_iter().collect::<Vec<_>>().join(", ");
    let secrets: BTreeSet<String> = forms.iter().map(|form| form.secret.clone()).collect();
    let mut leak = Leak::new(subject, at, Tri::Yes).with(secrets);
    leak.hidden.extend(forms.iter().map(|form| form.whole.clone()));
    let what = leaks::counted(&leak.secrets);
    let message = format!("{what} stands here in clear; its form is that of {names}");
    let help = "revoke it, then take it out of the code and its history";
    (!forms.is_empty()).then(|| leak.saying(message, help))
}
