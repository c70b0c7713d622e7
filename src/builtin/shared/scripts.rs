//! Credentials that stand in a script: tokens, and values under a name that promises one.

use std::{borrow::Cow, sync::LazyLock};

use regex::Regex;

use crate::{
    facts::secrets::Purpose,
    graph::{Res, View},
    plan::Embedded,
    secrecy::{forms, names, regex},
};

use super::{containers, credentials, named_secrets};

/// Shorter values are not told from words of the language.
const SHORTEST: usize = 6;

/// The entropy from which a value is no word, in bits for each character.
const ENTROPY: f64 = 2.7;

/// A script of an instance.
pub(crate) struct Script<'a> {
    /// Where it stands.
    pub(crate) view: View<'a>,
    /// What it says.
    pub(crate) text: Cow<'a, str>,
    /// What the plan shows in its place, where that is a digest.
    pub(crate) digest: Option<&'a str>,
}

/// The scripts of an instance whose text the plan has. A JSON document is none.
pub(crate) fn of(res: Res<'_>) -> Vec<Script<'_>> {
    let places = containers::places(res, Purpose::Script);
    places.into_iter().filter_map(|(entry, view)| script(res, entry.path, view)).collect()
}

fn script<'a>(res: Res<'a>, path: &str, view: View<'a>) -> Option<Script<'a>> {
    let Some(shown) = view.text() else {
        view.note_unknown();
        return None;
    };
    // The AWS provider keeps a digest of `user_data` in place of the text.
    let literal = is_digest(shown).then(|| view.literal()).flatten().filter(|it| it.is_whole);
    let text = match literal.and_then(|it| it.value.as_str()) {
        Some(text) => Cow::Borrowed(text),
        None => containers::decoded(res, path, shown),
    };
    let is_script = !is_digest(&text) && Embedded::parse(&text).is_none();
    let digest = is_digest(shown).then_some(shown);
    is_script.then_some(Script { view, text, digest })
}

fn is_digest(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The credentials in a script, each once.
pub(crate) fn secrets_in(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for token in credentials::forms(text) {
        found.push(token.secret);
    }
    for (name, value) in assignments(text) {
        let is_known = found.iter().any(|it| it.contains(value) || value.contains(it));
        if !is_known && named_secrets::promises(Purpose::Environment, name) && is_secret(value) {
            found.push(value);
        }
    }
    for part in settings(text) {
        let is_known = found.iter().any(|it| it.contains(part) || part.contains(it));
        if !is_known && is_secret(part) {
            found.push(part);
        }
    }
    found
}

fn is_secret(value: &str) -> bool {
    value.chars().count() >= SHORTEST
        && named_secrets::is_clear(value)
        && !value.contains(['{', '<'])
        && !credentials::has_form_of_words(value)
        && forms::entropy(value) >= ENTROPY
}

/// What a text gives names: `export X=value` of shells, `x = "value"` and `"x": "value"` of other
/// languages.
fn assignments(text: &str) -> Vec<(&str, &str)> {
    static FORMS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        let forms = [
            r#"([A-Za-z_][A-Za-z0-9_.-]*)["']?[ \t]*(?::=|=>|=|:)[ \t]*["']([^"'\s\\]{1,200})["']"#,
            r#"(?m)(?:^|[\s;&|(])([A-Za-z_][A-Za-z0-9_]*)=([^\s"'`$();|&<>\\]{1,200})(?:[\s;&|)]|$)"#,
            r#"(?m)^[ \t-]*([A-Za-z_][A-Za-z0-9_.-]*):[ \t]+([^\s"'`$();|&<>\\\[{]{1,200})[ \t]*$"#,
        ];
        forms.iter().filter_map(|form| regex(form)).collect()
    });
    let mut all = Vec::new();
    for form in &*FORMS {
        for found in form.captures_iter(text) {
            if let (Some(name), Some(value)) = (found.get(1), found.get(2)) {
                all.push((name.as_str(), value.as_str()));
            }
        }
    }
    all
}

/// Values of Spark's settings: `spark.conf.set("fs.s3a.secret.key", "value")`.
fn settings(text: &str) -> Vec<&str> {
    static FORM: LazyLock<Option<Regex>> = LazyLock::new(|| {
        regex(r#"["']([A-Za-z0-9_.-]+)["'][ \t]*,[ \t]*["']([^"'\s]{1,200})["']"#)
    });
    let found = FORM.iter().flat_map(|form| form.captures_iter(text));
    found
        .filter(|found| names::is_spark_secret(&found[1]))
        .filter_map(|found| found.get(2).map(|value| value.as_str()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_found() {
        for (text, secret) in [
            (
                "export DD_SITE=eu\nexport DD_API_KEY=9f8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d\n",
                "9f8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d",
            ),
            ("DB_PASSWORD='Gw-8x2Kq9Lm4Rt7'", "Gw-8x2Kq9Lm4Rt7"),
            ("export DBPASS=Gw-8x2Kq9Lm4Rt7", "Gw-8x2Kq9Lm4Rt7"),
            ("  export DB_PASSWORD=Ec-9k8J7h6G5f4D", "Ec-9k8J7h6G5f4D"),
            ("connect(user=\"a\", password=\"Zk9-0000-xQ7\")", "Zk9-0000-xQ7"),
            ("db:\n  password: Zk9-0000-xQ7\n", "Zk9-0000-xQ7"),
            ("spark.conf.set(\"fs.s3a.secret.key\", \"Zk9-0000-xQ7\")", "Zk9-0000-xQ7"),
            ("{\"apiToken\": \"Zk9-0000-xQ7\"}", "Zk9-0000-xQ7"),
        ] {
            assert_eq!(secrets_in(text), [secret], "{text}");
        }
        let token = ["dapi", "a4c123b1612dd272d1371c17149d4395"].concat();
        assert_eq!(secrets_in(&format!("token = \"{token}\"")), [token]);
    }

    #[test]
    fn code_that_fetches_them_is_not() {
        for text in [
            "export DD_API_KEY=\"$DATADOG_KEY\"",
            "export DB_PASSWORD=$(aws secretsmanager get-secret-value --secret-id etl/db)",
            "export TOKEN_FILE=/run/secrets/token\nexport SECRET_NAME=etl/db\nexport PASSWORD=\"\"",
            "MAX_TOKENS=4096",
            "password = dbutils.secrets.get(\"etl\", \"db-password\")",
            "password = dbutils.secrets.get(scope=\"etl\", key=\"db-password\")",
            "token = os.environ[\"API_TOKEN_2024_v2\"]",
            "headers = {\"token\": f\"Bearer {token}\"}",
            "secret = \"etl/db\"",
            "password: string",
            "PASSWORD=changeme",
            "token=getToken2(request)",
        ] {
            assert!(secrets_in(text).is_empty(), "{text}: {:?}", secrets_in(text));
        }
    }
}
