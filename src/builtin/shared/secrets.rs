//! Where the secrets of an instance stand, and where a value that is not known yet comes from.

use crate::{
    aws::Arn,
    facts::{
        identity, schema,
        secrets::{self, Attribute, Confidence, Kind},
        types,
    },
    graph::{Decider, End, Glance, Hit, Res, RootPart, Scope, Side, Val, View},
    plan::{DocumentKind, Embedded, Key, Mode, Step, Tri},
    secrecy::names,
};

use super::{credentials, named_secrets, plain_names::PlainNames};

/// A place where the providers' tables say that a secret stands.
#[derive(Clone)]
pub(crate) struct Place<'a> {
    /// What the table says about it.
    pub entry: &'static Attribute,
    /// The value.
    pub view: View<'a>,
    /// The block that holds it.
    pub parent: View<'a>,
    /// The key, where it is the member of a map.
    pub key: Option<&'a str>,
    /// The blocks around it are known, so it exists for certain.
    pub is_there: bool,
}

/// The secret attributes of a type; none of most types.
pub(crate) fn table(mode: Mode, type_: &str) -> &'static [Attribute] {
    let mode = match mode {
        Mode::Managed => secrets::Mode::Managed,
        Mode::Data => secrets::Mode::Data,
    };
    secrets::attributes(mode, type_)
}

/// Every place of an instance where a secret stands, or may: through lists, sets and blocks, with
/// each member of a map. What is null or left out is no place.
pub(crate) fn places<'a>(res: Res<'a>) -> Vec<Place<'a>> {
    let mut places = Vec::new();
    let table = table(res.mode(), res.type_());
    if !table.is_empty() {
        let root = res.root();
        table.iter().for_each(|entry| places.extend(places_of(entry, &root)));
    }
    places
}

/// The places of one attribute of the table, below an instance's values.
pub(crate) fn places_of<'a>(entry: &'static Attribute, root: &View<'a>) -> Vec<Place<'a>> {
    let mut places = Vec::new();
    if !may_stand(root.glance(), entry.path) {
        return places;
    }
    let names: Vec<&'static str> = entry.path.split('.').collect();
    below(root, root, &names, true, &mut |view, parent, is_there| {
        let place = Place { entry, view, parent, key: None, is_there };
        let val = place.view.val();
        let is_known_map = matches!(val, Val::Known(value) if value.is_object());
        if is_known_map || matches!(val, Val::Unknown(_)) {
            // Of a map that is not known as a whole the source may show the members.
            let members = place.view.members();
            if is_known_map || !members.is_empty() {
                let member = |(key, view)| Place { view, key: Some(key), ..place.clone() };
                return places.extend(members.into_iter().map(member));
            }
        }
        if !matches!(val, Val::Null | Val::Omitted) {
            places.push(place);
        }
    });
    places.retain(|place| !matches!(place.view.val(), Val::Null | Val::Omitted));
    places
}

/// Whether an attribute repeats another one's secret in another form.
pub(crate) fn is_derived(entry: &Attribute) -> bool {
    ["binary", "hash", "smtp"].iter().any(|word| entry.path.contains(word))
}

/// Whether anything but null may stand at a path that has no indices: most attributes of a table are not set.
pub(crate) fn may_stand(here: Glance<'_>, path: &str) -> bool {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    match here.shown() {
        None => !here.has_nothing(),
        Some(_) if path.is_empty() => true,
        Some(list) if list.is_array() => {
            (0..list.items().len()).any(|index| may_stand(here.at(index), path))
        }
        Some(_) => may_stand(here.member(name), rest),
    }
}

