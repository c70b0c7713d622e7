//! What the policy in a value says: a known text, or a document that a data source will make, read
//! from its arguments.

use crate::{
    aws::policy::{Condition, Document, Effect, List, Principal, Statement, Text},
    estate::{Cell, Named, Row, Rows},
    facts::{
        accounts::{self, Deployment},
        policies::{self, Template, When},
        schema,
    },
    graph::{End, Hit, Res, Target, Val, View},
    plan::{Mode, Step, Tri},
};

/// Data sources that make a policy; each shows it in `json`.
const DOCUMENTS: &[&str] = &[
    "aws_iam_policy_document",
    "databricks_aws_assume_role_policy",
    "databricks_aws_bucket_policy",
    "databricks_aws_crossaccount_policy",
    "databricks_aws_unity_catalog_assume_role_policy",
    "databricks_aws_unity_catalog_policy",
];

/// How types of AWS begin.
const OF_AWS: &str = "aws_";

/// How types of what policies name begin.
const NAMED: [&str; 2] = [OF_AWS, "databricks_"];

/// How deep documents may be built upon one another.
const DEPTH: usize = 6;

/// The policy that a value holds, as far as the plan shows it; none where it is not set. A text that
/// is no policy says nothing.
pub fn of(view: &View<'_>) -> Option<Document> {
    at(view, DEPTH)
}

/// A value as a text of a policy: one that is not known names what it is made from. None where it is not set.
pub fn text(view: &View<'_>) -> Option<Text> {
    one(view, 1)
}

/// The data source that makes the policy of a value, where it is one.
pub fn made_by<'a>(view: &View<'a>) -> Option<Res<'a>> {
    let sources = view.hits();
    let [Hit { end: End::Resource(id), exact: true, .. }] = sources.as_slice() else { return None };
    Some(view.res().scope().res(*id)).filter(|it| DOCUMENTS.contains(&it.type_()))
}

fn at(view: &View<'_>, depth: usize) -> Option<Document> {
    match view.val() {
        Val::Null | Val::Omitted => None,
        Val::Known(value) => {
            let text = value.as_str().filter(|text| !text.is_empty())?;
            Some(parsed(text))
        }
        Val::Unknown(_) => Some(match view.target(DOCUMENTS) {
            Target::Here(data) if depth > 0 => made_from(data, depth - 1),
            _ => Document::unseen(mentions(&view.sources(), view.res())),
        }),
    }
}

/// A known text. One without a single statement stands in for a policy: nothing is known against it.
fn parsed(text: &str) -> Document {
    Document::parse(text)
        .filter(|it| !it.statements.is_empty())
        .unwrap_or_else(|| Document::unseen(Vec::new()))
}

/// The document that a data source makes, or will make.
fn made_from(data: Res<'_>, depth: usize) -> Document {
    if let Some(json) = data.get("json").text() {
        return parsed(json);
    }
    match policies::templates(data.type_()) {
        [] => iam_document(data, depth),
        templates => filled(templates, data),
    }
}

fn iam_document(data: Res<'_>, depth: usize) -> Document {
    let mut document = Document::default();
    let own = data.get("statement");
    document.is_partial = matches!(own.val(), Val::Unknown(_));
    for source in others(&data.get("source_policy_documents"), depth) {
        document.append(source);
    }
    let own = own.items().map(|it| statement(&it)).collect();
    document.replace_by(Document { statements: own, ..Document::default() });
    for other in others(&data.get("override_policy_documents"), depth) {
        document.replace_by(other);
    }
    document
}

/// Documents in a list of texts.
fn others(list: &View<'_>, depth: usize) -> Vec<Document> {
    if let Val::Unknown(_) = list.val() {
        let sources = list.sources();
        let unseen = Document::unseen(mentions(&sources, list.res()));
        return perhaps(&sources, list.res(), depth).into_iter().chain([unseen]).collect();
    }
    let alone = list.items().count() == 1;
    let read = |it: View<'_>| match it.val() {
        // References of a list are merged: with several, which is which is not known.
        Val::Unknown(_) if !alone => Some(Document::unseen(mentions(&it.sources(), it.res()))),
        _ => at(&it, depth),
    };
    list.items().filter_map(read).collect()
}

