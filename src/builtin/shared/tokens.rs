//! Where in a plan something has the form of a credential that somebody issues.

use std::{
    collections::BTreeSet,
    sync::{
        LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use memchr::memmem::Finder;

use crate::{
    facts::secrets::{self as facts, Container, Purpose},
    graph::{Cause, Expr, Graph, Res, Scope, Side, View},
    lint::{At, Findings, PlanCx, Subject},
    plan::{Actions, Mode, ResId, Tri, Value},
    secrecy::{
        forms::{self, Token},
        words::{Word, Words},
    },
};

use super::{
    containers, credentials,
    leaks::{self, Leak},
    named_secrets, scripts, secrets,
};

/// Something in the form of a credential.
#[derive(Clone)]
pub(crate) struct Form {
    /// The name of what tells it by its form, such as `github-pat`.
    pub(crate) name: &'static str,
    /// It is what an address carries, and not a token by itself.
    pub(crate) is_in_address: bool,
    /// All that has the form.
    pub(crate) whole: String,
    /// The secret in it.
    pub(crate) secret: String,
}

/// A value that holds some.
pub(crate) struct Spot<'a> {
    /// Where; a map, where they are among its keys.
    pub(crate) view: View<'a>,
    /// They are keys of a map.
    pub(crate) are_keys: bool,
    /// What.
    pub(crate) forms: Vec<Form>,
}

/// Instances whose values may hold some, found in the text of the plan, which is looked through once.
struct Suspects {
    planned: Vec<ResId>,
    prior: Vec<ResId>,
}

/// What a text holds, be it in base64. A token inside an address is a part of that.
pub(crate) fn forms(text: &str) -> Vec<Form> {
    let plain = in_clear(text);
    if !plain.is_empty() {
        return plain;
    }
    forms::in_base64(text).iter().flat_map(|text| in_clear(text)).collect()
}

fn in_clear(text: &str) -> Vec<Form> {
    let found = credentials::forms(text);
    let addresses: Vec<&str> =
        found.iter().filter(|it| it.detector.is_in_address()).map(|it| it.whole).collect();
    let is_part = |token: &Token<'_>| {
        !token.detector.is_in_address() && addresses.iter().any(|it| it.contains(token.secret))
    };
    let kept = found.iter().filter(|token| !is_part(token));
    kept.map(|token| Form {
        name: token.detector.name,
        is_in_address: token.detector.is_in_address(),
        whole: token.whole.to_owned(),
        secret: token.secret.to_owned(),
    })
    .collect()
}

/// Every value of a world that holds some and that no rule about its place speaks of: these know by
/// the attribute or the name that a secret stands there.
pub(crate) fn spots<'a>(scope: &'a Scope<'a>) -> Vec<Spot<'a>> {
    let suspects = scope.graph.once(suspects);
    let ids = match scope.side() {
        Side::Planned => &suspects.planned,
        Side::Prior => &suspects.prior,
    };
    let here = ids.iter().filter(|id| scope.holds(**id));
    here.flat_map(|id| spots_of(scope.res(*id))).collect()
}

