//! What an account of Databricks is made of: workspaces, and the networks, credentials, storage, keys
//! and endpoints that they are given. [`collect`] takes a row for each; [`Links`](crate::estate::Links)
//! follows them from one to another, across plans.

use crate::{
    estate::{Cell, Rows},
    facts::mws,
    graph::{Cause, Res, Target, Val, View},
    lint::PlanCx,
    plan::{Mode, Tri},
};

use super::{buckets, provider, regions, security_groups};

/// A `databricks_mws_workspaces`. Cells: `region`, `tier`, `serverless` (an answer), and what it names:
/// `network`, `credentials`, `storage`, `access`, `storage-key`, `services-key`, `ncc`.
pub const WORKSPACE: &str = "account/workspace";
/// A `databricks_mws_networks`. Cells: `vpc`, `subnets`, `groups`, `rest`, `relay` (registrations),
/// `holder` (the id of the workspace that it is attached to, 0 for none), and the answers `privatelink`:
/// whether it has back-end endpoints; `all-subnets`, `all-groups`: whether it has each of those for
/// certain, see [`holds_all`].
pub const NETWORK: &str = "account/network";
/// A `databricks_mws_credentials`. Cells: `role`, `account` (of Databricks, by its provider or itself),
/// `partition` (of AWS, by its provider's host; unset where that is not known).
pub const CREDENTIALS: &str = "account/credentials";
/// A `databricks_mws_storage_configurations`. Cells: `bucket`, `role`.
pub const STORAGE: &str = "account/storage";
/// A `databricks_mws_private_access_settings`. Cells: `region`, `level`, `public` (an answer),
/// `allowed` (registrations).
pub const ACCESS: &str = "account/access";
/// A `databricks_mws_customer_managed_keys`. Cells: `key`, its `region`, `told` (another region, as
/// which it is registered), `uses` (a list of texts), and the answers `STORAGE` and `MANAGED_SERVICES`: whether it is one of them.
pub const KEY: &str = "account/key";
/// A `databricks_mws_vpc_endpoint`. Cells: `endpoint`, `region`, `use`.
pub const REGISTRATION: &str = "account/registration";
/// A `databricks_mws_log_delivery`. Cells: `credentials`, `storage`.
pub const LOG_DELIVERY: &str = "account/log-delivery";

/// Types that a VPC is managed as, or looked up.
pub const VPC: &[&str] = &["aws_default_vpc", "aws_vpc"];
/// Types of subnets.
pub const SUBNET: &[&str] = &["aws_default_subnet", "aws_subnet"];
/// Types of keys that can be registered.
pub const KMS_KEY: &[&str] = &["aws_kms_external_key", "aws_kms_key", "aws_kms_replica_key"];
/// Types whose ARN tells the region of a key: an alias lies where its key does.
pub const KEY_OR_ALIAS: &[&str] =
    &["aws_kms_alias", "aws_kms_external_key", "aws_kms_key", "aws_kms_replica_key"];
/// Roles.
pub const ROLE: &[&str] = &["aws_iam_role"];
/// Endpoints of VPCs.
pub const ENDPOINT: &[&str] = &["aws_vpc_endpoint"];

/// Endpoints, whether AWS's or as they are registered with Databricks.
pub const ANY_ENDPOINT: &[&str] = &["aws_vpc_endpoint", "databricks_mws_vpc_endpoint"];
/// Endpoints registered with Databricks.
pub const REGISTERED: &[&str] = &["databricks_mws_vpc_endpoint"];

/// Takes the rows of a plan.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    cx.share(rows, "account", take);
}

