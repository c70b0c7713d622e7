//! Whether a text is a credential, judged by its form and by the name it goes under.
//!
//! Two questions that leave a gap between them: `finds` says that a text is a credential for
//! certain, `is_harmless` that it evidently is none. What lies between is for the place to
//! decide: in a store made for secrets it is one, in a tag it is not.

use std::sync::{LazyLock, OnceLock};

use crate::{
    facts::secrets::{self, Detector},
    graph::TextPart,
    plan::{Embedded, Value},
};
use aho_corasick::AhoCorasick;
use regex::Regex;

/// The longest text that can be an evident word.
const WORD: usize = 32;
/// Words of less entropy, in bits for each character, are in every dictionary.
const WORD_ENTROPY: f64 = 3.0;

/// Whether a name promises a secret: `db_password`, `/prod/api-key`, but not `password_policy`.
pub(crate) fn promises(name: &str) -> bool {
    static SECRET: LazyLock<Option<Regex>> = LazyLock::new(|| regex(secrets::SECRET_NAME));
    static NOT: LazyLock<Option<Regex>> = LazyLock::new(|| regex(secrets::NOT_SECRET_NAME));
    name.split('/').any(|part| is(&SECRET, part)) && !is(&NOT, name)
}

/// The same for names that are no arguments of Terraform's: of environment variables, of variables in
/// scripts, of members of JSON documents: `PGPASSWORD`, `apiToken`.
pub(crate) fn promises_anywhere(name: &str) -> bool {
    let mut words = String::with_capacity(name.len() + 4);
    let mut was_lower = false;
    for letter in name.chars() {
        if was_lower && letter.is_ascii_uppercase() {
            words.push('_');
        }
        was_lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        words.push(letter);
    }
    let lower = words.to_lowercase();
    promises(name) || promises(&words) || lower.ends_with("password") || lower.ends_with("passwd")
}

/// Whether a key of a Spark configuration promises a secret: `fs.s3a.secret.key`.
pub(crate) fn is_spark_secret(key: &str) -> bool {
    static SECRET: LazyLock<Option<Regex>> = LazyLock::new(|| regex(secrets::SPARK_SECRET_KEY));
    static NOT: LazyLock<Option<Regex>> = LazyLock::new(|| regex(secrets::SPARK_NOT_SECRET_KEY));
    is(&SECRET, key) && !is(&NOT, key)
}

/// Whether a name is that of something which identifies or locates: `client_id`, `host`.
pub(crate) fn identifies(name: &str) -> bool {
    static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| regex(secrets::IDENTIFIER_NAME));
    name.rsplit('/').next().is_some_and(|part| is(&NAME, part))
}

/// Whether a text only refers to a Databricks secret: `{{secrets/scope/key}}`.
pub(crate) fn is_reference(text: &str) -> bool {
    static REFERENCE: LazyLock<Option<Regex>> = LazyLock::new(|| regex(secrets::SECRET_REFERENCE));
    is(&REFERENCE, text)
}

/// Whether a text is a template as a whole, `{{…}}`: a reference to a secret, well-formed or not, or
/// one of the platform's other references.
pub(crate) fn is_template(text: &str) -> bool {
    text.starts_with("{{") && text.ends_with("}}") && !text[2..].contains("{{")
}

/// The same of a text of which only parts are known, such as `{{secrets/app/${var.key}}}`.
pub(crate) fn are_reference(parts: &[TextPart]) -> bool {
    let filled = parts.iter().map(|part| match part {
        TextPart::Known(text) => text.as_str(),
        TextPart::Unknown => "unknown",
    });
    is_reference(&filled.collect::<String>())
}

/// Whether a text holds a credential for certain: the form of a token that somebody issues, or a
/// JSON document with a value under a name that promises a secret.
pub(crate) fn finds(text: &str) -> bool {
    !tokens(text).is_empty() || Embedded::parse(text).is_some_and(|json| has_secret(json.value()))
}

/// The parts of a text that have the form of a token.
pub(crate) fn tokens(text: &str) -> Vec<&str> {
    forms(text).into_iter().map(|token| token.secret).collect()
}

/// What has the form of a credential that somebody issues.
#[derive(Clone, Copy)]
pub(crate) struct Token<'t> {
    /// What tells it by its form.
    pub(crate) detector: &'static Detector,
    /// All that has the form: of an address the scheme and the user too.
    pub(crate) whole: &'t str,
    /// The secret in it.
    pub(crate) secret: &'t str,
}

