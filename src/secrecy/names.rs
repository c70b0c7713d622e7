//! Whether a name promises that what goes under it is a secret.
//!
//! The last word of a name says what it holds: an `api_key` is a key, an `api_key_header` is a header.
//! So a name promises a secret for certain where such a word ends it, and promises none where the word
//! that ends it, or a verb that begins it, is one of those that are about secrets
//! (`facts::secrets::ABOUT_SECRETS`, `SWITCHES`). In between, as in `password_stage`, nobody can tell.

use std::{borrow::Cow, collections::BTreeSet, sync::LazyLock};

use crate::{facts::secrets, plan::Tri};

use super::words::{Word, Words};

/// Whether a name promises a secret: `db_password`, `dbPassword`, `DBPASS` and `/prod/api-key` do,
/// `password_stage` may, `password_policy` and `use_token` do not.
pub(crate) fn promise(name: &str) -> Tri {
    // Most names have nothing to do with secrets.
    if name.is_ascii() && !PROMISES.are_in(name) {
        return Tri::No;
    }
    match apart(name) {
        Cow::Borrowed(name) => promise_of(name),
        Cow::Owned(words) if is_about_secrets(&words) => Tri::No,
        // `PassWord` is one word.
        Cow::Owned(words) => promise_of(name) | promise_of(&words),
    }
}

/// What a name has one of that promises a secret: the last word of several, joined or not.
static PROMISES: LazyLock<Words> = LazyLock::new(|| {
    let words = secrets::SECRET_WORDS.iter().filter_map(|word| word.rsplit('_').next());
    let ends = secrets::LONG_ENDS.iter().chain(secrets::SHORT_ENDS).copied();
    let all: BTreeSet<&str> = words.chain(ends).collect();
    Words::new(all.into_iter().map(|word| Word::in_any_case(word, 0)))
});

fn promise_of(name: &str) -> Tri {
    let has_word = name.split('/').any(|part| has_word(part, secrets::SECRET_WORDS));
    let last = name.rsplit('/').next().unwrap_or(name).to_lowercase();
    let words = core(&last);
    let is_joined = words.last().is_some_and(|word| is_run_together(word));
    if !has_word && !is_joined || is_about_secrets(name) {
        return Tri::No;
    }
    if is_joined {
        return Tri::Yes;
    }
    let is_named = |word: &&str| secrets::NAMED_SECRETS.binary_search(word).is_ok();
    let is_head = ends_with_word(&words.join("_"), secrets::SECRET_WORDS);
    if is_head && words.last().is_some_and(|word| !is_named(word)) { Tri::Yes } else { Tri::Maybe }
}

/// Whether a name has one of these words, with what stands between words around it.
pub(crate) fn has_word(name: &str, words: &[&str]) -> bool {
    behind_words(name, words).any(|rest| rest.first().is_none_or(|next| is_between(*next)))
}

fn ends_with_word(name: &str, words: &[&str]) -> bool {
    behind_words(name, words).any(<[u8]>::is_empty)
}

/// What stands behind each of the words, which are sorted, in a name that begins where a word of it may.
fn behind_words<'n>(name: &'n str, words: &[&str]) -> impl Iterator<Item = &'n [u8]> {
    let name = name.as_bytes();
    let starts = (0..name.len()).filter(|at| *at == 0 || is_between(name[at - 1]));
    let parts = starts.map(|start| (name[start].to_ascii_lowercase(), &name[start..]));
    parts.flat_map(|(first, part)| {
        let at = words.partition_point(|word| word.as_bytes()[0] < first);
        let words = words[at..].iter().take_while(move |word| word.as_bytes()[0] == first);
        words.filter_map(move |word| behind(part, word))
    })
}

fn is_between(letter: u8) -> bool {
    matches!(letter, b'_' | b'.' | b'-' | b' ' | b'\t'..=b'\r')
}

/// What stands behind a word that begins a name. `_` in the word is what may join two.
fn behind<'n>(name: &'n [u8], word: &str) -> Option<&'n [u8]> {
    word.bytes().try_fold(name, |rest, letter| match rest.split_first() {
        Some((b'_' | b'-', rest)) if letter == b'_' => Some(rest),
        _ if letter == b'_' => Some(rest),
        Some((first, rest)) if first.to_ascii_lowercase() == letter => Some(rest),
        _ => None,
    })
}

/// Whether a word is several that nothing joins, with that of a secret at the end: `dbpass`, `pgpassword`.
fn is_run_together(word: &str) -> bool {
    let begins = |ends: &[&str], is: fn(&str) -> bool| {
        ends.iter().any(|end| word.strip_suffix(*end).is_some_and(is))
    };
    begins(secrets::LONG_ENDS, |first| secrets::SWITCHES.binary_search(&first).is_err())
        || begins(secrets::SHORT_ENDS, |first| secrets::OWNERS.binary_search(&first).is_ok())
}

