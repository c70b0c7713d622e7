//! Outcomes for tests: an everyday one, and one whose every string is hostile.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::lint::{
    Accepted, Allowed, Approval, Blind, By, Category, Caveat, CaveatKind, Change, Confidence,
    Coverage, Dependent, Edit, Excerpt, Failure, FailureKind, FileLine, Finding, InputInfo, Loss,
    Mark, Outcome, Param, ParamValue, Place, Precision, Profile, Related, RuleMeta, ScriptError,
    ScriptFailure, Severity, Snippet, SourceProblem, SourceSpan, Spot, Summary, Tier, Unused,
    Verdict, Wanted, World,
};

pub(crate) const DOCS: &str = "\
## What it does
Finds a metastore assignment whose workspace lies in another region than the metastore.

## Why is this bad?
The API refuses it, after everything before it was created:

```text
Error: cannot create metastore assignment
```

## How to fix it
Assign the workspace to the metastore of its own region.

- One metastore per region and account is the limit.
- A metastore's region cannot be changed.

## What it cannot see
A workspace whose region is known only after the apply.";

pub(crate) fn rule(id: &'static str, severity: Severity, category: Category) -> RuleMeta {
    RuleMeta {
        id: Cow::Borrowed(id),
        summary: Cow::Borrowed("workspace and metastore are in different regions"),
        severity,
        also: vec![(Severity::Note, Cow::Borrowed("when the metastore is not of this run"))],
        confidence: Confidence::Certain,
        category,
        profile: Profile::Default,
        world: World::State,
        subjects: vec![Cow::Borrowed("databricks_metastore_assignment")],
        since: Cow::Borrowed("0.1.0"),
        params: vec![Param {
            name: Cow::Borrowed("regions"),
            doc: Cow::Borrowed("Regions to leave out."),
            default: ParamValue::Texts(vec![Cow::Borrowed("us-gov-west-1")]),
            allowed: Allowed::Anything,
        }],
        docs: Cow::Borrowed(DOCS),
        file: Cow::Owned(format!("src/builtin/{}.rs", id.replace('-', "_"))),
        is_shipped: true,
    }
}

pub(crate) fn place(unit: &str, address: &str, attribute: &str) -> Place {
    let attribute = (!attribute.is_empty()).then(|| attribute.to_owned());
    Place { unit: unit.to_owned(), address: address.to_owned(), attribute }
}

fn related(place: Place, label: &str) -> Related {
    Related { place, label: label.to_owned(), source: None }
}

fn excerpt(text: &str, mark: &str) -> Option<Arc<Excerpt>> {
    let start = text.find(mark).unwrap();
    Some(Arc::new(Excerpt { text: text.to_owned(), mark: start..start + mark.len() }))
}

fn input(unit: &str, resources: usize) -> InputInfo {
    InputInfo {
        unit: unit.to_owned(),
        path: format!("{unit}/tfplan.json"),
        kind: "plan",
        terraform_version: "1.11.4".to_owned(),
        resources,
        judged: resources / 2,
        complete: true,
        errored: false,
        caveats: Vec::new(),
    }
}

fn finding(rule: &RuleMeta, place: Place, message: &str) -> Finding {
    Finding {
        rule: rule.id.clone(),
        severity: rule.severity,
        verdict: Verdict::Definite,
        category: rule.category,
        change: Change::Introduced,
        place,
        deposed: None,
        message: message.to_owned(),
        help: None,
        related: Vec::new(),
        peers: Vec::new(),
        fingerprint_before: None,
        written: None,
        actions: vec!["create"],
        cause: None,
        loss: None,
        source: None,
        excerpt: None,
        picture: Vec::new(),
        fingerprint: "0123456789abcdef".to_owned(),
    }
}

fn region() -> RuleMeta {
    rule("uc-assignment-region", Severity::Error, Category::ApplyFailure)
}

fn bucket() -> RuleMeta {
    rule("s3-root-bucket-public", Severity::Warning, Category::Security)
}

