//! The ARN of a role in place of that of an instance profile.

use std::collections::BTreeSet;

use crate::{
    aws::Arn,
    builtin::shared::compute::{self, is_left_out},
    facts::{accounts::is_partition, clusters::INSTANCE_PROFILES},
    graph::{Cause, End, Hit, Res, Target, Val, View},
    lint::{Check, Findings, PlanCx, Severity},
    plan::{ResId, Step, Tri},
};

declare_rule! {
    /// ## What it does
    /// Finds instance profiles of clusters, pools, warehouses and `databricks_instance_profile` that are
    /// no ARN of an instance profile in a partition of AWS in which Databricks runs, most often that of the
    /// role in it, written or by reference. A
    /// profile that the plan creates and gives to a cluster or a pool, and that no
    /// `databricks_instance_profile` registers, is a warning.
    ///
    /// ## Why is this bad?
    /// Both are ARNs, and strings to Terraform. The API refuses the role's, or the cluster does not start;
    /// and Databricks passes on only profiles that it was told of.
    /// Source: [databricks_instance_profile](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/instance_profile);
    /// [Databricks: instance profiles](https://docs.databricks.com/aws/en/connect/storage/tutorial-s3-instance-profile).
    ///
    /// ## How to fix it
    /// ```terraform
    /// resource "databricks_instance_profile" "etl" {
    ///   instance_profile_arn = aws_iam_instance_profile.etl.arn
    ///   iam_role_arn         = aws_iam_role.etl.arn
    /// }
    ///
    /// resource "databricks_cluster" "etl" {
    ///   aws_attributes {
    ///     instance_profile_arn = databricks_instance_profile.etl.id
    ///   }
    ///   # …
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// What is made of the ARN of a role by a function, where no source is at hand: it looks like the ARN
    /// itself. The attribute behind a key (`aws_iam_role.x[each.key].arn`), where no source shows it: the finding
    /// is possible then. Profiles that exist may be registered anywhere, so only new ones are looked for.
    pub static RULE = {
        id: "cmp-instance-profile-arn",
        summary: "no ARN of an instance profile where one is needed",
        severity: Error,
        also: [(Warning, "a new profile is not registered")],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: [
            "databricks_cluster",
            "databricks_instance_pool",
            "databricks_instance_profile",
            "databricks_job",
            "databricks_pipeline",
            "databricks_sql_endpoint",
            "databricks_sql_global_config",
        ],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

const PROFILE: &[&str] = &["aws_iam_instance_profile"];
const REGISTRATION: &str = "databricks_instance_profile";

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let registrations = Registrations::of(cx);
    for (kind, path) in INSTANCE_PROFILES {
        for it in cx.of(kind) {
            judge(&it.get(path), "", &registrations, out);
        }
    }
    for cluster in compute::clusters(cx) {
        judge(
            &cluster.get("aws_attributes.instance_profile_arn"),
            &cluster.key,
            &registrations,
            out,
        );
    }
}

fn judge(arn: &View<'_>, key: &str, registrations: &Registrations, out: &mut Findings<'_>) {
    if is_left_out(arn) {
        out.pass(arn.res());
        return;
    }
    let (is_wrong, what) = is_none(arn);
    out.deny(is_wrong, arn.res(), arn, || format!("{what}, not the ARN of an instance profile"))
        .key(key)
        .help(|| "give the `arn` of the `aws_iam_instance_profile` that holds the role".to_owned());
    if is_wrong != Tri::No || arn.res().type_() == REGISTRATION {
        return;
    }
    let target = arn.target(PROFILE);
    let mut profiles = target.candidates().to_vec();
    profiles.sort_by_key(|profile| profile.address());
    if profiles.is_empty() || profiles.iter().any(|it| !it.is_created()) {
        return;
    }
    let is_missing = Tri::all(profiles.iter().map(|it| !registrations.hold(*it)));
    let draft = out
        .deny(is_missing, arn.res(), arn, || {
            format!(
                "nothing registers {} with the workspace",
                named(&profiles, "instance profiles")
            )
        })
        .at(Severity::Warning)
        .key(key)
        .help(|| "add a `databricks_instance_profile`, and refer to its `id`".to_owned());
    profiles.iter().fold(draft, |draft, profile| {
        draft.related(*profile, || "the instance profile".to_owned())
    });
}

/// An object, or one of several of which a key picks one.
fn named(all: &[Res<'_>], what: &str) -> String {
    match all {
        [only] => only.address().to_string(),
        several => format!("the one of {} {what} that this is", several.len()),
    }
}

/// Whether a value is no ARN of an instance profile, and what it is instead.
fn is_none(arn: &View<'_>) -> (Tri, String) {
    if let Some(text) = arn.text() {
        return (Tri::from(!is_of_profile(text)), format!("is {}", arn.show()));
    }
    let (roles, is_it) = roles_of(arn);
    match arn.val() {
        Val::Unknown(_) if !roles.is_empty() => {
            let role = match roles.as_slice() {
                [role] => role.address().to_string(),
                several => format!("one of {} roles", several.len()),
            };
            (is_it, format!("is the ARN of {role}"))
        }
        _ => (Tri::No, String::new()),
    }
}

/// Whether a text is the ARN of an instance profile. Before the name a path may stand.
fn is_of_profile(text: &str) -> bool {
    let Some(arn) = Arn::parse(text).filter(|arn| arn.service == "iam") else { return false };
    let name = arn.resource.strip_prefix("instance-profile/").unwrap_or_default();
    is_partition(arn.partition)
        && arn.is_global
        && arn.account.is_some()
        && !name.is_empty()
        && !name.ends_with('/')
        && !name.contains(char::is_whitespace)
}

/// The role whose ARN a value is, or the roles of which it has one's, where it comes from nothing else but a key. Where the
/// plan lost the attribute behind a key it may be a name, of which an ARN is made.
fn roles_of<'a>(arn: &View<'a>) -> (Vec<Res<'a>>, Tri) {
    let scope = arn.res().scope();
    let mut hits = arn.hits();
    if hits.iter().any(|hit| hit.attribute.is_empty() && matches!(hit.end, End::Resource(_))) {
        hits.retain(|hit| !matches!(hit.end, End::Known | End::Local));
    }
    let role = |hit: &Hit| match hit.end {
        End::Resource(id) => Some(scope.res(id)).filter(|it| it.type_() == "aws_iam_role"),
        _ => None,
    };
    let is_it = |hit: &Hit| match hit.attribute.first().and_then(Step::name) {
        // Without source `replace(x.arn, …)` looks like `x.arn`: nobody writes that where one ARN belongs.
        Some("arn") => Tri::from(arn.is_just(hit) != Tri::No),
        None if hit.attribute.is_empty() => arn.is_just(hit) & Tri::Maybe,
        _ => Tri::No,
    };
    let roles: Option<Vec<Res<'a>>> = hits.iter().map(role).collect();
    (roles.unwrap_or_default(), Tri::all(hits.iter().map(is_it)))
}

/// Which instance profiles are registered.
struct Registrations {
    found: BTreeSet<ResId>,
    /// Why there may be others.
    is_open: Tri,
}

impl Registrations {
    fn of(cx: &PlanCx<'_>) -> Registrations {
        let mut all = Registrations { found: BTreeSet::new(), is_open: Tri::No };
        if cx.may_lack(REGISTRATION) {
            all.is_open = Tri::Maybe;
        }
        for it in cx.of(REGISTRATION) {
            let target = it.get("instance_profile_arn").target(PROFILE);
            all.found.extend(target.candidates().iter().map(|it| it.id));
            if matches!(target, Target::Lost(_) | Target::Given(_)) {
                all.is_open = Tri::Maybe;
            }
        }
        all
    }

    fn hold(&self, profile: Res<'_>) -> Tri {
        if self.found.contains(&profile.id) {
            return Tri::Yes;
        }
        self.is_open & profile.get("arn").maybe(Cause::Incomplete)
    }
}

#[cfg(test)]
mod tests {
    use super::is_of_profile;

    #[test]
    fn arns_of_profiles() {
        for (text, wanted) in [
            ("arn:aws:iam::123456789012:instance-profile/x", true),
            ("arn:aws-us-gov:iam::123456789012:instance-profile/team/x", true),
            ("arn:aws-cn:iam::123456789012:instance-profile/x", false),
            ("arn:aws:iam::12345:instance-profile/x", false),
            ("arn:aws:iam:::instance-profile/x", false),
            ("arn:aws:iam:us-east-1:123456789012:instance-profile/x", false),
            ("arn:aws:iam::123456789012:instance-profile/x ", false),
            ("arn:aws:iam::123456789012:instance-profile/", false),
            ("arn:aws:iam::123456789012:role/x", false),
        ] {
            assert_eq!(is_of_profile(text), wanted, "{text}");
        }
    }
}