/// Walks a path that has no indices; what is known to be missing ends the walk. Hands out the view,
/// the block that holds it, and whether that is there for certain.
pub(crate) fn below<'a>(
    view: &View<'a>,
    parent: &View<'a>,
    names: &[&'static str],
    is_there: bool,
    each: &mut impl FnMut(View<'a>, View<'a>, bool),
) {
    let Some((name, rest)) = names.split_first() else {
        return each(view.clone(), parent.clone(), is_there);
    };
    match view.val() {
        Val::Null | Val::Omitted => {}
        Val::Known(value) if value.is_array() => {
            view.items().for_each(|item| below(&item, parent, names, is_there, each));
        }
        Val::Known(_) => below(&view.member(*name), view, rest, is_there, each),
        Val::Unknown(_) => below(&view.member(*name), view, rest, false, each),
    }
}

impl<'a> Place<'a> {
    /// Whether it is a secret by its key in a map and by what stands beside it.
    pub(crate) fn is_meant(&self) -> Tri {
        let by_key = match (self.key, secrets::credential_keys(self.entry.resource_type)) {
            (Some(key), Some(keys)) => keys.secret.iter().any(|it| it.eq_ignore_ascii_case(key)),
            _ => true,
        };
        let beside = match secrets::condition(self.entry.resource_type, self.entry.path) {
            Some((name, values)) => is_or_lists(&self.parent.member(name), values),
            None => Tri::Yes,
        };
        Tri::from(by_key) & beside
    }

    /// Whether the author gave the value, for what else the provider would make.
    pub(crate) fn is_given(&self) -> Tri {
        if self.entry.kind != Kind::UserValueOrGenerated {
            return Tri::from(matches!(self.entry.kind, Kind::UserValue | Kind::CredentialMap));
        }
        let res = self.view.res();
        let plan = &res.scope().graph.plan;
        if plan.kind == DocumentKind::State {
            // A state does not tell; the value is in it either way.
            return Tri::Yes;
        }
        if res.scope().side() == Side::Planned {
            return self.view.is_written();
        }
        // The world before has no configuration: what stands unchanged was given then if it is now.
        let now = places_of(self.entry, &res.after());
        let same = now.iter().find(|it| it.view.text() == self.view.text());
        same.map_or(Tri::Yes, |place| place.view.is_written())
    }

    /// Whether it is a store made for secrets, in which all is one that does not look harmless.
    pub(crate) fn is_store(&self) -> bool {
        let any_key = self.entry.kind == Kind::CredentialMap
            && secrets::credential_keys(self.entry.resource_type).is_none();
        any_key || secrets::store_name(self.entry.resource_type).is_some()
    }

    /// Whether the author gives the value a name, and not the provider.
    pub(crate) fn has_own_name(&self) -> bool {
        self.key.is_some() || self.is_store()
    }

    /// What the author calls the value: the key of a map, the name of a store's entry, else the
    /// attribute.
    pub(crate) fn name(&self) -> String {
        if let Some(key) = self.key {
            return key.to_owned();
        }
        let Some(argument) = secrets::store_name(self.entry.resource_type) else {
            return self.entry.path.rsplit('.').next().unwrap_or_default().to_owned();
        };
        let named = self.view.res().root().member(argument);
        let secret = named.target(&["aws_secretsmanager_secret"]);
        let own = secret.here().and_then(|it| it.get("name").text().map(str::to_owned));
        own.or_else(|| named.text().map(|text| store_entry(text).to_owned())).unwrap_or_default()
    }

    /// Whether it is the member of a map whose secret keys are known; [`Place::is_meant`] has held
    /// its key against them.
    pub(crate) fn is_listed(&self) -> bool {
        self.key.is_some() && secrets::credential_keys(self.entry.resource_type).is_some()
    }

