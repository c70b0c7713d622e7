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
        let credentials = credentials_of(it, &names);
        let races: Option<Vec<Race<'_>>> = credentials
            .into_iter()
            .map(|credential| race(cx, it, credential, &waits, &policies))
            .collect();
        let mut races = races.unwrap_or_default();
        races.sort_by_key(|race| race.credential.address());
        if races.is_empty() {
            continue;
        }
        let validated = !it.get("skip_validation").flag(false);
        let tri = validated & Tri::all(races.iter().map(|race| race.tri));
        let tri = if cx.is_partial() { tri & cx.maybe(Cause::Incomplete) } else { tri };
        report(it, &races, tri, out);
    }
}

/// A credential that a location may be validated too early with.
struct Race<'a> {
    credential: Res<'a>,
    role: Res<'a>,
    /// What of the role's the location does not wait for.
    policy: Option<Res<'a>>,
    tri: Tri,
}

/// None where the role of a credential is not told, or is there already.
fn race<'a>(
    cx: &'a PlanCx<'a>,
    it: Res<'a>,
    (credential, is_it): (Res<'a>, Tri),
    waits: &Waits<'a>,
    policies: &BTreeMap<ResId, Vec<Res<'a>>>,
) -> Option<Race<'a>> {
    let (role, sure) = storage_credentials::role_of(cx, credential)?;
    // Of one account, one of that name is the one that the credential was made for.
    let is_of_only_account = role.provider().is_some_and(|it| it.siblings().next().is_none());
    let sure = if is_of_only_account { Tri::Yes } else { sure };
    if !role.is_created() {
        return None;
    }
    let own = policies.get(&role.id).map(Vec::as_slice).unwrap_or_default();
    let policy = own.iter().find(|policy| it.is_after(**policy) != Tri::Yes).copied();
    let late = match policy {
        // One of them may be enough: what is certain is a location that waits for none.
        Some(_) => Tri::all(own.iter().map(|policy| !it.is_after(*policy))),
        None => Tri::No,
    };
    let unslept = !slept(waits, role, it);
    let policy = policy.filter(|_| late != Tri::No);
    Some(Race { credential, role, policy, tri: is_it & sure & (late | unslept) })
}

fn report(it: Res<'_>, races: &[Race<'_>], tri: Tri, out: &mut Findings<'_>) {
    let draft = out.deny(tri, it, "credential_name", || message(races)).help(|| {
        "let a time_sleep of 60s wait for the role and its policies, and the location for the \
         time_sleep"
            .to_owned()
    });
    races.iter().fold(draft, |draft, race| {
        let draft = draft
            .related(race.role, || "the role, created in this apply".to_owned())
            .related(race.credential, || "the credential that uses it".to_owned());
        match race.policy {
            Some(policy) => draft.related(policy, || "the policy of the role".to_owned()),
            None => draft,
        }
    });
}

fn message(races: &[Race<'_>]) -> String {
    match races {
        [Race { role, policy: Some(policy), .. }] => format!(
            "is validated without waiting for {}, which lets the role {} read it",
            policy.address(),
            role.address()
        ),
        [Race { role, .. }] => format!(
            "is validated before IAM knows the role {} everywhere, nothing sleeps in between",
            role.address()
        ),
        several => format!(
            "is validated before IAM lets its role read it, whichever of {} credentials it has",
            several.len()
        ),
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

/// The credential that a location names, and whether it is that one: by reference, which may be to one of several, or by
/// a name that stands for one credential in each metastore.
fn credentials_of<'a>(it: Res<'a>, names: &Names<'a>) -> Vec<(Res<'a>, Tri)> {
    let name = it.get("credential_name");
    let is_reference = name.hits().iter().any(|hit| matches!(hit.end, End::Resource(_)));
    match name.target(CREDENTIALS) {
        Target::Here(credential) if is_reference => return vec![(credential, Tri::Yes)],
        Target::OneOf(all) if name.text().is_none() => {
            return all.into_iter().map(|it| (it, Tri::Yes)).collect();
        }
        _ => {}
    }
    let all = name.text().and_then(|name| names.get(name)).map(Vec::as_slice).unwrap_or_default();
    // What is sent to one workspace lies in one metastore.
    let is_beside = |other: &Res<'a>| provider::share_workspace(it, *other) == Tri::Yes;
    let beside: Vec<Res<'a>> = all.iter().copied().filter(is_beside).collect();
    match (beside.as_slice(), all) {
        ([only], _) => vec![(*only, Tri::Yes)],
        ([], [only]) => vec![(*only, Tri::Maybe)],
        _ => Vec::new(),
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
