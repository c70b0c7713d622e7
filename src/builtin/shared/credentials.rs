//! Whether a text is a credential, judged by its form and by the name it goes under.
//!
//! Two questions that leave a gap between them: `finds` says that a text is a credential for
//! certain, `is_harmless` that it evidently is none. What lies between is for the place to
//! decide: in a store made for secrets it is one, in a tag it is not.

use std::sync::LazyLock;

use crate::{
    facts::secrets,
    graph::TextPart,
    plan::{Embedded, Tri, Value},
    secrecy::{
        Forms,
        forms::{self, Token, entropy},
        is, names, regex,
    },
};
use regex::Regex;

pub(crate) use crate::facts::accounts::is_uuid;

/// The longest text that can be an evident word.
const WORD: usize = 32;
/// Words of less entropy, in bits for each character, are in every dictionary.
const WORD_ENTROPY: f64 = 3.0;

/// Whether a name promises a secret, or may: `db_password`, `/prod/api-key`, `PGPASSWORD`, `apiToken`, but
/// not `password_policy`.
pub(crate) fn promises(name: &str) -> bool {
    names::promise(name) != Tri::No
}

/// Whether a name is that of something which identifies or locates: `client_id`, `host`.
pub(crate) fn identifies(name: &str) -> bool {
    let last = name.rsplit('/').next();
    last.is_some_and(|part| names::has_word(part, secrets::IDENTIFIER_WORDS))
}

/// Whether a text only refers to a Databricks secret: `{{secrets/scope/key}}`.
pub(crate) fn is_reference(text: &str) -> bool {
    let inside = text.strip_prefix("{{secrets/").and_then(|rest| rest.strip_suffix("}}"));
    let is_name = |name: &str| {
        let is_in = |letter: u8| letter.is_ascii_alphanumeric() || b"_.@-".contains(&letter);
        (1..=secrets::LONGEST_SECRET_NAME).contains(&name.len()) && name.bytes().all(is_in)
    };
    let names = inside.and_then(|inside| inside.split_once('/'));
    names.is_some_and(|(scope, key)| is_name(scope) && is_name(key))
}

/// Whether a text is a template as a whole, `{{…}}`: a reference to a secret, well-formed or not, or
/// one of the platform's other references. What holds no names but something like a secret is none.
pub(crate) fn is_template(text: &str) -> bool {
    let inside = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    let is_name = |inside: &str| {
        let mut parts = inside.split(['/', '.', ':', '|', ' ']);
        !inside.contains("{{") && !parts.any(is_mixed) && tokens(inside).is_empty()
    };
    is_reference(text) || inside.is_some_and(is_name)
}

/// Whether a text is a reference to a secret with a brace too few or too many at an end.
pub(crate) fn is_misspelt_reference(text: &str) -> bool {
    static FORM: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let name = secrets::SECRET_PART;
        regex(&format!(r"^\{{{{2,3}}\s*(?i:secrets?)[/.:]{name}[/.:]{name}\s*\}}{{0,3}}$"))
    });
    let inside = text.trim_matches(['{', '}']);
    let is_pair = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")) == Some(inside);
    text.starts_with("{{")
        && is(&FORM, text)
        && !is_pair
        && !inside.split(['/', '.', ':']).any(is_mixed)
}

/// The same of a text of which only parts are known, such as `{{secrets/app/${var.key}}}`.
pub(crate) fn are_reference(parts: &[TextPart]) -> bool {
    is_reference(&filled(parts))
}

/// What stands for the parts of a text that are not known: a placeholder, which is no secret.
const FILLER: &str = "changeme";

fn filled(parts: &[TextPart]) -> String {
    let parts = parts.iter().map(|part| match part {
        TextPart::Known(text) => text.as_str(),
        TextPart::Unknown => FILLER,
    });
    parts.collect()
}

/// Whether the known parts of a text hold a credential for certain, as [`finds`] tells of a whole one.
pub(crate) fn finds_in(parts: &[TextPart]) -> bool {
    let text = filled(parts);
    let is_known = |text: &str| !text.contains(FILLER);
    tokens(&text).into_iter().any(is_known)
        || Embedded::parse(&text).is_some_and(|json| has_secret(json.value(), &is_known))
}

/// Whether a text holds a credential for certain: the form of a token that somebody issues, or a
/// JSON document with a value under a name that promises a secret.
pub(crate) fn finds(text: &str) -> bool {
    !tokens(text).is_empty()
        || Embedded::parse(text).is_some_and(|json| has_secret(json.value(), &|_| true))
}

/// The parts of a text that have the form of a token.
pub(crate) fn tokens(text: &str) -> Vec<&str> {
    forms(text).into_iter().map(|token| token.secret).collect()
}