    /// The known strings of the value that are not empty and no references, however badly written.
    pub(crate) fn texts(&self) -> Vec<&'a str> {
        let mut texts = Vec::new();
        if let Val::Known(value) = self.view.val() {
            match self.meant_items() {
                Some(items) => texts.extend(items.iter().filter_map(View::text)),
                None => value.strings(&mut |text| texts.push(text)),
            }
        }
        texts.retain(|text| !text.is_empty() && !credentials::is_template(text));
        texts
    }

    /// The elements of a list that are secrets, or may be, by a list beside it; none where there is none.
    fn meant_items(&self) -> Option<Vec<View<'a>>> {
        let (name, values) = secrets::condition(self.entry.resource_type, self.entry.path)?;
        let beside = self.parent.member(name);
        beside.known().filter(|it| it.is_array())?;
        let pairs = self.view.items().zip(beside.items());
        let may_be = pairs.filter(|(_, beside)| is_one_of(beside, values) != Tri::No);
        Some(may_be.map(|(item, _)| item).collect())
    }

    /// Whether the known value is a secret by what it is: always where the attribute promises one,
    /// unless it is an ARN, in a store unless it is harmless, elsewhere if it has the form of a credential.
    pub(crate) fn proves(&self, text: &str) -> bool {
        match self.entry.confidence {
            // It says where the secret is kept.
            Confidence::Strong if !self.is_store() => Arn::parse(text).is_none(),
            _ if self.is_store() => !credentials::is_harmless(text, &self.name()),
            _ => {
                self.is_listed()
                    || credentials::finds(text)
                    || self.key.is_some_and(|key| promises_all_of(key, text))
                        && !credentials::is_harmless(text, "")
            }
        }
    }

    /// Whether what a store holds only names an object. The id of a warehouse looks like a token, but it
    /// comes from the warehouse, or the plan shows it as its id elsewhere.
    pub(crate) fn is_plain_name(&self, text: &str) -> bool {
        if !self.is_store() || credentials::finds(text) {
            return false;
        }
        let name = self.name();
        let is_shown = || PlainNames::of(self.view.res().scope()).has(text);
        match origin(&self.view, &name) {
            Origin::Identifier => is_made_of_origins(&self.view, text) || is_shown(),
            _ => !credentials::promises(&name) && is_shown(),
        }
    }
}

/// Whether a key promises that the whole of a text is a secret. In a document under one that only may,
/// such as `secrets.backend_kwargs`, its own names tell.
fn promises_all_of(key: &str, text: &str) -> bool {
    match names::promise(key) {
        Tri::Yes => true,
        Tri::Maybe => Embedded::parse(text).is_none(),
        Tri::No => false,
    }
}

/// Whether a value is one of these texts, or a list with one.
fn is_or_lists(view: &View<'_>, texts: &[&str]) -> Tri {
    match view.known() {
        Some(list) if list.is_array() => Tri::any(view.items().map(|item| is_one_of(&item, texts))),
        _ => is_one_of(view, texts),
    }
}

fn is_one_of(view: &View<'_>, texts: &[&str]) -> Tri {
    Tri::any(texts.iter().map(|text| view.is(text)))
}

/// `prod/db` of `arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-a1B2c3`.
fn store_entry(text: &str) -> &str {
    match text.split_once(":secret:") {
        Some((_, name)) if name.len() > 7 && name.is_char_boundary(name.len() - 7) => {
            &name[..name.len() - 7]
        }
        _ => text,
    }
}

/// What the origins of a value that is not known yet say about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It is a secret of another instance, or is made of one.
    Secret,
    /// It is that, or something else: what the plan shows does not tell a part of a value from another
    /// member of the same map, or from what only decides about it.
    Perhaps,
    /// All are identifiers, names, addresses.
    Identifier,
    /// All are references to a Databricks secret, `{{secrets/scope/key}}`.
    Reference,
    /// It leads to nothing that the plan has, so the value may even be null.
    Nowhere,
    /// Nothing can be said.
    Unclear,
}

impl Origin {
    /// Of what is one of two, or made of both.
    fn or(self, other: Origin) -> Origin {
        match (self, other) {
            (a, b) if a == b => a,
            (Origin::Secret | Origin::Perhaps, _) | (_, Origin::Secret | Origin::Perhaps) => {
                Origin::Perhaps
            }
            _ => Origin::Unclear,
        }
    }
}

