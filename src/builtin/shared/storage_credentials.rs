//! Credentials of Unity Catalog, and the IAM roles behind them.

use crate::{
    aws::Arn,
    graph::{Res, Scope, Target, View},
    plan::{Mode, Tri},
};

use super::{account::ROLE, policies};

/// What Unity Catalog reaches AWS with.
pub const CREDENTIALS: &[&str] =
    &["databricks_credential", "databricks_metastore_data_access", "databricks_storage_credential"];

/// The argument that names a credential's role.
pub const ROLE_ARN: &str = "aws_iam_role.role_arn";

/// What writes the trust policy of a credential's role.
pub const TEMPLATE: &str = "databricks_aws_unity_catalog_assume_role_policy";
/// Its arguments that a credential shows.
const EXTERNAL_ID: &str = "external_id";
const CATALOG_ROLE: &str = "unity_catalog_iam_arn";

/// The role of the plan that a credential names, and whether it is that one: by reference, by an ARN of
/// its account and name, or because it trusts the external id of this credential. An equal name alone is
/// a `Maybe`.
pub fn role_of<'a>(scope: &'a Scope<'a>, credential: Res<'a>) -> Option<(Res<'a>, Tri)> {
    let arn = credential.get(ROLE_ARN);
    let managed = |role: &Res<'a>| role.mode() == Mode::Managed;
    match arn.target(ROLE).by_itself() {
        Target::Here(role) => Some((role, Tri::Yes)).filter(|(role, _)| managed(role)),
        Target::Elsewhere(text) => {
            let arn = Arn::parse(&text)?;
            let mut named = scope.identified(ROLE[0], arn.name()).into_iter().filter(managed);
            let Some(role) = named.next() else {
                // One of another name is another role.
                let unnamed = |role: &Res<'_>| role.get("name").text().is_none();
                let role = trusting(scope, credential).filter(unnamed);
                return role.map(|role| (role, Tri::Yes));
            };
            let trusts = trusts(role, credential);
            match role.account() {
                _ if trusts => Some((role, Tri::Yes)),
                Some(account) if Some(account.as_str()) == arn.account => Some((role, Tri::Yes)),
                Some(_) => None,
                None => Some((role, Tri::Maybe)),
            }
        }
        Target::Lost(_) => trusting(scope, credential).map(|role| (role, Tri::Yes)),
        Target::OneOf(_) | Target::Given(_) | Target::Unset => None,
    }
}

/// The role of the plan whose trust policy is made for a credential.
fn trusting<'a>(scope: &'a Scope<'a>, credential: Res<'a>) -> Option<Res<'a>> {
    scope.of(ROLE[0]).find(|role| trusts(*role, credential))
}

/// Whether the trust policy of a role is made for a credential: of the external id, or of the role of Unity
/// Catalog, that Databricks gave it.
fn trusts(role: Res<'_>, credential: Res<'_>) -> bool {
    let is_of = |view: &View<'_>| {
        let targets = view.targets(CREDENTIALS);
        targets.found.contains(&credential)
    };
    let policy = role.get("assume_role_policy");
    let Some(document) = policies::made_by(&policy) else { return is_of(&policy) };
    let in_statement = |it: View<'_>| {
        it.get("condition").items().any(|it| is_of(&it.get("values")))
            || it.get("principals").items().any(|it| is_of(&it.get("identifiers")))
    };
    [EXTERNAL_ID, CATALOG_ROLE].iter().any(|name| is_of(&document.get(name)))
        || document.get("statement").items().any(in_statement)
}