/// [`tokens`] with what tells them by their form, in the order of the table. Examples and
/// placeholders are none.
pub(crate) fn forms(text: &str) -> Vec<Token<'_>> {
    let mut found = forms::find(text);
    found.retain(|token| !is_placeholder(token.secret) && !is_example(token.secret));
    found.retain(|token| !token.detector.is_in_address() || !is_example_password(token.secret));
    found
}

/// Whether a password is one of examples and templates.
pub(crate) fn is_example_password(text: &str) -> bool {
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
    // Of `schema_name` a longer name is expected.
    let is_name = || is_word(text) || has_form_of_words(text) && names::is_about(name);
    !promises(name) && (is_identifier(text) || is_name()) && tokens(text).is_empty()
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

/// Whether a text is like a secret that people or tools make: random, or of eight characters or more,
/// no words, and of three kinds of letters, digits and signs; or with a long part of letters and digits.
pub(crate) fn is_secret_like(text: &str) -> bool {
    is_random(text) || is_mixed(text)
}

/// Shorter texts are no secrets of any worth, or cannot be told from words.
const SHORT: usize = 8;
/// Longer words are rare.
const LONGEST: usize = 16;
/// So long hardly anybody writes a word with digits in it.
const LONG: usize = 16;
/// What stands between the words of a text.
const JOINTS: [char; 4] = ['-', '_', '.', ' '];

fn is_mixed(text: &str) -> bool {
    let is_long = |part: &str| {
        part.len() >= LONG && kinds(part) >= 2 && part.bytes().any(|byte| byte.is_ascii_digit())
    };
    text.chars().count() >= SHORT
        && !text.split(JOINTS).all(is_numbered_word)
        && (kinds(text) >= 3 || text.split(JOINTS).any(is_long))
}

/// How many kinds of characters it has, of small and large letters, digits and others, but for what
/// joins words.
fn kinds(text: &str) -> usize {
    let kinds: [fn(&char) -> bool; 4] =
        [char::is_ascii_lowercase, char::is_ascii_uppercase, char::is_ascii_digit, |letter| {
            !letter.is_ascii_alphanumeric() && !JOINTS.contains(letter)
        }];
    kinds.iter().filter(|is| text.chars().any(|letter| is(&letter))).count()
}

/// Whether a text may well be a word, a name or a choice: short, or of one to three words, which may
/// end with a number: `postgres`, `password1`, `read-only`.
pub(crate) fn is_like_words(text: &str) -> bool {
    let parts: Vec<&str> = text.split(JOINTS).collect();
    let is_word = |part: &&str| part.len() <= LONGEST && !part.is_empty() && is_part(part);
    let is_one = parts.len() == 1 && text.len() <= LONGEST && is_numbered_word(text);
    text.chars().count() < SHORT || is_one || parts.len() <= 3 && parts.iter().all(is_word)
}

/// Whether a text is of several small words, as names of things are: `acme-prod-bastion-host`.
pub(crate) fn is_name(text: &str) -> bool {
    let is_word = |part: &str| {
        (1..=LONGEST).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_lowercase())
    };
    text.contains(JOINTS) && text.split(JOINTS).all(is_word)
}

/// A word with at most four digits behind it, or a number.
fn is_numbered_word(part: &str) -> bool {
    let word = part.trim_end_matches(|letter: char| letter.is_ascii_digit());
    word.is_empty() || part.len() - word.len() <= 4 && is_part(word)
}

/// Strings of a JSON document that are not evidently harmless.
pub(crate) fn strings(json: Value<'_>, name: &str, each: &mut impl FnMut(&str)) {
    if let Some(text) = json.as_str().filter(|text| !is_harmless(text, name)) {
        each(text);
    }
    json.items().for_each(|item| strings(item, name, each));
    json.entries().for_each(|(key, it)| strings(it, key, each));
}

