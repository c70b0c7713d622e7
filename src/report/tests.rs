//! What holds for every format.

use clap::ValueEnum;

use super::{Format, Options, render, sample};

fn all(outcome: &crate::lint::Outcome) -> Vec<(Format, String)> {
    let mut out = Vec::new();
    for format in Format::value_variants() {
        for (color, width, unicode) in [(false, 80, true), (true, 160, true), (false, 40, false)] {
            let options = Options { color, width, unicode, ..Options::default() };
            let bytes = render(*format, outcome, &options);
            assert_eq!(bytes, render(*format, outcome, &options), "same input, same bytes");
            out.push((*format, String::from_utf8(bytes).unwrap()));
        }
    }
    out
}

/// Takes out the colours that we write ourselves.
fn uncolored(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        out.push_str(&rest[..at]);
        let end = rest[at..].find('m').unwrap();
        let code = &rest[at + 2..at + end];
        assert!(code.chars().all(|c| c.is_ascii_digit() || c == ';'), "{code:?}");
        rest = &rest[at + end + 1..];
    }
    out + rest
}

#[test]
fn nothing_breaks_out_of_any_format() {
    for (format, text) in all(&sample::hostile()) {
        let text = uncolored(&text);
        assert!(text.ends_with('\n'), "{format:?}");
        for line in text.lines() {
            let acts = line.chars().find(|letter| crate::redact::acts(*letter));
            assert_eq!(acts, None, "{format:?}: {line:.200}");
            assert!(!line.trim_start().starts_with("::"), "{format:?}: {line:.200}");
            assert!(!line.contains("##[") && !line.contains("##vso["), "{format:?}: {line:.200}");
        }
    }
}

#[test]
fn a_finding_never_fills_more_than_a_screen() {
    let outcome = sample::hostile();
    for (color, width) in [(false, 80), (true, 160)] {
        let options = Options { color, width, ..Options::default() };
        let text = String::from_utf8(render(Format::Terminal, &outcome, &options)).unwrap();
        for block in uncolored(&text).split("\n\n") {
            assert!(block.lines().count() <= 48, "{block}");
            for line in block.lines() {
                let columns = textwrap::core::display_width(line);
                assert!(columns <= width + 8, "{columns}: {line}");
            }
        }
    }
}

fn shown(format: Format, outcome: &crate::lint::Outcome) -> String {
    let options = Options { width: 80, ..Options::default() };
    String::from_utf8(render(format, outcome, &options)).unwrap()
}

