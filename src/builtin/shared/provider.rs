//! Whom a Databricks provider speaks to: the account, or which workspace.

use std::sync::LazyLock;

use regex::Regex;

use crate::{
    estate::{Cell, Link},
    facts::{
        accounts,
        mws::IN_HOST,
        provider_levels::{self, ACCOUNT_API, ACCOUNT_HOST, Cloud, WORKSPACE_API},
    },
    graph::{Cause, End, Given, ProviderBlock, Res, Scope, Target, Val},
    plan::{Step, Tri},
    secrecy::regex,
};

const WORKSPACE: &[&str] = &["databricks_mws_workspaces"];

static ACCOUNT: LazyLock<Option<Regex>> = LazyLock::new(|| regex(ACCOUNT_HOST));

/// Whom a resource is sent to.
#[derive(Clone, Debug)]
pub enum Speaks<'a> {
    /// The account, at this host.
    Account(String),
    /// A workspace: one of this plan, or known by its URL or id.
    Workspace(Target<'a>),
    /// The plan does not show it: settings from the environment, a profile, a local.
    Unknown,
}

impl From<Speaks<'_>> for Cell {
    /// The workspace, to be joined with rows of workspaces.
    fn from(speaks: Speaks<'_>) -> Cell {
        match speaks {
            Speaks::Account(_) => Cell::Unset,
            Speaks::Workspace(target) => Cell::from(target),
            Speaks::Unknown => {
                Cell::Link(Box::new(Link { lost: Some(Cause::NotInRun), ..Link::default() }))
            }
        }
    }
}

/// Whom a resource is sent to: the account or the workspace that its `api` asks for, the workspace that
/// its own `provider_config` names, else whom its provider block speaks to.
pub fn of(res: Res<'_>) -> Speaks<'_> {
    let api = api(res);
    match api {
        Api::Account => return Speaks::Account(account_host_of(res)),
        Api::Hidden => return Speaks::Unknown,
        Api::Workspace | Api::Left => {}
    }
    match res.get("provider_config.workspace_id").target(WORKSPACE) {
        Target::Unset => match of_block(res) {
            Speaks::Account(_) if api == Api::Workspace => Speaks::Unknown,
            speaks => speaks,
        },
        own => Speaks::Workspace(own),
    }
}

/// Which API a resource asks for, whatever its provider block speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Api {
    Account,
    Workspace,
    /// It leaves that to its provider.
    Left,
    Hidden,
}

fn api(res: Res<'_>) -> Api {
    if !provider_levels::is_dual(res.type_()) {
        return Api::Left;
    }
    let api = res.get("api");
    match api.val() {
        Val::Null | Val::Omitted => Api::Left,
        Val::Unknown(_) => Api::Hidden,
        Val::Known(_) => match api.text() {
            Some(ACCOUNT_API) => Api::Account,
            Some(WORKSPACE_API) => Api::Workspace,
            _ => Api::Hidden,
        },
    }
}

/// The host of the account, where the provider block is one's.
fn account_host_of(res: Res<'_>) -> String {
    res.provider().and_then(account_host).unwrap_or_default()
}

/// Whether its provider block alone decides where a resource is sent: neither its `api` nor its own
/// `provider_config` does. What a refresh filled in there is the workspace of the block.
pub fn is_sent_by_block(res: Res<'_>) -> bool {
    if res.block().is_none() || matches!(api(res), Api::Account | Api::Hidden) {
        return false;
    }
    let is_set = match res.glance().member("provider_config").plain() {
        Some(value) => value.is_some(),
        None => res.get("provider_config.workspace_id").is_set() != Tri::No,
    };
    // Nothing is filled in before an object exists: there a `dynamic` block wrote it.
    !is_set || !res.has_argument("provider_config") && res.existed()
}

