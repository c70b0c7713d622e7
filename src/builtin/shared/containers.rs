//! What stands in attributes that are made for something else and sometimes hold a secret: settings,
//! environment variables, policies, scripts.

use std::borrow::Cow;

use data_encoding::{BASE64, BASE64_NOPAD};

use crate::{
    facts::secrets::{self as facts, Container, Encoding, Purpose},
    graph::{Res, Val, View},
    plan::{Embedded, Value},
    redact::MIN_SECRET_CHARS,
    secrecy::names,
};

use super::{credentials, named_secrets, secrets};

/// A named value of a container.
pub(crate) struct Named<'a> {
    /// Where it stands: the member of a map, or the text of the document that holds it.
    pub(crate) view: View<'a>,
    /// Its name.
    pub(crate) name: String,
    /// What stands there, where it is a part of a document.
    pub(crate) inside: Option<String>,
}

/// The attributes of an instance that are made for a purpose, with what the table says of each.
/// What is null or left out, and blocks that are not there, have none.
pub(crate) fn places(res: Res<'_>, purpose: Purpose) -> Vec<(&'static Container, View<'_>)> {
    let mut places = Vec::new();
    let root = res.root();
    let entries = facts::containers(res.type_()).iter().filter(|it| it.purpose == purpose);
    for entry in entries.filter(|it| secrets::may_stand(root.glance(), it.path)) {
        let names: Vec<&'static str> = entry.path.split('.').collect();
        secrets::below(&root, &root, &names, true, &mut |view, _, _| places.push((entry, view)));
    }
    places
}

/// The values in an instance's containers for a purpose whose names promise a secret.
pub(crate) fn promising(res: Res<'_>, purpose: Purpose) -> Vec<Named<'_>> {
    let mut all = Vec::new();
    for (entry, view) in places(res, purpose).into_iter().filter(|(entry, _)| entry.keyed) {
        match entry.encoding {
            Encoding::Json => all.extend(in_document(&view, purpose)),
            _ => all.extend(in_map(view)),
        }
    }
    let unnamed = |it: &&Container| it.purpose == purpose && !it.keyed;
    if purpose == Purpose::Environment {
        let beside = facts::containers(res.type_()).iter().filter(unnamed);
        all.extend(beside.flat_map(|entry| with_name_beside(res, entry)));
    }
    all.retain(|it| named_secrets::promises(purpose, &it.name));
    all
}

fn in_map(view: View<'_>) -> impl Iterator<Item = Named<'_>> {
    let members = view.members();
    if let (Val::Unknown(cause), true) = (view.val(), members.is_empty()) {
        // One value that is not known hides the names of all.
        view.note(cause);
    }
    members.into_iter().map(|(name, view)| Named { view, name: name.to_owned(), inside: None })
}

/// Values of blocks that have their name in `name`, and in `type` whether the value is one.
fn with_name_beside<'a>(res: Res<'a>, entry: &'static Container) -> Vec<Named<'a>> {
    let names: Vec<&'static str> = entry.path.split('.').collect();
    let root = res.root();
    let mut all = Vec::new();
    secrets::below(&root, &root, &names[..names.len() - 1], true, &mut |block, _, _| {
        let blocks: Vec<View<'a>> = match block.val() {
            Val::Known(value) if value.is_array() => block.items().collect(),
            _ => Vec::new(),
        };
        for block in blocks {
            let is_reference = block.member("type").text().is_some_and(|it| it != "PLAINTEXT");
            if let Some(name) = block.member("name").text().filter(|_| !is_reference) {
                let view = block.member(names[names.len() - 1]);
                all.push(Named { view, name: name.to_owned(), inside: None });
            }
        }
    });
    all
}

/// The named values of a document that is known.
fn in_document<'a>(view: &View<'a>, purpose: Purpose) -> Vec<Named<'a>> {
    let Some(document) = view.text().and_then(Embedded::parse) else {
        view.note_unknown();
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut take = |name: &str, text: &str| {
        // Shorter ones cannot be kept out of what is shown of the rest.
        if text.chars().count() < MIN_SECRET_CHARS {
            return;
        }
        let inside = Some(text.to_owned());
        found.push(Named { view: view.clone(), name: name.to_owned(), inside });
    };
    match purpose {
        Purpose::Policy => elements(document.value(), &mut take),
        _ => variables(document.value(), &mut take),
    }
    found
}

