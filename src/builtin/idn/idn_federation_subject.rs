//! Whose tokens a federation policy takes.

use crate::{
    facts::federation::{self, DEFAULT_CLAIM},
    graph::{Res, Val, View},
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Looks at `databricks_service_principal_federation_policy` and `databricks_account_federation_policy`,
    /// and finds
    ///
    /// - a policy of a service principal without a subject, or with a `*` in it,
    /// - a policy of the account with a subject,
    /// - an issuer that is no HTTPS URL, or one of GitHub or GitLab with a slash at its end,
    /// - as a warning: a subject of GitHub that is every pull request, or neither one environment nor one
    ///   branch,
    /// - as a note: no audience, and a subject of GitHub's claim `sub` where another claim is compared.
    ///
    /// ## Why is this bad?
    /// Subject and issuer are compared as they are: a `*` stands for itself, and the policy matches
    /// nobody. A subject of all pull requests lets everybody in who may open one, from a fork too.
    /// Without a subject a policy of a service principal is refused, with one a policy of the account is.
    /// Without an audience only tokens for the account's id are taken, which the pipeline has to ask for.
    /// Source:
    /// [service_principal_federation_policy](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/service_principal_federation_policy),
    /// "Must be specified for service principal federation policies. Must not be specified for account
    /// federation policies"; [OpenID Connect at
    /// GitHub](https://docs.github.com/en/actions/reference/security/oidc).
    ///
    /// ## How to fix it
    /// Name one environment, or one branch that is protected:
    ///
    /// ```terraform
    /// resource "databricks_service_principal_federation_policy" "deploy" {
    ///   service_principal_id = databricks_service_principal.deploy.id
    ///   oidc_policy = {
    ///     issuer    = "https://token.actions.githubusercontent.com"
    ///     audiences = [var.account_id]
    ///     subject   = "repo:acme/infra:environment:prod"
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Whether an environment or a branch is protected. Subjects and issuers that are known only after the
    /// apply: about these it is silent. The subjects of other issuers are only looked at for a `*`.
    pub static RULE = {
        id: "idn-federation-subject",
        summary: "federation policy that matches nobody, or too many",
        severity: Error,
        also: [
            (Warning, "a subject of GitHub that is wider than one environment or branch"),
            (Note, "no audience, or a subject of another claim than the one that is compared"),
        ],
        confidence: Certain,
        category: Security,
        profile: Default,
        world: State,
        subjects: [
            "databricks_service_principal_federation_policy",
            "databricks_account_federation_policy",
        ],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("databricks_service_principal_federation_policy") {
        issuer(it, out);
        subject(it, out);
        audience(it, out);
    }
    for it in cx.of("databricks_account_federation_policy") {
        issuer(it, out);
        let subject = it.get("oidc_policy.subject");
        out.deny(subject.is_given(), it, &subject, || {
            format!("has the subject {}, but a policy of the account has none", subject.show())
        })
        .help(|| "leave `subject` out, or write a policy of the service principal".to_owned());
    }
}

fn issuer(it: Res<'_>, out: &mut Findings<'_>) {
    let issuer = it.get("oidc_policy.issuer");
    issuer.note_unknown();
    let Some(text) = issuer.text() else { return };
    let is_https = text.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"));
    out.deny(Tri::from(!is_https), it, &issuer, || {
        format!("has the issuer {}, which is no HTTPS URL", issuer.show())
    })
    .key("scheme")
    .help(|| "begin it with https://".to_owned());
    out.deny(Tri::from(federation::has_wrong_slash(text)), it, &issuer, || {
        format!("has the issuer {}, whose tokens have no slash at the end of it", issuer.show())
    })
    .key("slash")
    .help(|| "take the slash away".to_owned());
}

fn subject(it: Res<'_>, out: &mut Findings<'_>) {
    let subject = it.get("oidc_policy.subject");
    let text = match subject.val() {
        Val::Unknown(cause) => return subject.note(cause),
        _ => subject.text().unwrap_or_default(),
    };
    if text.is_empty() {
        out.deny(Tri::Yes, it, &subject, || {
            "has no subject, so it says of nobody's tokens that they are taken".to_owned()
        })
        .help(|| "name the subject whose tokens are taken".to_owned());
    } else if text.contains('*') {
        out.deny(Tri::Yes, it, &subject, || {
            format!("has the subject {}, in which a * stands for itself", subject.show())
        })
        .help(|| "write a policy for each subject, without a *".to_owned());
    } else {
        of_github(it, &subject, text, out);
    }
}

/// What GitHub puts into the claim that is compared.
fn of_github(it: Res<'_>, subject: &View<'_>, text: &str, out: &mut Findings<'_>) {
    let is_github = it.get("oidc_policy.issuer").test_text(federation::is_github);
    if is_github == Tri::No {
        return;
    }
    let claim = it.get("oidc_policy.subject_claim");
    let is_other = claim.test_text(|claim| !claim.is_empty() && claim != DEFAULT_CLAIM);
    let is_wide = Tri::from(!federation::is_narrow(text));
    out.deny(is_github & !is_other & is_wide, it, subject, || {
        let who = match federation::is_pull_request(text) {
            true => "every pull request of the repository",
            false => "neither one environment nor one branch",
        };
        format!("has the subject {}, which is {who}", subject.show())
    })
    .at(Severity::Warning)
    .help(|| "end it in `:environment:NAME`, or in `:ref:refs/heads/BRANCH`".to_owned());
    out.deny(is_github & is_other & federation::is_github_sub(text).into(), it, subject, || {
        format!("has the subject {}, but compares the claim {}", subject.show(), claim.show())
    })
    .at(Severity::Note)
    .key("claim")
    .help(|| format!("write the subject as the claim has it, or compare `{DEFAULT_CLAIM}`"));
}

fn audience(it: Res<'_>, out: &mut Findings<'_>) {
    let audiences = it.get("oidc_policy.audiences");
    let is_none = match audiences.val() {
        Val::Known(all) => Tri::from(all.items().len() == 0),
        Val::Null | Val::Omitted => Tri::Yes,
        Val::Unknown(_) => Tri::No,
    };
    out.deny(is_none, it, &audiences, || {
        "has no audience: only tokens for the id of the account are taken".to_owned()
    })
    .at(Severity::Note)
    .help(|| "name the audience that the pipeline asks for".to_owned());
}
