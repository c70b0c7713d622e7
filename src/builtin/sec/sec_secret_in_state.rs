//! A secret that Terraform itself writes, and so keeps in its state.

use std::collections::BTreeMap;

use crate::{
    builtin::shared::{
        credentials,
        secrets::{self, Origin, Place, Source},
    },
    facts::secrets::{Attribute, Confidence, Kind, takes_reference},
    graph::{Val, View},
    lint::{Check, Findings, PlanCx, Severity},
    plan::{Embedded, Mode, Tri},
    secrecy::names,
};

declare_rule! {
    /// ## What it does
    /// Finds secrets that a managed resource writes to Terraform's state: the value of a
    /// `databricks_secret`, the password in the options of a `databricks_connection`, a git or
    /// serving token, the master password of a database, a SecureString parameter, a version in
    /// Secrets Manager, and some 200 other attributes of the Databricks and AWS providers and of
    /// common others, wherever they stand in blocks, lists, sets and maps. It judges plans and
    /// states alike. A value that is known only after the apply counts too: the apply writes it.
    ///
    /// No output ever holds a value, a part of it or a hash of it. A hash that is the same for the
    /// same input would let whoever can guess the rest of the input try out short passwords, so
    /// findings of equal secrets name each other instead.
    ///
    /// Stores made for secrets (`databricks_secret`, `aws_ssm_parameter`,
    /// `aws_secretsmanager_secret_version`) also hold settings. A placeholder there is a note, and
    /// so is what is evidently no secret (a number, an identifier, an address, a plain word),
    /// unless the entry's name promises one.
    ///
    /// ## Why is this bad?
    /// State is plain text. `sensitive = true` hides a value from the terminal only: state, saved
    /// plans and their JSON hold it in clear, and so does every copy, backup and CI artifact of
    /// them. Whoever may read the state of a workspace owns all its credentials.
    /// Source: [Sensitive data in state](https://developer.hashicorp.com/terraform/language/state/sensitive-data);
    /// the providers' schemas name the attributes; databricks/terraform-provider-databricks#4752
    /// asks for write-only values of `databricks_secret`.
    ///
    /// ## How to fix it
    /// Let Terraform make the container and its permissions, and put the value in with the CLI, CI
    /// or a rotation function:
    ///
    /// ```terraform
    /// resource "databricks_secret_scope" "ingest" {
    ///   name = "ingest"
    /// }
    /// # databricks secrets put-secret ingest jdbc-password
    /// ```
    ///
    /// Where the provider has a write-only argument, use it (Terraform 1.11 or later):
    ///
    /// ```terraform
    /// ephemeral "aws_secretsmanager_secret_version" "db" {
    ///   secret_id = "prod/db"
    /// }
    ///
    /// resource "aws_db_instance" "app" {
    ///   # ...
    ///   password_wo         = ephemeral.aws_secretsmanager_secret_version.db.secret_string
    ///   password_wo_version = 1
    /// }
    /// ```
    ///
    /// or let AWS make and keep the password: `manage_master_user_password = true`. A secret that
    /// has been in state has to be rotated: old versions of the state keep it.
    ///
    /// ## What it cannot see
    /// Attributes that are no secrets by their schema and hold one all the same: other `sec-` rules
    /// look there. Whether the state's storage is encrypted. Where the `.tf` files are not at hand:
    /// which member of a map that is unknown as a whole holds a credential, what a store's value
    /// is that hangs on a local alone, which of several things that an expression names it is (the password or
    /// the address of one map; a part of it, or what a condition looks at; not beside the address of what the
    /// password opens, the id of whose secret it is, or a local called `user`, `host` and the like, in one text or
    /// one map of credentials), which attribute stands behind `[each.key]`, and whether a parameter that is read
    /// while applying is a SecureString; such findings are possible, unless the name promises a secret. Whether another unit
    /// declares an output sensitive: plans show what `terraform_remote_state` reads, so one that is called as
    /// identifiers are (`warehouse_id`) counts as one. In a state, whether the author set a value or the provider made it: there the
    /// value counts either way.
    pub static RULE = {
        id: "sec-secret-in-state",
        summary: "a managed resource writes a secret to state",
        severity: Error,
        also: [(Note, "the value is evidently no secret, though it stands in a store made for secrets")],
        confidence: Certain,
        category: Security,
        profile: Default,
        world: State,
        subjects: ["*"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

/// One secret, or the secrets of one set, which have one address and one attribute path.
struct Found<'a> {
    place: Place<'a>,
    tri: Tri,
    level: Severity,
    /// Empty where it is known only after the apply.
    texts: Vec<&'a str>,
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let mut found: Vec<Found<'_>> = Vec::new();
    let types = cx.graph.plan.types().filter(|it| !secrets::table(Mode::Managed, it).is_empty());
    for it in types.flat_map(|type_| cx.of(type_)) {
        for judged in secrets::places(it).into_iter().filter_map(judge) {
            add(&mut found, judged);
        }
    }
    report(&found, out);
}

/// Whether the secret of a place ends in state, and how bad that is.
fn judge(place: Place<'_>) -> Option<Found<'_>> {
    let tri = place.is_given() & place.is_meant() & certain(place.is_there);
    if tri == Tri::No {
        return None;
    }
    let texts = place.texts();
    let (is_secret, level) = match place.view.val() {
        Val::Known(_) => known(&place, &texts),
        _ => unknown(&place),
    };
    let tri = tri & is_secret;
    if let (Tri::Maybe, Val::Unknown(cause)) = (tri, place.view.val()) {
        place.view.note(cause);
    }
    Some(Found { place, tri, level, texts }).filter(|found| found.tri != Tri::No)
}

fn known(place: &Place<'_>, texts: &[&str]) -> (Tri, Severity) {
    let is_secret = |text: &&&str| place.proves(text) && !place.is_plain_name(text);
    match (texts, texts.iter().find(is_secret), place.is_store()) {
        ([], ..) | (_, None, false) => (Tri::No, Severity::Error),
        (_, None, true) => (Tri::Yes, Severity::Note),
        (_, Some(_), _) => (Tri::Yes, Severity::Error),
    }
}

/// The apply will write it; whether it is a secret, its place and its origin tell.
fn unknown(place: &Place<'_>) -> (Tri, Severity) {
    if place.view.is_written() == Tri::No {
        // Another version of the provider computes it.
        return (Tri::No, Severity::Error);
    }
    if place.view.text_parts().is_some_and(|parts| credentials::finds_in(&parts)) {
        // Something around the secret is not known yet.
        return (Tri::Yes, Severity::Error);
    }
    let name = place.name();
    let is_map = place.entry.kind == Kind::CredentialMap && place.key.is_none();
    let promised = promised(place, &name);
    let tri = match secrets::origin(&place.view, &name) {
        Origin::Reference => Tri::No,
        Origin::Secret => Tri::Yes,
        Origin::Identifier if place.is_store() => return (Tri::Yes, Severity::Note),
        // It says where the secret is kept.
        Origin::Identifier if secrets::is_arn(&place.view) => Tri::No,
        Origin::Nowhere if promised != Tri::No => Tri::Maybe,
        Origin::Perhaps if promised != Tri::Yes => Tri::Maybe,
        Origin::Identifier if promised != Tri::Yes => Tri::No,
        _ if promised != Tri::No => certain(!takes_reference(place.entry.path)),
        // One unknown member hides the whole map; an endpoint is no reason to suspect the others.
        _ => Tri::from(place.is_store() || is_map) & Tri::Maybe,
    };
    (tri, Severity::Error)
}

/// Whether the attribute, the key or the name of a place promises a secret, whatever the value.
fn promised(place: &Place<'_>, name: &str) -> Tri {
    let is_whole_map = place.entry.kind == Kind::CredentialMap && place.key.is_none();
    if !place.is_store() && place.entry.confidence == Confidence::Strong {
        return Tri::from(!is_whole_map);
    }
    match place.is_listed() {
        true => Tri::Yes,
        false => Tri::from(place.has_own_name()) & names::promise(name),
    }
}

fn certain(is_there: bool) -> Tri {
    if is_there { Tri::Yes } else { Tri::Maybe }
}

/// Members of one set have one attribute path, so they are one finding.
fn add<'a>(found: &mut Vec<Found<'a>>, it: Found<'a>) {
    match found.last_mut() {
        Some(last)
            if last.place.view.res() == it.place.view.res()
                && last.place.view.attribute() == it.place.view.attribute() =>
        {
            last.tri = if last.tri == Tri::Yes { Tri::Yes } else { it.tri };
            last.level = last.level.max(it.level);
            last.texts.extend(it.texts);
        }
        _ => found.push(it),
    }
}

fn report(found: &[Found<'_>], out: &mut Findings<'_>) {
    let equal = by_text(found);
    let mut ordinals: BTreeMap<(u32, &str, Option<&str>), usize> = BTreeMap::new();
    for (at, it) in found.iter().enumerate() {
        if it.level == Severity::Error {
            name_secrets(it, out);
        }
        let res = it.place.view.res();
        let ordinal = ordinals.entry((res.id, it.place.entry.path, it.place.key)).or_default();
        *ordinal += 1;
        let (count, others) = others(at, it, &equal);
        let mut draft = out
            .deny(it.tri, res, &it.place.view, || message(it, count))
            .at(it.level)
            .help(|| help(it.place.entry, it.level))
            .key(&if *ordinal > 1 { ordinal.to_string() } else { String::new() });
        if it.level == Severity::Error {
            for source in secrets::secret_sources(&it.place.view, &it.place.name()) {
                draft = draft.related_at(source.res, source.attribute.clone(), || label(&source));
            }
        }
        for other in others {
            let other: &View<'_> = &found[other].place.view;
            draft = draft.related_at(other.res(), other, || "holds the same value".to_owned());
        }
    }
}

/// How many other places of a secret are named.
const SHOWN: usize = 3;

/// Where each text stands, for those that are secrets.
fn by_text<'a>(found: &[Found<'a>]) -> BTreeMap<&'a str, Vec<usize>> {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, it) in found.iter().enumerate().filter(|(_, it)| it.level == Severity::Error) {
        for text in &it.texts {
            let places = places.entry(text).or_default();
            if places.last() != Some(&at) {
                places.push(at);
            }
        }
    }
    places
}

