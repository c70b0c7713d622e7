//! An identifier of the right object that is not the one that is wanted.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    facts::identifiers::{self, Use, Wanted},
    graph::{End, Glance, Hit, Res, Val, View},
    lint::{Check, Findings, PlanCx},
    plan::{Step, Tri},
};

declare_rule! {
    /// ## What it does
    /// Finds an argument that refers to the right object, and to the wrong one of its identifiers: the
    /// `id` of a service principal where its `application_id` names it, the `display_name` of a group where
    /// its `id` is wanted, the ARN of a role for that of an instance profile, the name of a schema for its
    /// full name, the `id` of a workspace in `provider_config`. It follows references through modules.
    ///
    /// ## Why is this bad?
    /// Every identifier is a text, mostly one that is known only after the apply, so the plan succeeds. The
    /// apply fails with "Principal … does not exist", "failed to convert service principal ID to numeric"
    /// and the like, after half of it is made.
    /// Source: databricks/terraform-provider-databricks#1415, #4604, #1681, #2767;
    /// [databricks_grants](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/grants)
    /// and the pages of the other resources.
    ///
    /// ## How to fix it
    /// Name the attribute that the argument wants:
    ///
    /// ```terraform
    /// resource "databricks_grant" "etl" {
    ///   catalog    = "prod"
    ///   principal  = databricks_service_principal.etl.application_id # not .id, not .display_name
    ///   privileges = ["USE_CATALOG"]
    /// }
    ///
    /// resource "databricks_group_member" "etl" {
    ///   group_id  = databricks_group.engineers.id # not .display_name
    ///   member_id = databricks_service_principal.etl.id
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// The attribute behind a splat, `each.value` or a `local`, unless the `.tf` files are at hand: about
    /// these it is silent. Whether a function takes an identifier apart, such as
    /// `split("/", databricks_mws_workspaces.this.id)[1]`: where that may make it right the finding is
    /// possible without the `.tf` files. Literals are not looked at.
    pub static RULE = {
        id: "idn-wrong-identifier",
        summary: "the wrong identifier of the right object",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: Planned,
        subjects: [
            "databricks_access_control_rule_set",
            "databricks_ai_gateway_mcp_service",
            "databricks_ai_gateway_model_provider_service",
            "databricks_ai_gateway_model_service",
            "databricks_catalog",
            "databricks_catalog_workspace_binding",
            "databricks_cluster",
            "databricks_connection",
            "databricks_credential",
            "databricks_entitlements",
            "databricks_external_location",
            "databricks_external_metadata",
            "databricks_grant",
            "databricks_grants",
            "databricks_group_member",
            "databricks_group_role",
            "databricks_instance_pool",
            "databricks_instance_profile",
            "databricks_job",
            "databricks_metastore",
            "databricks_metastore_assignment",
            "databricks_metastore_data_access",
            "databricks_model_serving",
            "databricks_mws_ncc_binding",
            "databricks_mws_permission_assignment",
            "databricks_obo_token",
            "databricks_permission_assignment",
            "databricks_permissions",
            "databricks_pipeline",
            "databricks_recipient",
            "databricks_registered_model",
            "databricks_schema",
            "databricks_secret_acl",
            "databricks_secret_uc",
            "databricks_service_principal_role",
            "databricks_service_principal_secret",
            "databricks_share",
            "databricks_sql_endpoint",
            "databricks_sql_global_config",
            "databricks_sql_permissions",
            "databricks_sql_table",
            "databricks_storage_credential",
            "databricks_table",
            "databricks_user_role",
            "databricks_volume",
            "databricks_workspace_binding",
            "databricks_workspace_network_option",
        ],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    // Of one argument and one object once, however many blocks have it.
    let mut seen = BTreeSet::new();
    for (kind, arguments) in arguments(cx) {
        for it in cx.of(kind) {
            let root = it.root();
            for argument in arguments.iter().filter(|argument| argument.may_be_wrong(&root)) {
                for (view, is_list) in values(&root, argument.path) {
                    for (wrong, tri) in judge(&view, is_list, argument) {
                        if tri == Tri::No || seen.insert((it.id, argument.path, wrong.owner.id)) {
                            report(&view, &wrong, tri, out);
                        }
                    }
                }
            }
        }
    }
}

/// An argument that wants an identifier.
struct Argument {
    path: &'static str,
    /// The attribute or block that it stands in.
    outermost: &'static str,
    wanted: &'static [&'static Wanted],
    /// The plan has objects of one of the types that it wants.
    has_owners: bool,
}

