//! Where a Git repository is hosted.

use crate::facts::git::is_known_host;

/// Whether the host of a repository's URL tells which kind of Git server it is. `git@host:path` does not:
/// that is no URL to the provider.
pub fn tells_its_provider(url: &str) -> bool {
    let host = url.split_once("://").map(|(_, rest)| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority.rsplit('@').next().unwrap_or_default().to_ascii_lowercase()
    });
    host.is_some_and(|host| is_known_host(&host))
}

#[cfg(test)]
mod tests {
    #[test]
    fn hosts() {
        for (url, wanted) in [
            ("https://github.com/acme/etl.git", true),
            ("https://GitHub.com/acme/etl", true),
            ("https://acme@dev.azure.com/acme/data/_git/etl", true),
            ("https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/etl", true),
            ("https://git-codecommit.a.b.amazonaws.com/v1/repos/etl", false),
            ("https://github.com:443/acme/etl", false),
            ("https://github.com.acme.example/etl", false),
            ("https://git.acme.example/github.com/etl", false),
            ("git@github.com:acme/etl.git", false),
            ("", false),
        ] {
            assert_eq!(super::tells_its_provider(url), wanted, "{url}");
        }
    }
}
