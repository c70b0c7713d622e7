//! Outcomes for tests: an everyday one, and one whose every string is hostile.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use crate::lint::{
    Allowed, Blind, Category, Change, Confidence, Coverage, Excerpt, Failure, FailureKind, Finding,
    InputInfo, Outcome, Param, ParamValue, Place, Profile, Related, RuleMeta, ScriptError,
    ScriptFailure, Severity, SourceSpan, Spot, Summary, Verdict, World,
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
        complete: true,
        errored: false,
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
        actions: vec!["create"],
        cause: None,
        source: None,
        excerpt: None,
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
        inputs: vec![input("live/account", 41), input("live/prod/network", 210), {
            let mut input = input("live/prod/workspace", 1204);
            input.complete = false;
            input
        }],
        findings: vec![first, open, idle],
        failures: Vec::new(),
        coverage: vec![Coverage {
            rule: "compute-no-autotermination".to_owned(),
            judged: 3,
            definite: 0,
            possible: 1,
            blind: BTreeMap::from([((Blind::Apply, "live/prod/workspace".to_owned()), 1)]),
        }],
        rules: vec![Arc::new(cluster), Arc::new(bucket), Arc::new(region)],
        skipped: 2,
        summary: Summary {
            error: 1,
            warning: 1,
            note: 0,
            possible: 4,
            introduced: 1,
            standing: 1,
            fixed: 1,
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
            finding.cause = Some(cause.clone());
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

/// Nothing found.
pub(crate) fn clean() -> Outcome {
    let everyday = everyday();
    let inputs = everyday.inputs.into_iter().map(|input| InputInfo { complete: true, ..input });
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
    let mut outcome = everyday();
    outcome.findings.clear();
    outcome.inputs.clear();
    let known = region();
    for (n, attack) in attacks().into_iter().enumerate() {
        let place = place(&attack, &attack, &attack);
        let mut finding = finding(&known, place.clone(), &attack);
        finding.fingerprint = format!("{n:016x}");
        if n % 2 == 0 {
            finding.rule = Cow::Owned(attack.clone());
        }
        finding.deposed = Some(attack.clone());
        finding.help = Some(format!("{attack}\n{attack}"));
        let other = Place { unit: format!("other {attack}"), ..place.clone() };
        finding.related = vec![related(place, &attack), related(other.clone(), &attack)];
        finding.cause = Some(other);
        finding.excerpt = Some(Arc::new(Excerpt {
            text: format!("{attack} = {attack}\n{attack}"),
            mark: attack.len() + 3..2 * attack.len() + 3,
        }));
        if n % 3 == 0 {
            finding.source = Some(span(&attack));
            finding.related[1].source = Some(span(&attack));
        }
        outcome.findings.push(finding);
        outcome.inputs.push(InputInfo {
            unit: attack.clone(),
            path: attack.clone(),
            terraform_version: attack.clone(),
            ..input("x", 1)
        });
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
    }
    outcome
}

pub(crate) fn span(path: &str) -> SourceSpan {
    SourceSpan { path: path.to_owned(), line: 7, column: 3, end_line: 7, end_column: 12 }
}