/// [`tokens`] with what tells them by their form, in the order of the table.
pub(crate) fn forms(text: &str) -> Vec<Token<'_>> {
    let Some(search) = &*KEYWORDS else { return Vec::new() };
    let mut which: Vec<usize> =
        search.0.find_overlapping_iter(text).map(|hit| search.1[hit.pattern()]).collect();
    which.sort_unstable();
    which.dedup();
    let mut found: Vec<Token<'_>> = which.into_iter().flat_map(|at| matches(at, text)).collect();
    found.retain(|token| !is_placeholder(token.secret) && !is_example(token.secret));
    found.retain(|token| !token.detector.is_in_address() || !is_example_password(token.secret));
    found
}

fn is_example_password(text: &str) -> bool {
    secrets::EXAMPLE_PASSWORDS.binary_search(&text.to_lowercase().as_str()).is_ok()
}

/// Whether a text is evidently no secret, under a name: a placeholder, a number, an identifier, an
/// address, a plain word. A name that promises a secret leaves only placeholders.
pub(crate) fn is_harmless(text: &str, name: &str) -> bool {
    if is_placeholder(text) {
        return true;
    }
    if let Some(json) = Embedded::parse(text) {
        return is_harmless_json(json.value(), name);
    }
    !promises(name) && (is_identifier(text) || is_word(text)) && tokens(text).is_empty()
}

/// Whether a text could hardly be anything but a secret, whatever its name: long and without
/// order.
pub(crate) fn is_random(text: &str) -> bool {
    let length = text.len();
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_base64 = text.bytes().all(|byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')
    });
    if length > secrets::ENTROPY_MAX_LEN || is_identifier(text) {
        return false;
    }
    (is_hex && length >= secrets::HEX_MIN_LEN && entropy(text) >= secrets::HEX_MIN_ENTROPY)
        || (is_base64
            && length >= secrets::BASE64_MIN_LEN
            && entropy(text) >= secrets::BASE64_MIN_ENTROPY)
}

/// Strings of a JSON document that are not evidently harmless.
pub(crate) fn strings(json: Value<'_>, name: &str, each: &mut impl FnMut(&str)) {
    if let Some(text) = json.as_str().filter(|text| !is_harmless(text, name)) {
        each(text);
    }
    json.items().for_each(|item| strings(item, name, each));
    json.entries().for_each(|(key, it)| strings(it, key, each));
}

/// Shannon's entropy, in bits for each character.
pub(crate) fn entropy(text: &str) -> f64 {
    let mut letters: Vec<char> = text.chars().collect();
    letters.sort_unstable();
    let total = letters.len() as f64;
    letters
        .chunk_by(|a, b| a == b)
        .map(|run| run.len() as f64 / total)
        .map(|share| -share * share.log2())
        .sum()
}

fn has_secret(json: Value<'_>) -> bool {
    let is_secret = |key: &str, text: &str| {
        promises(key)
            && !text.is_empty()
            && !is_reference(text)
            && !is_identifier(text)
            && !is_placeholder(text)
    };
    json.items().any(has_secret)
        || json.entries().any(|(key, it)| match it.as_str() {
            Some(text) => is_secret(key, text),
            None => has_secret(it),
        })
}

fn is_harmless_json(json: Value<'_>, name: &str) -> bool {
    if let Some(text) = json.as_str() {
        return is_harmless(text, name);
    }
    if json.as_f64().is_some() {
        return !promises(name);
    }
    json.items().all(|item| is_harmless_json(item, name))
        && json.entries().all(|(key, it)| is_harmless_json(it, key))
}

/// What stands in place of a value: `changeme`, `${TOKEN}`, `****`.
pub(crate) fn is_placeholder(text: &str) -> bool {
    static PATTERNS: LazyLock<Vec<Regex>> =
        LazyLock::new(|| secrets::ALLOWED_PATTERNS.iter().filter_map(|it| regex(it)).collect());
    let mut letters = text.chars();
    let first = letters.next();
    let lower = text.to_lowercase();
    secrets::ALLOWED_VALUES.binary_search(&lower.as_str()).is_ok()
        || letters.all(|letter| Some(letter) == first)
        || (!is_uuid(text) && PATTERNS.iter().any(|pattern| pattern.is_match(text)))
}

/// Hosts such as `db.example.org` stand in real configurations too.
fn is_example(token: &str) -> bool {
    let says_so = !token.contains("://") && token.to_lowercase().contains("example");
    says_so || secrets::STOPWORDS.iter().any(|word| token.contains(word))
}

pub(crate) fn is_uuid(text: &str) -> bool {
    static UUID: LazyLock<Option<Regex>> =
        LazyLock::new(|| regex(r"^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$"));
    is(&UUID, text)
}

/// Whether a text is an e-mail address.
pub(crate) fn is_mail(text: &str) -> bool {
    static MAIL: LazyLock<Option<Regex>> = LazyLock::new(|| regex(MAIL_FORM));
    is(&MAIL, text)
}

