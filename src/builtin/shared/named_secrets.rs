//! Whether what stands under a name that promises a secret is one: a reference to it, its place and
//! what stands in for it are not.

use std::sync::LazyLock;

use regex::Regex;

use crate::{
    facts::{
        identity,
        secrets::{Purpose, SECRET_PART},
    },
    graph::{End, Hit, Literal, Val, View},
    plan::{Step, Tri},
    secrecy::{Forms, names, regex},
};

use super::{
    credentials,
    secrets::{self, Origin},
};

/// Whether a name promises a secret, or may, in what is made for that purpose.
pub(crate) fn promises(purpose: Purpose, name: &str) -> bool {
    match purpose {
        Purpose::Settings => names::is_spark_secret(name),
        // The document's elements were told by their paths.
        Purpose::Policy => true,
        _ => credentials::promises(name),
    }
}

/// Whether a value under a name that promises a secret is one in clear, or may be.
pub(crate) fn is_clear(text: &str) -> bool {
    look(text) != Tri::No
}

/// The same where the name may not mean it: a name that only may promise a secret leaves a value that is
/// like one open, and lets one that is like words pass; so does a name that does, of the latter. Under that
/// of a key stand names of keys.
pub(crate) fn is_one(promise: Tri, name: &str, text: &str) -> Tri {
    if promise == Tri::No {
        return Tri::No;
    }
    match (promise, look(text)) {
        (Tri::No, _) | (_, Tri::No) => Tri::No,
        _ if !credentials::tokens(text).is_empty() => Tri::Yes,
        (Tri::Yes, _) if names::is_key(name) && credentials::is_name(text) => Tri::Maybe,
        (Tri::Yes, look) => look,
        (Tri::Maybe, _) if credentials::is_secret_like(text) => Tri::Maybe,
        (Tri::Maybe, _) => Tri::No,
    }
}

/// Whether a value looks like a secret: not where it leads to one, stands in for one or identifies
/// something, perhaps where it is short, or like a word or a name.
fn look(text: &str) -> Tri {
    if !credentials::tokens(text).is_empty() {
        return Tri::Yes;
    }
    let is_reference = credentials::is_misspelt_reference(text);
    if text.is_empty() || is_reference || is_pointer(text) || credentials::is_placeholder(text) {
        return Tri::No;
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits(text);
    }
    match credentials::is_uuid(text) || credentials::is_like_words(text) {
        _ if credentials::is_identifier(text) && !credentials::is_uuid(text) => Tri::No,
        true => Tri::Maybe,
        false => Tri::Yes,
    }
}

/// Numbers, account ids and times in seconds or milliseconds are none; what is longer may be, and
/// beyond the ids of Databricks, which have up to 16 digits, hardly is anything else.
fn digits(text: &str) -> Tri {
    match text.len() {
        0..=6 | 10 | 12 | 13 => Tri::No,
        7..=19 => Tri::Maybe,
        _ => Tri::Yes,
    }
}

/// Whether a text only leads to where something is: a template, a variable of a shell, a path, the
/// name of a secret in a store, a class of Java.
pub(crate) fn is_pointer(text: &str) -> bool {
    static FORMS: LazyLock<Forms> = LazyLock::new(|| {
        Forms::of([
            // `ssm:/prod/db`, `vault:secret/data/db#password`, of tools that fill environments.
            r"^(?:ssm|vault|secretsmanager|awssm|aws-sm|gcp-sm|sm|kv|ref\+[a-z0-9]+|op|file|dbfs|env):(?u:\S+)$",
            r"^(?:~|\.{1,2})?/[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*/?$",
            r"^[A-Za-z]:\\(?u:\S*)$",
            // `etl/db-password`, `etl/*`
            r"^[a-z][a-z0-9_.-]*(?:/[a-z*][a-z0-9_.*-]*)+$",
            r"^[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+\.[A-Z][A-Za-z0-9_$]*$",
        ])
    });
    // `db-password` names one.
    let words: Vec<&str> = text.split(['-', '_', '.']).collect();
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|it| it.is_ascii_lowercase());
    let is_name = matches!(words.len(), 2 | 3)
        && words.iter().all(is_word)
        && words.last().is_some_and(|word| credentials::promises(word));
    let has_form = || text.contains([':', '/', '.']) && FORMS.fit(text);
    // Names of directories may be anything, what merely starts with a slash may not.
    let is_secret_part = |part: &str| match text.matches('/').count() {
        0 | 1 => credentials::is_secret_like(part),
        _ => credentials::is_random(part),
    };
    is_name || is_filled_in(text) || has_form() && !text.split('/').any(is_secret_part)
}

