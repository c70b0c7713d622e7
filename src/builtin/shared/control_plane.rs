//! Databricks' own side in policies: the AWS accounts of its control plane, and which of its principals
//! is meant.

use crate::{
    aws::{
        Arn,
        policy::{Document, Effect, Given, Principal, Request, Statement, Who},
    },
    facts::{
        accounts::{DEPLOYMENTS, Deployment, deployment_of},
        policies::{
            ASSUME_ROLE, CALLER_ACCOUNT, CUSTOMER_TAG, OF_CONTROL_PLANE, PRINCIPAL_ACCOUNT,
            PRINCIPAL_ARN,
        },
    },
    plan::Tri,
};

/// Who of Databricks a principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// The account of a control plane, and with it all its roles.
    ControlPlane,
    /// The role that delivers logs.
    LogDelivery,
    /// The role of Unity Catalog.
    UnityCatalog,
    /// Another role of that account.
    Other,
}

/// The control planes of an AWS partition; of every one where that is not known.
pub fn of(partition: Option<&str>) -> impl Iterator<Item = &'static Deployment> {
    DEPLOYMENTS.iter().filter(move |it| partition.is_none_or(|name| it.partition == name))
}

/// Which principal of Databricks this is, of which deployment; none for anybody else, and for what is
/// not known.
pub fn party(principal: &Principal) -> Option<(Party, &'static Deployment)> {
    let who = principal.who.known().filter(|_| principal.kind == "AWS")?;
    let Some(arn) = Arn::parse(who) else {
        return deployment_of(who).map(|it| (Party::ControlPlane, it));
    };
    let deployment = deployment_of(arn.account?)?;
    let party = if arn.is_root() {
        Party::ControlPlane
    } else if who == deployment.log_delivery_role {
        Party::LogDelivery
    } else if who == deployment.unity_catalog_role {
        Party::UnityCatalog
    } else {
        Party::Other
    };
    Some((party, deployment))
}

/// Statements of a trust policy that let the control plane assume the role, or one of its roles but
/// that of Unity Catalog; each with how sure that is, and the principal.
pub fn trusting(trust: &Document) -> impl Iterator<Item = (&Statement, &Principal, Tri)> {
    trust.statements.iter().filter_map(|it| {
        let named = it.principals.as_ref().filter(|list| !list.is_not)?;
        let is_theirs = |principal: &&Principal| {
            party(principal).is_some_and(|(party, _)| party != Party::UnityCatalog)
        };
        let principal = named.items.iter().find(is_theirs)?;
        let sure = it.is(Effect::Allow) & it.covers_action(ASSUME_ROLE);
        (sure != Tri::No).then_some((it, principal, sure))
    })
}

/// A request as the control plane of a deployment makes it. That it is bound to the right customer is left
/// to who asks.
pub fn carrying<'a>(request: Request<'a>, by: &Deployment) -> Request<'a> {
    let account = || by.control_plane.to_owned();
    let request = OF_CONTROL_PLANE
        .iter()
        .fold(request, |it, (key, value)| it.with(key, Given::Is((*value).to_owned())));
    let request = request.with(PRINCIPAL_ACCOUNT, Given::Is(account()));
    request.with(CALLER_ACCOUNT, Given::Is(account())).by(Who::Account(account()))
}

/// Whether a policy allows a request to the control plane of a partition, whose customer is the right one.
pub fn may(policy: &Document, request: &Request<'_>, partition: Option<&str>) -> Tri {
    let request = request.clone().with(CUSTOMER_TAG, Given::Right);
    let by = |it: &Deployment| {
        let account = format!("arn:{}:iam::{}:", it.partition, it.control_plane);
        carrying(request.clone(), it).with(PRINCIPAL_ARN, Given::RoleOf(account))
    };
    Tri::any(of(partition).map(|it| policy.allows(&by(it))))
}

/// Whether a policy denies a request to every control plane of a partition, whatever else is known of it.
pub fn is_denied(policy: &Document, request: &Request<'_>, partition: Option<&str>) -> bool {
    let denies = |it: &Statement, request: &Request<'_>| {
        it.conditions.is_empty() && it.is(Effect::Deny) & it.applies_to(request) == Tri::Yes
    };
    of(partition)
        .map(|by| carrying(request.clone(), by))
        .all(|request| policy.statements.iter().any(|it| denies(it, &request)))
}