/// How many other places hold a secret of this one, and the first of them.
fn others(at: usize, it: &Found<'_>, equal: &BTreeMap<&str, Vec<usize>>) -> (usize, Vec<usize>) {
    let (mut count, mut first) = (0, Vec::new());
    for group in it.texts.iter().filter_map(|text| equal.get(text)) {
        count += group.len() - 1;
        first.extend(group.iter().copied().filter(|other| *other != at).take(SHOWN));
    }
    first.sort_unstable();
    first.dedup();
    first.truncate(SHOWN);
    (count, first)
}

/// Has the values kept out of every output, with those inside a JSON document.
fn name_secrets(it: &Found<'_>, out: &mut Findings<'_>) {
    for text in &it.texts {
        out.secret(text);
        if let Some(json) = Embedded::parse(text) {
            credentials::strings(json.value(), "", &mut |part| out.secret(part));
        }
    }
}

fn message(it: &Found<'_>, others: usize) -> String {
    let length = |text: &str| text.chars().count();
    let also = match others {
        0 => String::new(),
        1 => ", and in another place too".to_owned(),
        n => format!(", and in {n} other places too"),
    };
    match (it.texts.as_slice(), it.level) {
        ([], Severity::Error) if it.tri == Tri::Maybe => {
            "what is known after apply may be a secret, and will be kept in state in clear"
                .to_owned()
        }
        ([], Severity::Error) => {
            "a secret that is known after apply will be kept in state in clear".to_owned()
        }
        ([], _) => "a value that is known after apply will be kept in state in clear; by its \
                    origin it is an identifier"
            .to_owned(),
        ([text, ..], Severity::Note) => format!(
            "a value of {} characters in a store for secrets is kept in state in clear; by its \
             form it is no secret",
            length(text)
        ),
        ([text], _) if Embedded::parse(text).is_some() => format!(
            "a document of {} characters that holds a secret is kept in state in clear{also}",
            length(text)
        ),
        ([text], _) => {
            format!("a secret of {} characters is kept in state in clear{also}", length(text))
        }
        (texts, _) => format!("{} secrets are kept in state in clear{also}", texts.len()),
    }
}