/// The documents that a list names which is not known as a whole: each of them may be left out.
fn perhaps(sources: &[Hit], res: Res<'_>, depth: usize) -> Vec<Document> {
    let made = sources.iter().filter_map(|hit| match hit.end {
        End::Resource(id) => Some(res.scope().res(id)),
        _ => None,
    });
    let made = made.filter(|it| depth > 0 && DOCUMENTS.contains(&it.type_()));
    made.map(|data| {
        let mut document = made_from(data, depth - 1);
        document.statements.iter_mut().for_each(|it| it.is_certain = false);
        document
    })
    .collect()
}

fn statement(view: &View<'_>) -> Statement {
    let effect = view.get("effect");
    Statement {
        sid: view.get("sid").text().filter(|sid| !sid.is_empty()).map(str::to_owned),
        effect: match effect.val() {
            Val::Null | Val::Omitted => Some(Effect::Allow),
            Val::Known(value) if value.as_str() == Some("Deny") => Some(Effect::Deny),
            Val::Known(_) => Some(Effect::Allow),
            Val::Unknown(_) => None,
        },
        actions: either(view, "actions", "not_actions", texts),
        resources: either(view, "resources", "not_resources", resources),
        principals: either(view, "principals", "not_principals", principals),
        conditions: view.get("condition").items().map(|it| condition(&it)).collect(),
        is_certain: true,
    }
}

fn either<'a, T>(
    view: &View<'a>,
    name: &'static str,
    not: &'static str,
    read: fn(&View<'a>) -> Vec<T>,
) -> Option<List<T>> {
    let of = |name, is_not| {
        let items = read(&view.member(name));
        (!items.is_empty()).then_some(List { is_not, items })
    };
    of(name, false).or_else(|| of(not, true))
}

fn principals(view: &View<'_>) -> Vec<Principal> {
    let of_block = |block: View<'_>| {
        let kind = block.get("type").text().unwrap_or_default().to_owned();
        let all = texts(&block.get("identifiers")).into_iter();
        all.map(|who| Principal { kind: kind.clone(), who }).collect::<Vec<_>>()
    };
    view.items().flat_map(of_block).collect()
}

fn condition(view: &View<'_>) -> Condition {
    let text = |name| view.get(name).text().unwrap_or_default().to_owned();
    Condition {
        operator: text("test"),
        key: text("variable"),
        values: compared(view.get("values")),
    }
}

/// What a condition compares with. An object of Databricks may hand in what is Databricks' own, and a list that
/// is unknown as a whole anything besides.
fn compared(view: View<'_>) -> Vec<Text> {
    let mut all = texts(&view);
    let is_of_aws = |hit: &Hit| match hit.end {
        End::Resource(id) => view.res().scope().res(id).type_().starts_with(OF_AWS),
        _ => true,
    };
    let is_whole = matches!(view.val(), Val::Unknown(_));
    if is_whole || !view.sources().iter().all(is_of_aws) {
        all.iter_mut().for_each(Text::open);
    }
    all
}

/// A list that is unknown as a whole may be of several texts.
fn resources(view: &View<'_>) -> Vec<Text> {
    match view.val() {
        Val::Unknown(_) => vec![unknown(view, 1); 2],
        _ => texts(view),
    }
}

/// The texts of a list, or the one text of a value.
fn texts(view: &View<'_>) -> Vec<Text> {
    match view.val() {
        Val::Null | Val::Omitted => Vec::new(),
        Val::Unknown(_) => vec![unknown(view, 1)],
        Val::Known(value) if value.is_array() => {
            let count = view.items().filter(|it| matches!(it.val(), Val::Unknown(_))).count();
            view.items().flat_map(|it| one(&it, count)).collect()
        }
        Val::Known(_) => one(view, 1).into_iter().collect(),
    }
}

fn one(view: &View<'_>, unknown_beside: usize) -> Option<Text> {
    match view.val() {
        Val::Known(value) => value.scalar().map(|text| Text::Known(text.into_owned())),
        Val::Unknown(_) => Some(unknown(view, unknown_beside)),
        Val::Null | Val::Omitted => None,
    }
}