fn spots_of(res: Res<'_>) -> Vec<Spot<'_>> {
    let mut spots = Vec::new();
    res.root().leaves(&mut |view| {
        // What has the form of a credential is one, even if it says that it stands in for another.
        let Some(text) = view.shown().and_then(Value::as_str) else { return };
        let path = view.path();
        let found = forms(&containers::decoded(res, &path, text));
        if !found.is_empty() && !is_repeated(res, &path) {
            spots.push(Spot { view, are_keys: false, forms: found });
        }
    });
    keyed(&res.root(), &mut spots);
    if spots.is_empty() {
        return spots;
    }
    let declared: BTreeSet<String> = secrets::places(res)
        .into_iter()
        .filter(|place| place.is_meant() != Tri::No)
        .map(|place| place.view.attribute())
        .collect();
    let is_declared = |view: &View<'_>| {
        let path = view.attribute();
        declared.iter().any(|it| {
            path.strip_prefix(it.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    };
    // What is read belongs to somebody else, but for what the author asks with.
    let is_here = |view: &View<'_>| res.mode() == Mode::Managed || view.is_written() == Tri::Yes;
    spots.retain(|spot| !is_declared(&spot.view) && is_here(&spot.view));
    for spot in &mut spots {
        spot.forms.retain(|form| !is_told_by_place(&spot.view, form));
    }
    spots.retain(|spot| !spot.forms.is_empty());
    spots
}

/// The maps at or below a value that have some among their keys.
fn keyed<'a>(view: &View<'a>, spots: &mut Vec<Spot<'a>>) {
    let Some(value) = view.shown() else { return };
    if value.is_array() {
        return view.items().for_each(|item| keyed(&item, spots));
    }
    let found: Vec<Form> = value.entries().flat_map(|(key, _)| forms(key)).collect();
    if !found.is_empty() && !is_repeated(view.res(), &view.path()) {
        spots.push(Spot { view: view.clone(), are_keys: true, forms: found });
    }
    if value.is_object() {
        view.members().into_iter().for_each(|(_, member)| keyed(&member, spots));
    }
}

/// What the provider writes a second time, and the id of a key, which is where it belongs.
fn is_repeated(res: Res<'_>, path: &str) -> bool {
    path == "tags_all"
        || path.starts_with("tags_all.")
        || (res.type_() == "aws_iam_access_key" && path == "id")
}

/// Whether the rule about a container speaks of it.
fn is_told_by_place(view: &View<'_>, form: &Form) -> bool {
    let res = view.res();
    let path = view.path();
    let Some((entry, key)) = container(res, &path) else { return false };
    let told = match entry.purpose {
        Purpose::Other => return false,
        Purpose::Script => {
            return scripts::of(res).iter().any(|it| it.view.attribute() == view.attribute());
        }
        purpose if key.is_some_and(|key| named_secrets::promises(purpose, key)) => return true,
        purpose => containers::promising(res, purpose),
    };
    let is_it = |it: &containers::Named<'_>| match &it.inside {
        Some(text) => text.contains(&form.secret) && named_secrets::is_clear(text),
        None => true,
    };
    told.iter().any(|it| it.view.attribute() == view.attribute() && is_it(it))
}

/// The container that a path leads into, and the key there.
fn container<'p>(res: Res<'_>, path: &'p str) -> Option<(&'static Container, Option<&'p str>)> {
    facts::containers(res.type_()).iter().find_map(|entry| {
        let rest = path.strip_prefix(entry.path)?;
        let key = rest.strip_prefix('.');
        (rest.is_empty() || key.is_some()).then_some((entry, key))
    })
}

/// Something that is no resource and holds some: a variable, an output, a provider block.
pub(crate) struct Elsewhere {
    /// Its address.
    pub(crate) address: String,
    /// Where in it, as far as that tells more.
    pub(crate) attribute: Option<String>,
    /// What it holds.
    pub(crate) forms: Vec<Form>,
}

/// Reports every place that holds some. `leak` says what it is, of those of its rule; none where there are
/// none of them.
pub(crate) fn report(
    cx: &PlanCx<'_>,
    out: &mut Findings<'_>,
    leak: fn(Subject, At, Vec<Form>) -> Option<Leak>,
) {
    let of_spot = |it: Spot<'_>| {
        let mut leak = leak(it.view.res().into(), (&it.view).into(), it.forms)?;
        if it.are_keys {
            leak.message.push_str(", as a key of a map");
        }
        Some(leak)
    };
    let mut all: Vec<Leak> = spots(cx).into_iter().filter_map(of_spot).collect();
    for it in elsewhere(cx.graph) {
        let subject = Subject::named(&cx.graph.plan.unit, &it.address, Actions::default());
        if let Some(leak) = leak(subject, it.attribute.into(), it.forms) {
            leaks::join(&mut all, leak);
        }
    }
    for it in in_calls(cx.graph) {
        let subject = Subject::named(&cx.graph.plan.unit, &it.address, Actions::default());
        // What a plan that is not whole leaves out may show it.
        let tri = if cx.is_partial() { cx.maybe(Cause::Incomplete) } else { Tri::Yes };
        all.extend(leak(subject, it.attribute.into(), it.forms).map(|leak| Leak { tri, ..leak }));
    }
    leaks::report(all, out);
}

/// What stands in the arguments of calls of modules, and is not seen in what these make of it.
fn in_calls(graph: &Graph) -> Vec<Elsewhere> {
    let mut all = Vec::new();
    for module in &graph.plan.config.modules {
        let Some(arguments) = module.call.as_ref().and_then(|call| graph.value(&call.arguments))
        else {
            continue;
        };
        let address: Vec<String> =
            module.path.iter().map(|name| format!("module.{name}")).collect();
        for (name, argument) in arguments.entries() {
            let Expr::Constant(value) = Expr::of(argument) else { continue };
            let mut found = Vec::new();
            texts(value, &mut |text| found.extend(forms(text)));
            found.retain(|form| !is_in_values(graph, &form.secret));
            if !found.is_empty() {
                let attribute = Some(name.to_owned());
                all.push(Elsewhere { address: address.join("."), attribute, forms: found });
            }
        }
    }
    all
}

