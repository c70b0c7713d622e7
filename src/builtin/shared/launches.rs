//! Who launches clusters with a role, and whether Databricks makes their VPC with it too.

use crate::{
    aws::policy::{Given, Request},
    estate::{Cell, Links, Row},
    facts::policies::{ASSUME_ROLE, EXTERNAL_ID},
    lint::EstateCx,
    plan::Tri,
};

use super::{account, control_plane};

/// For what Databricks uses a role.
#[derive(Clone, Copy, Debug)]
pub struct Launch<'a> {
    /// They name the role.
    pub credentials: &'a Row,
    /// One that launches clusters with the role; of several the one that needs most.
    pub workspace: Option<&'a Row>,
    /// Databricks makes its VPC.
    pub makes_vpc: bool,
    /// Whether it is used for that.
    pub sure: Tri,
}

impl<'a> Launch<'a> {
    /// None where no credentials name the role, or only those of log delivery do.
    pub fn of(cx: &EstateCx<'_>, links: &Links<'a>, role: &Row) -> Option<Launch<'a>> {
        // A log delivery that is left out may be what uses them.
        let left_out = cx.may_lack("databricks_mws_log_delivery");
        let unused = !(Tri::from(left_out) & Tri::Maybe);
        let registered = links.from(role, account::CREDENTIALS, "role").into_iter();
        let all = registered.filter_map(|(credentials, sure)| {
            let workspaces = links.from(credentials, account::WORKSPACE, "credentials");
            let uses = workspaces.into_iter().map(|(it, also)| (makes_vpc(it), it, also));
            match uses.max_by_key(|(makes_vpc, _, also)| (*also, *makes_vpc)) {
                Some((makes_vpc, it, also)) => {
                    Some(Launch { credentials, workspace: Some(it), makes_vpc, sure: sure & also })
                }
                None if is_for_logs(links, credentials, role) => None,
                None => {
                    let sure = sure & unused;
                    Some(Launch { credentials, workspace: None, makes_vpc: false, sure })
                }
            }
        });
        all.max_by_key(|it| (it.sure, it.workspace.is_some(), it.makes_vpc))
    }

    /// The `policy_type` of data.databricks_aws_crossaccount_policy that fits.
    pub fn policy_type(&self) -> &'static str {
        if self.makes_vpc { "managed" } else { "customer" }
    }

    /// What the workspace has to do with it.
    pub fn label(&self) -> &'static str {
        if self.makes_vpc {
            "uses the credentials, and has no network_id: Databricks makes its VPC"
        } else {
            "uses the credentials"
        }
    }
}

fn makes_vpc(workspace: &Row) -> bool {
    *workspace.cell("network") == Cell::Unset && workspace.tri("serverless") == Tri::No
}

/// Used for log delivery, or trusting nobody but that.
fn is_for_logs(links: &Links<'_>, credentials: &Row, role: &Row) -> bool {
    let root = Request::to(ASSUME_ROLE).with(EXTERNAL_ID, Given::Right);
    let trust = role.policy("trust");
    !links.from(credentials, account::LOG_DELIVERY, "credentials").is_empty()
        || control_plane::may(&trust, &root, None) != Tri::Yes
}
