//! A few lines of Terraform-like text that stand for an instance where no source is at hand.

use crate::{
    facts::{identity, secrets},
    graph::{Glance, Res, Val, View},
    plan::{Mode, Tri},
    secrecy::names,
};

/// Longest excerpt, in lines.
const LINES: usize = 12;
/// Attributes shown besides the one that decides.
const OTHERS: usize = 5;

/// The instance as a block: the attribute that decides, what identifies it, and a few more.
/// Masked values are never written.
pub fn excerpt_text(res: Res<'_>, attribute: Option<&str>) -> String {
    let keyword = if res.mode() == Mode::Data { "data" } else { "resource" };
    let mut lines = vec![format!("{keyword} \"{}\" \"{}\" {{", res.type_(), res.name())];
    let wanted = attribute.map(|path| path.split(['.', '[']).next().unwrap_or(path));
    let root = if res.scope().holds(res.id) { res.root() } else { res.before() };
    for name in shown(res, &root, wanted) {
        write_member(&root.member(name), name, 1, wanted == Some(name), &mut lines);
    }
    lines.truncate(LINES - 1);
    lines.push("}".to_owned());
    lines.join("\n")
}

/// Names to show: the one that decides, then identities, then simple values, by name.
fn shown<'a>(res: Res<'a>, root: &View<'a>, wanted: Option<&'a str>) -> Vec<&'a str> {
    let identities: Vec<&str> = identity::attributes(res.type_()).chain(["name"]).collect();
    let rank = |name: &str| match name {
        name if wanted == Some(name) => 0,
        name if identities.contains(&name) => 1,
        _ => 2,
    };
    let mut names: Vec<&str> = Vec::new();
    for name in root.member_names() {
        if wanted == Some(name) || is_worth_a_line(root.glance().member(name)) {
            names.push(name);
        }
    }
    names.sort_by_key(|name| rank(name));
    names.truncate(OTHERS + 1);
    if let Some(wanted) = wanted
        && !names.contains(&wanted)
    {
        // Null, or left out altogether: the absence is what the finding is about.
        names.insert(0, wanted);
        names.truncate(OTHERS + 1);
    }
    names
}

fn is_worth_a_line(glance: Glance<'_>) -> bool {
    glance.shown().is_some_and(|value| match value.as_str() {
        Some(text) => !text.is_empty(),
        None => !value.is_array() && !value.is_object(),
    })
}

fn write_member(view: &View<'_>, name: &str, depth: usize, open: bool, lines: &mut Vec<String>) {
    let pad = "  ".repeat(depth);
    if view.is_sensitive() || is_secret(view, name) {
        return lines.push(format!("{pad}{name} = (sensitive value)"));
    }
    match view.val() {
        Val::Known(value)
            if open && value.is_array() && value.items().any(|item| item.is_object()) =>
        {
            for item in view.items().take(2) {
                write_block(&item, name, depth, lines);
            }
        }
        Val::Known(value) if open && value.is_object() => write_block(view, name, depth, lines),
        Val::Known(value) if value.as_str().is_some() => {
            // Quoted as JSON, a form in which secrets are looked for.
            lines.push(format!("{pad}{name} = {}", serde_json::Value::from(view.show())));
        }
        _ => lines.push(format!("{pad}{name} = {}", view.show())),
    }
}

/// Whether it is, or by its name may be, a secret that the provider does not mask, however short.
fn is_secret(view: &View<'_>, name: &str) -> bool {
    let mode = match view.res().mode() {
        Mode::Managed => secrets::Mode::Managed,
        Mode::Data => secrets::Mode::Data,
    };
    secrets::attribute(mode, view.res().type_(), &view.path()).is_some()
        || (view.text().is_some() && promises(name))
}

/// Whether the name of an attribute, a variable or a setting promises a secret, or may.
fn promises(name: &str) -> bool {
    names::promise(name) != Tri::No || names::is_spark_secret(name)
}

fn write_block(view: &View<'_>, name: &str, depth: usize, lines: &mut Vec<String>) {
    let pad = "  ".repeat(depth);
    lines.push(format!("{pad}{name} {{"));
    for inner in view.member_names().into_iter().take(OTHERS) {
        let member = view.member(inner);
        if !matches!(member.val(), Val::Null | Val::Omitted) {
            write_member(&member, inner, depth + 1, false, lines);
        }
    }
    lines.push(format!("{pad}}}"));
}
