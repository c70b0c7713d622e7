//! Who owns a job, a pipeline or a warehouse.

use crate::{
    builtin::shared::permissions::{self, About},
    facts::permissions::{OWNED, OWNER, manages},
    graph::{Res, Target, View},
    lint::{Check, Findings, PlanCx, Severity},
    plan::{Mode, Tri},
};

declare_rule! {
    /// ## What it does
    /// Looks at the `databricks_permissions` of jobs, pipelines and SQL warehouses, and finds
    ///
    /// - a group as owner,
    /// - two owners,
    /// - the principal that applies the plan (`data.databricks_current_user`) with a level that does not
    ///   let it manage the object,
    /// - as a note: nobody who is the owner.
    ///
    /// ## Why is this bad?
    /// Such an object has exactly one owner, a user or a service principal, in whose name it runs. With a
    /// group or with two owners the apply fails: "The job must have exactly one owner". It fails as well
    /// where whoever applies would lock itself out: "cannot remove management permissions for the current
    /// user". Without an owner whoever applies becomes it, so a job runs in another name after
    /// somebody else applied.
    /// Source: [databricks_permissions](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/permissions),
    /// "exactly one owner"; `permissions/permission_definitions.go` of
    /// databricks/terraform-provider-databricks; databricks/cli#3849, #4466.
    ///
    /// ## How to fix it
    /// Name one user or service principal, and give the group another level:
    ///
    /// ```terraform
    /// resource "databricks_permissions" "ingest" {
    ///   job_id = databricks_job.ingest.id
    ///   access_control {
    ///     service_principal_name = databricks_service_principal.ingest.application_id
    ///     permission_level       = "IS_OWNER"
    ///   }
    ///   access_control {
    ///     group_name       = "data-engineers"
    ///     permission_level = "CAN_MANAGE_RUN"
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Who applies the plan, unless the plan reads `databricks_current_user` through the same provider. Where
    /// a level or a name is known only after the apply the finding is possible; that nobody is the owner is
    /// said only where every level is known.
    pub static RULE = {
        id: "idn-permissions-owner",
        summary: "owner that is not exactly one user or service principal",
        severity: Error,
        also: [(Note, "no owner is named")],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_permissions"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("databricks_permissions") {
        let about = permissions::about(it).filter(|about| OWNED.contains(&about.argument));
        let Some(about) = about else { continue };
        let accesses: Vec<View<'_>> = permissions::accesses(it).collect();
        for (key, access) in permissions::distinct(it) {
            group_as_owner(it, &access, &key, out);
            lockout(cx, it, &access, &key, out);
        }
        // Blocks that are not known may be anything.
        if it.get("access_control").known().is_some() {
            count(&about, &accesses, out);
        }
    }
}

fn owns(access: &View<'_>) -> Tri {
    access.get("permission_level").is(OWNER)
}

fn group_as_owner(it: Res<'_>, access: &View<'_>, key: &str, out: &mut Findings<'_>) {
    let group = access.get("group_name");
    if group.is_given() == Tri::No {
        return;
    }
    out.deny(owns(access) & group.is_given(), it, &group, || {
        format!("makes the group {} the owner, which a group cannot be", group.show())
    })
    .key(key)
    .help(|| format!("give {OWNER} to one user or service principal, and CAN_MANAGE to the group"));
}

/// Whether there is one owner.
fn count(about: &About<'_>, accesses: &[View<'_>], out: &mut Findings<'_>) {
    let it = about.value.res();
    let owners: Vec<Tri> = accesses.iter().map(owns).collect();
    let (sure, maybe) = (count_of(&owners, Tri::Yes), count_of(&owners, Tri::Maybe));
    let several = match (sure, sure + maybe) {
        (2.., _) => Tri::Yes,
        (_, 2..) => Tri::Maybe,
        _ => Tri::No,
    };
    out.deny(several, it, "access_control", || {
        let names = accesses.iter().filter(|access| owns(access) != Tri::No).map(name);
        // Blocks of a set have no order.
        let mut names: Vec<String> = names.collect();
        names.sort();
        format!(
            "names {} owners of one {}: {}",
            names.len(),
            about.object.kind,
            names.join(" and ")
        )
    })
    .key("several")
    .help(|| format!("leave {OWNER} to one of them"));
    out.deny(Tri::from(sure + maybe == 0), it, "access_control", || {
        format!("names no owner of the {}: whoever applies becomes it", about.object.kind)
    })
    .at(Severity::Note)
    .key("none")
    .help(|| format!("add a block with {OWNER} for one user or service principal"));
}

fn count_of(all: &[Tri], wanted: Tri) -> usize {
    all.iter().filter(|tri| **tri == wanted).count()
}

/// The principal of a block.
fn name(access: &View<'_>) -> String {
    let names = ["user_name", "service_principal_name", "group_name"].map(|name| access.get(name));
    let given = names.iter().find(|view| view.is_given() != Tri::No);
    given.map_or_else(|| "nobody".to_owned(), View::show)
}

/// Whether whoever applies would no longer manage the object.
fn lockout<'a>(
    cx: &'a PlanCx<'_>,
    it: Res<'a>,
    access: &View<'a>,
    key: &str,
    out: &mut Findings<'_>,
) {
    let level = access.get("permission_level");
    for principal in ["user_name", "service_principal_name"].map(|name| access.get(name)) {
        let Some(me) = deployer(cx, it, &principal) else { continue };
        out.deny(!level.test_text(manages), it, &principal, || {
            format!("gives {} to {}, which applies the plan", level.show(), principal.show())
        })
        .key(key)
        .help(|| format!("give it CAN_MANAGE or {OWNER}, or leave the block out"))
        .related(me, || "reads who applies the plan".to_owned());
    }
}

/// The data source that says that a principal is the one who applies the plan, read through the
/// provider of `it`.
fn deployer<'a>(cx: &'a PlanCx<'_>, it: Res<'a>, principal: &View<'a>) -> Option<Res<'a>> {
    if principal.is_given() == Tri::No {
        return None;
    }
    let key = |it: Res<'a>| it.block().map(|block| block.provider_key.as_str());
    let mut all = cx.data("databricks_current_user").filter(|me| key(*me) == key(it));
    all.find(|me| match principal.text() {
        Some(name) => {
            me.get("user_name").text().is_some_and(|known| known.eq_ignore_ascii_case(name))
        }
        None => {
            let target = principal.target(&["databricks_current_user"]);
            matches!(target, Target::Here(it) if it == *me && it.mode() == Mode::Data)
        }
    })
}