/// Whether somebody else fills in what counts: references to variables of a shell, to what a command
/// says, or to secrets, and what is left of the text without them is none.
fn is_filled_in(text: &str) -> bool {
    static HOLES: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let part = SECRET_PART;
        let reference = format!(r"\{{\{{secrets/{part}/{part}\}}\}}");
        let holes = [
            r"\$\{(?u:[^}]*)\}",
            r"\$\((?u:[^)]*)\)",
            // A bare one begins a part: passwords have `$` and `%` in them, too.
            r#"(?:^|[\s/:;,&'"=@(-])\$(?:env:)?[A-Z_][A-Z0-9_]*(?-u:\b)"#,
            r"^\$(?:env:)?(?:[a-z_][a-z0-9_]*|[A-Za-z_]+)$",
            r#"(?:^|[\s/:;,&'"=@(-])%[A-Za-z_][A-Za-z0-9_]*%"#,
            &reference,
        ];
        regex(&holes.join("|"))
    });
    if !text.contains(['$', '%', '{']) {
        return false;
    }
    let Some(rest) = HOLES.as_ref().map(|holes| holes.replace_all(text, " ")) else { return false };
    let mut left = rest.split(|it: char| it.is_whitespace() || "/:;,&'\"=@".contains(it));
    rest != text && !left.any(credentials::is_secret_like)
}

/// Whether a literal is what its argument gets. Of an expression with a variable in it a plan shows the
/// name only: the default of one that promises nothing, and does not look random, may only decide about it,
/// or be the name of a file.
pub(crate) fn is_meant(literal: &Literal<'_>, text: &str) -> Tri {
    let is_promised = literal.variable.as_deref().is_some_and(credentials::promises);
    let is_sure = literal.is_whole
        || is_promised
        || credentials::is_random(text)
        || !credentials::tokens(text).is_empty();
    if is_sure { Tri::Yes } else { Tri::Maybe }
}

/// Whether a secret stands in clear at a place whose name promises one; `is_one` tells of a known text.
pub(crate) fn judge(view: &View<'_>, name: &str, is_one: impl Fn(&str) -> Tri) -> Tri {
    match view.val() {
        Val::Null | Val::Omitted => Tri::No,
        Val::Known(_) => view.text().map_or(Tri::No, is_one),
        Val::Unknown(cause) => match secrets::origin(view, name) {
            Origin::Secret => Tri::Yes,
            Origin::Perhaps if names::promise(name) == Tri::Yes => Tri::Yes,
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
            "etl/*",
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
            "${DB_PASSWORD}",
            "${USER}:${PASSWORD}",
            "$env:DB_PASSWORD",
            "$(cat /run/secrets/db)",
            "%DB_PASSWORD%",
            "Bearer {{secrets/app/token}}",
            "org.apache.kafka.PlainLoginModule required username='lake' password='{{secrets/a/b}}';",
            "AWSCURRENT",
            "eu-west-1",
            "rds!db-0a1b2c3d-1111-2222-3333-444455556666",
            "EMPTY",
            "not-used",
            "111122223333",
            "Server=db;Uid=etl;Pwd={{secrets/dw/password}}",
            "Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=${KEY}",
        ] {
            assert!(!is_clear(text), "{text}");
        }
    }

    #[test]
    fn what_only_holds_or_starts_like_a_reference_is_one() {
        for text in [
            "S3cr3t-{{x}}-Passw0rd",
            "{{Kx-9f8e7dAb}}",
            "$ecretPassw0rd",
            "Pa$$w0rd-Kx92",
            "Adm1n$ecret92",
            "100%Secure%99Kx",
            "$2b$12$KIXQ4S0v6oT7b5mYQ1lGAe",
            "/S3cr3tPassw0rd",
            "/Kx92bQ+vv8ZqT==",
            "${USER}:Kx-9f8e7dAb",
        ] {
            assert_eq!(look(text), Tri::Yes, "{text}");
        }
    }

    #[test]
    fn names_and_looks() {
        for (promise, text, is) in [
            (Tri::Yes, "Etl-reader-3141-pi", Tri::Yes),
            (Tri::Yes, "84629173640182736450", Tri::Yes),
            (Tri::Yes, "84629173", Tri::Maybe),
            (Tri::Yes, "postgres", Tri::Maybe),
            (Tri::Yes, "hunter2", Tri::Maybe),
            (Tri::Yes, "8443", Tri::No),
            (Tri::Maybe, "S3cr3tPassw0rd", Tri::Maybe),
            (Tri::Yes, "acme-prod-bastion-host", Tri::Yes),
            (Tri::Maybe, "Server=db;Uid=etl;Pwd=Zk9-Lm4Rt7", Tri::Maybe),
            (Tri::Yes, "a=S3cr3tPassw0rd;b=x9", Tri::Yes),
            (Tri::Maybe, "postgresql://svc:s3cr3t-pw@db.example.org/dw", Tri::Yes),
            (Tri::Maybe, "lake-reader", Tri::No),
            (Tri::Maybe, "oauth-m2m", Tri::No),
            (Tri::No, "S3cr3tPassw0rd", Tri::No),
        ] {
            assert_eq!(is_one(promise, "db_password", text), is, "{text}");
        }
    }

    #[test]
    fn names_of_keys() {
        for name in ["SSH_KEY", "apiKey", "access_keys", "fs.s3a.access.key"] {
            assert_eq!(is_one(Tri::Yes, name, "acme-prod-bastion-host"), Tri::Maybe, "{name}");
            assert_eq!(is_one(Tri::Yes, name, "acme-prod-bastion-host-x1"), Tri::Yes, "{name}");
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