/// `[{"name": …, "value": …}]`, wherever it stands in the definition of a container.
fn variables(value: Value<'_>, take: &mut impl FnMut(&str, &str)) {
    let text = |name: &str| value.get(name).or_else(|| value.get(&capitalised(name)))?.as_str();
    if let (Some(name), Some(text)) = (text("name"), text("value")) {
        take(name, text);
    }
    value.items().for_each(|item| variables(item, take));
    value.entries().for_each(|(_, item)| variables(item, take));
}

fn capitalised(name: &str) -> String {
    name[..1].to_uppercase() + &name[1..]
}

/// What the elements of a cluster policy fix or propose for what holds a secret.
fn elements(policy: Value<'_>, take: &mut impl FnMut(&str, &str)) {
    for (path, element) in policy.entries() {
        let is_for_secret = match path.strip_prefix("spark_conf.") {
            Some(key) => names::is_spark_secret(key),
            None => credentials::promises(path),
        };
        if !is_for_secret {
            continue;
        }
        let single = ["value", "defaultValue"].into_iter().filter_map(|key| element.get(key));
        let listed = element.get("values").into_iter().flat_map(Value::items);
        for text in single.chain(listed).filter_map(Value::as_str) {
            take(path, text);
        }
    }
}

/// What an attribute holds, base64 taken off where its name or the table says that it is there. As
/// it is, where it is no base64 of a text.
pub(crate) fn decoded<'t>(res: Res<'_>, path: &str, text: &'t str) -> Cow<'t, str> {
    let containers = facts::containers(res.type_());
    let is_base64 = path.ends_with("base64")
        || containers.iter().any(|it| it.encoding == Encoding::Base64 && it.path == path);
    let plain = is_base64.then(|| from_base64(text)).flatten();
    plain.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The text of which this is the base64; none where it is none.
pub(crate) fn from_base64(text: &str) -> Option<String> {
    let packed: String = text.split_ascii_whitespace().collect();
    let bytes =
        BASE64.decode(packed.as_bytes()).or_else(|_| BASE64_NOPAD.decode(packed.as_bytes()));
    String::from_utf8(bytes.ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str, find: impl Fn(Value<'_>, &mut dyn FnMut(&str, &str))) -> Vec<String> {
        let document = Embedded::parse(text).unwrap();
        let mut all = Vec::new();
        find(document.value(), &mut |name, text| all.push(format!("{name}={text}")));
        all
    }

    #[test]
    fn documents() {
        let task = r#"[{"name": "app", "environment": [{"name": "A", "value": "x"}],
            "secrets": [{"name": "B", "valueFrom": "arn"}]}]"#;
        assert_eq!(named(task, |value, take| variables(value, &mut |a, b| take(a, b))), ["A=x"]);
        let policy = r#"{"spark_conf.a.password": {"type": "fixed", "value": "x"},
            "spark_conf.a.partitions": {"type": "fixed", "value": "400"},
            "spark_env_vars.PASSWORD": {"type": "allowlist", "values": ["y"], "defaultValue": "y"},
            "docker_image.basic_auth.password": {"type": "forbidden"}}"#;
        assert_eq!(
            named(policy, |value, take| elements(value, &mut |a, b| take(a, b))),
            ["spark_conf.a.password=x", "spark_env_vars.PASSWORD=y", "spark_env_vars.PASSWORD=y"]
        );
    }

    #[test]
    fn base64() {
        assert_eq!(from_base64("aGFsbG8=").as_deref(), Some("hallo"));
        assert_eq!(from_base64("aGFs\nbG8").as_deref(), Some("hallo"));
        assert_eq!(from_base64("H4sIAAAAAAAA"), None);
    }
}
