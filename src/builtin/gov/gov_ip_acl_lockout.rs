//! IP access lists that keep out the machine that runs Terraform.

use crate::{
    aws::Range,
    builtin::shared::{
        ip_access_lists::{self, ENTRIES, Effect},
        states, workspace_conf,
        workspaces::{self, Workspaces},
    },
    estate::{Row, Rows},
    facts::workspace_conf::IP_ACCESS_LISTS,
    lint::{Check, EstateCx, Findings, PlanCx, Subject, TextForm},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds addresses of the machines that run Terraform which no enabled allow list of a workspace
    /// holds, or which an enabled block list holds. The addresses stand in the settings; without them the
    /// rule is silent:
    ///
    /// ```toml
    /// [rules.gov-ip-acl-lockout]
    /// deployer_cidrs = ["203.0.113.7/32"]
    /// ```
    ///
    /// ## Why is this bad?
    /// The API refuses a list that would keep its own caller out ("Your current IP … will not be allowed to
    /// access the workspace"), so the apply fails; and a list that is applied from elsewhere locks the
    /// pipeline out for good.
    /// Source: [databricks/terraform-provider-databricks#489](https://github.com/databricks/terraform-provider-databricks/issues/489);
    /// MicrosoftDocs/azure-docs#106727.
    ///
    /// ## How to fix it
    /// Add the address of the machine to an allow list, and take it out of block lists, before anything
    /// else:
    ///
    /// ```terraform
    /// resource "databricks_ip_access_list" "pipeline" {
    ///   label        = "pipeline"
    ///   list_type    = "ALLOW"
    ///   ip_addresses = ["203.0.113.7"]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Lists of the workspace that no plan of the run has; that a workspace gets its first allow list, where
    /// the settings name no address. Addresses that are known only after the apply make the finding
    /// possible; so do lists that a plan made with `-target` leaves out, a range of which a list holds a
    /// part, and private addresses, since the service sees the public one behind which they are. IP access
    /// lists [support only IPv4](https://docs.databricks.com/aws/en/security/network/front-end/ip-access-list-workspace):
    /// a machine that is named by its IPv6 address reaches the service from another one, and lists that hold
    /// nothing but IPv6 are refused or hold nobody; both make the finding possible. A workspace whose
    /// `enableIpAccessLists` is `false` in the run lets everybody in.
    pub static RULE = {
        id: "gov-ip-acl-lockout",
        summary: "IP access lists keep out the machine that runs Terraform",
        severity: Error,
        confidence: Heuristic,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_ip_access_list"],
        since: "0.1.0",
        params: [(
            "deployer_cidrs",
            Texts(&[], TextForm::Address),
            "Addresses and ranges from which Terraform is run"
        )],
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    workspaces::collect(cx, rows);
    workspace_conf::collect(cx, rows);
    ip_access_lists::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let workspaces = Workspaces::of(cx, &[workspace_conf::KIND, ip_access_lists::KIND]);
    let confs = workspaces.group(cx.of(workspace_conf::KIND));
    let lists = states::without_repeated(cx.of(ip_access_lists::KIND));
    let homeless: Vec<&Row> =
        lists.iter().copied().filter(|list| workspaces.of_row(list).is_none()).collect();
    let may_lack = |type_| Tri::from(cx.may_lack(type_)) & Tri::Maybe;
    for (at, lists) in workspaces.group(lists) {
        let own = confs.get(&at).map(Vec::as_slice).unwrap_or_default();
        let switches = own.iter().filter_map(|row| workspace_conf::switch(row, IP_ACCESS_LISTS));
        let is_off = Tri::any(switches.map(|on| !on)) | may_lack(workspace_conf::TYPE);
        let seen = Seen {
            in_force: !is_off,
            lists,
            homeless: &homeless,
            others: may_lack(ip_access_lists::TYPE),
        };
        for text in cx.params().texts("deployer_cidrs") {
            let Some(range) = ip_access_lists::read(text) else { continue };
            let runner = Runner { text, range };
            left_out(&seen, &runner, out);
            blocked(&seen, &runner, out);
        }
    }
}

/// From where Terraform is run.
struct Runner<'a> {
    text: &'a str,
    range: Range,
}

