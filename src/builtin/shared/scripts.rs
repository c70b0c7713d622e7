//! Credentials that stand in a script: tokens, and values under a name that promises one.

use std::{borrow::Cow, sync::LazyLock};

use regex::Regex;

use crate::{
    facts::secrets::Purpose,
    graph::{Res, View},
    plan::{Embedded, Tri},
    secrecy::{forms, names, regex},
};

use super::{containers, credentials, named_secrets};

/// Shorter values are not told from words of the language.
const SHORTEST: usize = 6;

/// The entropy from which a value is no word, in bits for each character.
const ENTROPY: f64 = 2.7;

/// The entropy from which a word of letters and digits is none, in bits for each character.
const MIXED_ENTROPY: f64 = 3.5;

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

/// The credentials in a script, each once, and whether they are.
pub(crate) fn secrets_in(text: &str) -> Vec<(&str, Tri)> {
    let mut found: Vec<(&str, Tri)> = Vec::new();
    for token in credentials::forms(text) {
        found.push((token.secret, Tri::Yes));
    }
    for it in assignments(text) {
        let is_one = is_secret(names::promise(it.name), it.name, it.value);
        let is_code = match it.form {
            Form::Whole => false,
            // `f(token=token_v2, user=user)`
            Form::Shell => it.value.strip_suffix(',').is_some_and(is_code),
            Form::Bare => is_one != Tri::Yes || !is_no_code(it.value),
        };
        if !is_code {
            add(&mut found, it.value, is_one);
        }
    }
    for (name, value) in settings(text) {
        add(&mut found, value, is_secret(Tri::Yes, name, value));
    }
    found
}

fn add<'a>(found: &mut Vec<(&'a str, Tri)>, value: &'a str, is_one: Tri) {
    let is_it = |known: &str| known.contains(value) || value.contains(known);
    match found.iter_mut().find(|it| is_it(it.0)) {
        Some(known) => known.1 = known.1 | is_one,
        None if is_one != Tri::No => found.push((value, is_one)),
        None => {}
    }
}

/// Whether a value under a name is a secret. What is not like one may be a word of the language, or the name of
/// something.
fn is_secret(promise: Tri, name: &str, value: &str) -> Tri {
    let may_be = value.chars().count() >= SHORTEST
        && !value.contains(['{', '<'])
        && !value.starts_with('[')
        && !credentials::has_form_of_words(value)
        && forms::entropy(value) >= ENTROPY;
    if !may_be {
        return Tri::No;
    }
    let is_sure = credentials::is_secret_like(value) || is_one_mixed_word(value);
    named_secrets::is_one(promise, name, value) & (Tri::from(is_sure) | Tri::Maybe)
}

/// Letters and digits without order, and nothing that joins words.
fn is_one_mixed_word(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && forms::entropy(value) >= MIXED_ENTROPY
}

/// Whether a value without quotes may be a variable of the language, an attribute, or a sum of such.
fn is_code(value: &str) -> bool {
    let is_name = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    !credentials::is_random(value) && value.split(['.', '+', '/', ',']).all(is_name)
}

/// Whether a value without quotes is nothing that a language may calculate.
fn is_no_code(value: &str) -> bool {
    let is_number = value.starts_with("0x")
        || value.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse::<f64>().is_ok();
    let is_plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && value.split('-').any(is_one_mixed_word);
    !is_number && !is_code(value) && (credentials::is_random(value) || is_plain)
}

/// What a text gives a name.
struct Assignment<'a> {
    name: &'a str,
    value: &'a str,
    form: Form,
}

/// How an assignment is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// What stands behind the value belongs to the form.
    Whole,
    /// As in a shell, where more of the value may follow.
    Shell,
    /// A line on which the value may be a variable of a language.
    Bare,
}

/// What a text gives names: `export X=value` of shells, `x = "value"` and `"x": "value"` of other
/// languages, lines of YAML, of properties and of INI files, in heredocs too.
fn assignments(text: &str) -> Vec<Assignment<'_>> {
    let mut all = Vec::new();
    for (pattern, form) in &*FORMS {
        for found in pattern.captures_iter(text) {
            let (Some(name), Some(value)) = (found.get(1), found.get(2)) else { continue };
            let behind = text[value.end()..].chars().next();
            let ends = |it: char| it.is_whitespace() || matches!(it, ';' | '&' | '|' | ')');
            if *form != Form::Shell || behind.is_none_or(ends) {
                let (name, value) = innermost(name.as_str(), value.as_str());
                all.push(Assignment { name, value, form: *form });
            }
        }
    }
    all
}

static FORMS: LazyLock<Vec<(Regex, Form)>> = LazyLock::new(|| {
    let forms = [
        // `x = "value"`, `x: str = "value"`, `x["y"] = "value"`, `"x" -> "value"`, `x <- "value"`
        (
            r#"([A-Za-z_][A-Za-z0-9_.-]*)["']?\]?(?:[ \t]*:[ \t]*[A-Za-z_][A-Za-z0-9_.\[\]]*)?[ \t]*(?::=|=>|->|<-|=|:)[ \t]*(?:"""|'''|["'])([^"'\s\\]{1,200})["']"#,
            Form::Whole,
        ),
        (r#"(?m)(?:^|[\s;&|(=])([A-Za-z_][A-Za-z0-9_]*)=([^\s"'`$();|&<>\\]{1,200})"#, Form::Shell),
        // `echo "export X=value" >> file`
        (
            r#"["'](?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)=([^\s"'`$();|&<>\\{\[\]]{1,200})(?:["']|\\n)"#,
            Form::Whole,
        ),
        (
            r#"(?m)^[ \t-]*([A-Za-z_][A-Za-z0-9_.-]*):[ \t]+([^\s"'`$();|&<>\\\[{]{1,200})[ \t]*(?:[ \t]#.*)?\r?$"#,
            Form::Whole,
        ),
        (
            r#"(?m)^[ \t]*([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*([^\s"'`$();|&<>\\\[{]{1,200})[ \t]*(?:[ \t]#.*)?\r?$"#,
            Form::Bare,
        ),
    ];
    forms.iter().filter_map(|(pattern, form)| Some((regex(pattern)?, *form))).collect()
});

/// `X` and its value of `Environment=X=value`.
fn innermost<'a>(name: &'a str, value: &'a str) -> (&'a str, &'a str) {
    let is_name = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    match value.split_once('=').filter(|(inner, _)| is_name(inner)) {
        Some((inner, value)) if names::promise(name) == Tri::No => (inner, value),
        _ => (name, value),
    }
}

