//! Credentials of Unity Catalog, and the IAM roles behind them.

use crate::{
    aws::Arn,
    graph::{Res, Scope, Target},
    plan::{Mode, Tri},
};

use super::{account::ROLE, policies};

/// What Unity Catalog reaches AWS with.
pub const CREDENTIALS: &[&str] =
    &["databricks_credential", "databricks_metastore_data_access", "databricks_storage_credential"];

/// The argument that names a credential's role.
pub const ROLE_ARN: &str = "aws_iam_role.role_arn";

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
            let role = named.next()?;
            let trusts = trusts(role, credential);
            match role.account() {
                _ if trusts => Some((role, Tri::Yes)),
                Some(account) if Some(account.as_str()) == arn.account => Some((role, Tri::Yes)),
                Some(_) => None,
                None => Some((role, Tri::Maybe)),
            }
        }
        Target::Lost(_) => {
            scope.of(ROLE[0]).find(|role| trusts(*role, credential)).map(|role| (role, Tri::Yes))
        }
        Target::OneOf(_) | Target::Given(_) | Target::Unset => None,
    }
}

/// Whether the trust policy of a role is made for the external id of a credential.
fn trusts(role: Res<'_>, credential: Res<'_>) -> bool {
    let Some(document) = policies::made_by(&role.get("assume_role_policy")) else { return false };
    let id = document.get("external_id").target(CREDENTIALS);
    id.here().is_some_and(|it| it == credential)
}