fn cluster() -> RuleMeta {
    rule("compute-no-autotermination", Severity::Note, Category::Cost)
}

const ASSIGNMENT: &str = "\
resource \"databricks_metastore_assignment\" \"this\" {
  metastore_id = databricks_metastore.main.id
  workspace_id = 2884114923451234
}";

const SUBNETS: &str = "\
resource \"aws_security_group\" \"data_plane\" {
  name = \"dbx-data-plane\"

  ingress {
    from_port   = 0
    to_port     = 65535
    protocol    = \"tcp\"
    cidr_blocks = [\"0.0.0.0/0\"]
  }
}";

/// Three plans with findings of every severity, verdict and change.
pub(crate) fn everyday() -> Outcome {
    let (region, bucket, cluster) = (region(), bucket(), cluster());
    let assignment = "module.workspace[\"eu\"].databricks_metastore_assignment.this";
    let mut first = finding(
        &region,
        place("live/prod/workspace", assignment, "metastore_id"),
        "metastore `main` is in us-east-1, but workspace `prod-eu` is in eu-west-1",
    );
    first.help = Some("assign the workspace to the metastore of eu-west-1".to_owned());
    first.related = vec![
        related(first.place.clone(), "a metastore in us-east-1"),
        related(
            place("live/account", "databricks_metastore.main", "region"),
            "the metastore, in us-east-1",
        ),
        related(
            place("live/prod/workspace", "databricks_mws_workspaces.this[0]", "aws_region"),
            "the workspace, in eu-west-1",
        ),
    ];
    first.excerpt = excerpt(ASSIGNMENT, "metastore_id = databricks_metastore.main.id");

    let mut open = finding(
        &bucket,
        place("live/prod/network", "aws_security_group.data_plane", "ingress[0].cidr_blocks"),
        "the data plane accepts connections from everywhere, on every port, although Databricks \
         only ever connects outwards from it",
    );
    open.change = Change::Standing;
    open.actions = vec!["no-op"];
    open.help = Some(
        "allow only the group itself:\n  ingress {\n    self = true\n  }\nand nothing else"
            .to_owned(),
    );
    open.excerpt = excerpt(SUBNETS, "[\"0.0.0.0/0\"]");
    open.fingerprint = "1111111111111111".to_owned();

    let mut idle = finding(
        &cluster,
        place("live/prod/workspace", "databricks_cluster.shared", "autotermination_minutes"),
        "the cluster may never stop by itself",
    );
    idle.verdict = Verdict::Possible;
    idle.actions = vec!["delete", "create"];
    idle.fingerprint = "2222222222222222".to_owned();

    Outcome {
        approval: None,
        inputs: vec![input("live/account", 41), input("live/prod/network", 210), {
            let mut input = input("live/prod/workspace", 1204);
            input.complete = false;
            input.caveats = vec![Caveat { kind: CaveatKind::Targeted, details: Vec::new() }];
            input
        }],
        blocking: BTreeSet::from([first.fingerprint.clone()]),
        findings: vec![first, open, idle],
        accepted: Vec::new(),
        unused: Vec::new(),
        failures: Vec::new(),
        coverage: vec![Coverage {
            rule: "compute-no-autotermination".to_owned(),
            judged: 3,
            open: 1,
            definite: 0,
            possible: 1,
            blind: BTreeMap::from([((Blind::Apply, "live/prod/workspace".to_owned()), 1)]),
        }],
        rules: vec![Arc::new(cluster), Arc::new(bucket), Arc::new(region)],
        unread: Vec::new(),
        skipped: 2,
        summary: Summary {
            error: 1,
            warning: 1,
            note: 0,
            possible: 4,
            introduced: 1,
            standing: 1,
            fixed: 1,
            accepted: 0,
            exit_code: 1,
        },
    }
}

