//! An instance profile registered with Databricks before IAM has spread it.

use crate::{
    builtin::shared::{
        races,
        wait::{Gap, Miss, Waits},
    },
    graph::{Expr, Res, Target},
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_instance_profile` that is registered in the apply that also creates (or
    /// replaces) the `aws_iam_instance_profile` behind it, without a `time_sleep` that starts after
    /// the profile and ends before the registration.
    ///
    /// The wait may stand anywhere on the way: in `depends_on` of the resource or of its module, in
    /// the value itself (`time_sleep.x.triggers["arn"]`), or behind the provider whose host is a
    /// workspace that waited. It only counts if it sleeps in this apply: a `time_sleep` that exists
    /// already does nothing, and one without `create_duration` sleeps on destroy only. A
    /// provisioner that runs `sleep` counts too.
    ///
    /// ## Why is this bad?
    /// A new instance profile takes some ten seconds to be known everywhere in AWS. Databricks
    /// validates a registration at once, with a dry run that launches an instance with the profile;
    /// EC2 does not know it yet, and the apply fails with "Invalid IAM Instance Profile ARN". The
    /// second apply works, so the mistake survives until the next environment is built.
    /// Source: databricks/terraform-provider-databricks#779, #1226 and #1805;
    /// [IAM is eventually consistent](https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency).
    ///
    /// ## How to fix it
    /// Let the ARN pass through a sleep. Because of `triggers` it sleeps again when the profile is
    /// replaced; with `depends_on` alone it sleeps once and never again.
    /// ```hcl
    /// resource "time_sleep" "instance_profile" {
    ///   create_duration = "60s"
    ///   triggers        = { arn = aws_iam_instance_profile.this.arn }
    /// }
    ///
    /// resource "databricks_instance_profile" "this" {
    ///   instance_profile_arn = time_sleep.instance_profile.triggers["arn"]
    /// }
    /// ```
    /// Where a registration exists already and its profile is replaced, the provider edits the old
    /// registration: replace that too (`lifecycle { replace_triggered_by = [...] }`).
    ///
    /// ## What it cannot see
    /// An ARN or a wait behind a `local`, which a plan does not hold: where the `.tf` files are not at
    /// hand, the finding is possible. A profile that another plan creates is taken to be there
    /// already. How long a script waits; and, where the `.tf` files are not at hand, that it runs on destroy
    /// only, and that the registration waits for a sleep by `replace_triggered_by` or a condition in its
    /// `lifecycle` block, which a plan does not hold either.
    pub static RULE = {
        id: "iam-instance-profile-no-sleep",
        summary: "instance profile registered with Databricks without waiting for IAM",
        severity: Error,
        also: [
            (Warning, "when a sleep waits for the role of the profile, but not for the profile itself"),
            (Note, "when `skip_validation` is on, or a script or something slow stands between"),
        ],
        confidence: Heuristic,
        category: ApplyFailure,
        profile: Default,
        world: Planned,
        subjects: ["databricks_instance_profile"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

const ARN: &str = races::PROFILE.attribute;

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let mut registered = races::uses(cx, races::PROFILE).peekable();
    if registered.peek().is_none() {
        return;
    }
    let waits = Waits::of(cx);
    for it in registered {
        match races::run(cx, &waits, races::PROFILE, it) {
            Some(races::Race { no_sleep: Tri::No, .. }) | None => out.pass(it),
            Some(races::Race { it, made, no_sleep, gap }) => {
                Race { it, profile: made, gap }.report(no_sleep, out);
            }
        }
    }
}

/// A registration, the new profile behind it, and what stands between them.
struct Race<'a> {
    it: Res<'a>,
    profile: Res<'a>,
    gap: Gap<'a>,
}

impl<'a> Race<'a> {
    fn report(&self, tri: Tri, out: &mut Findings<'_>) {
        let made = self.made();
        let likely = if tri == Tri::Yes { "" } else { "likely " };
        let mut draft = out
            .deny(tri, self.it, ARN, || self.message())
            .at(self.severity())
            .help(|| self.help())
            .related(self.profile, || {
                format!("the {likely}instance profile, {made} in this apply")
            });
        for (miss, sleep) in self.gap.misses.iter().take(3) {
            draft = draft.related(*sleep, || self.missed(*miss, *sleep));
        }
        if let Some(script) = self.gap.script {
            draft =
                draft.related(script, || "runs in between, it is not known how long".to_owned());
        }
        if let Some(slow) = self.gap.slow {
            draft.related(slow, || "takes minutes, and comes before the registration".to_owned());
        }
    }

    fn severity(&self) -> Severity {
        let covered = self.gap.script.is_some() || self.gap.slow.is_some();
        if covered || self.skips_validation() {
            Severity::Note
        } else if self.gap.misses.iter().any(|(miss, sleep)| self.covers_role(*miss, *sleep)) {
            Severity::Warning
        } else {
            Severity::Error
        }
    }

    fn skips_validation(&self) -> bool {
        // Not known yet: what is certain in both cases is a note.
        self.it.get("skip_validation").flag(false) != Tri::No
    }

    /// A sleep behind the role covers the profile in practice, which is made seconds after it.
    fn covers_role(&self, miss: Miss, sleep: Res<'_>) -> bool {
        let follows_role = || match self.profile.get("role").target(&["aws_iam_role"]).by_itself() {
            Target::Here(role) => sleep.is_after(role) == Tri::Yes,
            Target::OneOf(_) | Target::Lost(_) => true,
            Target::Elsewhere(_) | Target::Given(_) | Target::Unset => false,
        };
        miss == Miss::Beside && follows_role()
    }

    fn missed(&self, miss: Miss, sleep: Res<'_>) -> String {
        match self.covers_role(miss, sleep) {
            true => "waits for the role, not for the profile".to_owned(),
            false => miss.words("profile"),
        }
    }

    fn made(&self) -> &'static str {
        if self.profile.actions().replaces() { "replaced" } else { "created" }
    }

    fn message(&self) -> String {
        let (profile, made) = (self.profile.address(), self.made());
        let spelled =
            self.it.get(ARN).text().is_some() && self.it.is_after(self.profile) == Tri::No;
        let registered = if spelled {
            "registered by a spelled-out ARN, which does not even wait for the profile"
        } else if self.it.actions().update {
            "its registration moves there"
        } else {
            "registered with Databricks"
        };
        let why = match (self.gap.script, self.gap.slow, self.gap.misses.first()) {
            (Some(script), ..) => format!(
                " behind {} only, and how long that waits is not in the plan",
                script.address()
            ),
            (_, Some(slow), _) => {
                format!(" without a sleep; only the creation of {} gives IAM time", slow.address())
            }
            _ if spelled => String::new(),
            (.., Some((miss, sleep))) => format!(
                " without a wait for IAM: {} {}",
                sleep.address(),
                self.missed(*miss, *sleep)
            ),
            _ => " without a wait for IAM".to_owned(),
        };
        let skips = match self.skips_validation() {
            true => "; skip_validation lets that pass, but the first cluster may fail",
            false => "",
        };
        format!("{profile} is {made} in this apply and {registered}{why}{skips}")
    }

    fn help(&self) -> String {
        let arn = self.arn();
        let through = |sleep: &str| {
            format!("`triggers = {{ arn = {arn} }}` and register `{sleep}.triggers[\"arn\"]`")
        };
        let near = self.gap.misses.first().filter(|(_, sleep)| self.is_beside(*sleep));
        let mut text = match near.map(|(miss, sleep)| (miss, block(*sleep))) {
            Some((Miss::NoDuration, sleep)) => {
                format!("set `create_duration = \"60s\"` in {sleep}")
            }
            Some((Miss::Slept, sleep)) => format!(
                "let {sleep} sleep again whenever the profile is new: give it {}",
                through(&sleep)
            ),
            Some((_, sleep)) => format!("give {sleep} {}", through(&sleep)),
            None => format!(
                "put a `time_sleep` between them: `create_duration = \"60s\"`, {}",
                through("time_sleep.<name>")
            ),
        };
        if self.it.actions().update {
            text += "; the provider only edits the old registration, so replace that too: `lifecycle { replace_triggered_by = [...] }`";
        }
        text
    }

    fn is_beside(&self, other: Res<'_>) -> bool {
        self.it.raw().module == other.raw().module
    }

    /// What the author would put into the sleep.
    fn arn(&self) -> String {
        let own = if self.it.get(ARN).text().is_none() { self.expression() } else { None };
        own.unwrap_or_else(|| {
            if self.is_beside(self.profile) {
                format!("{}.arn", block(self.profile))
            } else {
                format!("<the ARN of {}>", self.profile.address())
            }
        })
    }

    /// The one reference that the registration takes its ARN from.
    fn expression(&self) -> Option<String> {
        let arguments = self.it.scope().graph.expr(&self.it.block()?.arguments)?;
        let Expr::Block(arguments) = arguments else { return None };
        let references = arguments.get(ARN).map(Expr::of)?.references();
        let [only] = references.as_slice() else { return None };
        let is_whole = only.ends_with(".arn")
            || ["local.", "module.", "var."].iter().any(|scope| only.starts_with(scope));
        is_whole.then(|| (*only).to_owned())
    }
}

/// How the instance's own module calls it.
fn block(res: Res<'_>) -> String {
    let key = res.key().map(ToString::to_string).unwrap_or_default();
    format!("{}.{}{key}", res.type_(), res.name())
}