fn label(source: &Source<'_>) -> String {
    let kind = match (source.res.mode(), source.is_sure) {
        (Mode::Data, true) => "is read here, and is",
        (Mode::Data, false) => "may be the one that is read here, which is",
        (Mode::Managed, true) => "comes from here, and is",
        (Mode::Managed, false) => "may be the one that comes from here, which is",
    };
    format!("the secret {kind} in state here as well")
}

fn help(entry: &Attribute, level: Severity) -> String {
    if level == Severity::Note {
        return "nothing has to be done if it is no secret; an ordinary parameter or variable says \
                so more clearly"
            .to_owned();
    }
    let advice = match (entry.twin, entry.resource_type) {
        (Some(twin), _) => format!(
            "hand an ephemeral value to `{}` and set `{}` (Terraform 1.11 or later), then rotate \
             the secret",
            twin.argument, twin.version
        ),
        (None, "databricks_secret") => {
            "keep the scope and its ACLs in Terraform, put the value in \
                                        with `databricks secrets put-secret`, and rotate it"
                .to_owned()
        }
        (None, _) => "keep the value out of Terraform and rotate it; until then guard state and \
                      plans like the secret itself"
            .to_owned(),
    };
    if entry.note.is_empty() { advice } else { format!("{advice}; {}", entry.note) }
}