/// Five findings that one edit makes; the most severe is not the first.
pub(crate) fn one_cause() -> Outcome {
    let (region, bucket) = (region(), bucket());
    let cause = place("live/prod/network", "module.vpc.aws_subnet.private[0]", "cidr_block");
    let mut outcome = everyday();
    outcome.findings = (0..8)
        .map(|n| {
            let rule = if n == 1 { &region } else { &bucket };
            let address = format!("databricks_mws_networks.this[\"{n}\"]");
            let mut finding = finding(
                rule,
                place("live/prod/workspace", &address, "subnet_ids"),
                "the network is replaced while a workspace is attached to it",
            );
            finding.cause = Some(Edit { place: cause.clone(), source: None });
            finding.actions = vec!["delete", "create"];
            finding.fingerprint = format!("{n:016x}");
            finding
        })
        .collect();
    outcome.failures = vec![
        Failure {
            unit: "live/dev".to_owned(),
            rule: None,
            kind: FailureKind::Input,
            message: "live/dev/tfplan.json ends in the middle of the document; write it again \
                      with `terraform show -json tfplan > tfplan.json`"
                .to_owned(),
            script: None,
        },
        Failure {
            unit: "live/prod/network".to_owned(),
            rule: Some("acme-naming".to_owned()),
            kind: FailureKind::Limit,
            message: "the script used up its 1,000,000 operations".to_owned(),
            script: None,
        },
    ];
    outcome.summary.exit_code = 2;
    outcome
}

/// One finding of three is left; the others are accepted, and some entries accept nothing.
pub(crate) fn accepting() -> Outcome {
    let mut outcome = everyday();
    let at = |path: &str, line| FileLine { path: path.to_owned(), line };
    let unused = |by, at, rule: &str, why: &str| Unused {
        by,
        at,
        rule: rule.to_owned(),
        why: why.to_owned(),
    };
    let [first, open, idle] = [0, 1, 2].map(|n| outcome.findings[n].clone());
    let mut again = first.clone();
    again.place.address = "databricks_metastore_assignment.other".to_owned();
    again.fingerprint = "3333333333333333".to_owned();
    let accepted =
        |finding, by, at| Accepted { finding, by, at, reason: None, until: None, moved_from: None };
    outcome.findings = vec![first];
    outcome.accepted = vec![
        Accepted {
            reason: Some("reached by the VPN alone".to_owned()),
            ..accepted(open, By::Comment, at("modules/network/main.tf", 3))
        },
        Accepted {
            moved_from: Some("databricks_cluster.old".to_owned()),
            ..accepted(idle, By::Baseline, at("baseline.json", 4))
        },
        Accepted {
            reason: Some("moves in spring".to_owned()),
            until: Some(jiff::civil::date(2027, 3, 31)),
            ..accepted(again, By::Waiver, at("bricklint.toml", 3))
        },
    ];
    let ended = "ended on 2026-06-30: 2 findings are reported again";
    let nothing = "matches nothing in this run";
    outcome.unused = vec![
        unused(By::Waiver, at("bricklint.toml", 12), "uc-assignment-region", ended),
        unused(By::Comment, at("modules/workspace/main.tf", 7), "", "names no rule"),
        unused(By::Baseline, at("baseline.json", 2), "s3-root-bucket-public", nothing),
        unused(By::Baseline, at("baseline.json", 3), "uc-assignment-region", nothing),
    ];
    outcome.summary =
        Summary { error: 1, introduced: 1, accepted: 3, exit_code: 1, ..Summary::default() };
    outcome
}

/// A catalog is replaced with two things that hang on it, one of which goes too, and a group goes.
pub(crate) fn approving() -> Outcome {
    let mut outcome = clean();
    let catalog = wanted("live/prod/unity", "databricks_catalog.sales", "is replaced");
    let mut group = wanted("live/prod/iam", "databricks_group.old", "is destroyed");
    group.loss = Loss {
        replaced: false,
        tier: Tier::Outage,
        forced_by: Vec::new(),
        dependents: Vec::new(),
        has_more: false,
    };
    (group.cause, group.reviewers) = (None, BTreeSet::new());
    outcome.approval = Some(Approval { wanted: vec![catalog, group] });
    outcome.summary =
        Summary { error: 1, warning: 1, introduced: 2, exit_code: 3, ..Summary::default() };
    outcome
}

