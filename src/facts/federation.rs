//! Issuers of OpenID Connect tokens, and what the subjects of their tokens look like.
//!
//! Source: <https://docs.github.com/en/actions/reference/security/oidc>, "Example subject claims";
//! <https://docs.gitlab.com/ci/secrets/id_token_authentication/>;
//! docs/resources/{account,service_principal}_federation_policy.md of
//! databricks/terraform-provider-databricks@684f442.

/// GitHub Actions. An enterprise may have its own name behind a slash.
const GITHUB: &str = "https://token.actions.githubusercontent.com";

/// Issuers that have no slash at their end, of whose tokens one with a slash is another issuer. Others have
/// one rightly, such as `https://acme.auth0.com/`.
const WITHOUT_SLASH: [&str; 2] = ["https://gitlab.com", GITHUB];

/// Whether tokens of an issuer are those of GitHub Actions.
pub fn is_github(issuer: &str) -> bool {
    issuer.strip_prefix(GITHUB).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether an issuer has a slash at its end that it must not have.
pub fn has_wrong_slash(issuer: &str) -> bool {
    issuer.strip_suffix('/').is_some_and(|bare| WITHOUT_SLASH.contains(&bare))
}

/// Whether a subject of GitHub's is that of every pull request of a repository.
pub fn is_pull_request(subject: &str) -> bool {
    subject.starts_with("repo:") && subject.ends_with(":pull_request")
}

/// Whether a subject of GitHub's is that of one environment, one branch, or one workflow.
pub fn is_narrow(subject: &str) -> bool {
    [":environment:", ":ref:refs/heads/", "job_workflow_ref:"].iter().any(|it| subject.contains(it))
}

/// Whether a subject has the form of GitHub's claim `sub`.
pub fn is_github_sub(subject: &str) -> bool {
    subject.starts_with("repo:")
}

/// The claim that a subject is held against where the policy names none.
pub const DEFAULT_CLAIM: &str = "sub";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers() {
        assert!(is_github(GITHUB) && is_github(&format!("{GITHUB}/acme")));
        assert!(!is_github("https://token.actions.githubusercontent.com.example.org"));
        assert!(has_wrong_slash("https://gitlab.com/") && !has_wrong_slash("https://gitlab.com"));
        assert!(!has_wrong_slash("https://acme.auth0.com/"));
    }

    #[test]
    fn subjects() {
        assert!(is_pull_request("repo:acme/infra:pull_request"));
        assert!(!is_pull_request("repo:acme/infra:environment:pull_request_checks"));
        for narrow in [
            "repo:acme/infra:environment:prod",
            "repo:acme/infra:ref:refs/heads/main",
            "repo:acme/infra:job_workflow_ref:acme/ci/.github/workflows/x.yml@refs/heads/main",
        ] {
            assert!(is_narrow(narrow), "{narrow}");
        }
        assert!(!is_narrow("repo:acme/infra:ref:refs/tags/v1"));
        assert!(is_github_sub("repo:acme/infra:ref:refs/tags/v1"));
    }
}