/// Where a value comes from; `name` is what its place calls it.
pub(crate) fn origin(view: &View<'_>, name: &str) -> Origin {
    let scope = view.res().scope();
    if view.text_parts().is_some_and(|parts| credentials::are_reference(&parts)) {
        return Origin::Reference;
    }
    let mut hits = view.hits();
    let is_lookup = view.may_be_picked();
    let is_beside = is_lookup && is_called_beside_secrets(name);
    if is_beside {
        // What is known would have made it known.
        hits.retain(|hit| !matches!(hit.end, End::Known | End::Given(_) | End::Opaque));
    }
    if hits.is_empty() {
        return Origin::Unclear;
    }
    let each: Vec<Origin> = hits
        .iter()
        .map(|hit| match hit.end {
            End::Resource(id) => origin_of(scope.res(id), hit, name, 0),
            End::NoInstance(_) | End::Nowhere => Origin::Nowhere,
            _ => Origin::Unclear,
        })
        .collect();
    let all = || hits.iter().zip(each.iter().copied());
    let known = || match is_beside {
        true => Origin::Unclear,
        false => of_root_parts(view, is_lookup),
    };
    match each.as_slice() {
        all_of if all_of.contains(&Origin::Secret) => {
            let is_part = |(hit, origin)| origin == Origin::Secret && view.has_part(hit);
            let is_sure = !all().any(|(hit, origin)| may_be_instead(view, hit, origin));
            match is_sure || all().any(is_part) || is_composed(view, &hits, &each) {
                true => Origin::Secret,
                false => Origin::Perhaps,
            }
        }
        all_of => match known() {
            Origin::Unclear if all_of.contains(&Origin::Perhaps) => Origin::Perhaps,
            Origin::Unclear if all_of.iter().all(|it| *it == all_of[0]) => all_of[0],
            origin => origin,
        },
    }
}

/// Whether a value is an ARN by where it comes from, and by nothing else.
pub(crate) fn is_arn(view: &View<'_>) -> bool {
    let hits = view.hits();
    let is_it = |hit: &Hit| {
        let name = hit.attribute.iter().rev().find_map(Step::name).unwrap_or_default();
        matches!(hit.end, End::Resource(_)) && (name == "arn" || name.ends_with("_arn"))
    };
    !hits.is_empty() && hits.iter().all(is_it)
}

/// Whether a value that is not known yet may be what a hit leads to, and not the secret that another one
/// leads to. What is known already would have made it known.
fn may_be_instead(view: &View<'_>, hit: &Hit, origin: Origin) -> bool {
    match hit.end {
        End::Resource(id) if origin != Origin::Secret => {
            let there = at(view.res().scope().res(id).after(), &hit.attribute);
            hit.attribute.is_empty() || there.known().is_none()
        }
        End::Local | End::Nowhere => true,
        _ => false,
    }
}

/// Whether the text in a store, or a map of credentials, is made of a secret and what stands beside it, as
/// documents and addresses are by which one logs in: `{ password = random_password.p.result, host =
/// aws_db_instance.db.address }`. Nothing that is known decides between them.
fn is_composed(view: &View<'_>, hits: &[Hit], origins: &[Origin]) -> bool {
    let scope = view.res().scope();
    let is_known_switch = |hit: &Hit| match hit.end {
        End::Resource(id) => at(scope.res(id).after(), &hit.attribute)
            .known()
            .is_some_and(|it| it.as_bool().is_some()),
        _ => false,
    };
    let Some(whole) = whole(view) else { return false };
    let all = || hits.iter().zip(origins.iter().copied());
    let mut others = all().filter(|(hit, it)| may_be_instead(view, hit, *it)).map(|it| it.0);
    let Some(deciders) = view.deciders().filter(|_| !hits.iter().any(is_known_switch)) else {
        return false;
    };
    if others.clone().all(|it| it.end == End::Local) {
        return !may_be_a_local(whole, &deciders);
    }
    let is_beside = |hit: &Hit| hit.end == End::Local || is_attribute(hit);
    // Of what stands beside a secret and is not of it one may be meant.
    others.clone().any(|it| belongs(scope, hits, origins, it))
        && others.all(is_beside)
        && deciders.iter().all(is_beside_secrets)
}