/// Whether a key of a Spark configuration promises a secret: `fs.s3a.secret.key`, `source.erp.apiKey`.
pub(crate) fn is_spark_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let (not, not_ends) = secrets::SPARK_NOT_SECRET;
    let ends = |end: &&str| {
        let before = key.strip_suffix(*end);
        before.is_some_and(|before| before.is_empty() || before.ends_with(['.', '_', '-']))
    };
    let is_secret = SPARK_PARTS.are_in(&key)
        || secrets::SPARK_SECRET_ENDS.iter().any(ends)
        || S3_PARTS.are_in(&key) && is_s3_secret(&key)
        || is_run_together(&key.rsplit('.').next().unwrap_or(&key).to_lowercase());
    is_secret
        && !not.iter().any(|part| key.contains(part))
        && !not_ends.iter().any(|end| key.ends_with(end))
}

static SPARK_PARTS: LazyLock<Words> = LazyLock::new(|| Words::of(secrets::SPARK_SECRET_PARTS));
static S3_PARTS: LazyLock<Words> = LazyLock::new(|| Words::of(secrets::S3_SECRET_KEYS.1));

fn is_s3_secret(key: &str) -> bool {
    let (starts, ends) = secrets::S3_SECRET_KEYS;
    let is_one = |rest: &str| {
        let is_part = |(at, _)| at == 0 || rest[..at].ends_with('.');
        ends.iter().any(|end| rest.match_indices(end).any(is_part))
    };
    starts.iter().filter_map(|start| key.split_once(start)).any(|(_, rest)| is_one(rest))
}

/// Whether a name is that of an address in which a key stands: `webhook_url`.
pub(crate) fn is_keyed_address(name: &str) -> bool {
    let (words, ends) = secrets::KEYED_ADDRESSES;
    let name = name.to_ascii_lowercase();
    let mut firsts = ends.iter().filter_map(|end| name.strip_suffix(end));
    firsts.any(|first| {
        let is_joined = first.bytes().next_back().is_some_and(is_between);
        let first = if is_joined { &first[..first.len() - 1] } else { first };
        ends_with_word(first, words)
    })
}

/// Whether a name is that of a key: `SSH_KEY`, `apiKey`.
pub(crate) fn is_key(name: &str) -> bool {
    let words = apart(name).to_lowercase();
    core(&words).last().is_some_and(|word| word.ends_with("key") || word.ends_with("keys"))
}

/// Whether a name says that its value is about a secret and is none: `secret_arn`, `token_ttl`,
/// `use_password`.
pub(crate) fn is_about_secrets(name: &str) -> bool {
    let lower = name.to_lowercase();
    let words = core(&lower);
    let is_switch = |word: &&str| secrets::SWITCHES.binary_search(word).is_ok();
    let (first, last) = match words.as_slice() {
        [first, .., last] => (Some(first), Some(*last)),
        _ => (None, None),
    };
    let ends = |word: &str| {
        secrets::ABOUT_SECRETS.binary_search_by(|(about, _)| (*about).cmp(word)).is_ok()
            || secrets::ABOUT_STEMS.iter().any(|stem| word.starts_with(stem))
    };
    last.is_some_and(ends)
        || first.is_some_and(is_switch)
        || is_password_rule(&lower)
        || lower.ends_with("secretsmanager")
}

fn is_password_rule(name: &str) -> bool {
    let (starts, rules) = secrets::PASSWORD_RULES;
    let mut rests = starts.iter().filter_map(|start| name.strip_prefix(start));
    let rest = rests.find_map(|rest| rest.strip_prefix(['_', '.', '-']));
    rest.is_some_and(|rest| rules.iter().any(|rule| rest.starts_with(rule)))
}

/// The same, of a name of one word too: the `description` and the `path` inside a secret's object.
pub(crate) fn is_about(name: &str) -> bool {
    let lower = name.to_lowercase();
    let is_word =
        secrets::ABOUT_SECRETS.binary_search_by(|(about, _)| (*about).cmp(&lower)).is_ok();
    is_word || is_about_secrets(name) || is_about_secrets(&apart(name))
}

/// The words of a name in lower case, without those at its end that leave it what it is: `api_key` of
/// `api_key_v2`.
fn core(name: &str) -> Vec<&str> {
    let mut words: Vec<&str> = name.split(is_joint).filter(|word| !word.is_empty()).collect();
    let leaves = |word: &str| {
        secrets::FORMS_OF_SECRETS.binary_search(&word).is_ok()
            || word.trim_start_matches('v').bytes().all(|byte| byte.is_ascii_digit())
    };
    while words.len() > 1 && words.last().is_some_and(|word| leaves(word)) {
        words.pop();
    }
    words
}