fn is_in_values(graph: &Graph, text: &str) -> bool {
    let mut all = (0..graph.plan.len() as ResId).map(|id| graph.plan.resource(id));
    all.any(|resource| graph.plan.raw(resource, false).contains(text))
}

/// What stands in variables that are not sensitive, outputs and provider blocks, but for the places in
/// which other rules know of a secret: sensitive variables, those with the name of a secret, arguments
/// of providers that are one, outputs made of what resources hold.
pub(crate) fn elsewhere(graph: &Graph) -> Vec<Elsewhere> {
    let mut all = Vec::new();
    let mut take = |address: String, attribute: Option<String>, value: Value<'_>| {
        let mut found = Vec::new();
        texts(value, &mut |text| found.extend(forms(text)));
        if !found.is_empty() {
            all.push(Elsewhere { address, attribute, forms: found });
        }
    };
    in_variables(graph, &mut take);
    in_outputs(graph, &mut take);
    for provider in graph.providers() {
        for (path, expression) in provider.arguments() {
            let is_known = is_credential(&provider.block.name, &path);
            if let (Expr::Constant(value), false) = (expression, is_known) {
                take(format!("provider.{}", provider.key), Some(path), value);
            }
        }
    }
    all
}

/// Whether an argument of a provider is made for a credential, or for what names one.
pub(crate) fn is_credential(provider: &str, path: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or(path);
    match facts::provider_credentials(provider) {
        Some(known) if known.secret.contains(&path) || known.key_id.contains(&path) => true,
        _ => credentials::promises(name),
    }
}

type Take<'t> = dyn FnMut(String, Option<String>, Value<'_>) + 't;

fn in_variables(graph: &Graph, take: &mut Take<'_>) {
    for module in &graph.plan.config.modules {
        let path: String = module.path.iter().map(|name| format!("module.{name}.")).collect();
        let open = module.variables.iter().filter(|(_, variable)| !variable.sensitive);
        for (name, variable) in open {
            if path.is_empty() && credentials::promises(name) {
                continue;
            }
            let given = graph.plan.variable(name).filter(|_| path.is_empty());
            let address = format!("{path}var.{name}");
            match (graph.default_of(variable), given) {
                (Some(default), _) if has_some(default) => {
                    take(address, Some("default".to_owned()), default);
                }
                (_, Some(given)) => take(address, None, given),
                _ => {}
            }
        }
    }
}

fn has_some(value: Value<'_>) -> bool {
    let mut has = false;
    texts(value, &mut |text| has |= !forms(text).is_empty());
    has
}

/// Every string at or below a value, and every key of a map.
fn texts(value: Value<'_>, each: &mut impl FnMut(&str)) {
    value.as_str().into_iter().for_each(&mut *each);
    value.items().for_each(|item| texts(item, each));
    for (key, item) in value.entries() {
        each(key);
        texts(item, each);
    }
}

fn in_outputs(graph: &Graph, take: &mut Take<'_>) {
    let is_open = |(module, reference): (usize, &str)| {
        let module = graph.plan.config.modules.get(module);
        let name = reference.strip_prefix("var.");
        let variable = module.zip(name).and_then(|(it, name)| it.variables.get(name));
        variable.is_some_and(|it| !it.sensitive)
    };
    for output in &graph.plan.outputs {
        let Some(references) = graph.output_references(&output.name) else { continue };
        let is_made_here = graph.origins(0, references).into_iter().all(is_open);
        let values = graph.plan.output(output);
        let is_masked = values.sensitive.is_some_and(|mask| !mask.is_hollow());
        if let (Some(value), false, true) = (values.value, is_masked, is_made_here) {
            take(format!("output.{}", output.name), None, value);
        }
    }
}

fn suspects(graph: &Graph) -> Suspects {
    let mut found = Suspects { planned: Vec::new(), prior: Vec::new() };
    let search = Search::new(graph.plan.text().len());
    for id in 0..graph.plan.len() as ResId {
        let resource = graph.plan.resource(id);
        let planned = graph.plan.raw(resource, false);
        let prior = graph.plan.raw(resource, true);
        let is_suspect = search.may_hold(planned);
        if is_suspect {
            found.planned.push(id);
        }
        // What does not change is one text.
        if if std::ptr::eq(planned, prior) { is_suspect } else { search.may_hold(prior) } {
            found.prior.push(id);
        }
    }
    found
}