fn is_attribute(hit: &Hit) -> bool {
    matches!(hit.end, End::Resource(_)) && !hit.attribute.is_empty()
}

/// Whether what a hit leads to is of one of the secrets.
fn belongs(scope: &Scope<'_>, hits: &[Hit], origins: &[Origin], other: &Hit) -> bool {
    let End::Resource(id) = other.end else { return false };
    let all = hits.iter().zip(origins.iter().copied());
    let mut secrets = all.filter(|it| it.1 == Origin::Secret).map(|it| it.0);
    secrets.any(|secret| {
        secret.end == other.end || takes(scope.res(id), secret) || is_made_for(scope, secret, other)
    })
}

/// Whether a value may be what a local holds, and not the secret beside it: something decides, and what the
/// local holds is not known yet, for else the value would be. It does not decide about itself, and what
/// stands beside a secret is no map.
fn may_be_a_local(whole: Whole, deciders: &[Decider<'_>]) -> bool {
    let is_switch = |at: &usize| !is_certainly_beside(&deciders[*at]);
    let switches: Vec<usize> = (0..deciders.len()).filter(is_switch).collect();
    let is_instead = |at: usize| match &deciders[at] {
        Decider::Local(_) => whole == Whole::Text || is_switch(&at),
        Decider::Other => true,
        Decider::Root(_) | Decider::Constant(_) => false,
    };
    let is_other = |at: usize| switches.iter().any(|switch| *switch != at);
    let picks = deciders.iter().any(|it| matches!(it, Decider::Other));
    picks || (0..deciders.len()).any(|at| is_instead(at) && is_other(at))
}

/// Whether what an expression names is called as what stands beside a secret is, `db_user`, so that its text
/// is a part of the whole. Another text may be compared, or be a key.
fn is_beside_secrets(it: &Decider<'_>) -> bool {
    let Decider::Root(part) = it else { return is_certainly_beside(it) };
    let words: Vec<&str> = part.name.split(['_', '-', '.']).collect();
    let is_switch = words.len() > 1 && is_in(secrets::SWITCHES, words[0]);
    part.value.as_str().is_some()
        && !is_switch
        && is_in(secrets::IDENTIFIER_WORDS, words[words.len() - 1])
}

/// The same where a local stands beside the secret, of which not even the kind is known: `only_host` may be
/// true or false, and `name` the key of a map.
fn is_certainly_beside(it: &Decider<'_>) -> bool {
    let name = match it {
        Decider::Root(part) if part.value.as_str().is_some() => &part.name,
        Decider::Local(name) | Decider::Constant(name) => name,
        Decider::Root(_) | Decider::Other => return false,
    };
    match name.split(['_', '-', '.']).collect::<Vec<_>>().as_slice() {
        [word] => is_in(secrets::BESIDE_SECRETS, word),
        [owner, word] => is_in(secrets::OWNERS, owner) && is_in(secrets::BESIDE_SECRETS, word),
        _ => false,
    }
}

fn is_in(words: &[&str], word: &str) -> bool {
    words.binary_search(&word).is_ok()
}

/// Whether a name is that of what stands beside a secret, `host`, and not of an address, in which one may be.
fn is_called_beside_secrets(name: &str) -> bool {
    credentials::identifies(name)
        && !credentials::promises(name)
        && !names::has_word(name, secrets::KEYED_ADDRESSES.1)
}

/// What holds a secret and all that stands beside it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whole {
    /// The one text in a store made for secrets.
    Text,
    /// A map of credentials of which the members are not known.
    Map,
}