/// An instance that needs an approval, with something in every field.
fn wanted(unit: &str, address: &str, message: &str) -> Wanted {
    let dependent = |address: String, stays| Dependent {
        type_: address.split('.').next().unwrap_or_default().to_owned(),
        address,
        stays,
    };
    Wanted {
        place: Place { attribute: None, ..place(unit, address, "") },
        deposed: None,
        loss: Loss {
            replaced: true,
            tier: Tier::DataLoss,
            forced_by: vec![format!("storage_root{message}")],
            dependents: vec![
                dependent(format!("databricks_schema.raw[\"{address}\"]"), true),
                dependent(format!("databricks_grants.{address}"), false),
            ],
            has_more: false,
        },
        messages: vec![message.to_owned()],
        cause: Some(place(unit, address, message)),
        categories: BTreeSet::from([Category::Governance]),
        fingerprints: vec!["4444444444444444".to_owned()],
        reviewers: BTreeSet::from([format!("@acme/{message}")]),
    }
}

/// Nothing found.
pub(crate) fn clean() -> Outcome {
    let everyday = everyday();
    let whole = |input| InputInfo { complete: true, caveats: Vec::new(), ..input };
    let inputs = everyday.inputs.into_iter().map(whole);
    Outcome { inputs: inputs.collect(), rules: everyday.rules, ..Outcome::default() }
}