/// Whom the provider block of a resource speaks to.
pub fn of_block(res: Res<'_>) -> Speaks<'_> {
    let Some(block) = res.provider() else { return Speaks::Unknown };
    if let Some(id) = block.constant("workspace_id") {
        return Speaks::Workspace(res.scope().named(WORKSPACE, &id));
    }
    match block.constant("host") {
        Some(host) if account_host(block).is_some() => Speaks::Account(host),
        Some(host) => Speaks::Workspace(by_url(res, block, &host)),
        None => match block.masked("host").filter(|host| !is_of_account(host)) {
            Some(host) => Speaks::Workspace(by_url(res, block, &host).under_mask()),
            None => by_reference(res, block),
        },
    }
}

/// The key of the provider block that a resource goes through.
pub fn key(res: Res<'_>) -> Option<&str> {
    res.block().map(|block| block.provider_key.as_str())
}

/// Whether two objects are sent to one workspace: through one provider block that alone decides, else by what
/// tells whom each is sent to. `Maybe` where nothing does.
pub fn share_workspace(one: Res<'_>, other: Res<'_>) -> Tri {
    let are_of_blocks = is_sent_by_block(one) && is_sent_by_block(other);
    if are_of_blocks && key(one) == key(other) {
        return Tri::Yes;
    }
    match (of(one), of(other)) {
        (Speaks::Workspace(ours), Speaks::Workspace(theirs)) => {
            same_workspace(&ours.by_itself(), &theirs.by_itself()).unwrap_or(Tri::Maybe)
        }
        (Speaks::Account(_), _) | (_, Speaks::Account(_)) => Tri::No,
        _ => Tri::Maybe,
    }
}

/// Whether two values name one workspace; none where the plan does not tell.
pub fn same_workspace(ours: &Target<'_>, theirs: &Target<'_>) -> Option<Tri> {
    match (ours, theirs) {
        (Target::Here(_) | Target::OneOf(_), Target::Here(workspace)) => Some(ours.is(*workspace)),
        (Target::Here(workspace), Target::OneOf(_)) => Some(theirs.is(*workspace)),
        (Target::Elsewhere(ours), Target::Elsewhere(theirs)) if **ours == **theirs => {
            Some(Tri::Yes)
        }
        (Target::Elsewhere(ours), Target::Elsewhere(theirs)) => {
            Name::parse(ours).same(&Name::parse(theirs))
        }
        (Target::Here(workspace), Target::Elsewhere(name))
        | (Target::Elsewhere(name), Target::Here(workspace)) => {
            let name = Name::parse(name);
            if workspace.is_created() {
                name.same_as_new(*workspace)
            } else {
                name.same(&Name::of(*workspace))
            }
        }
        _ => None,
    }
}

/// What a value tells of a workspace: its id, its host, or both.
#[derive(Clone, Debug, Default)]
struct Name {
    id: Option<String>,
    host: Option<String>,
}

impl Name {
    /// Of an id, or a URL, in whose query an id may stand: `https://acme.databricks.com/?o=123`.
    fn parse(text: &str) -> Name {
        if is_workspace_id(text) {
            return Name { id: Some(text.to_owned()), host: None };
        }
        let query = text.split_once('?').map_or("", |(_, query)| query);
        let id =
            query.split('&').find_map(|it| it.strip_prefix("o=")).filter(|it| is_workspace_id(it));
        Name { id: id.map(str::to_owned), host: Some(provider_levels::bare_host(text)) }
    }

    /// Of a workspace that exists.
    fn of(workspace: Res<'_>) -> Name {
        let id = workspace.get("workspace_id").scalar().map(|it| it.into_owned());
        let url = workspace.get("workspace_url");
        let host = url.text().filter(|it| !it.is_empty()).map(provider_levels::bare_host);
        Name { id: id.filter(|it| is_workspace_id(it)), host }
    }

    /// Two ids differ, and two hosts of Databricks' own do. A company's own host may lead to any workspace.
    fn same(&self, other: &Name) -> Option<Tri> {
        if let (Some(ours), Some(theirs)) = (&self.id, &other.id) {
            return Some(Tri::from(ours == theirs));
        }
        let (ours, theirs) = (self.own_host()?, other.own_host()?);
        match ours == theirs {
            // Behind an old host of several workspaces only the query tells.
            true => accounts::is_of_one_workspace(ours).then_some(Tri::Yes),
            false => Some(Tri::No),
        }
    }

    /// One that this apply makes has no id that somebody knew before, and no URL but by its deployment name.
    fn same_as_new(&self, workspace: Res<'_>) -> Option<Tri> {
        let deployment = workspace.get("deployment_name");
        let is_named = !matches!(deployment.val(), Val::Null | Val::Omitted);
        let label = self.own_host().and_then(|host| host.split('.').next());
        let may_be = |label: &str| match deployment.text() {
            Some(name) => label.ends_with(&name.to_ascii_lowercase()),
            None => is_named && !label.starts_with("dbc-"),
        };
        match (&self.id, label) {
            (Some(_), _) => Some(Tri::No),
            (None, Some(label)) if may_be(label) => Some(Tri::Maybe),
            (None, Some(_)) => Some(Tri::No),
            (None, None) => None,
        }
    }

    /// A host below a domain of Databricks on AWS, where each workspace has one.
    fn own_host(&self) -> Option<&str> {
        self.host.as_deref().filter(|host| accounts::partition_of_host(host).is_some())
    }
}

/// Whether a text is the id of a workspace.
pub fn is_workspace_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The provider's host, where it is an account's.
pub fn account_host(provider: ProviderBlock<'_>) -> Option<String> {
    provider.constant("host").filter(|host| is_of_account(host))
}

fn is_of_account(host: &str) -> bool {
    ACCOUNT.as_ref().is_some_and(|regex| regex.is_match(host))
}

/// The AWS partition of the Databricks that a provider block speaks to; none where its host is not known
/// or no host of Databricks on AWS.
pub fn partition(provider: ProviderBlock<'_>) -> Option<&'static str> {
    accounts::partition_of_host(&provider_levels::bare_host(&provider.constant("host")?))
}

/// Whether a provider speaks to a workspace, and so cannot hold what belongs to the account. `No` where
/// nothing shows whom it speaks to.
pub fn is_for_workspace(res: Res<'_>, provider: ProviderBlock<'_>) -> Tri {
    // An empty text is what the environment fills in.
    match provider.constant("host") {
        Some(_) if account_host(provider).is_some() => Tri::No,
        Some(host) => match provider_levels::cloud_of(&host) {
            Some(_) => Tri::Yes,
            // A name of one's own, or a proxy: the account's or a workspace's.
            None => res.maybe(Cause::NotInRun, 0),
        },
        None => match host_from(res.scope(), provider) {
            Target::Here(_) => Tri::Yes,
            Target::OneOf(_) => res.maybe(Cause::Function, 0),
            // Personal access tokens are a workspace's; others may be the account's.
            _ if !provider.is_set("host") && provider.is_set("token") => {
                res.maybe(Cause::NotInRun, 0)
            }
            _ => Tri::No,
        },
    }
}

/// Whether what a resource makes is on AWS: its provider's host says so, else that nothing of another
/// cloud stands beside things of AWS in the plan.
pub fn is_on_aws(res: Res<'_>) -> Tri {
    let host = res.provider().and_then(|provider| provider.constant("host"));
    if let Some(cloud) = host.as_deref().and_then(provider_levels::cloud_of) {
        return Tri::from(cloud == Cloud::Aws);
    }
    let starts = |word: &str| res.scope().graph.plan.types().any(|type_| type_.starts_with(word));
    match starts("aws_") && !starts("azurerm_") && !starts("google_") {
        true => Tri::Yes,
        false => res.maybe(Cause::NotInRun, 0),
    }
}

/// The account id of a provider block, where it is a literal or a variable that was handed one. In lower
/// case, as Databricks has it.
pub fn account_id(res: Res<'_>) -> Option<String> {
    let id = res.provider()?.constant("account_id")?.to_ascii_lowercase();
    Some(id).filter(|id| !id.is_empty())
}

/// The workspace of a URL, which another unit may have handed over.
fn by_url<'a>(res: Res<'a>, block: ProviderBlock<'a>, host: &str) -> Target<'a> {
    let bare = provider_levels::bare_host(host);
    // Behind a host of several workspaces the query tells which: `acme.databricks.com/?o=1`.
    let query = host.split_once('?').map(|(_, query)| query.trim_end_matches('/'));
    let url = match query.filter(|it| !it.is_empty() && !accounts::is_of_one_workspace(&bare)) {
        Some(query) => format!("https://{bare}/?{query}"),
        None => format!("https://{bare}"),
    };
    match block.given("host") {
        Some(given) => Target::Given(Given { shown: given.shown.map(|_| url), ..given }),
        None => res.scope().named(WORKSPACE, &url),
    }
}

fn by_reference<'a>(res: Res<'a>, block: ProviderBlock<'a>) -> Speaks<'a> {
    match host_from(res.scope(), block) {
        Target::OneOf(all) => match all.as_slice() {
            [only] => Speaks::Workspace(Target::Here(*only)),
            _ => Speaks::Workspace(Target::OneOf(all)),
        },
        Target::Here(only) => Speaks::Workspace(Target::Here(only)),
        _ => Speaks::Unknown,
    }
}

/// The workspace whose URL is the host of a provider. One of several, or of one, where the host may be
/// something else: `var.is_new ? databricks_mws_workspaces.x.workspace_url : var.host`.
pub fn host_from<'a>(scope: &'a Scope<'_>, block: ProviderBlock<'a>) -> Target<'a> {
    let hits = block.hits("host");
    let of_workspace = hits.iter().filter_map(|hit| match hit.end {
        End::Resource(id) if WORKSPACE.contains(&scope.res(id).type_()) => {
            let name = hit.attribute.first().and_then(Step::name);
            name.is_none_or(|name| IN_HOST.contains(&name)).then(|| scope.res(id))
        }
        _ => None,
    });
    let all: Vec<Res<'a>> = of_workspace.collect();
    match all.as_slice() {
        [] => Target::Lost(Cause::NotInRun),
        [only] if hits.len() == 1 && hits[0].exact => Target::Here(*only),
        _ => Target::OneOf(all),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::builtin::shared::testing::ask;

    fn elsewhere(name: &str) -> Target<'static> {
        Target::Elsewhere(name.into())
    }

    #[test]
    fn ids_and_urls() {
        let (dbc, acme) = ("https://dbc-1a.cloud.databricks.com", "https://acme.databricks.com");
        for (one, other, wanted) in [
            ("123", "123", Some(Tri::Yes)),
            ("123", "124", Some(Tri::No)),
            ("123", dbc, None),
            (dbc, "https://dbc-2b.cloud.databricks.com", Some(Tri::No)),
            (dbc, "https://acme-dev.cloud.databricks.com", Some(Tri::No)),
            // A company's own host may lead to any of its workspaces.
            (dbc, acme, None),
            (dbc, "https://acme.databricks.com/?o=123", None),
            ("123", "https://acme.databricks.com/?o=123", Some(Tri::Yes)),
            (
                "https://acme.databricks.com/?o=124",
                "https://acme.databricks.com/?o=123",
                Some(Tri::No),
            ),
            (acme, "https://acme.databricks.com/?o=123", None),
        ] {
            assert_eq!(same_workspace(&elsewhere(one), &elsewhere(other)), wanted, "{one} {other}");
            assert_eq!(same_workspace(&elsewhere(other), &elsewhere(one)), wanted, "{other} {one}");
        }
    }

    #[test]
    fn a_new_workspace() {
        let of = |after, name: &'static str| {
            ask("databricks_mws_workspaces", after, |it| {
                same_workspace(&Target::Here(it), &elsewhere(name))
            })
        };
        let (plain, named) = (json!({}), json!({"deployment_name": "acme-dev"}));
        let own = "https://acme-dev.cloud.databricks.com";
        for (after, name, wanted) in [
            (&plain, "123", Some(Tri::No)),
            (&plain, own, Some(Tri::No)),
            (&plain, "https://acme.databricks.com", None),
            (&plain, "https://acme.databricks.com/?o=123", Some(Tri::No)),
            (&named, own, Some(Tri::Maybe)),
            (&named, "https://dbc-1a.cloud.databricks.com", Some(Tri::No)),
            (&named, "https://acme-prod.cloud.databricks.com", Some(Tri::No)),
            (&named, "123", Some(Tri::No)),
        ] {
            assert_eq!(of(after.clone(), name), wanted, "{after} {name}");
        }
    }
}