/// What of these a value is; none where it has no expression of its own.
fn whole(view: &View<'_>) -> Option<Whole> {
    let res = view.res();
    let is_store = secrets::store_name(res.type_()).is_some();
    let mut entries = table(res.mode(), res.type_()).iter();
    let entry = entries.find(|it| it.path == view.attribute())?;
    match entry.kind {
        Kind::CredentialMap => Some(Whole::Map),
        _ => is_store.then_some(Whole::Text),
    }
}

/// Whether the instance that makes a secret names the other one as whose secret it is:
/// `service_principal_id = databricks_service_principal.ci.id`.
fn is_made_for(scope: &Scope<'_>, secret: &Hit, other: &Hit) -> bool {
    let End::Resource(maker) = secret.end else { return false };
    let members = scope.res(maker).after().members();
    let mut whose = members.iter().filter(|(name, _)| credentials::identifies(name));
    whose.any(|(_, view)| view.hits().iter().any(|hit| hit.end == other.end))
}

/// Whether an instance gets its own secret from where a hit leads.
fn takes(res: Res<'_>, secret: &Hit) -> bool {
    let is_it = |hit: &Hit| hit.end == secret.end && hit.attribute == secret.attribute;
    places(res).iter().any(|place| place.view.hits().iter().any(is_it))
}

/// What a value takes of root variables, which are known: where that is a secret, the rest of the value is
/// what is not known yet. In a lookup an instance may take another thing than the secret.
fn of_root_parts(view: &View<'_>, is_lookup: bool) -> Origin {
    let parts = view.root_parts();
    let secrets: Vec<Tri> = parts.iter().map(is_secret_part).filter(|it| *it != Tri::No).collect();
    if secrets.is_empty() || !view.may_hold_masked() {
        return Origin::Unclear;
    }
    // `var.use_password ? var.password : x.address` would be known if it were the password.
    let decides = |part: &RootPart<'_>| part.value.as_bool().is_some();
    let is_sure = secrets.contains(&Tri::Yes) && !is_lookup && !parts.iter().any(decides);
    if is_sure { Origin::Secret } else { Origin::Perhaps }
}

/// Whether what a value takes of a root variable is a secret for certain: its name promises one and it is
/// declared sensitive, or it has the form of a token. Any other may only decide about the value. Of an
/// object with more in it the other members may be meant.
fn is_secret_part(part: &RootPart<'_>) -> Tri {
    let (mut found, mut others) = (false, false);
    let own = names::promise(&part.variable);
    part.value.named_strings(&part.name, &mut |text, name| {
        let is_promised = part.is_sensitive && names::promise(name) | own == Tri::Yes;
        let is_secret =
            is_promised && !credentials::identifies(name) && named_secrets::is_clear(text)
                || !credentials::tokens(text).is_empty();
        found |= is_secret;
        others |= !is_secret && !text.is_empty();
    });
    match (found, others) {
        (false, _) => Tri::No,
        (true, true) => Tri::Maybe,
        (true, false) => Tri::Yes,
    }
}

/// Whether a text is nothing but what it refers to: the whole or a part of a value of which it is made, or
/// several with mere words around them. What only decides about it, as a condition does, does not show.
pub(crate) fn is_made_of_origins(view: &View<'_>, text: &str) -> bool {
    let scope = view.res().scope();
    let mut rest = text.to_lowercase();
    let mut is_made = false;
    for hit in view.hits() {
        let End::Resource(id) = hit.end else { continue };
        let Some(value) = at(scope.res(id).after(), &hit.attribute).text().map(str::to_lowercase)
        else {
            continue;
        };
        if value.contains(&rest) {
            return true;
        }
        if !value.is_empty() && rest.contains(&value) {
            (rest, is_made) = (rest.replace(&value, " "), true);
        }
    }
    let words = rest.split(|letter: char| !letter.is_ascii_alphanumeric());
    is_made && words.into_iter().all(is_mere_word)
}