/// The arguments of each type that a plan has.
fn arguments(cx: &PlanCx<'_>) -> BTreeMap<&'static str, Vec<Argument>> {
    let plan = &cx.graph.plan;
    let has_workspaces = !plan.of_type("databricks_mws_workspaces").is_empty();
    let mut all: BTreeMap<&str, Vec<Argument>> = BTreeMap::new();
    for (kind, path, wanted) in identifiers::arguments(|it| !plan.of_type(it).is_empty()) {
        let outermost = path.split(['.', '[']).next().unwrap_or(path);
        let has_owners = wanted.iter().any(|it| !plan.of_type(it.of).is_empty());
        let argument = Argument { path, outermost, wanted, has_owners };
        if has_workspaces || !argument.is_placed() {
            all.entry(kind).or_default().push(argument);
        }
    }
    all
}

impl Argument {
    /// Whether it says in which workspace something lies.
    fn is_placed(&self) -> bool {
        self.outermost == identifiers::PLACED[0]
    }

    /// Of the many arguments that there are, most are not set, and many are plain values that no object of
    /// the plan has; what a refresh filled in is right.
    fn may_be_wrong(&self, root: &View<'_>) -> bool {
        !root.glance().member(self.outermost).has_nothing()
            && (self.has_owners || !are_plain(root.glance(), self.path))
            && (!self.is_placed() || root.res().has_argument(self.outermost))
    }
}

/// Whether all values at a path are known, and no lists or objects.
fn are_plain(here: Glance<'_>, path: &str) -> bool {
    if path.is_empty() {
        return here.plain().is_some();
    }
    let (step, rest) = path.split_once('.').unwrap_or((path, ""));
    let Some(name) = step.strip_suffix("[]") else { return are_plain(here.member(step), rest) };
    let list = here.member(name);
    list.has_nothing()
        || list.shown().is_some_and(|items| {
            (0..items.items().len()).all(|index| are_plain(list.at(index), rest))
        })
}

/// The values of an argument; a list that is not known as a whole is one, and said to be a list.
fn values<'a>(root: &View<'a>, path: &'static str) -> Vec<(View<'a>, bool)> {
    let list = path.strip_suffix("[]");
    let all = below(root, list.unwrap_or(path)).into_iter();
    all.flat_map(|view| match (view.val(), list) {
        (Val::Known(_), Some(_)) => view.items().map(|item| (item, false)).collect(),
        _ => vec![(view, list.is_some())],
    })
    .collect()
}

/// The values at a path, in whose steps `[]` stands for each element.
fn below<'a>(root: &View<'a>, path: &'static str) -> Vec<View<'a>> {
    path.split('.').fold(vec![root.clone()], |views, step| match step.strip_suffix("[]") {
        Some(name) => views.iter().flat_map(|view| view.member(name).items()).collect(),
        None => views.iter().map(|view| view.member(step)).collect(),
    })
}

/// A reference to an identifier of a type of which an argument wants another one.
struct Wrong<'a> {
    hit: Hit,
    owner: Res<'a>,
    attribute: &'static str,
    usable: Use,
    wanted: &'static Wanted,
}

/// What is wrong with a value, or with a list that is not known as a whole.
fn judge<'a>(view: &View<'a>, is_list: bool, argument: &Argument) -> Vec<(Wrong<'a>, Tri)> {
    match view.val() {
        Val::Null | Val::Omitted => Vec::new(),
        Val::Known(_) if !argument.has_owners => Vec::new(),
        Val::Known(_) => known(view, argument.wanted).into_iter().collect(),
        Val::Unknown(_) => unknown(view, is_list, argument.wanted),
    }
}