/// What stands between the words of a name.
fn is_joint(letter: char) -> bool {
    matches!(letter, '_' | '-' | '.' | '/') || letter.is_whitespace()
}

/// `apiToken` and `APIToken` as `api_Token` and `API_Token`.
fn apart(name: &str) -> Cow<'_, str> {
    if !name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Cow::Borrowed(name);
    }
    let mut words = String::with_capacity(name.len() + 4);
    let mut letters = name.chars().peekable();
    let (mut was_lower, mut was_upper) = (false, false);
    while let Some(letter) = letters.next() {
        let is_upper = letter.is_ascii_uppercase();
        let starts_word = letters.peek().is_some_and(char::is_ascii_lowercase);
        if is_upper && (was_lower || was_upper && starts_word) {
            words.push('_');
        }
        was_lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        was_upper = is_upper;
        words.push(letter);
    }
    Cow::Owned(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_promise() {
        for name in [
            "db_password",
            "/prod/db/password",
            "salesforce-api-key",
            "token",
            "encryption_key",
            "private_key_pem",
            "DB_PASSWORD_2",
            "api_key_v2",
            "db_password_prod",
            "secrets",
            "api_tokens",
            "secret_key_base",
        ] {
            assert_eq!(promise(name), Tri::Yes, "{name}");
        }
        for name in ["PGPASSWORD", "apiToken", "APIToken", "FERNET_KEY", "signingKey", "JWT_SECRET"]
        {
            assert_eq!(promise(name), Tri::Yes, "{name}");
        }
    }

    #[test]
    fn words_that_nothing_joins() {
        for name in [
            "DBPASS",
            "DBPASSWORD",
            "dbPassword",
            "dbPass",
            "dbpwd",
            "DBpass",
            "PassWord",
            "apiKey",
            "APIKEY",
            "ddapikey",
            "clientSecret",
            "CLIENTSECRET",
            "AUTHTOKEN",
            "SMTPPASS_PROD",
            "/prod/app/DbPassword",
        ] {
            assert_eq!(promise(name), Tri::Yes, "{name}");
        }
        for name in [
            "compass",
            "COMPASS",
            "BYPASS",
            "passthrough",
            "MONKEY",
            "turkey",
            "secretary",
            "trespass",
            "encompass",
            "tokenizer",
            "betoken",
            "keyspace",
            "usepassword",
            "enableDbPassword",
            "DBPASSWORDFILE",
            "dbPassLength",
            "OLDPWD",
        ] {
            assert_eq!(promise(name), Tri::No, "{name}");
        }
    }

    #[test]
    fn names_that_may() {
        for name in ["secret_stage", "db_credentials", "storage_credential", "password_hash"] {
            assert_eq!(promise(name), Tri::Maybe, "{name}");
        }
    }

    #[test]
    fn names_about_secrets() {
        for name in [
            "password_policy",
            "password_min_length",
            "secret_arn",
            "secret_version",
            "token-url",
            "private_key_algorithm",
            "api_key_source",
            "credentials_profile",
            "token_lifetime_seconds",
            "manage_master_user_password",
            "warehouse",
            "compass",
            "key_name",
        ] {
            assert_eq!(promise(name), Tri::No, "{name}");
        }
        for name in [
            "PASSWORD_FILE",
            "secretArn",
            "SecretId",
            "TOKEN_URL",
            "MAX_TOKENS",
            "monkey",
            "SECRET_REGION",
            "API_KEY_HEADER",
            "TOKEN_ISSUER",
            "USE_TOKEN",
            "PASSWORD_ENCRYPTION",
            "SECRET_BACKEND",
            "SECRET_KEY_REF",
            "enablePassword",
            "aws_secretsmanager",
        ] {
            assert_eq!(promise(name), Tri::No, "{name}");
        }
    }

    #[test]
    fn keys_of_spark() {
        assert!(is_spark_secret("spark.hadoop.javax.jdo.option.ConnectionPassword"));
        assert!(is_spark_secret("fs.s3n.awsSecretAccessKey"));
        for key in ["spark.ssl.keyStorePassword", "source.erp.apiKey", "source.erp.DBPASS"] {
            assert!(is_spark_secret(key), "{key}");
        }
        for key in ["spark.minio.secret.key", "spark.hadoop.fs.cos.lake.secret.key", "secret.key"] {
            assert!(is_spark_secret(key), "{key}");
        }
        for key in [
            "spark.databricks.passthrough.enabled",
            "spark.databricks.compass",
            "spark.sql.maxTokens",
            "spark.minio.secret.key.name",
            "spark.secretary.key",
            "source.erp.secretName",
            "spark.ssl.keyStoreType",
        ] {
            assert!(!is_spark_secret(key), "{key}");
        }
        assert!(!is_spark_secret("spark.databricks.token.provider.class"));
        assert!(!is_spark_secret("x.java-keystore-provider.password-file"));
    }
}