fn has_secret(json: Value<'_>, may_be: &impl Fn(&str) -> bool) -> bool {
    let is_secret = |key: &str, text: &str| {
        promises(key)
            && may_be(text)
            && !text.is_empty()
            && !is_reference(text)
            && !is_identifier(text)
            && !is_placeholder(text)
    };
    json.items().any(|item| has_secret(item, may_be))
        || json.entries().any(|(key, it)| match it.as_str() {
            Some(text) => is_secret(key, text),
            None => has_secret(it, may_be),
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
    static PATTERNS: LazyLock<Forms> =
        LazyLock::new(|| Forms::of(secrets::ALLOWED_PATTERNS.iter().copied()));
    let mut letters = text.chars();
    let first = letters.next();
    let lower = text.to_lowercase();
    secrets::ALLOWED_VALUES.binary_search(&lower.as_str()).is_ok()
        || letters.all(|letter| Some(letter) == first)
        || is_template(text)
        || (!is_uuid(text) && PATTERNS.fit(text))
}

/// Hosts such as `db.example.org` stand in real configurations too.
fn is_example(token: &str) -> bool {
    let says_so = !token.contains("://") && token.to_lowercase().contains("example");
    says_so || secrets::STOPWORDS.iter().any(|word| token.contains(word))
}

/// Whether a text is an e-mail address.
pub(crate) fn is_mail(text: &str) -> bool {
    static MAIL: LazyLock<Option<Regex>> = LazyLock::new(|| regex(secrets::MAIL));
    is(&MAIL, text)
}

/// Numbers, UUIDs, e-mail addresses, URLs that hold no credential, host names, paths, ids of AWS and
/// of workspaces, certificates and public keys, versions, regions, types of instances, dates and
/// names of algorithms.
pub(crate) fn is_identifier(text: &str) -> bool {
    static FORMS: LazyLock<Forms> =
        LazyLock::new(|| Forms::of(secrets::IDENTIFIER_FORMS.iter().map(|(form, _)| *form)));
    let has_form = is_uuid(text) || is_plain_url(text) || FORMS.fit(text);
    has_form && tokens(text).is_empty()
}

/// A URL without user information, and without a parameter that may be a key.
fn is_plain_url(text: &str) -> bool {
    let inside = text.strip_prefix("jdbc:").filter(|inside| !inside.starts_with("//"));
    let text = inside.unwrap_or(text);
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let is_scheme = |letter: u8| letter.is_ascii_alphanumeric() || b"+.-".contains(&letter);
    let has_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(is_scheme);
    // Of a fragment nothing is known, and a second question mark is part of a value.
    let is_foreign = |letter: char| letter.is_whitespace() || matches!(letter, '@' | '#');
    let query = text.split_once('?').map_or("", |(_, query)| query);
    let is_plain = |parameter: &str| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let names_key = matches!(name, "key" | "sig" | "signature" | "code" | "auth");
        !names_key && !promises(name) && !is_random(value)
    };
    has_scheme && !rest.contains(is_foreign) && query.split('&').all(is_plain)
}

/// Words as people write them, joined by `-`, `_`, `.` or blanks, with whole numbers between:
/// `full-refresh`, `eu-west-1`, but not `hunter2`.
pub(crate) fn is_word(text: &str) -> bool {
    has_form_of_words(text) && entropy(text) < WORD_ENTROPY
}

/// The form of [`is_word`], whatever the entropy.
pub(crate) fn has_form_of_words(text: &str) -> bool {
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = text.split(JOINTS);
    text.len() <= WORD && parts.all(|part| is_part(part) || is_number(part))
}

/// Letters alone, small, large, or small behind a large one.
fn is_part(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_lowercase())
        || part.bytes().all(|byte| byte.is_ascii_uppercase())
        || part.bytes().skip(1).all(|byte| byte.is_ascii_lowercase())
            && part.starts_with(|first: char| first.is_ascii_uppercase())
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
            assert!(promises(name), "{name}");
        }
        for name in ["PASSWORD_FILE", "secretArn", "TOKEN_URL", "MAX_TOKENS", "monkey", "SecretId"]
        {
            assert!(!promises(name), "{name}");
        }
    }

    #[test]
    fn references_with_a_brace_amiss() {
        for text in [
            "{{secrets/app/key}",
            "{{secrets/app/key",
            "{{{secrets/app/key}}}",
            "{{secret.app.key}",
        ] {
            assert!(is_misspelt_reference(text), "{text}");
        }
        for text in [
            "{{secrets/app/key}}",
            "{{ secrets/app/key }}",
            "{{secrets/app/Kx9f8e7dAb1Qw2}",
            "{{x}",
        ] {
            assert!(!is_misspelt_reference(text), "{text}");
        }
    }

    #[test]
    fn what_is_known_of_a_text() {
        let holds = |parts: &[&str]| {
            let part = |text: &&str| match *text {
                "" => TextPart::Unknown,
                text => TextPart::Known(text.to_owned()),
            };
            finds_in(&parts.iter().map(part).collect::<Vec<_>>())
        };
        assert!(holds(&["postgresql://svc:s3cr3t-pw@", "", "/dw"]));
        assert!(holds(&["{\"host\": \"", "", "\", \"password\": \"kR7-tq2\"}"]));
        assert!(!holds(&["postgresql://svc:", "", "@db.example.org/dw"]));
        assert!(!holds(&["{\"host\": \"db\", \"password\": \"", "", "\"}"]));
    }

    #[test]
    fn addresses() {
        let secrets = |text: &str| tokens(text).into_iter().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(secrets("postgresql://svc:s3cr3t-pw@db.example.org/dw"), ["s3cr3t-pw"]);
        assert_eq!(secrets("redis://:s3cr3t-pw@cache.example.org:6379"), ["s3cr3t-pw"]);
        assert_eq!(secrets("HTTPS://svc:s3cr3t-pw@db.example.org/dw"), ["s3cr3t-pw"]);
        for text in [
            "https://user:password@git.example.org/x.git",
            "https://<user>:<password>@git.example.org/x.git",
            "postgresql://${USER}:${PASSWORD}@db.example.org/dw",
            "https://git@git.example.org/x.git",
            "jdbc:postgresql://db/dw?user=report&password={{secrets/report/password}}",
            "Server=db;Uid=etl;Pwd={{secrets/dw/password}};Encrypt=yes",
            "Server=db;Uid=etl;Pwd=${DB_PASS}",
            "Server=db;Uid=etl;Pwd=$DB_PASS",
            "Server=db;Uid=etl;Pwd=****",
            "Server=db;Uid=etl;Password=password",
            "Server=db;Uid=etl;Trusted_Connection=yes",
            "user=etl;password=get_password(scope)",
            "user=etl;password=getpass.getpass()",
            "HOME=/root;USER=etl;PWD=/opt/etl;SHLVL=1",
            "Server=db;Uid=etl;Pwd=vault:secret/data/db",
        ] {
            assert!(secrets(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn templates() {
        assert!(is_template("{{secret/app/key}}") && is_template("{{sparkconf/x}}"));
        assert!(!is_template("{{secrets/a/b}}{{secrets/c/d}}") && !is_template("x{{secrets/a/b}}"));
        assert!(is_template("{{secrets/App2024Prod/Key1Main}}") && !is_template("{{Kx-9f8e7dAb}}"));
    }

    #[test]
    fn no_secrets_by_their_form() {
        for text in [
            "eu-west-1",
            "us-gov-west-1",
            "eu-central-1a",
            "euc1-az2",
            "Z0123456789ABCDEFGHIJ",
            "m5d.2xlarge",
            "db.r6g.large",
            "u-6tb1.metal",
            "15.4.x-scala2.12",
            "14.3.x-gpu-ml-scala2.12",
            "v1.29.3-rc1",
            "2026-11-22T01:36:00Z",
            "2026-11-22",
            "PT15M",
            "24h",
            "AWSCURRENT",
            "rds!cluster-0a1b2c3d-1111-2222-3333-444455556666",
            "RS256",
            "AES-256-GCM",
            "scram-sha-256",
            "aws:kms",
        ] {
            assert!(is_identifier(text), "{text}");
        }
        for text in ["Zk9-0000-xQ7", "v-Kx93bQ7", "hunter2!", "1.2-Kx93bQ7zz"] {
            assert!(!is_identifier(text), "{text}");
        }
    }

    #[test]
    fn placeholders() {
        for text in ["EMPTY", "not-used", "changeme123", "CHANGE_ME_IN_CONSOLE", "please-change-me"]
        {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["to-be-replaced-later", "dummy-key", "no-key-needed", "{{secret/app/key}}"] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["changeling-Kx93", "rotate", "S3cr3tPassw0rd", "{{Kx-9f8e7dAb}}"] {
            assert!(!is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn looks() {
        for text in ["S3cr3tPassw0rd", "Gw-8x2Kq9Lm4Rt7", "9f8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d"] {
            assert!(is_secret_like(text) && !is_like_words(text), "{text}");
        }
        assert!(is_name("acme-prod-bastion-host") && is_name("billing.service.key"));
        assert!(!is_name("acme-prod-bastion-01") && !is_name("Acme-prod") && !is_name("bastion"));
        for text in ["postgres", "read-only", "hunter2", "Password1", "FINE_GRAINED", "analytics"] {
            assert!(is_like_words(text) && !is_secret_like(text), "{text}");
        }
        for text in ["Acme-Lake2-Prod", "svc-lake2-2024", "PlainLoginModule", "acme2lake9"] {
            assert!(!is_secret_like(text), "{text}");
        }
    }

    #[test]
    fn random() {
        assert!(is_random("9DTvk4WaaB3xzXpMZuZN8Ab5KbH0FZk4"));
        assert!(!is_random("0b7e2f54-91c3-4a6d-8f20-3d5c6a7b8e91"));
        assert!(!is_random("analytics-production-eu-west-1"));
    }
}
