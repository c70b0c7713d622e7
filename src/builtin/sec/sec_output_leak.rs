//! A secret in an output that everybody can read.

use crate::{
    builtin::shared::{
        secrets::{self, Origin},
        taint::{Source, Tainted},
    },
    graph::{Cause, End},
    lint::{At, Check, Findings, PlanCx, Subject},
    plan::{Key, Output, Tri, Value, Values},
};

declare_rule! {
    /// ## What it does
    /// Finds root outputs that hold a secret and are not sensitive: as the whole value, as part of
    /// a text such as a connection string, inside an object or list, or in base64, JSON or percent
    /// encoding. What counts as a secret is the value of a sensitive root variable, of an attribute
    /// that a provider's table knows to be a secret, and of a masked attribute with the form of a
    /// token. Short values, identifiers and plain words do not count, even if they are masked. The value
    /// of a sensitive variable whose name promises no secret is possible unless it looks like one.
    ///
    /// ## Why is this bad?
    /// Terraform refuses a sensitive value in such an output, so somebody took the mark off, with
    /// `nonsensitive()` or by a detour through a provider. The value is then printed by each plan
    /// and apply, stands in CI logs and pull request comments, and is read by every configuration
    /// that reads this one's outputs.
    /// Source: [nonsensitive](https://developer.hashicorp.com/terraform/language/functions/nonsensitive),
    /// [sensitive outputs](https://developer.hashicorp.com/terraform/language/values/outputs#sensitive).
    ///
    /// ## How to fix it
    /// Output where the secret is, not what it is, and rotate what was printed:
    ///
    /// ```terraform
    /// output "db_secret_arn" {
    ///   value = aws_secretsmanager_secret.db.arn
    /// }
    /// ```
    ///
    /// An output with `sensitive = true` is no longer printed, but still in state in clear.
    ///
    /// ## What it cannot see
    /// Secrets that were hashed or encrypted, and parts of a secret. An output that is known only
    /// after the apply and refers to a secret is possible: it may hold the secret, or something
    /// derived of it such as its length.
    pub static RULE = {
        id: "sec-output-leak",
        summary: "an output that is not sensitive holds a secret",
        severity: Error,
        confidence: Certain,
        category: Security,
        profile: Default,
        world: Planned,
        subjects: ["output"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let plan = &cx.graph.plan;
    let mut open: Vec<(&Output, Leaf<'_>)> = Vec::new();
    for output in &plan.outputs {
        leaves(plan.output(output), String::new(), &mut |leaf| open.push((output, leaf)));
    }
    if open.iter().any(|(_, leaf)| leaf.text.is_some()) {
        let tainted = Tainted::of(cx);
        for (output, leaf) in &open {
            known(cx, output, leaf, &tainted, out);
        }
    }
    open.retain(|(_, leaf)| leaf.text.is_none());
    open.dedup_by_key(|(output, _)| &output.name);
    for (output, _) in open {
        unknown(cx, output, out);
    }
}

fn known(
    cx: &PlanCx<'_>,
    output: &Output,
    leaf: &Leaf<'_>,
    tainted: &Tainted,
    out: &mut Findings<'_>,
) {
    let found = leaf.text.map(|text| tainted.in_text(text)).unwrap_or_default();
    let sources: Vec<&Source> = found.iter().flat_map(|it| it.sources).collect();
    let (Some(first), Some(tri)) = (sources.first(), found.first().map(|it| it.tri)) else {
        return;
    };
    found.iter().for_each(|it| out.secret(it.text));
    let message = match tri {
        Tri::Yes => format!("a secret of {} stands in this output in clear", first.show(cx)),
        _ => format!("a value of {}, which may be a secret, stands in this output", first.show(cx)),
    };
    let mut draft =
        out.deny(tri, subject(cx, output), leaf.at(), || message).help(|| HELP.to_owned());
    for source in sources.iter().take(SHOWN) {
        let (subject, at) = source.place(cx);
        draft = draft.related_at(subject, at, || "holds the secret".to_owned());
    }
}

/// How many places that hold a secret are named.
const SHOWN: usize = 3;

const HELP: &str = "output the ARN or the name of the secret instead, and rotate what was printed";

/// The value hangs on a secret of which the mark was taken off: the secret, or something made of it.
fn unknown(cx: &PlanCx<'_>, output: &Output, out: &mut Findings<'_>) {
    for hit in cx.graph.output_hits(&output.name) {
        let End::Resource(id) = hit.end else { continue };
        let res = cx.res(id);
        // Where the attribute is lost, it is that of another one: the mark would be there.
        let is_secret =
            !hit.attribute.is_empty() && secrets::origin_of(res, &hit, "", 0) == Origin::Secret;
        if is_secret {
            let message = || {
                format!(
                    "this output hangs on a secret of {} and is not sensitive, so what is known \
                     after apply may be the secret",
                    res.address()
                )
            };
            out.deny(cx.maybe(Cause::Apply), subject(cx, output), (), message)
                .help(|| HELP.to_owned())
                .related(res, || "holds the secret".to_owned());
            return;
        }
    }
}

fn subject(cx: &PlanCx<'_>, output: &Output) -> Subject {
    let address = format!("output.{}", output.name);
    Subject::named(&cx.graph.plan.unit, &address, output.actions)
}

/// A string of an output without a mask; none where it is not known yet.
struct Leaf<'a> {
    path: String,
    text: Option<&'a str>,
}

impl Leaf<'_> {
    fn at(&self) -> At {
        At::from(Some(self.path.clone()).filter(|path| !path.is_empty()))
    }
}

fn leaves<'a>(values: Values<'a>, path: String, each: &mut impl FnMut(Leaf<'a>)) {
    let is_all = |mask: Option<Value<'_>>| mask.is_some_and(Value::is_true);
    if is_all(values.sensitive) {
        return;
    }
    if is_all(values.unknown) {
        return each(Leaf { path, text: None });
    }
    let Some(value) = values.value else { return };
    if let Some(text) = value.as_str() {
        each(Leaf { path: path.clone(), text: Some(text) });
    }
    for (index, item) in value.items().enumerate() {
        let part = |mask: Option<Value<'a>>| mask.and_then(|mask| mask.at(index));
        let values = part_of(values, Some(item), part);
        leaves(values, format!("{path}[{index}]"), each);
    }
    for name in names(value, values.unknown) {
        let part = |mask: Option<Value<'a>>| mask.and_then(|mask| mask.get(name));
        let values = part_of(values, value.get(name), part);
        leaves(values, member(&path, name), each);
    }
}

fn part_of<'a>(
    whole: Values<'a>,
    value: Option<Value<'a>>,
    part: impl Fn(Option<Value<'a>>) -> Option<Value<'a>>,
) -> Values<'a> {
    Values { value, unknown: part(whole.unknown), sensitive: part(whole.sensitive) }
}

/// Members that are known, and those that are not known yet.
fn names<'a>(value: Value<'a>, unknown: Option<Value<'a>>) -> Vec<&'a str> {
    let unknown = unknown.into_iter().flat_map(Value::entries);
    let mut names: Vec<&str> = value.entries().chain(unknown).map(|(name, _)| name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn member(path: &str, name: &str) -> String {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match (is_plain, path.is_empty()) {
        (true, true) => name.to_owned(),
        (true, false) => format!("{path}.{name}"),
        (false, _) => format!("{path}{}", Key::Text(name.to_owned())),
    }
}