/// A search for what may hold a credential.
struct Search {
    /// Words that stand in each of some form, be it in base64, and what is in base64 for certain.
    words: &'static Words,
    addresses: Finder<'static>,
}

impl Search {
    /// For a text of so many bytes. Both searches find the same.
    fn new(bytes: usize) -> Search {
        /// From here on it is worth it to set up the faster one, be it for a large plan or for many.
        const LARGE: usize = 4 << 20;
        static SHORT: LazyLock<Words> = LazyLock::new(|| Words::new(words()));
        static LONG: LazyLock<Words> = LazyLock::new(|| Words::for_long_texts(words()));
        static SEEN: AtomicUsize = AtomicUsize::new(0);
        let seen = SEEN.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        let words = if seen < LARGE { &*SHORT } else { &*LONG };
        Search { words, addresses: Finder::new(URL) }
    }

    /// Whether the JSON text of values may hold one: it has one of the words, or an address with a user.
    fn may_hold(&self, json: &str) -> bool {
        let mut addresses = self.addresses.find_iter(json.as_bytes());
        self.words.are_in(json) || addresses.any(|at| has_user(&json[at + URL.len()..]))
    }
}

/// One search for all is worth that letters of base64 are taken for their capitals.
fn words() -> impl Iterator<Item = Word> {
    let keywords = facts::DETECTORS.iter().flat_map(|it| it.keywords).filter(|it| **it != URL);
    // Quotes are escaped in the text of a plan.
    let keywords = keywords.map(|word| word.replace('"', "\\\""));
    let encoded = ["base64", "user_data", "on_start", "on_create"];
    let encoded = encoded.into_iter().flat_map(|it| [format!("{it}\":\""), format!("{it}\": \"")]);
    let all = keywords.chain(encoded).chain(forms::words_in_base64());
    all.map(|word| Word::in_any_case(&word, 0))
}

/// Whether what stands behind the scheme of an address begins with a user and a password: `a:b@`.
fn has_user(rest: &str) -> bool {
    let is_end = |letter: char| letter.is_whitespace() || matches!(letter, '/' | '@' | '"');
    let user = rest.split(is_end).next().unwrap_or(rest);
    let between = user.len().checked_sub(1).and_then(|last| user.as_bytes().get(1..last));
    // Neither is empty.
    rest[user.len()..].starts_with('@') && between.is_some_and(|it| it.contains(&b':'))
}

/// Stands in every address: only one with a user and a password counts.
const URL: &str = "://";

#[cfg(test)]
mod tests {
    use data_encoding::BASE64;

    use super::*;

    #[test]
    fn addresses_keep_their_tokens() {
        let token = ["ghp_", "DLM7ToThwNScgrLRWzBQCABugjMgeP7cGq0p"].concat();
        let names = |text: &str| forms(text).iter().map(|it| it.name).collect::<Vec<_>>();
        assert_eq!(names(&token), ["github-pat"]);
        assert_eq!(names(&format!("https://ci:{token}@github.com/x.git")), ["url-userinfo"]);
    }

    #[test]
    fn texts_that_may_hold_some() {
        let may_hold = |json: &str| {
            let [short, long] = [0, usize::MAX].map(|bytes| Search::new(bytes).may_hold(json));
            assert_eq!(short, long, "{json}");
            short
        };
        for json in [
            r#"{"x":"uses dapi"}"#,
            r#"{"content_base64":"aGFsbG8="}"#,
            r#"{"user_data": "aGFsbG8="}"#,
            r#"{"url":"https://a:b\u0026c@x"}"#,
            r#"{"key":"{\"private_key\": 1}"}"#,
        ] {
            assert!(may_hold(json), "{json}");
        }
        let hidden = ["dapi", "a4c123b1612dd272d1371c17149d4395"].concat();
        let hidden = BASE64.encode(hidden.as_bytes());
        assert!(may_hold(&format!("{{\"note\":\"{hidden}\"}}")) && forms(&hidden).len() == 1);
        for json in
            [r#"{"url":"https://x/y","user_data":null}"#, r#"{"a":"https://x:8443/","m":"a@b"}"#]
        {
            assert!(!may_hold(json), "{json}");
        }
    }
}