fn wrong<'a>(view: &View<'a>, hits: &[Hit], all: &[&'static Wanted]) -> Vec<Wrong<'a>> {
    let scope = view.res().scope();
    let of = |hit: &Hit| {
        let End::Resource(id) = hit.end else { return None };
        let [Step::Name(name)] = hit.attribute.as_slice() else { return None };
        let owner = scope.res(id);
        let wanted = all.iter().find(|it| it.of == owner.type_())?;
        let (attribute, usable) = *wanted.wrong.iter().find(|(wrong, _)| wrong == name)?;
        Some(Wrong { hit: hit.clone(), owner, attribute, usable, wanted })
    };
    hits.iter().filter_map(of).collect()
}

/// A known value is wrong where it is that of a wrong attribute, and of no right one that it may
/// come from as well.
fn known<'a>(view: &View<'a>, all: &'static [&'static Wanted]) -> Option<(Wrong<'a>, Tri)> {
    let hits = view.hits();
    let value = view.scalar()?;
    let wrong = wrong(view, &hits, all);
    // Where a reference leads elsewhere, the value may come from there.
    let mut others = hits.iter().filter(|hit| wrong.iter().all(|it| it.hit != **hit));
    if others.any(|hit| may_come_from(view, hit, &value)) {
        return None;
    }
    let holds =
        |owner: Res<'_>, name: &'static str| owner.get(name).test_text(|text| text == value);
    let is_it = |it: &Wrong<'_>| holds(it.owner, it.attribute) == Tri::Yes;
    let found = wrong.into_iter().find(is_it)?;
    let is_right = Tri::any(found.wanted.right.iter().map(|name| holds(found.owner, name)));
    Some((found, !is_right))
}

/// Whether a known value may be that of a reference.
fn may_come_from(view: &View<'_>, hit: &Hit, value: &str) -> bool {
    match (&hit.end, hit.attribute.as_slice()) {
        (End::Resource(id), [Step::Name(name)]) => {
            let root = view.res().scope().res(*id).root();
            root.member(name.clone()).test_text(|text| text == value) != Tri::No
        }
        _ => true,
    }
}

/// A value that nobody knows yet is wrong where it can come from nothing but wrong attributes; a list
/// where one of its elements does.
fn unknown<'a>(
    view: &View<'a>,
    is_list: bool,
    all: &'static [&'static Wanted],
) -> Vec<(Wrong<'a>, Tri)> {
    let hits = view.hits();
    let wrong = wrong(view, &hits, all);
    if wrong.is_empty() || wrong.len() < hits.len() && !is_list {
        if hits.iter().any(is_lost) {
            view.note_unknown();
        }
        return Vec::new();
    }
    let ask = |it: &Wrong<'a>| match (view.is_just(&it.hit), it.usable) {
        (Tri::Maybe, Use::None) => Tri::Yes,
        (tri, _) => tri,
    };
    let each: Vec<Tri> = wrong.iter().map(ask).collect();
    // It is one of them, and the plan does not show which.
    let agreed = Tri::agree(each.iter().copied());
    let verdicts = each.into_iter().map(|own| if is_list { own } else { agreed });
    wrong.into_iter().zip(verdicts).collect()
}

/// Whether a plan does not show which attribute a reference names.
fn is_lost(hit: &Hit) -> bool {
    match hit.end {
        End::Resource(_) => hit.attribute.is_empty(),
        End::Local => true,
        _ => false,
    }
}

fn report(view: &View<'_>, wrong: &Wrong<'_>, tri: Tri, out: &mut Findings<'_>) {
    let (address, attribute) = (wrong.owner.address(), wrong.attribute);
    let right = match wrong.wanted.right {
        [] => wrong.wanted.instead.to_owned(),
        [first, ..] => format!("{address}.{first}"),
    };
    out.deny(tri, view.res(), view, || {
        let names = view.attribute();
        let argument = names.rsplit('.').next().unwrap_or(&names).trim_end_matches("[]");
        format!("{argument} is given {address}.{attribute}, but wants {right}")
    })
    .key_of(wrong.owner)
    .help(|| format!("use {right}"))
    .related_at(wrong.owner, attribute, || "the object that is meant".to_owned());
}