/// Whether a trust policy lets in anybody who is not certainly Databricks.
pub fn lets_others_in(trust: &Document) -> bool {
    let is_databricks = |who: &Principal| {
        let Some(text) = who.who.known() else { return false };
        let account = Arn::parse(text).map_or(Some(text), |arn| arn.account);
        account.is_some_and(|account| deployment_of(account).is_some())
    };
    trust.statements.iter().any(|it| {
        let lets_in = it.is(Effect::Allow) != Tri::No && it.covers_action(ASSUME_ROLE) != Tri::No;
        // Services and federated users are no role.
        let named = it.principals.as_ref().filter(|list| !list.is_not).map(|list| &list.items);
        lets_in
            && named.is_none_or(|all| {
                let mut roles = all.iter().filter(|it| matches!(it.kind.as_str(), "*" | "AWS"));
                roles.any(|it| !is_databricks(it))
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::policy::Text;

    #[test]
    fn parties() {
        let of = |who: &str| {
            let who = Text::Known(who.to_owned());
            party(&Principal { kind: "AWS".to_owned(), who }).map(|(party, it)| (party, it.name))
        };
        assert_eq!(of("414351767826"), Some((Party::ControlPlane, "aws")));
        let gov = "arn:aws-us-gov:iam::044793339203:root";
        assert_eq!(of(gov), Some((Party::ControlPlane, "aws-us-gov")));
        for it in DEPLOYMENTS {
            assert_eq!(of(it.log_delivery_role), Some((Party::LogDelivery, it.name)));
            assert_eq!(of(it.unity_catalog_role), Some((Party::UnityCatalog, it.name)));
        }
        assert_eq!(of("arn:aws:iam::414351767826:role/x"), Some((Party::Other, "aws")));
        assert_eq!(of("arn:aws:iam::111122223333:root"), None);
        assert_eq!(of("*"), None);
    }

    #[test]
    fn the_account_that_asks() {
        let of = |account: &str| {
            let text = format!(
                r#"{{"Statement":{{"Effect":"Allow","Action":"kms:*","Resource":"*","Principal":"*",
                "Condition":{{"StringEquals":{{"kms:CallerAccount":"{account}"}}}}}}}}"#
            );
            may(&Document::parse(&text).unwrap(), &Request::to("kms:Decrypt"), Some("aws"))
        };
        assert_eq!(of("414351767826"), Tri::Yes);
        assert_eq!(of("111122223333"), Tri::No);
    }

    #[test]
    fn what_requests_carry() {
        let of = |key: &str, value: &str| {
            let text = format!(
                r#"{{"Statement":{{"Effect":"Allow","Action":"kms:*","Resource":"*","Principal":"*",
                "Condition":{{"Bool":{{"{key}":"{value}"}}}}}}}}"#
            );
            may(&Document::parse(&text).unwrap(), &Request::to("kms:Decrypt"), Some("aws"))
        };
        assert_eq!(of("aws:SecureTransport", "true"), Tri::Yes);
        assert_eq!(of("aws:SecureTransport", "false"), Tri::No);
        assert_eq!(of("aws:PrincipalIsAWSService", "false"), Tri::Yes);
        assert_eq!(of("aws:PrincipalIsAWSService", "true"), Tri::No);
        // By way of S3 or not: nobody knows here.
        assert_eq!(of("aws:ViaAWSService", "false"), Tri::Maybe);
    }

    #[test]
    fn partitions() {
        let policy = Document::parse(
            r#"{"Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*",
            "Principal":{"AWS":"arn:aws:iam::414351767826:root"},
            "Condition":{"StringEquals":{"aws:PrincipalTag/DatabricksAccountId":"7b1e"}}}}"#,
        )
        .unwrap();
        let request = Request::to("kms:Decrypt");
        assert_eq!(may(&policy, &request, Some("aws")), Tri::Yes);
        assert_eq!(may(&policy, &request, None), Tri::Yes);
        assert_eq!(may(&policy, &request, Some("aws-us-gov")), Tri::No);
    }
}