const MAIL_FORM: &str = r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}$";

/// Numbers, UUIDs, e-mail addresses, URLs that hold no credential, host names, paths, ids of AWS
/// and of workspaces, certificates and public keys.
pub(crate) fn is_identifier(text: &str) -> bool {
    static FORMS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        let forms = [
            r"^-?[0-9]+(?:\.[0-9]+)*$",
            MAIL_FORM,
            r"^arn:aws[a-z-]*:",
            r"^-----BEGIN (?:CERTIFICATE|(?:RSA )?PUBLIC KEY)-----",
            r"^(?:ssh-(?:rsa|ed25519)|ecdsa-[a-z0-9-]+) AAAA",
            r"^[a-z0-9-]+(?:\.[a-z0-9-]+)+\.[a-z]{2,}(?::[0-9]+)?$",
            r"^/[a-z0-9_./-]*$",
            r"^(?:[a-z]{1,12}-)+[0-9a-f]{8,17}(?:-[0-9a-f]{4})?$",
            r"^[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2}|:[0-9]+)?$",
        ];
        forms.iter().filter_map(|form| regex(form)).collect()
    });
    let has_form = is_uuid(text) || is_plain_url(text) || FORMS.iter().any(|it| it.is_match(text));
    has_form && tokens(text).is_empty()
}

/// A URL without user information, and without a parameter that may be a key.
fn is_plain_url(text: &str) -> bool {
    static URL: LazyLock<Option<Regex>> =
        LazyLock::new(|| regex(r"^(?:jdbc:)?[A-Za-z][A-Za-z0-9+.-]*://[^\s@?#]*(?:\?[^\s@#]*)?$"));
    let query = text.split_once('?').map_or("", |(_, query)| query);
    let is_plain = |parameter: &str| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let names_key = matches!(name, "key" | "sig" | "signature" | "code" | "auth");
        !names_key && !promises(name) && !is_random(value)
    };
    is(&URL, text) && query.split('&').all(is_plain)
}

/// Words as people write them, joined by `-`, `_`, `.` or blanks, with whole numbers between:
/// `full-refresh`, `eu-west-1`, but not `hunter2`.
pub(crate) fn is_word(text: &str) -> bool {
    has_form_of_words(text) && entropy(text) < WORD_ENTROPY
}

/// The form of [`is_word`], whatever the entropy.
pub(crate) fn has_form_of_words(text: &str) -> bool {
    let is_part = |part: &str| {
        let letters = part.bytes().all(|byte| byte.is_ascii_lowercase())
            || part.bytes().all(|byte| byte.is_ascii_uppercase())
            || part.bytes().skip(1).all(|byte| byte.is_ascii_lowercase())
                && part.starts_with(|first: char| first.is_ascii_uppercase());
        letters || part.bytes().all(|byte| byte.is_ascii_digit())
    };
    text.len() <= WORD && text.split(['-', '_', '.', ' ']).all(is_part)
}

/// A search for every detector's keywords, and the detector that each belongs to.
static KEYWORDS: LazyLock<Option<(AhoCorasick, Vec<usize>)>> = LazyLock::new(|| {
    let mut words: Vec<&str> = Vec::new();
    let mut owners = Vec::new();
    for (at, detector) in secrets::DETECTORS.iter().enumerate() {
        words.extend(detector.keywords);
        owners.extend(detector.keywords.iter().map(|_| at));
    }
    let search = AhoCorasick::builder().ascii_case_insensitive(true).build(words).ok()?;
    Some((search, owners))
});

/// What a detector finds. Expressions are compiled when their keyword was met for the first time.
fn matches(at: usize, text: &str) -> Vec<Token<'_>> {
    static COMPILED: LazyLock<Vec<OnceLock<Option<Regex>>>> =
        LazyLock::new(|| secrets::DETECTORS.iter().map(|_| OnceLock::new()).collect());
    let detector: &'static Detector = &secrets::DETECTORS[at];
    let Some(expression) = COMPILED[at].get_or_init(|| regex(detector.regex)) else {
        return Vec::new();
    };
    expression
        .captures_iter(text)
        .filter_map(|found| {
            let whole = found.get(0)?.as_str();
            let secret = found.get(1).map_or(whole, |part| part.as_str());
            Some(Token { detector, whole, secret })
        })
        .filter(|token| detector.min_entropy.is_none_or(|least| entropy(token.secret) >= least))
        .collect()
}

/// The tables' expressions are valid, which their tests hold them to.
fn regex(text: &str) -> Option<Regex> {
    Regex::new(text).ok()
}