/// A text that is not known, with what it is made from. References of a list are merged, so `beside`
/// unknown texts share them.
fn unknown(view: &View<'_>, beside: usize) -> Text {
    let sources = view.sources();
    let objects: Vec<_> = sources
        .iter()
        .filter_map(|hit| match hit.end {
            End::Resource(id) => Some(view.res().scope().res(id)),
            _ => None,
        })
        .collect();
    let is_constant = |hit: &Hit| matches!(hit.end, End::Known | End::Given(_) | End::Opaque);
    // What is neither of AWS nor of Databricks, such as a random text, names nothing by itself.
    let is_managed = |hit: &Hit| match hit.end {
        End::Resource(id) => {
            let res = view.res().scope().res(id);
            res.mode() == Mode::Managed && NAMED.iter().any(|it| res.type_().starts_with(it))
        }
        _ => false,
    };
    Text::Unknown {
        of: mentions(&sources, view.res()),
        is_sure: objects.len() <= beside && sources.iter().all(|hit| hit.exact || is_constant(hit)),
        is_open: objects.is_empty() || !sources.iter().all(|it| is_constant(it) || is_managed(it)),
    }
}

/// The names of what a value is made from.
fn mentions(sources: &[Hit], res: Res<'_>) -> Vec<String> {
    let name = |hit: &Hit| match hit.end {
        End::Resource(id) => {
            let link = Cell::from(Target::Here(res.scope().res(id)));
            Some(Named::of_cell(&link).texts())
        }
        _ => None,
    };
    sources.iter().filter_map(name).flatten().collect()
}