impl Runner<'_> {
    /// The service sees the public address behind which a private one is hidden, or the IPv4 address of
    /// whoever has an IPv6 one as well, and that is another.
    fn is_seen(&self) -> Tri {
        let is_hidden =
            ip_access_lists::is_private(self.range) || !ip_access_lists::can_hold(self.range);
        if is_hidden { Tri::Maybe } else { Tri::Yes }
    }

    /// Whether ranges hold it: for certain where they hold every address of it, not at all where none.
    fn is_in(&self, ranges: &[Range]) -> Tri {
        if Range::cover_together(ranges, self.range) {
            return Tri::Yes;
        }
        Tri::from(ranges.iter().any(|range| range.overlaps(self.range))) & Tri::Maybe
    }

    /// Whether a list holds it.
    fn is_held(&self, list: &Row) -> Tri {
        self.is_in(&ranges(list)) | list.tri("open")
    }
}

/// The lists of one workspace.
struct Seen<'a> {
    /// Whether the workspace looks at them.
    in_force: Tri,
    lists: Vec<&'a Row>,
    /// Lists of which the run does not tell the workspace: they may be of this one.
    homeless: &'a [&'a Row],
    /// Whether it may have lists that a plan leaves out.
    others: Tri,
}

/// Reports allow lists which together do not hold a runner.
fn left_out(seen: &Seen<'_>, runner: &Runner<'_>, out: &mut Findings<'_>) {
    let allow = |list: &Row| ip_access_lists::has(list, Effect::Allow);
    let any = Tri::any(seen.lists.iter().map(|list| allow(list)));
    let sure = seen.lists.iter().filter(|list| allow(list) == Tri::Yes);
    let together: Vec<Range> = sure.flat_map(|list| ranges(list)).collect();
    let each = seen.lists.iter().map(|list| allow(list) & runner.is_held(list));
    let elsewhere =
        seen.homeless.iter().map(|list| allow(list) & runner.is_held(list) & Tri::Maybe);
    // Whether the API takes a list of IPv6 alone, and what it then does, is not documented.
    let is_foreign =
        !together.is_empty() && !together.iter().any(|it| ip_access_lists::can_hold(*it));
    let is_held = runner.is_in(&together)
        | Tri::any(each)
        | Tri::any(elsewhere)
        | seen.others
        | (Tri::from(is_foreign) & Tri::Maybe);
    let members: Vec<&&Row> = seen.lists.iter().filter(|list| allow(list) != Tri::No).collect();
    let subjects: Vec<Subject> = members.iter().map(|list| Subject::from(**list)).collect();
    out.deny_group(
        seen.in_force & any & !is_held & runner.is_seen(),
        subjects,
        ENTRIES,
        "another allow list of the workspace",
        |_| {
            let labels: Vec<&str> = members.iter().map(|list| label(list)).collect();
            format!(
                "{} is in no allow list ({}), and Terraform is run from there",
                runner.text,
                labels.join(", ")
            )
        },
    )
    .key(runner.text)
    .help(|| match ip_access_lists::can_hold(runner.range) {
        true => format!("add {} to an allow list before the others are applied", runner.text),
        false => "lists hold only IPv4: name the IPv4 address of the machine in `deployer_cidrs`"
            .to_owned(),
    });
}

/// Reports block lists that hold a runner.
fn blocked(seen: &Seen<'_>, runner: &Runner<'_>, out: &mut Findings<'_>) {
    for list in &seen.lists {
        let is_hit = ip_access_lists::has(list, Effect::Block) & runner.is_held(list);
        out.deny(seen.in_force & is_hit & runner.is_seen(), *list, ENTRIES, || {
            format!(
                "block list {} keeps out {}, from which Terraform is run",
                label(list),
                runner.text
            )
        })
        .key(runner.text)
        .help(|| "take the address out of the list".to_owned());
    }
}

/// The addresses of a list, as far as they can be read.
fn ranges(list: &Row) -> Vec<Range> {
    ip_access_lists::entries(list).filter_map(ip_access_lists::read).collect()
}

fn label(list: &Row) -> &str {
    list.cell("label").show()
}