fn take(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in cx.of("databricks_mws_workspaces") {
        workspace(it, rows);
    }
    for it in cx.of("databricks_mws_networks") {
        network(it, rows);
    }
    for it in cx.of("databricks_mws_credentials") {
        credentials(it, rows);
    }
    for it in cx.of("databricks_mws_storage_configurations") {
        rows.add(STORAGE, it)
            .with("bucket", buckets::named(&it.get("bucket_name")))
            .with("role", it.get("role_arn").target(ROLE));
    }
    for it in cx.of("databricks_mws_private_access_settings") {
        rows.add(ACCESS, it)
            .with("region", regions::written(&it.get("region")))
            .with("level", it.get("private_access_level"))
            .with("public", it.get("public_access_enabled").flag(false))
            .with("allowed", it.get("allowed_vpc_endpoint_ids").targets(REGISTERED));
    }
    for it in cx.of("databricks_mws_customer_managed_keys") {
        rows.add(KEY, it)
            .with("key", it.get("aws_key_info.key_arn").target(KMS_KEY))
            .with("region", region_of_key(it))
            .with("told", told_of_key(it))
            .with("uses", it.get("use_cases"))
            .with("STORAGE", lists(&it.get("use_cases"), "STORAGE"))
            .with("MANAGED_SERVICES", lists(&it.get("use_cases"), "MANAGED_SERVICES"));
    }
    for it in cx.of("databricks_mws_vpc_endpoint") {
        rows.add(REGISTRATION, it)
            .with("endpoint", it.get("aws_vpc_endpoint_id").target(ENDPOINT))
            .with("region", regions::written(&it.get("region")))
            .with("use", it.get("use_case"));
    }
    for it in cx.of("databricks_mws_log_delivery") {
        rows.add(LOG_DELIVERY, it)
            .with("credentials", it.get("credentials_id").target(&["databricks_mws_credentials"]))
            .with(
                "storage",
                it.get("storage_configuration_id")
                    .target(&["databricks_mws_storage_configurations"]),
            );
    }
}

/// The account that something of the account belongs to: its own argument, else that of its provider, else
/// its provider block, which is that of one account whatever it is set to.
pub fn of(it: Res<'_>) -> Cell {
    match Cell::from(it.get("account_id")) {
        own @ (Cell::Known(_) | Cell::Masked(_)) => own,
        _ => {
            let block = || {
                let key = provider::key(it).unwrap_or_default();
                format!("{}\0{key}", it.scope().graph.plan.unit)
            };
            Cell::Known(provider::account_id(it).unwrap_or_else(block))
        }
    }
}

fn workspace(it: Res<'_>, rows: &mut Rows) {
    const LINKS: [(&str, &str); 7] = [
        ("network", "network_id"),
        ("credentials", "credentials_id"),
        ("storage", "storage_configuration_id"),
        ("access", "private_access_settings_id"),
        ("storage-key", "storage_customer_managed_key_id"),
        ("services-key", "managed_services_customer_managed_key_id"),
        ("ncc", "network_connectivity_config_id"),
    ];
    let row = rows
        .add(WORKSPACE, it)
        .with("region", regions::written(&it.get("aws_region")))
        .with("tier", it.get("pricing_tier"))
        .with("serverless", is_serverless(it));
    for (cell, attribute) in LINKS {
        let kind = mws::named_by_workspaces(attribute);
        row.with(cell, it.get(attribute).target(kind.as_slice()));
    }
}

fn credentials(it: Res<'_>, rows: &mut Rows) {
    let own = || Cell::from(it.get("account_id"));
    let row = rows
        .add(CREDENTIALS, it)
        .with("role", it.get("role_arn").target(ROLE))
        .with("account", provider::account_id(it).map_or_else(own, Cell::Known));
    if let Some(partition) = it.provider().and_then(provider::partition) {
        row.with("partition", Cell::Known(partition.to_owned()));
    }
}

fn network(it: Res<'_>, rows: &mut Rows) {
    rows.add(NETWORK, it)
        .with("vpc", it.get("vpc_id").target(VPC))
        .with("subnets", it.get("subnet_ids").targets(SUBNET))
        .with("all-subnets", holds_all(&it.get("subnet_ids")))
        .with("groups", groups(&it.get("security_group_ids")))
        .with("all-groups", holds_all(&it.get("security_group_ids")))
        .with("holder", it.get("workspace_id"))
        .with("privatelink", has_endpoints(it))
        .with("rest", it.get("vpc_endpoints.rest_api").targets(REGISTERED))
        .with("relay", it.get("vpc_endpoints.dataplane_relay").targets(REGISTERED));
}