#[test]
fn a_terminal_shows_what_is_wrong_where_and_what_to_do() {
    let expected = "\
error[uc-assignment-region]: metastore `main` is in us-east-1, but workspace
  `prod-eu` is in eu-west-1
   ╭─[live/prod/workspace: module.workspace[\"eu\"].databricks_metastore_assign…]
   │ resource \"databricks_metastore_assignment\" \"this\" {
   │   metastore_id = databricks_metastore.main.id
   ·   ─────────────────────┬─────────────────────
   ·                        ╰── a metastore in us-east-1
   │   workspace_id = 2884114923451234
   │ }
   ╰────
   in: live/prod/workspace:
       module.workspace[\"eu\"].databricks_metastore_assignment.this
   related: live/account: databricks_metastore.main (region): the metastore, in
            us-east-1
   related: databricks_mws_workspaces.this[0] (aws_region): the workspace, in
            eu-west-1
   help: assign the workspace to the metastore of eu-west-1
   change: introduced by this change (create)
";
    let text = shown(Format::Terminal, &sample::everyday());
    assert!(text.starts_with(expected), "{text}");
    let expected = "
1 error, 1 warning, 0 notes · 1 introduced, 1 standing, 1 fixed
1 fixed finding not shown; see --show fixed
3 possible findings not shown; --possible shows them
judged 3 plans with 1,455 resources by 3 rules; passed over 2 files of other
  kinds
plan with parts left out (targeted or deferred): live/prod/workspace
";
    assert!(text.ends_with(expected), "{text}");
}

#[test]
fn findings_of_one_cause_stand_under_the_worst() {
    let text = shown(Format::Terminal, &sample::one_cause());
    let expected = "\
error[uc-assignment-region]: the network is replaced while a workspace is
  attached to it
  --> live/prod/workspace: databricks_mws_networks.this[\"1\"] (subnet_ids)
   change: introduced by this change (delete, then create)
   cause: live/prod/network: module.vpc.aws_subnet.private[0] (cidr_block)
   also: warning[s3-root-bucket-public] databricks_mws_networks.this[\"0\"]
         (subnet_ids)
";
    assert!(text.starts_with(expected), "{text}");
    assert!(text.contains("   and 2 more of the same cause; -o json has them all\n\n"), "{text}");
    assert!(
        text.contains("\nfailure[limit]: live/prod/network: acme-naming: the script"),
        "{text}"
    );
    assert!(text.ends_with("2 failures: something could not be judged, see above\n"), "{text}");
}

#[test]
fn silence_says_what_was_judged() {
    let text = shown(Format::Terminal, &sample::clean());
    assert_eq!(text, "no findings\njudged 3 plans with 1,455 resources by 3 rules\n");
    let text = shown(Format::Terminal, &crate::lint::Outcome::default());
    assert_eq!(text, "nothing judged\nno plan, no state\n");
}

#[test]
fn a_concise_line_starts_with_the_source_or_the_unit() {
    let mut outcome = sample::everyday();
    outcome.findings[1].source = Some(sample::span("live/prod/network/main.tf"));
    outcome.failures = sample::one_cause().failures;
    assert_eq!(
        shown(Format::Concise, &outcome),
        "\
live/prod/workspace: error[uc-assignment-region] \
module.workspace[\"eu\"].databricks_metastore_assignment.this (metastore_id): \
metastore `main` is in us-east-1, but workspace `prod-eu` is in eu-west-1
live/prod/network/main.tf:7:3: warning[s3-root-bucket-public] live/prod/network \
aws_security_group.data_plane (ingress[0].cidr_blocks): standing: the data plane accepts connections \
from everywhere, on every port, although Databricks only ever connects outwards from it
live/prod/workspace: note[compute-no-autotermination] databricks_cluster.shared \
(autotermination_minutes): possible: the cluster may never stop by itself
live/dev: failure[input]: live/dev/tfplan.json ends in the middle of the document; write it \
again with `terraform show -json tfplan > tfplan.json`
live/prod/network: acme-naming: failure[limit]: the script used up its 1,000,000 operations
1 error, 1 warning, 0 notes; 1 introduced, 1 standing, 1 fixed; 1 left out by --show; \
4 possible; 2 failures; \
judged 3 plans with 1,455 resources by 3 rules
"
    );
}

#[test]
fn what_is_accepted_is_counted_and_what_accepts_nothing_is_named() {
    let expected = "
1 error, 0 warnings, 0 notes · 1 introduced, 0 standing, 0 fixed
3 accepted: 1 by comment, 1 by waiver, 1 by baseline
to mend:
  bricklint.toml:12: waiver uc-assignment-region: ended on 2026-06-30: 2 findings are reported again
  modules/workspace/main.tf:7: comment: names no rule
  baseline.json: baseline: 2 entries match nothing in this run; --write-baseline drops them
  baseline.json:4: baseline: databricks_cluster.old moves to databricks_cluster.shared;
    --write-baseline follows it
judged 3 plans with 1,455 resources by 3 rules; passed over 2 files of other kinds
plan with parts left out (targeted or deferred): live/prod/workspace
";
    let outcome = sample::accepting();
    let options = Options::default();
    let text = String::from_utf8(render(Format::Terminal, &outcome, &options)).unwrap();
    assert!(text.ends_with(expected), "{text}");
    let text = shown(Format::Concise, &outcome);
    let expected = "0 possible; 3 accepted: 1 by comment, 1 by waiver, 1 by baseline; judged";
    assert!(text.contains(expected) && text.lines().count() == 2, "{text}");

    let mut outcome = outcome;
    outcome.findings.clear();
    outcome.unused = std::iter::repeat_n(outcome.unused[1].clone(), 30).collect();
    (outcome.summary.error, outcome.summary.introduced) = (0, 0);
    let text = shown(Format::Terminal, &outcome);
    assert!(text.starts_with("no findings but accepted ones\n3 accepted: "), "{text}");
    assert!(text.contains("  and 25 more like the last; -o json has them all\n"), "{text}");
}

#[test]
fn links_lead_to_pages_and_only_when_wanted() {
    let outcome = sample::everyday();
    let options = Options { links: true, ..Options::default() };
    let text = String::from_utf8(render(Format::Terminal, &outcome, &options)).unwrap();
    let page = outcome.rules[2].docs_url();
    assert!(text.contains(&format!("\u{1b}]8;;{page}\u{1b}\\error[uc-assignment-region]")));
    assert!(!shown(Format::Terminal, &outcome).contains('\u{1b}'));
}

#[test]
fn ascii_is_ascii() {
    for outcome in [sample::everyday(), sample::one_cause(), sample::clean(), sample::accepting()] {
        let options = Options { width: 60, unicode: false, ..Options::default() };
        let text = String::from_utf8(render(Format::Terminal, &outcome, &options)).unwrap();
        assert!(text.is_ascii(), "{text}");
    }
}
