//! What the network of a live workspace is made of is replaced.

use crate::{
    builtin::shared::{
        in_use::{self, InUse},
        reason,
    },
    estate::{Cell, Links, Row, Rows},
    facts::mws,
    graph::Res,
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds VPCs, subnets, security groups and endpoints that the plan replaces or destroys although a
    /// registered network names them that a workspace which stays is attached to, in whichever plan of the
    /// run. Parts of a network whose successor is made first, and given to the workspace, may go.
    ///
    /// ## Why is this bad?
    /// The registered network is replaced with them, which is refused while a workspace is attached
    /// (`chg-network-replace-while-attached`), and AWS does not delete a subnet or a security group in which
    /// the interfaces of running clusters are. The apply fails halfway, with some of it gone.
    /// Source: [Updating a workspace's network](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/mws_networks#modifying-networks-on-running-workspaces-aws-only),
    /// [DeleteSubnet](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html), "You
    /// must terminate all running instances in the subnet".
    ///
    /// ## How to fix it
    /// Take the edit back. Where it has to be, make new subnets, groups or endpoints beside the old ones,
    /// register a new network with them, move the workspace while nothing runs, and take the old ones away
    /// in a later apply:
    ///
    /// ```hcl
    /// resource "aws_subnet" "private_v2" {
    ///   for_each   = local.zones
    ///   vpc_id     = aws_vpc.this.id
    ///   cidr_block = each.value
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Networks of no plan of the run; and workspaces of none, where the state of the network has no id of
    /// one. Whether the state of a network that goes for good says `create_before_destroy`: where its
    /// workspace gets another in the same apply, the finding is possible.
    pub static RULE = {
        id: "chg-vpc-core-replace",
        summary: "replacement of VPC, subnet, security group or endpoint under a live workspace",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: Change,
        subjects: ["aws_security_group", "aws_subnet", "aws_vpc", "aws_vpc_endpoint"],
        since: "0.1.0",
        no_unknown: "a plan always knows what it destroys, and what was attached to what before",
        check: Check::Estate { collect, judge },
    }
}

/// A network that was there before. Cells: `parts` (ids of all that it named), `holder`.
const NETWORK: &str = "network";
/// A registered endpoint that was there before. Cell: `endpoint`.
const REGISTERED: &str = "registered";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    in_use::collect(cx, rows, RULE.subjects);
    for it in in_use::existing(cx, "databricks_mws_networks") {
        rows.add(NETWORK, it).with("parts", parts(it)).with("holder", in_use::holder(it));
    }
    for it in in_use::existing(cx, "databricks_mws_vpc_endpoint") {
        rows.add(REGISTERED, it)
            .with("endpoint", in_use::id(&it.before().get("aws_vpc_endpoint_id")));
    }
}

fn parts(network: Res<'_>) -> Cell {
    let each = mws::PARTS_OF_NETWORK.iter().map(|name| in_use::ids(&network.before().get(name)));
    Cell::List(each.collect())
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let (links, in_use) = (Links::of(cx), InUse::of(cx));
    for gone in cx.of(in_use::GONE) {
        let networks = networks(&links, gone);
        let needed = |network: &&Row| needed(&in_use, gone, network);
        let Some(network) = networks.iter().copied().max_by_key(needed) else { continue };
        let (sentence, attribute) = reason::told(gone);
        let workspaces: Vec<&Row> =
            in_use.attached(network).iter().filter_map(|(row, _)| *row).collect();
        let mut draft = out
            .deny(needed(&network), gone, attribute, || {
                let of = match workspaces.is_empty() {
                    true => format!("workspace {}", in_use::shown(network, "holder")),
                    false => in_use::names(workspaces.iter().copied()),
                };
                format!("{sentence}, while {} has it and {of} is attached to that", network.address)
            })
            .help(|| {
                "take the edit back, or make another beside it and move the workspace first"
                    .to_owned()
            })
            .related(network, || "the network that has it".to_owned());
        for workspace in workspaces {
            draft = draft
                .related_at(workspace, "network_id", || "is attached to it, and stays".to_owned());
        }
        reason::blame_row(draft, gone);
    }
}

/// Whether a workspace still has it by way of a network when it is destroyed.
fn needed(in_use: &InUse<'_>, gone: &Row, network: &Row) -> Tri {
    let attached = in_use.attached(network);
    let stays = Tri::any(attached.iter().map(|(_, kept)| *kept));
    let is_first = gone.actions.create && !gone.actions.create_first;
    if is_first || !network.actions.delete {
        return stays;
    }
    // It goes after a network that itself goes after its workspaces have another.
    let users = in_use.by(network);
    let needs = Tri::any(users.iter().map(|user| user.needs));
    let is_unseen = users.is_empty() && network.actions.create_first;
    match (users.is_empty(), is_unseen || gone.unit != network.unit) {
        (true, false) => stays,
        (true, true) => stays & Tri::Maybe,
        (false, is_apart) => needs | (stays & Tri::from(is_apart) & Tri::Maybe),
    }
}

/// The networks that named it, or the endpoint that it is registered as.
fn networks<'a>(links: &Links<'a>, gone: &Row) -> Vec<&'a Row> {
    let direct = links.from(gone, NETWORK, "parts");
    let registered = links.from(gone, REGISTERED, "endpoint").into_iter();
    let behind = registered.flat_map(|(endpoint, _)| links.from(endpoint, NETWORK, "parts"));
    direct
        .into_iter()
        .chain(behind)
        .filter(|(_, sure)| *sure == Tri::Yes)
        .map(|(row, _)| row)
        .collect()
}