/// The region that a key is registered with, where its ARN shows another.
fn told_of_key(it: Res<'_>) -> Cell {
    let told = it.get("aws_key_info.key_region");
    match (regions::of_named(&it.get("aws_key_info.key_arn"), KEY_OR_ALIAS), told.text()) {
        (Some(region), Some(text)) if !region.eq_ignore_ascii_case(text) => Cell::from(&told),
        _ => Cell::Unset,
    }
}

/// Where a registered key lies: the region of its ARN, else that of the key of the plan, else the one that
/// it is registered with.
fn region_of_key(it: Res<'_>) -> Cell {
    match regions::of_named(&it.get("aws_key_info.key_arn"), KEY_OR_ALIAS) {
        Some(region) => Cell::Known(region),
        None => regions::written(&it.get("aws_key_info.key_region")),
    }
}

/// Whether a list holds a text.
fn lists(view: &View<'_>, text: &str) -> Tri {
    match view.val() {
        Val::Known(_) => Tri::any(view.items().map(|item| item.is(text))),
        Val::Null | Val::Omitted => Tri::No,
        Val::Unknown(cause) => view.maybe(cause),
    }
}

/// Whether a list holds each of the objects that it names, see [`View::holds_all_named`].
pub fn holds_all(list: &View<'_>) -> Tri {
    match list.val() {
        Val::Unknown(_) if !list.holds_all_named() => Tri::Maybe,
        _ => Tri::Yes,
    }
}

/// The groups of a list; the default group of a VPC among them.
pub fn groups(view: &View<'_>) -> Cell {
    let unsure = match view.val() {
        Val::Unknown(cause) if security_groups::all_named(view).is_empty() => {
            Some(Cell::Unknown(cause))
        }
        _ => None,
    };
    let named = security_groups::all_named(view).into_iter().map(Cell::from);
    Cell::List(named.chain(unsure).collect())
}

/// Whether a network has back-end endpoints. The block is computed, so one that is left out shows
/// as unknown: it is none.
pub fn has_endpoints(network: Res<'_>) -> Tri {
    let block = network.get("vpc_endpoints");
    match block.val() {
        Val::Known(_) => Tri::from(block.items().next().is_some()),
        Val::Null | Val::Omitted => Tri::No,
        Val::Unknown(cause) => block.maybe(cause),
    }
}

/// Whether a workspace has no compute plane in the customer's account.
pub fn is_serverless(workspace: Res<'_>) -> Tri {
    workspace.get("compute_mode").test_text(|mode| mode.eq_ignore_ascii_case("SERVERLESS"))
}

/// Whether a workspace is on Google Cloud, whose PrivateLink has other needs.
pub fn is_on_google(workspace: Res<'_>) -> Tri {
    let is_set = |name: &&'static str| workspace.get(name).test(|value| !value.is_hollow());
    Tri::any(mws::GOOGLE.iter().map(is_set))
}

/// Whether an argument names an object of one of these types, or of another plan: an empty text does not.
/// What is only known after the apply does where the plan shows which object it may be, as there is no
/// instance that is null. Stricter than [`View::is_given`], which takes the identity of anything new for
/// one.
pub fn names_one(view: &View<'_>, types: &[&str]) -> Tri {
    match view.target(types) {
        Target::Unset => Tri::No,
        Target::Elsewhere(text) => Tri::from(!text.is_empty()),
        // An output may be null.
        Target::Given(given) if given.shown.is_none() => view.maybe(Cause::NotInRun),
        Target::Here(_) | Target::OneOf(_) | Target::Given(_) => Tri::Yes,
        Target::Lost(cause) => view.maybe(cause),
    }
}

/// Whether a workspace has one of the things that it names by an id.
pub fn has(workspace: Res<'_>, attribute: &str) -> Tri {
    let view = workspace.get(attribute);
    match (view.is_given(), mws::named_by_workspaces(attribute)) {
        // Of one that a key picks, the plan shows no attribute.
        (Tri::Maybe, Some(kind)) => names_one(&view, &[kind]),
        (is_given, _) => is_given,
    }
}

/// Whether a resource is managed, not looked up.
pub fn is_managed(it: Res<'_>) -> Tri {
    Tri::from(it.mode() == Mode::Managed)
}
