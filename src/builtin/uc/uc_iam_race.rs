//! An external location that is validated before IAM lets Databricks in.

use std::collections::BTreeMap;

use crate::{
    builtin::shared::{
        account::ROLE,
        provider,
        storage_credentials::{self, CREDENTIALS},
        wait::{Miss, Waits},
    },
    graph::{Cause, End, Res, Target},
    lint::{Check, Findings, PlanCx},
    plan::{ResId, Tri},
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_external_location` that is created in the same plan as the IAM role of its
    /// credential and does not wait for the policy of the role, or waits for it without a `time_sleep`.
    /// Locations with `skip_validation` are left alone.
    ///
    /// ## Why is this bad?
    /// Databricks reads the path when the location is created. IAM takes seconds to tell all its servers
    /// of a new role or policy, so that the first apply fails ("AWS IAM role does not have READ
    /// permissions on url") and the second one works.
    /// Source: [databricks/terraform-provider-databricks#3069](https://github.com/databricks/terraform-provider-databricks/issues/3069); the `time_sleep` of
    /// databricks/terraform-databricks-sra, "Wait to prevent race condition between IAM role and external
    /// location validation".
    ///
    /// ## How to fix it
    /// ```terraform
    /// resource "time_sleep" "iam" {
    ///   create_duration = "60s"
    ///   depends_on      = [aws_iam_role.lake, aws_iam_role_policy.lake]
    /// }
    ///
    /// resource "databricks_external_location" "lake" {
    ///   name            = "lake"
    ///   url             = "s3://acme-lake/"
    ///   credential_name = databricks_storage_credential.lake.name
    ///   depends_on      = [time_sleep.iam]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Roles of other plans, and those that exist already: about these it is silent. A `time_sleep` that
    /// the location waits for counts, whatever it waits for itself. The finding is possible where the role
    /// is known by its name only, or the credential by a name that is written out and was made through another
    /// provider; where a script runs in between, and where a `local` or a `dynamic` block could hide the wait.
    /// Where the `.tf` files are not at hand, a wait by `replace_triggered_by` or a condition in a `lifecycle` block.
    pub static RULE = {
        id: "uc-iam-race",
        summary: "external location does not wait for the IAM role",
        severity: Warning,
        confidence: Heuristic,
        category: ApplyFailure,
        profile: Default,
        world: Planned,
        subjects: ["databricks_external_location"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let locations: Vec<Res<'_>> =
        cx.of("databricks_external_location").filter(|it| it.is_created()).collect();
    if locations.is_empty() || cx.of(ROLE[0]).all(|it| !it.is_created()) {
        return;
    }
    let (waits, policies) = (Waits::of(cx), policies(cx));
    let names = credentials(cx);
    for it in locations {
        let Some((credential, is_it)) = credential_of(it, &names) else { continue };
        let Some((role, sure)) = storage_credentials::role_of(cx, credential) else { continue };
        // Of one account, one of that name is the one that the credential was made for.
        let is_of_only_account = role.provider().is_some_and(|it| it.siblings().next().is_none());
        let sure = if is_of_only_account { Tri::Yes } else { sure };
        if !role.is_created() {
            continue;
        }
        let validated = !it.get("skip_validation").flag(false);
        let own = policies.get(&role.id).map(Vec::as_slice).unwrap_or_default();
        let policy = own.iter().find(|policy| it.is_after(**policy) != Tri::Yes).copied();
        let late = match policy {
            // One of them may be enough: what is certain is a location that waits for none.
            Some(_) => Tri::all(own.iter().map(|policy| !it.is_after(*policy))),
            None => Tri::No,
        };
        let unslept = !slept(&waits, role, it);
        let tri = is_it & sure & validated & (late | unslept);
        let tri = if cx.is_partial() { tri & cx.maybe(Cause::Incomplete) } else { tri };
        let what = policy.filter(|_| late != Tri::No);
        report(it, (credential, role, what), tri, out);
    }
}

fn report(
    it: Res<'_>,
    (credential, role, policy): (Res<'_>, Res<'_>, Option<Res<'_>>),
    tri: Tri,
    out: &mut Findings<'_>,
) {
    let draft = out
        .deny(tri, it, "credential_name", || match policy {
            Some(policy) => format!(
                "is validated without waiting for {}, which lets the role {} read it",
                policy.address(),
                role.address()
            ),
            None => format!(
                "is validated before IAM knows the role {} everywhere, nothing sleeps in between",
                role.address()
            ),
        })
        .help(|| {
            "let a time_sleep of 60s wait for the role and its policies, and the location for the \
             time_sleep"
                .to_owned()
        })
        .related(role, || "the role, created in this apply".to_owned())
        .related(credential, || "the credential that uses it".to_owned());
    if let Some(policy) = policy {
        draft.related(policy, || "the policy of the role".to_owned());
    }
}

/// Whether a location waits for something that sleeps, behind the role or not.
fn slept(waits: &Waits<'_>, role: Res<'_>, it: Res<'_>) -> Tri {
    let gap = waits.between(role, it);
    let beside = gap.misses.iter().any(|(miss, _)| matches!(miss, Miss::Beside | Miss::TooEarly));
    let script = Tri::from(gap.script.is_some()) & Tri::Maybe;
    gap.sleep | Tri::from(beside) | script
}

/// Storage credentials by name.
type Names<'a> = BTreeMap<&'a str, Vec<Res<'a>>>;

fn credentials<'a>(cx: &PlanCx<'a>) -> Names<'a> {
    let mut names = Names::new();
    for it in cx.of("databricks_storage_credential") {
        if let Some(name) = it.get("name").text() {
            names.entry(name).or_default().push(it);
        }
    }
    names
}

/// The credential that a location names, and whether it is that one: by reference, or by a name that
/// stands for one credential in each metastore.
fn credential_of<'a>(it: Res<'a>, names: &Names<'a>) -> Option<(Res<'a>, Tri)> {
    let name = it.get("credential_name");
    let is_reference = name.hits().iter().any(|hit| matches!(hit.end, End::Resource(_)));
    if is_reference && let Target::Here(credential) = name.target(CREDENTIALS) {
        return Some((credential, Tri::Yes));
    }
    let all = names.get(name.text()?)?;
    // What is sent to one workspace lies in one metastore.
    let is_beside = |other: &Res<'a>| provider::share_workspace(it, *other) == Tri::Yes;
    let beside: Vec<Res<'a>> = all.iter().copied().filter(is_beside).collect();
    match (beside.as_slice(), all.as_slice()) {
        ([only], _) => Some((*only, Tri::Yes)),
        ([], [only]) => Some((*only, Tri::Maybe)),
        _ => None,
    }
}

/// What gives each role of the plan its permissions and is created in this apply.
fn policies<'a>(cx: &PlanCx<'a>) -> BTreeMap<ResId, Vec<Res<'a>>> {
    let mut all: BTreeMap<ResId, Vec<Res<'a>>> = BTreeMap::new();
    for kind in ["aws_iam_role_policy", "aws_iam_role_policy_attachment"] {
        for it in cx.of(kind).filter(|it| it.is_created()) {
            for role in it.get("role").target(ROLE).candidates() {
                all.entry(role.id).or_default().push(it);
            }
        }
    }
    for it in cx.of("aws_iam_policy_attachment").filter(|it| it.is_created()) {
        for role in it.get("roles").targets(ROLE).found {
            all.entry(role.id).or_default().push(it);
        }
    }
    all
}