fn is_mere_word(word: &str) -> bool {
    // `s3`, `v2`
    let is_short = word.len() <= 3;
    (is_short || credentials::has_form_of_words(word)) && !credentials::promises(word)
}

fn at<'a>(root: View<'a>, attribute: &[Step]) -> View<'a> {
    attribute.iter().fold(root, |view, step| match step {
        Step::Name(name) | Step::Key(Key::Text(name)) => view.member(name.clone()),
        Step::Key(Key::Int(index)) => view.at(usize::try_from(*index).unwrap_or(usize::MAX)),
    })
}

/// An instance whose secret a value may be made of.
pub(crate) struct Source<'a> {
    pub(crate) res: Res<'a>,
    /// The attribute there; empty where the plan lost it.
    pub(crate) attribute: String,
    /// The value is made of it, and not of another one of these.
    pub(crate) is_sure: bool,
}

/// The instances whose secrets a value is made of, or may be. A known value is made of those that stand in
/// it, or of which it is a part.
pub(crate) fn secret_sources<'a>(view: &View<'a>, name: &str) -> Vec<Source<'a>> {
    let scope = view.res().scope();
    let is_known = view.known().is_some();
    let mut sources = Vec::new();
    for hit in view.hits() {
        let End::Resource(id) = hit.end else { continue };
        let res = scope.res(id);
        if res.id == view.res().id {
            continue;
        }
        let origin = origin_of(res, &hit, name, 0);
        let is_source = match is_known {
            true => origin == Origin::Secret && shares_text(view, &at(res.after(), &hit.attribute)),
            false => matches!(origin, Origin::Secret | Origin::Perhaps),
        };
        if is_source {
            let is_sure = is_known || view.has_part(&hit);
            sources.push(Source { res, attribute: path(&hit.attribute), is_sure });
        }
    }
    sources.dedup_by_key(|source| source.res.id);
    if let [only] = sources.as_mut_slice() {
        only.is_sure |= origin(view, name) == Origin::Secret;
    }
    sources
}

/// Whether the text of one value is, or stands in, that of the other.
fn shares_text(view: &View<'_>, source: &View<'_>) -> bool {
    let Some(from) = source.text().filter(|text| !text.is_empty()) else { return false };
    let mut found = false;
    if let Some(value) = view.known() {
        value.strings(&mut |text| {
            found |= !text.is_empty() && (text.contains(from) || from.contains(text));
        });
    }
    found
}

/// What an attribute of an instance is, as another value's origin.
pub(crate) fn origin_of(res: Res<'_>, hit: &Hit, name: &str, depth: usize) -> Origin {
    const DEPTH: usize = 5;
    let path = path(&hit.attribute);
    let Some(first) = hit.attribute.first().and_then(Step::name) else {
        return lost(res, name);
    };
    if let Some(input) = identity::handed_on(res.type_(), first)
        && depth < DEPTH
    {
        let view = res.after().member(input);
        let inner = view.hits();
        let all = inner.iter().map(|hit| match hit.end {
            End::Resource(id) if id != res.id => {
                origin_of(res.scope().res(id), hit, name, depth + 1)
            }
            _ => Origin::Unclear,
        });
        return all.reduce(Origin::or).unwrap_or(Origin::Unclear);
    }
    if let Some(entry) = table(res.mode(), res.type_()).iter().find(|it| covers(it, &path)) {
        return origin_in_table(res, entry, &hit.attribute);
    }
    if first == "config_reference" && res.type_() == "databricks_secret" {
        return Origin::Reference;
    }
    // The list of what AWS says of a secret that it keeps holds the secret's ARN.
    let last = hit.attribute.iter().rev().find_map(Step::name).unwrap_or(first);
    if is_plain_name(res.type_(), first) || is_plain_name(res.type_(), last) {
        return Origin::Identifier;
    }
    // Of a provider without a table the name of the attribute is all that tells.
    let is_unknown =
        table(res.mode(), res.type_()).is_empty() && !types::is_of_known_provider(res.type_());
    let is_promised = is_unknown && names::promise(last) == Tri::Yes;
    if is_promised { Origin::Secret } else { Origin::Unclear }
}