/// Statements of the Databricks provider, with a data source's arguments in their places.
fn filled(templates: &[Template], data: Res<'_>) -> Document {
    let mut document = Document::default();
    for template in templates {
        let there = is_there(template.when, data);
        let text = format!(r#"{{"Statement":{}}}"#, template.json);
        let Some(mut one) = Document::parse(&text).filter(|_| there != Tri::No) else { continue };
        one.replace_texts(|text| fill(text, data));
        one.statements.iter_mut().for_each(|it| it.is_certain = there == Tri::Yes);
        document.append(one);
    }
    document
}

fn is_there(when: When, data: Res<'_>) -> Tri {
    match when {
        When::Always => Tri::Yes,
        When::Set(name) => is_set(&data.root().member(name)),
        When::On(name) => data.root().member(name).flag(false),
        When::Off(name) => !data.root().member(name).flag(false),
        When::Is(name, values) => {
            let view = data.root().member(name);
            match view.val() {
                Val::Null | Val::Omitted => {
                    Tri::from(policies::default_of(name).is_some_and(|it| values.contains(&it)))
                }
                _ => view.test_text(|text| values.contains(&text)),
            }
        }
    }
}

/// An empty text or list is none to the provider.
fn is_set(view: &View<'_>) -> Tri {
    match view.val() {
        // A list of what is not known yet holds nulls.
        Val::Known(value) if value.is_array() => Tri::from(value.items().len() > 0),
        Val::Known(value) => Tri::from(value.as_str() != Some("")),
        Val::Unknown(_) if view.is_new_identity() || is_filled_in(view) => Tri::Yes,
        _ => view.is_set(),
    }
}

/// Whether a value is what a provider fills in and nobody wrote, such as the role that uses a credential.
fn is_filled_in(view: &View<'_>) -> bool {
    let sources = view.hits();
    let [Hit { end: End::Resource(id), attribute, exact: true }] = sources.as_slice() else {
        return false;
    };
    let source = view.res().scope().res(*id);
    let names: Vec<&str> = attribute.iter().filter_map(Step::name).collect();
    let found = schema::resource(source.type_()).and_then(|it| it.attribute(names.iter().copied()));
    found.is_some_and(|it| it.computed) && source.get(&names.join(".")).is_written() == Tri::No
}

/// What a text of a template becomes.
fn fill(text: &Text, data: Res<'_>) -> Vec<Text> {
    let Some(template) = text.known().filter(|text| text.contains("${")) else {
        return vec![text.clone()];
    };
    let whole = template.strip_prefix("${").and_then(|it| it.strip_suffix('}'));
    if let Some(name) = whole.filter(|it| !it.contains(['{', '|'])) {
        return texts(&data.root().member(name))
            .into_iter()
            .chain(of_deployment(name, data))
            .collect();
    }
    let mut filled = String::new();
    let mut rest = template;
    while let Some((head, tail)) = rest.split_once("${") {
        let Some((names, tail)) = tail.split_once('}') else { break };
        filled += head;
        match first_set(names, data) {
            Some(Text::Known(part)) => filled += &part,
            Some(unknown) => return vec![unknown],
            None => return Vec::new(),
        }
        rest = tail;
    }
    vec![Text::Known(filled + rest)]
}

/// The first of `a|b` that is set.
fn first_set(names: &str, data: Res<'_>) -> Option<Text> {
    for name in names.split('|') {
        let view = data.root().member(name.to_owned());
        match is_set(&view) {
            Tri::No => {}
            Tri::Yes => return one(&view, 1),
            Tri::Maybe => return Some(Text::hidden()),
        }
        if let Some(text) = of_deployment(name, data) {
            return Some(text);
        }
    }
    None
}

/// What follows from the partition of a data source.
fn of_deployment(name: &str, data: Res<'_>) -> Option<Text> {
    let partition = data.get("aws_partition");
    let deployment: Option<&Deployment> = match partition.val() {
        Val::Null | Val::Omitted => policies::default_of("aws_partition"),
        _ => partition.text(),
    }
    .and_then(accounts::deployment_named);
    let of = |it: &Deployment| match name {
        "partition" => Some(it.partition.to_owned()),
        "control_plane" => Some(it.control_plane.to_owned()),
        "control_plane_root" => {
            Some(format!("arn:{}:iam::{}:root", it.partition, it.control_plane))
        }
        "log_delivery_role" => Some(it.log_delivery_role.to_owned()),
        "unity_catalog_role" => Some(it.unity_catalog_role.to_owned()),
        _ => None,
    };
    match deployment {
        Some(deployment) => of(deployment).map(Text::Known),
        None => accounts::DEPLOYMENTS.first().and_then(of).map(|_| Text::hidden()),
    }
}

/// Takes a row with the policy of a value, where it is set. Cells: `policy`, `attribute`, and `masked`:
/// whether the policy may not be shown.
pub fn collect<'r>(rows: &'r mut Rows, kind: &'static str, view: &View<'_>) -> Option<&'r mut Row> {
    let document = of(view)?;
    let attribute = Cell::Known(view.attribute());
    let masked = Tri::from(view.has_sensitive());
    let row = rows.add(kind, view.res()).with("policy", document).with("attribute", attribute);
    Some(row.with("masked", masked))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf, sync::Arc};

    use crate::{
        aws::policy::Document,
        graph::{Graph, Scope, Side},
        plan::{DocumentKind, Plan},
    };

    use super::{DOCUMENTS, filled, policies};

    fn plans(below: &str) -> Vec<PathBuf> {
        let cases = fs::read_dir(below).unwrap().map(|it| it.unwrap().path());
        let inner = cases.filter(|it| it.is_dir()).flat_map(|it| fs::read_dir(it).unwrap());
        let plans = inner.map(|it| it.unwrap().path().join("plan.json"));
        plans.filter(|it| it.exists()).collect()
    }

    /// What the templates make of the arguments is what the provider made of them.
    #[test]
    fn templates_agree_with_the_provider() {
        let mut seen = Vec::new();
        for path in plans("fixtures") {
            let text = fs::read_to_string(&path).unwrap();
            let Ok(plan) = Plan::parse("u", "u.json", DocumentKind::Plan, text) else { continue };
            let graph = Arc::new(Graph::new(plan));
            let scope = Scope::new(&graph, Side::Planned);
            for data in DOCUMENTS.iter().flat_map(|kind| scope.data(kind)) {
                let templates = policies::templates(data.type_());
                let Some(json) = data.get("json").text() else { continue };
                if templates.is_empty() {
                    continue;
                }
                let made = Document::parse(json).unwrap();
                let ours = filled(templates, data);
                let texts = |document: &Document| {
                    let mut all = Vec::new();
                    document.texts(&mut all);
                    let mut all: Vec<String> = all.into_iter().map(str::to_owned).collect();
                    all.sort_unstable();
                    // The provider writes all actions that fit in one statement.
                    all.dedup();
                    all
                };
                assert_eq!(texts(&ours), texts(&made), "{} in {}", data.address(), path.display());
                seen.push(data.type_().to_owned());
            }
        }
        seen.sort_unstable();
        seen.dedup();
        assert!(seen.len() > 1, "{seen:?}");
    }
}
