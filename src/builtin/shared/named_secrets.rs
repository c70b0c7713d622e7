//! Whether what stands under a name that promises a secret is one: a reference to it, its place and
//! what stands in for it are not.

use std::sync::LazyLock;

use regex::Regex;

use crate::{
    facts::{identity, secrets::Purpose},
    graph::{End, Hit, Literal, Val, View},
    plan::{Step, Tri},
};

use super::{
    credentials,
    secrets::{self, Origin},
};

/// Whether a name promises a secret, in what is made for that purpose.
pub(crate) fn promises(purpose: Purpose, name: &str) -> bool {
    match purpose {
        Purpose::Settings => credentials::is_spark_secret(name),
        // The document's elements were told by their paths.
        Purpose::Policy => true,
        _ => credentials::promises_anywhere(name),
    }
}

/// Whether a value under a name that promises a secret is one in clear.
pub(crate) fn is_clear(text: &str) -> bool {
    let is_none = text.is_empty()
        || is_pointer(text)
        || credentials::is_placeholder(text)
        || credentials::is_identifier(text) && !credentials::is_uuid(text);
    !is_none || !credentials::tokens(text).is_empty()
}

/// Whether a text only leads to where something is: a template, a variable of a shell, a path, the
/// name of a secret in a store, a class of Java.
pub(crate) fn is_pointer(text: &str) -> bool {
    static FORMS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        let forms = [
            // `ssm:/prod/db`, `vault:secret/data/db#password`, of tools that fill environments.
            r"^(?:ssm|vault|secretsmanager|awssm|aws-sm|gcp-sm|sm|kv|ref\+[a-z0-9]+|op|file|dbfs|env):\S+$",
            r"^(?:~|\.{1,2})?/[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*/?$",
            r"^[A-Za-z]:\\\S*$",
            // `etl/db-password`
            r"^[a-z][a-z0-9_.-]*(?:/[a-z][a-z0-9_.-]*)+$",
            r"^[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+\.[A-Z][A-Za-z0-9_$]*$",
        ];
        forms.iter().filter_map(|form| Regex::new(form).ok()).collect()
    });
    // `db-password` names one.
    let words: Vec<&str> = text.split(['-', '_', '.']).collect();
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|it| it.is_ascii_lowercase());
    let is_name = matches!(words.len(), 2 | 3)
        && words.iter().all(is_word)
        && words.last().is_some_and(|word| credentials::promises(word));
    let is_filled_in = text.starts_with('$') || text.starts_with('%') && text.ends_with('%');
    let has_form = || FORMS.iter().any(|form| form.is_match(text));
    is_name
        || is_filled_in
        || text.contains("{{")
        || has_form() && !text.split('/').any(credentials::is_random)
}

/// Whether a literal is what its argument gets. Of an expression with a variable in it a plan shows the
/// name only: the default of one that promises nothing, and looks like nothing, may only decide about it.
pub(crate) fn is_meant(literal: &Literal<'_>, text: &str) -> bool {
    let is_promised = literal.variable.as_deref().is_some_and(credentials::promises);
    literal.is_whole
        || is_promised
        || credentials::is_random(text)
        || !credentials::tokens(text).is_empty()
}

/// Whether a secret stands in clear at a place whose name promises one.
pub(crate) fn judge(view: &View<'_>, name: &str) -> Tri {
    match view.val() {
        Val::Null | Val::Omitted => Tri::No,
        Val::Known(_) => Tri::from(view.text().is_some_and(is_clear)),
        Val::Unknown(cause) => match secrets::origin(view, name) {
            Origin::Secret => Tri::Yes,
            Origin::Reference => Tri::No,
            _ if view.hits().iter().any(|hit| locates(view, hit)) => Tri::No,
            _ => view.maybe(cause),
        },
    }
}

/// Whether a reference leads to a name, an ARN or an address, or to something in which secrets are
/// kept: what comes of it is where the secret is.
fn locates(view: &View<'_>, hit: &Hit) -> bool {
    let End::Resource(id) = hit.end else { return false };
    let res = view.res().scope().res(id);
    let Some(name) = hit.attribute.first().and_then(Step::name) else { return false };
    let is_store = ["aws_secretsmanager_secret", "aws_ssm_parameter", "databricks_secret_scope"]
        .contains(&res.type_());
    let is_identity = name != "id" && identity::attributes(res.type_()).any(|it| it == name);
    (is_store && name != "value") || is_identity || (name != "id" && credentials::identifies(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_to_a_secret_is_none() {
        for text in [
            "",
            "{{secrets/etl/db-password}}",
            "{{secret/etl/db-password}}",
            "etl/db-password",
            "db-password",
            "https://idp.example.org/token",
            "4096",
            "/run/secrets/db",
            "true",
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:notify-api-key-AbCdEf",
            "com.amazonaws.auth.InstanceProfileCredentialsProvider",
            "ssm:/prod/db",
            "$DB_PASSWORD",
            "changeme",
            "dbfs:/keys/Db.json",
        ] {
            assert!(!is_clear(text), "{text}");
        }
    }

    #[test]
    fn what_is_one() {
        for text in [
            "Etl-reader-3141-pi",
            "k-fake-9f8e7d6c5b4a39281706",
            "partner-bucket-reader-01",
            "postgres",
            "crm-Token-0101-fake",
            "not-a-real-client-secret",
            "org.apache.kafka.PlainLoginModule required username='lake' password='Kx-11-2233';",
            "0b7e2f54-91c3-4a6d-8f20-3d5c6a7b8e91",
            "postgresql://svc:s3cr3t-pw@db.example.org/dw",
        ] {
            assert!(is_clear(text), "{text}");
        }
    }
}
