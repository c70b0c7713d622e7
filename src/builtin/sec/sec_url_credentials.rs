//! A password inside an address.

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
    /// Finds passwords and keys inside addresses: `https://user:password@host`, also of git, PyPI and S3,
    /// `jdbc:…;password=…`, keys of Azure in connection strings (`AccountKey=…`, `SharedAccessKey=…`) and a
    /// signed Azure address, anywhere in the values of resources, in variables that are not sensitive, outputs
    /// and provider blocks. A value that the plan masks counts too.
    ///
    /// Placeholders, references to a secret, addresses with a user alone and e-mail addresses do not count.
    ///
    /// ## Why is this bad?
    /// Addresses are taken for harmless: they are written to logs, shown in the UI and in error messages,
    /// and kept in state unmasked.
    /// Source: [RFC 3986, section 7.5](https://www.rfc-editor.org/rfc/rfc3986#section-7.5), which says that
    /// the password in a URL is a secret that clients show and log all the same.
    ///
    /// ## How to fix it
    /// Keep the credential where the service looks for it, and rotate what stood there:
    ///
    /// ```terraform
    /// resource "databricks_repo" "etl" {
    ///   url = "https://git.example.org/acme/etl.git"
    /// }
    /// # The login is that of databricks_git_credential.
    /// ```
    ///
    /// For JDBC hand over the user and the password by themselves, as `{{secrets/SCOPE/KEY}}`.
    ///
    /// ## What it cannot see
    /// Values that are known only after the apply. Where the attribute or its name tells that a secret stands
    /// there, the rule about that place speaks; so does `sec-script-secret` of scripts.
    pub static RULE = {
        id: "sec-url-credentials",
        summary: "an address holds a password or a key",
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
    forms.retain(|form| form.is_in_address);
    let secrets: BTreeSet<String> = forms.iter().map(|form| form.secret.clone()).collect();
    let mut leak = Leak::new(subject, at, Tri::Yes).with(secrets);
    // A short password is looked for with what stands around it.
    leak.hidden.extend(forms.iter().map(|form| form.whole.clone()));
    let message = format!("an address holds {} in clear", leaks::counted(&leak.secrets));
    let help = "take it out of the address, hand it over as a reference to a secret, and rotate it";
    (!forms.is_empty()).then(|| leak.saying(message, help))
}
