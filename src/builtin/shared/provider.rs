//! Whom a Databricks provider speaks to: the account, or which workspace.

use std::sync::LazyLock;

use regex::Regex;

use crate::{
    estate::{Cell, Link},
    facts::{
        accounts,
        provider_levels::{self, ACCOUNT_HOST, Cloud, Level},
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
    let own = || res.get("provider_config.workspace_id").target(WORKSPACE);
    match (api(res), own()) {
        (Api::Account, _) => Speaks::Account(account_of(res)),
        (Api::Hidden, _) => Speaks::Unknown,
        (Api::Workspace, Target::Unset) => match of_block(res) {
            Speaks::Account(_) => Speaks::Unknown,
            speaks => speaks,
        },
        (Api::Left, Target::Unset) => of_block(res),
        (_, own) => Speaks::Workspace(own),
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
    if provider_levels::level(res.type_()) != Some(Level::Dual) {
        return Api::Left;
    }
    let api = res.get("api");
    match api.val() {
        Val::Null | Val::Omitted => Api::Left,
        Val::Unknown(_) => Api::Hidden,
        Val::Known(_) => match api.text() {
            Some("account") => Api::Account,
            Some("workspace") => Api::Workspace,
            _ => Api::Hidden,
        },
    }
}

/// The host of the account, where the provider block is one's.
fn account_of(res: Res<'_>) -> String {
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
        None => by_reference(res, block),
    }
}

/// Whether two values name one workspace; none where the plan does not tell.
pub fn same_workspace(ours: &Target<'_>, theirs: &Target<'_>) -> Option<Tri> {
    match (ours, theirs) {
        (Target::Here(_) | Target::OneOf(_), Target::Here(workspace)) => Some(ours.is(*workspace)),
        (Target::Here(workspace), Target::OneOf(_)) => Some(theirs.is(*workspace)),
        (Target::Elsewhere(ours), Target::Elsewhere(theirs)) if ours == theirs => Some(Tri::Yes),
        // Two ids differ, and two URLs do.
        (Target::Elsewhere(ours), Target::Elsewhere(theirs)) => {
            (is_id(ours) == is_id(theirs)).then_some(Tri::No)
        }
        (Target::Here(workspace), Target::Elsewhere(name))
        | (Target::Elsewhere(name), Target::Here(workspace)) => {
            // One that this apply makes has no name that somebody knew before.
            let known = if is_id(name) { "workspace_id" } else { "workspace_url" };
            let is_told = workspace.is_created() || workspace.get(known).known().is_some();
            is_told.then_some(Tri::No)
        }
        _ => None,
    }
}

fn is_id(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_digit())
}

/// The provider's host, where it is an account's.
pub fn account_host(provider: ProviderBlock<'_>) -> Option<String> {
    let host = provider.constant("host")?;
    ACCOUNT.as_ref().is_some_and(|regex| regex.is_match(&host)).then_some(host)
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
    match provider.constant("host").filter(|host| !host.is_empty()) {
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

/// The account id of a provider block, where it is a literal or a variable that was handed one.
pub fn account_id(res: Res<'_>) -> Option<String> {
    res.provider()?.constant("account_id")
}

/// The workspace of a URL, which another unit may have handed over.
fn by_url<'a>(res: Res<'a>, block: ProviderBlock<'a>, host: &str) -> Target<'a> {
    let bare = provider_levels::bare_host(host);
    // Behind a host of several workspaces the query tells which: `acme.databricks.com/?o=1`.
    let url = match accounts::is_of_one_workspace(&bare) || !host.contains('?') {
        true => format!("https://{bare}"),
        false => format!("https://{}", host.trim_start_matches("https://").trim_end_matches('/')),
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

/// Attributes of a workspace that hosts are made of: `workspace_url`, and the label of it that
/// `https://${databricks_mws_workspaces.x.deployment_name}.cloud.databricks.com` has.
const HOST_OF_WORKSPACE: [&str; 2] = ["deployment_name", "workspace_url"];

/// The workspace whose URL is the host of a provider. One of several, or of one, where the host may be
/// something else: `var.is_new ? databricks_mws_workspaces.x.workspace_url : var.host`.
pub fn host_from<'a>(scope: &'a Scope<'_>, block: ProviderBlock<'a>) -> Target<'a> {
    let hits = block.hits("host");
    let of_workspace = hits.iter().filter_map(|hit| match hit.end {
        End::Resource(id) if WORKSPACE.contains(&scope.res(id).type_()) => {
            let name = hit.attribute.first().and_then(Step::name);
            name.is_none_or(|name| HOST_OF_WORKSPACE.contains(&name)).then(|| scope.res(id))
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