/// Whether an attribute of a type identifies or locates an object, and holds no key to it.
pub(crate) fn is_plain_name(type_: &str, name: &str) -> bool {
    let is_identity = || identity::attributes(type_).any(|it| it == name);
    let is_named_so = || {
        credentials::identifies(name)
            && !credentials::promises(name)
            && !names::is_keyed_address(name)
    };
    !identity::is_value(type_) && (is_identity() || is_named_so())
}

/// What the provider's schema says of an instance's type.
fn declared(res: Res<'_>) -> Option<schema::Schema> {
    match res.mode() {
        Mode::Managed => schema::resource(res.type_()),
        Mode::Data => schema::data(res.type_()),
    }
}

fn covers(entry: &Attribute, path: &str) -> bool {
    path.strip_prefix(entry.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn origin_in_table(res: Res<'_>, entry: &'static Attribute, attribute: &[Step]) -> Origin {
    let beside = secrets::condition(entry.resource_type, entry.path)
        .map_or(Tri::Yes, |(name, values)| is_beside(res, name, values));
    let last = match attribute.last() {
        Some(Step::Name(name) | Step::Key(Key::Text(name))) => name.as_str(),
        _ => "",
    };
    let is_document = matches!(entry.resource_type, "external" | "http" | "terraform_remote_state");
    match (entry.confidence, beside) {
        (_, Tri::No) => Origin::Identifier,
        (_, Tri::Maybe) | (Confidence::Weak, _) => Origin::Unclear,
        _ if is_document && !credentials::promises(last) => Origin::Unclear,
        _ => Origin::Secret,
    }
}

/// Whether what stands beside an attribute makes it a secret. What a data source looks up is not there before
/// it is read: then the parameter that the same plan makes tells, or a name that promises a secret.
fn is_beside(res: Res<'_>, name: &'static str, values: &[&str]) -> Tri {
    let beside = res.after().member(name);
    let is_later = res.mode() == Mode::Data && matches!(beside.val(), Val::Omitted);
    let Some(argument) = secrets::store_name(res.type_()).filter(|_| is_later) else {
        return if is_later { Tri::Maybe } else { is_or_lists(&beside, values) };
    };
    let named = res.after().member(argument);
    match (named.target(&[res.type_()]).here(), named.text()) {
        (Some(it), _) if it.mode() == Mode::Managed => is_or_lists(&it.get(name), values),
        (_, Some(text)) if secrets::is_public_parameter(text) => Tri::No,
        (_, Some(text)) => names::promise(text) | Tri::Maybe,
        _ => Tri::Maybe,
    }
}

/// A reference of which plan JSON lost the attribute (a splat, a `for_each`). What is made for its secret,
/// and may have that taken of it, perhaps had; for certain where there is nothing else to take. Not where
/// the place that takes it has the name of an identifier.
fn lost(res: Res<'_>, name: &str) -> Origin {
    if table(res.mode(), res.type_()).is_empty() {
        return if declared(res).is_some() { Origin::Identifier } else { Origin::Unclear };
    }
    let may_identify = name.is_empty() || credentials::identifies(name);
    match credentials::promises(res.type_()) && !may_identify {
        true if secrets::is_nothing_else(res.type_()) => Origin::Secret,
        true => Origin::Perhaps,
        false => Origin::Unclear,
    }
}

/// Names of a reference's steps, without indices and keys.
fn path(attribute: &[Step]) -> String {
    let names: Vec<&str> = attribute.iter().filter_map(Step::name).collect();
    names.join(".")
}
