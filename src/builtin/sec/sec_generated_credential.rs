//! A credential that a provider makes, and Terraform keeps.

use crate::{
    builtin::shared::{
        credentials,
        leaks::{self, Leak},
        secrets::{self, Place},
        users,
    },
    facts::{
        schema,
        secrets::{self as facts, Attribute, Confidence},
    },
    graph::{Cause, End, Hit, Res, Val, View},
    lint::{Check, Findings, PlanCx, Severity},
    plan::{Mode, Tri},
    secrecy::names,
};

declare_rule! {
    /// ## What it does
    /// Finds resources whose credential the provider makes and Terraform keeps in state: `random_password`,
    /// `tls_private_key`, `aws_iam_access_key`, `databricks_token`, the secret of a service principal, the
    /// client secret of an application and some 30 others. A key that is encrypted for its owner
    /// (`pgp_key`), a client without a secret and a connection that keeps its keys in Secrets Manager are
    /// none. A `random_string` or `random_id` that is used as a secret counts as well: as a password of a
    /// database, or in a store for secrets under a name that promises one.
    ///
    /// An access key of a person (by the user's name, an e-mail address), or of a user with administrator
    /// access, is an error: by AWS's policy or one that allows everything, attached, inline or of a group.
    ///
    /// ## Why is this bad?
    /// The value can only live in state, which is plain text: whoever reads the state owns the credential.
    /// And it is never rotated, unless somebody replaces the resource.
    /// Source: [sensitive data in state](https://developer.hashicorp.com/terraform/language/state/sensitive-data);
    /// the providers' pages on these resources say so themselves.
    ///
    /// ## How to fix it
    /// Take an ephemeral resource and a write-only argument, a password that AWS makes and keeps
    /// (`manage_master_user_password`), or no long-lived credential at all: OIDC for pipelines, OAuth for
    /// service principals.
    ///
    /// ```terraform
    /// ephemeral "random_password" "db" {
    ///   length = 24
    /// }
    ///
    /// resource "aws_db_instance" "app" {
    ///   # ...
    ///   password_wo         = ephemeral.random_password.db.result
    ///   password_wo_version = 1
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// What the credential is for: a key for a test counts like another. Credentials that an author hands to
    /// an argument are what `sec-secret-in-state` finds. Types of other providers than those of the table.
    pub static RULE = {
        id: "sec-generated-credential",
        summary: "a credential that a provider makes is kept in state",
        severity: Warning,
        also: [(Error, "the access key of a person, or of a user with administrator access")],
        confidence: Certain,
        category: Security,
        profile: Default,
        world: State,
        subjects: ["*"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let has_keys = cx.of("aws_iam_access_key").next().is_some();
    let admins = if has_keys { users::administrators(cx) } else { Vec::new() };
    let mut found = misused(cx);
    for type_ in cx.graph.plan.types() {
        let entries = secrets::table(Mode::Managed, type_);
        if entries.iter().any(facts::is_made) {
            found.extend(cx.of(type_).filter_map(|it| generated(it, entries, &admins)));
        }
    }
    leaks::report(found, out);
}

/// The credentials of one instance, as one finding.
fn generated<'a>(it: Res<'a>, entries: &'static [Attribute], admins: &[View<'a>]) -> Option<Leak> {
    let mut made: Vec<(Place<'_>, Tri)> = Vec::new();
    for entry in entries.iter().filter(|entry| facts::is_made(entry)) {
        let names: Vec<&'static str> = entry.path.split('.').collect();
        let root = it.root();
        secrets::below(&root, &root, &names, true, &mut |view, parent, is_there| {
            let place = Place { entry, view, parent, key: None, is_there };
            let tri = is_kept(&place) & made_at_all(it);
            if tri != Tri::No {
                made.push((place, tri));
            }
        });
    }
    // Digests and what is derived of it come with the credential itself.
    made.sort_by_key(|(place, tri)| (*tri != Tri::Yes, secrets::is_derived(place.entry)));
    let (place, tri) = made.first()?;
    let texts = made.iter().filter_map(|(place, _)| place.view.text());
    let mut leak = Leak::new(it, &place.view, *tri).with(texts);
    leak.level = is_of_weight(it, admins).then_some(Severity::Error);
    let what = match tri {
        Tri::Maybe => "the provider may make a credential, which would be kept in state in clear",
        _ => "the provider makes a credential, which is kept in state in clear",
    };
    Some(leak.saying(what, help(it.type_(), place.entry)))
}

/// Whether the provider's value is in state, or will be.
fn is_kept(place: &Place<'_>) -> Tri {
    let has_value = match place.view.val() {
        Val::Null => Tri::No,
        Val::Known(value) => Tri::from(!value.is_hollow()),
        Val::Omitted | Val::Unknown(_) => Tri::Yes,
    };
    // A block that is not known yet may turn out not to be there.
    let is_there = if place.is_there { Tri::Yes } else { place.view.maybe(Cause::Apply) };
    has_value & is_there & !place.is_given()
}

/// Whether what stands beside it has the provider make one in clear.
fn made_at_all(it: Res<'_>) -> Tri {
    facts::makers(it.type_()).fold(Tri::Yes, |tri, maker| {
        let argument = it.get(maker.argument);
        let holds = maker.value.map_or_else(|| argument.is_given(), |value| argument.is(value));
        tri & if maker.keeps_out { !holds } else { holds }
    })
}

/// Whether an access key is that of a person, or of a user who may do everything.
fn is_of_weight<'a>(it: Res<'a>, admins: &[View<'a>]) -> bool {
    let user = it.get("user");
    it.type_() == "aws_iam_access_key"
        && (user.text().is_some_and(credentials::is_mail)
            || admins.iter().any(|admin| admin.same(&user) == Tri::Yes))
}

/// Random names that are used as secrets: an argument that is made for one is given nothing else, in a store
/// for secrets what its name promises to be one.
fn misused(cx: &PlanCx<'_>) -> Vec<Leak> {
    const NAMES: [&str; 2] = ["random_id", "random_string"];
    let mut found: Vec<Leak> = Vec::new();
    if NAMES.iter().all(|type_| cx.of(type_).next().is_none()) {
        return found;
    }
    let types = cx.graph.plan.types().filter(|it| !secrets::table(Mode::Managed, it).is_empty());
    for place in types.flat_map(|type_| cx.of(type_)).flat_map(secrets::places) {
        let hits = place.view.hits();
        let [Hit { end: End::Resource(id), exact: true, .. }] = hits.as_slice() else { continue };
        let name = cx.res(*id);
        let is_secret = match place.is_store() {
            true => names::promise(&place.name()) & place.is_meant(),
            false => Tri::from(place.entry.confidence == Confidence::Strong),
        };
        if is_secret == Tri::No || !NAMES.contains(&name.type_()) || !cx.holds(*id) {
            continue;
        }
        let leak = Leak::new(name, (), is_secret).with(place.texts());
        let message = format!(
            "{} is a random name, but {} uses it as a secret",
            name.address(),
            place.view.res().address()
        );
        let help = "take an ephemeral \"random_password\", or a `random_password`, which is masked at least";
        found.push(leak.saying(message, help).related(
            place.view.res(),
            &place.view,
            "takes it as its secret",
        ));
    }
    // Of several that use one, the surest.
    found.sort_by(|a, b| {
        let by_place = a.subject.place.cmp(&b.subject.place);
        by_place.then(b.tri.cmp(&a.tri)).then_with(|| a.message.cmp(&b.message))
    });
    found.dedup_by(|a, b| a.subject.place == b.subject.place);
    found
}

fn help(type_: &str, entry: &Attribute) -> String {
    let advice = match schema::ephemeral(type_) {
        Some(_) => format!("take an ephemeral \"{type_}\" and a write-only argument in its place"),
        None => "use OIDC, a role or a credential that the service makes and keeps; else guard the state \
                 like the credential itself, and replace it regularly"
            .to_owned(),
    };
    if entry.note.is_empty() { advice } else { format!("{advice}; {}", entry.note) }
}