/// Strings that try to be something else than text.
pub(crate) fn attacks() -> Vec<String> {
    [
        "\n::error file=a::pwned",
        "::error::pwned",
        "x ::error::pwned y",
        "\r\n##[group]pwned",
        "##vso[task.setvariable variable=x]pwned",
        "\u{1b}[2J\u{1b}]8;;http://evil.example\u{1b}\\pwned",
        "\u{9b}2Jpwned\u{7}\u{0}",
        "\u{202e}pwned\u{2066}\u{200b}\u{2028}\u{feff}",
        "<script>alert(1)</script><!-- -->]]>&amp;\"'",
        "[pwned](http://evil.example) ![x](y) [0](1)",
        "| a | `b` ``` | --> \\",
        "\\| \\\\| ` `` a\\",
        "@team @acme/team #1 GH-1 acme/repo#1 !1 ~bug %1 deadbeefdeadbeef",
        "https://evil.example www.evil.example pwned@evil.example",
        ":boom: *b* _i_ ~~s~~ $x$ - [ ] x\n# h\n---",
        "</code></summary></details><h1>pwned</h1><details><summary>",
        "<!-- bricklint --> -->",
        "%0A::error::pwned %0a%25",
        "a,file=b,line=1::pwned",
        "```\nFAIL pwned\n1 failure, \"failures\": [",
        "\u{fffe}\u{ffff}\u{fdd0}",
        "` @team `` @team ``` @team",
        "../../../etc/pwned",
        "/etc/pwned",
        "C:\\pwned\\x",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain([long(), "é".repeat(70_000)])
    .collect()
}

fn long() -> String {
    format!("{} ::error::pwned", "wide ".repeat(14_000))
}

/// A finding and a failure for each attack, with it in every field that comes from outside.
pub(crate) fn hostile() -> Outcome {
    hostile_with(attacks())
}

/// [`hostile`] with these attacks.
pub(crate) fn hostile_with(attacks: impl IntoIterator<Item = String>) -> Outcome {
    let mut outcome = everyday();
    outcome.findings.clear();
    outcome.inputs.clear();
    outcome.blocking.clear();
    outcome.summary.exit_code = 2;
    let mut approval = Approval::default();
    let known = region();
    for (n, attack) in attacks.into_iter().enumerate() {
        let place = place(&attack, &attack, &attack);
        let mut finding = finding(&known, place.clone(), &attack);
        finding.fingerprint = format!("{n:016x}");
        if n % 2 == 0 {
            finding.rule = Cow::Owned(attack.clone());
            outcome.blocking.insert(finding.fingerprint.clone());
        }
        finding.deposed = Some(attack.clone());
        finding.help = Some(format!("{attack}\n{attack}"));
        let other = Place { unit: format!("other {attack}"), ..place.clone() };
        finding.related = vec![related(place, &attack), related(other.clone(), &attack)];
        finding.cause = Some(Edit { place: other, source: None });
        finding.excerpt = Some(Arc::new(Excerpt {
            text: format!("{attack} = {attack}\n{attack}"),
            mark: attack.len() + 3..2 * attack.len() + 3,
        }));
        if n % 3 == 0 {
            finding.source = Some(span(&attack));
            finding.related[1].source = Some(span(&attack));
            finding.picture = picture(&attack);
        }
        outcome.findings.push(finding);
        outcome.inputs.push(InputInfo {
            unit: attack.clone(),
            path: attack.clone(),
            terraform_version: attack.clone(),
            caveats: vec![Caveat { kind: CaveatKind::StandIns, details: vec![attack.clone()] }],
            ..input("x", 1)
        });
        let deposed = Some(attack.clone());
        approval.wanted.push(Wanted { deposed, ..wanted(&attack, &attack, &attack) });
        outcome.failures.push(Failure {
            unit: attack.clone(),
            rule: Some(attack.clone()),
            kind: FailureKind::Script,
            message: attack.clone(),
            script: Some(Box::new(ScriptFailure {
                error: ScriptError {
                    path: attack.clone(),
                    at: Spot::new(&attack, 1, 1),
                    message: attack.clone(),
                    help: Some(attack.clone()),
                    calls: Box::new([(Spot::new(&attack, 1, 2), attack.clone())]),
                    text: attack.as_str().into(),
                },
                on: attack.clone(),
            })),
        });
        let at = FileLine { path: attack.clone(), line: n + 1 };
        outcome.accepted.push(Accepted {
            finding: Finding {
                fingerprint: format!("{:016x}", n + 100),
                ..outcome.findings[n].clone()
            },
            by: By::Baseline,
            at: at.clone(),
            reason: Some(attack.clone()),
            until: None,
            moved_from: Some(attack.clone()),
        });
        for by in [By::Comment, By::Baseline] {
            let (at, rule, why) = (at.clone(), attack.clone(), attack.clone());
            outcome.unused.push(Unused { by, at, rule, why });
        }
        outcome.unread.push(SourceProblem {
            path: attack.clone(),
            line: Some(3),
            message: "a bracket has no partner".to_owned(),
        });
        for message in [attack.clone(), format!("twice {attack}")] {
            outcome.failures.push(Failure {
                unit: attack.clone(),
                rule: Some(attack.clone()),
                kind: FailureKind::Script,
                message,
                script: None,
            });
        }
    }
    outcome.approval = Some(approval);
    outcome
}

/// The most that a finding may have: lines of two files, with gaps and four marks.
fn picture(text: &str) -> Vec<Snippet> {
    let snippet = |path: &str, lines: usize, marks: &[Option<usize>]| Snippet {
        path: path.to_owned(),
        line: 99_999,
        lines: vec![format!("{text} = {text}"); lines],
        marks: marks
            .iter()
            .enumerate()
            .map(|(line, related)| Mark { line, range: 0..text.len(), related: *related })
            .collect(),
    };
    let other = format!("other {text}");
    vec![
        snippet(text, 1, &[]),
        snippet(text, 5, &[None, Some(1)]),
        snippet(text, 1, &[]),
        snippet(&other, 5, &[Some(1), Some(0)]),
    ]
}

pub(crate) fn span(path: &str) -> SourceSpan {
    let precision = Precision::Attribute;
    SourceSpan { path: path.to_owned(), line: 7, column: 3, end_line: 7, end_column: 12, precision }
}
