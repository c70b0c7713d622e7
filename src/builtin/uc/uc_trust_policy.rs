//! A role that Unity Catalog cannot assume, or that cannot assume itself.

use crate::{
    aws::{
        Arn,
        policy::{Document, Given, Request, Who},
    },
    builtin::shared::{
        account::ROLE,
        control_plane,
        roles::{self, OwnArns, Roles},
        storage_credentials::{CREDENTIALS, ROLE_ARN, TEMPLATE, role_of},
    },
    estate::{Links, Named, Row, Rows},
    facts::{
        accounts::DEPLOYMENTS,
        policies::{ASSUME_ROLE, EXTERNAL_ID, PRINCIPAL_ACCOUNT, PRINCIPAL_ARN},
    },
    graph::{Cause, Target},
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Reads the trust policy of every `aws_iam_role` behind a storage credential, a service credential
    /// or a data access of a metastore. It has to let in the role of Unity Catalog under an external id,
    /// and the role itself; and where it lets itself in through its account, another policy has to allow
    /// it `sts:AssumeRole`. A role that names itself before it exists is found as well.
    ///
    /// ## Why is this bad?
    /// Unity Catalog assumes the role, and the role then assumes itself: that keeps others from using it.
    /// Without either the credential, or the first location of it, fails during the apply. Without
    /// `sts:ExternalId` any account of Databricks could be made to use the role. And IAM looks up every role
    /// that a trust policy names, so that one which does not exist yet is refused
    /// ("MalformedPolicyDocument: Invalid principal in policy").
    /// Source: [databricks_aws_unity_catalog_assume_role_policy](https://registry.terraform.io/providers/databricks/databricks/latest/docs/data-sources/aws_unity_catalog_assume_role_policy);
    /// [Storage credentials](https://docs.databricks.com/aws/en/connect/unity-catalog/cloud-storage/s3/s3-external-location-manual);
    /// databricks/terraform-databricks-sra#37.
    ///
    /// ## How to fix it
    /// Let the provider write both policies:
    ///
    /// ```terraform
    /// data "databricks_aws_unity_catalog_assume_role_policy" "lake" {
    ///   aws_account_id = "111122223333"
    ///   role_name      = "uc-lake"
    ///   external_id    = databricks_storage_credential.lake.aws_iam_role[0].external_id
    /// }
    ///
    /// resource "aws_iam_role" "lake" {
    ///   name               = "uc-lake"
    ///   assume_role_policy = data.databricks_aws_unity_catalog_assume_role_policy.lake.json
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Roles and policies that no plan of the run has, and policies of which the plan shows nothing. A trust
    /// policy of which a part is known only after the apply makes the finding possible, and so does a credential
    /// that fits the role by its name only, because the plan does not tell the account of the role. Where the
    /// account of the role or its name is not told, the role may be whoever else the trust policy lets in:
    /// the finding is possible.
    pub static RULE = {
        id: "uc-trust-policy",
        summary: "role of a credential does not trust Unity Catalog and itself",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["aws_iam_role"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// A credential. Cells: `role`, `arn` (of it, as the credential has it), `master` (the role of Unity Catalog
/// that uses it, where it is known).
const CREDENTIAL: &str = "credential";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    roles::collect(cx, rows);
    for it in CREDENTIALS.iter().flat_map(|kind| cx.of(kind)) {
        let role = match (it.get(ROLE_ARN).target(ROLE), role_of(cx, it)) {
            // The trust policy shows what the name alone does not.
            (Target::Elsewhere(_), Some((role, Tri::Yes))) => Target::Here(role),
            (target, _) => target,
        };
        rows.add(CREDENTIAL, it)
            .with("role", role)
            .with("arn", it.get(ROLE_ARN))
            .with("master", it.get("aws_iam_role.unity_catalog_iam_arn"));
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let (links, roles) = (Links::of(cx), Roles::of(cx));
    for role in cx.of(roles::KIND).filter(|role| role.tri("managed") == Tri::Yes) {
        let credentials = links.from(role, CREDENTIAL, "role");
        let Some((credential, _)) = credentials.first() else { continue };
        let sure = Tri::any(credentials.iter().map(|(_, sure)| *sure));
        let trust = &role.policy("trust");
        if trust.is_partial && trust.statements.is_empty() {
            out.blind(Cause::Apply, role);
            continue;
        }
        let own = OwnArns::of(role, credential.text("arn"), trust);
        let case = Case { role, credential, sure, own, trust };
        case.master(out);
        case.itself(out);
        case.permission(&roles, out);
    }
}

/// A role, a credential that uses it, and whether it does.
struct Case<'a> {
    role: &'a Row,
    credential: &'a Row,
    sure: Tri,
    own: OwnArns,
    trust: &'a Document,
}

impl Case<'_> {
    fn report(&self, tri: Tri, key: &str, message: &str, help: &str, out: &mut Findings<'_>) {
        out.deny(self.sure & tri, self.role, "assume_role_policy", || message.to_owned())
            .key(key)
            .help(|| help.to_owned())
            .related_at(self.credential, ROLE_ARN, || "the credential that uses it".to_owned());
    }

    /// Who asks for Unity Catalog, with the ARN: its role of each deployment, that which the credential shows,
    /// and whatever a trust policy has from the credential.
    fn masters(&self) -> Vec<(Request<'static>, Given)> {
        let by = |names| Request::to(ASSUME_ROLE).by(Who::Role(names));
        let known = DEPLOYMENTS.iter().map(|it| it.unity_catalog_role);
        let known = known.chain(self.credential.text("master")).map(str::to_owned);
        let shown = Named::itself(self.credential).texts();
        known
            .map(|arn| (by(vec![arn.clone()]), Given::Is(arn)))
            .chain([(by(shown), Given::Right)])
            .collect()
    }

    /// Unity Catalog comes in, and under an external id only.
    fn master(&self, out: &mut Findings<'_>) {
        let masters = self.masters();
        let lets_in = Tri::any(masters.iter().map(|(by, arn)| {
            let by = by.clone().with(PRINCIPAL_ARN, arn.clone());
            self.trust.allows(&by.with(EXTERNAL_ID, Given::Right))
        }));
        self.report(
            !lets_in,
            "master",
            "does not trust the role of Unity Catalog, which is to assume it",
            "let data.databricks_aws_unity_catalog_assume_role_policy write the trust policy",
            out,
        );
        // What is asked of an id that is not given is no certain yes, and no certain denial.
        let without_id =
            Tri::any(masters.iter().map(|(by, _)| Tri::from(self.trust.permits(by) == Tri::Yes)));
        self.report(
            without_id,
            "external-id",
            "lets Unity Catalog in without asking for sts:ExternalId",
            "ask for the external id of the credential in a condition",
            out,
        );
    }

    /// The role comes in itself; but one that is created cannot be named by its ARN.
    fn itself(&self, out: &mut Findings<'_>) {
        self.report(
            !self.assumes_itself(),
            "self",
            "does not trust itself, and a role of Unity Catalog has to assume itself",
            "trust the root of the account with a condition ArnLike aws:PrincipalArn of the role's own ARN",
            out,
        );
        let is_new = self.role.actions.create && !self.role.actions.delete;
        self.report(
            Tri::from(is_new) & self.is_named(),
            "create",
            "names itself in its trust policy before it exists, which IAM refuses",
            "trust the root of the account with a condition ArnLike aws:PrincipalArn of the role's own ARN",
            out,
        );
    }

    fn assumes_itself(&self) -> Tri {
        // Where nothing shows its ARN, whoever else is let in may be the role.
        let may_be =
            self.trust.is_partial || self.own.is_guess && control_plane::lets_others_in(self.trust);
        let lets_in = Tri::any(self.own.arns.iter().map(|arn| {
            let by = Request::to(ASSUME_ROLE).by(Who::Role(vec![arn.clone()]));
            let by = by.with(PRINCIPAL_ARN, Given::Is(arn.clone()));
            let account = Arn::parse(arn).and_then(|arn| arn.account).unwrap_or_default();
            let by = by.with(PRINCIPAL_ACCOUNT, Given::Is(account.to_owned()));
            self.trust.allows(&by.with(EXTERNAL_ID, Given::Right))
        }));
        lets_in | Tri::from(may_be) & Tri::Maybe
    }

    /// Whether the trust policy names the role by its ARN. Where its account is not known, a role of the
    /// same name may be meant.
    fn is_named(&self) -> Tri {
        let admitted = self.trust.admitted(ASSUME_ROLE);
        let known = admitted.iter().filter_map(|(principal, _)| principal.who.known());
        let is_named = known.into_iter().any(|who| self.own.arns.iter().any(|arn| arn == who));
        Tri::from(is_named) & if self.has_account() { Tri::Yes } else { Tri::Maybe }
    }

    fn has_account(&self) -> bool {
        !roles::arns(self.role).is_empty()
    }

    /// Where the account lets the role in, a policy of its own has to as well.
    fn permission(&self, roles: &Roles<'_>, out: &mut Findings<'_>) {
        if self.is_named() != Tri::No || self.assumes_itself() != Tri::Yes {
            return;
        }
        let permissions = roles.permissions(self.role);
        // Who takes the one template takes the other.
        if self.role.text("template") == Some(TEMPLATE) && permissions.held_by.is_empty() {
            out.blind(Cause::NotInRun, self.role);
            return;
        }
        let names =
            Named::itself(self.role).texts().into_iter().chain(self.own.arns.iter().cloned());
        let allowed = permissions.document.allows(&Request::to(ASSUME_ROLE).on(names));
        if permissions.has_unseen && allowed == Tri::Maybe {
            out.blind(Cause::Apply, self.role);
            return;
        }
        // Without any policy in the run they stand elsewhere.
        let seen = if permissions.held_by.is_empty() { Tri::Maybe } else { Tri::Yes };
        // Its trust policy is right as it is.
        let mut draft = out
            .deny(self.sure & !allowed & seen, self.role, (), || {
                "may not assume itself: no policy of it allows sts:AssumeRole on its own ARN"
                    .to_owned()
            })
            .key("permission")
            .help(|| {
                "let data.databricks_aws_unity_catalog_policy write the policy of the role"
                    .to_owned()
            })
            .related_at(self.credential, ROLE_ARN, || "the credential that uses it".to_owned());
        for holder in permissions.held_by.iter().take(3).filter(|it| !it.is(self.role)) {
            draft = draft.related(*holder, || "gives the role permissions".to_owned());
        }
    }
}