fn is(regex: &Option<Regex>, text: &str) -> bool {
    regex.as_ref().is_some_and(|regex| regex.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in ["db_password", "/prod/db/password", "salesforce-api-key", "token"] {
            assert!(promises(name), "{name}");
        }
        for name in ["password_policy", "secret_arn", "warehouse", "token-url", "compass"] {
            assert!(!promises(name), "{name}");
        }
        assert!(identifies("aws-access-key-id") && identifies("ssh.pub") && !identifies("kafka"));
    }

    #[test]
    fn harmless_whatever_the_name() {
        for text in ["CHANGEME", "false", "${TOKEN}", "<token>", "********", "{}", "todo"] {
            assert!(is_harmless(text, "db-password"), "{text}");
        }
    }

    #[test]
    fn harmless_unless_the_name_promises() {
        for text in [
            "0b7e2f54-91c3-4a6d-8f20-3d5c6a7b8e91",
            "security@example.org",
            "https://kafka.example.org:9094/topics",
            "dbc-4f1c2a9e-77d0.cloud.databricks.com",
            "sg-0a1b2c3d4e5f60718",
            "111122223333",
            "full-refresh",
            "eu-west-1",
            "{\"host\": \"db.example.org\", \"port\": 5432}",
        ] {
            assert!(is_harmless(text, "warehouse"), "{text}");
            let is_document = text.starts_with('{');
            assert_eq!(is_harmless(text, "db-password"), is_document, "{text}");
        }
    }

    #[test]
    fn not_harmless() {
        for text in [
            "hunter2",
            "Passw0rd",
            "Crm-8h7g6f5d4s",
            "postgresql://svc:s3cr3t-pw@db.example.org/dw",
            "https://api.example.org/hook?key=8f3a",
            "{\"username\": \"svc\", \"password\": \"kR7-tq2\"}",
            "correct horse battery staple and more of it",
        ] {
            assert!(!is_harmless(text, "warehouse"), "{text}");
        }
    }

    #[test]
    fn tokens_are_found() {
        let token = ["dapi", "a4c123b1612dd272d1371c17149d4395"].concat();
        assert_eq!(tokens(&format!("Authorization {token} x")), [token.as_str()]);
        assert!(finds(&format!("{{\"a\": \"{token}\"}}")));
        assert!(finds("postgresql://svc:s3cr3t-pw@db.example.org/dw"));
        assert!(finds("{\"smtp\": {\"password\": \"kR7-tq2\"}}"));
        assert!(!finds("{\"smtp\": {\"password\": \"{{secrets/app/smtp}}\"}}"));
        assert!(!finds("dapitokenhere") && !finds(&["AKIA", "IOSFODNN7EXAMPLE"].concat()));
    }

    #[test]
    fn names_outside_terraform() {
        for name in ["PGPASSWORD", "apiToken", "dbPassword", "DD_API_KEY", "UPSTREAM_API_KEY"] {
            assert!(promises_anywhere(name), "{name}");
        }
        for name in ["PASSWORD_FILE", "secretArn", "TOKEN_URL", "MAX_TOKENS", "monkey", "SecretId"]
        {
            assert!(!promises_anywhere(name), "{name}");
        }
        assert!(is_spark_secret("spark.hadoop.javax.jdo.option.ConnectionPassword"));
        assert!(is_spark_secret("fs.s3n.awsSecretAccessKey"));
        assert!(!is_spark_secret("spark.databricks.token.provider.class"));
        assert!(!is_spark_secret("x.java-keystore-provider.password-file"));
    }

    #[test]
    fn addresses() {
        let secrets = |text: &str| tokens(text).into_iter().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(secrets("postgresql://svc:s3cr3t-pw@db.example.org/dw"), ["s3cr3t-pw"]);
        for text in [
            "https://user:password@git.example.org/x.git",
            "https://<user>:<password>@git.example.org/x.git",
            "postgresql://${USER}:${PASSWORD}@db.example.org/dw",
            "https://git@git.example.org/x.git",
            "jdbc:postgresql://db/dw?user=report&password={{secrets/report/password}}",
        ] {
            assert!(secrets(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn templates() {
        assert!(is_template("{{secret/app/key}}") && is_template("{{sparkconf/x}}"));
        assert!(!is_template("{{secrets/a/b}}{{secrets/c/d}}") && !is_template("x{{secrets/a/b}}"));
    }

    #[test]
    fn random() {
        assert!(is_random("9DTvk4WaaB3xzXpMZuZN8Ab5KbH0FZk4"));
        assert!(!is_random("0b7e2f54-91c3-4a6d-8f20-3d5c6a7b8e91"));
        assert!(!is_random("analytics-production-eu-west-1"));
    }
}