/// Values of Spark's settings: `spark.conf.set("fs.s3a.secret.key", "value")`.
fn settings(text: &str) -> Vec<(&str, &str)> {
    static FORM: LazyLock<Option<Regex>> = LazyLock::new(|| {
        regex(r#"["']([A-Za-z0-9_.-]+)["'][ \t]*,[ \t]*["']([^"'\s]{1,200})["']"#)
    });
    let found = FORM.iter().flat_map(|form| form.captures_iter(text));
    found
        .filter(|found| names::is_spark_secret(&found[1]))
        .filter_map(|found| Some((found.get(1)?.as_str(), found.get(2)?.as_str())))
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
            assert_eq!(secrets_in(text), [(secret, Tri::Yes)], "{text}");
        }
        let token = ["dapi", "a4c123b1612dd272d1371c17149d4395"].concat();
        assert_eq!(secrets_in(&format!("token = \"{token}\"")), [(token.as_str(), Tri::Yes)]);
    }

    #[test]
    fn assignments_of_many_languages() {
        let secret = "Kx7-pL29mQvWtZr8";
        for text in [
            "echo \"export API_TOKEN=Kx7-pL29mQvWtZr8\" >> /etc/profile.d/agent.sh",
            "echo 'DB_PASSWORD=Kx7-pL29mQvWtZr8' >> /etc/environment",
            "tee -a /etc/environment <<< \"API_KEY=Kx7-pL29mQvWtZr8\"",
            "printf \"API_KEY=Kx7-pL29mQvWtZr8\\n\" >> /etc/environment",
            "[Service]\nEnvironment=DB_PASSWORD=Kx7-pL29mQvWtZr8\n",
            "[Service]\nEnvironment=\"DB_PASSWORD=Kx7-pL29mQvWtZr8\"\n",
            "docker run --env=DB_PASSWORD=Kx7-pL29mQvWtZr8 agent",
            "DB_USER=etl DB_PASSWORD=Kx7-pL29mQvWtZr8 ./load",
            "[client]\nuser = etl\npassword = Kx7-pL29mQvWtZr8\n",
            "db.user=etl\r\ndb.password=Kx7-pL29mQvWtZr8\r\n",
            "echo \"spring.datasource.password=Kx7-pL29mQvWtZr8\" >> app.properties",
            "db:\n  password: Kx7-pL29mQvWtZr8  # of the warehouse\n",
            "os.environ[\"DB_PASSWORD\"] = \"Kx7-pL29mQvWtZr8\"",
            "config['password']='Kx7-pL29mQvWtZr8'",
            "password <- \"Kx7-pL29mQvWtZr8\"",
            "val jdbcPassword: String = \"Kx7-pL29mQvWtZr8\"",
            "password: Optional[str] = \"Kx7-pL29mQvWtZr8\"",
            "Map(\"user\" -> \"etl\", \"password\" -> \"Kx7-pL29mQvWtZr8\")",
            "password = \"\"\"Kx7-pL29mQvWtZr8\"\"\"",
        ] {
            assert_eq!(secrets_in(text), [(secret, Tri::Yes)], "{text}");
        }
    }

    #[test]
    fn what_may_be_a_name_is_possible() {
        for (text, value) in [
            ("pat = \"main_v2x\"", "main_v2x"),
            ("secret = \"kv-prod01\"", "kv-prod01"),
            ("storage_credential = \"Kx7-pL29mQvWtZr8\"", "Kx7-pL29mQvWtZr8"),
        ] {
            assert_eq!(secrets_in(text), [(value, Tri::Maybe)], "{text}");
        }
        assert_eq!(secrets_in("pat = \"Kx7-pL29mQvWtZr8\"; secret = \"kv-prod01\"")[0].1, Tri::Yes);
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
            "self.token = tokens.accessV2Token",
            "password = base64Prefix+dbPassword2",
            "api_key = settings.ApiKey2024",
            "password = %(dbPassword1)s",
            "self.password=other.passwordOf2Nd",
            "token = tokenV2Main",
            "connect(token=tokenV2Main, user=user)",
            "tokens=[],prevPart2=null",
            "usage = '[oauth2-client-secret=OAUTH2-CLIENT-SECRET]'",
            "storage_credential = \"uc-lake-prod01\"",
            "storage_credential: uc_lake_prod01\n",
            "credential <- \"glue-cred-01\"",
            "password -> password2Check",
            "if token == \"Kx7-pL29mQvWtZr8\":",
            "echo \"PASSWORD=prefix1-$DB_Pass\"",
            "TOKEN=Kx7-pL29\"$SUFFIX\"",
            "url = f\"https://api.example.org?token={token}\"",
            "pad_token = \"[MASK]\"",
        ] {
            assert!(secrets_in(text).is_empty(), "{text}: {:?}", secrets_in(text));
        }
    }
}
