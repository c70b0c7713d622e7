//! Counts, and the exit code they make.

use std::collections::BTreeSet;

use crate::{
    lint::{Change, Finding, Outcome, Severity, Summary, Verdict},
    triage::{Reviewers, approval, needs_approval},
};

use super::args::Show;

/// What the user wants to count.
pub(super) struct Scale<'a> {
    pub(super) fail_on: Option<Severity>,
    pub(super) show: &'a [Show],
    /// Whether to ask for approvals, and whose; none where findings just count.
    pub(super) approval: Option<&'a Reviewers>,
}

/// Whether a finding is of a class that the user wants to see.
pub(super) fn is_shown(finding: &Finding, show: &[Show]) -> bool {
    show.contains(&match finding.change {
        Change::Introduced => Show::Introduced,
        Change::Standing => Show::Standing,
        Change::Fixed => Show::Fixed,
    })
}

/// Fills in the summary and what blocks: counts before `--fail-on` and `--show`, the code after both.
/// What is accepted is counted, and counts for nothing else.
pub(super) fn decide(outcome: &mut Outcome, scale: &Scale<'_>) {
    let mut summary = Summary { accepted: outcome.accepted.len(), ..Summary::default() };
    outcome.approval = scale.approval.map(|reviewers| approval(&outcome.findings, reviewers));
    let mut asks = false;
    let mut blocking = BTreeSet::new();
    for finding in &outcome.findings {
        if finding.change == Change::Fixed {
            summary.fixed += 1;
            continue;
        }
        if finding.verdict == Verdict::Possible {
            summary.possible += 1;
            continue;
        }
        match finding.severity {
            Severity::Error => summary.error += 1,
            Severity::Warning => summary.warning += 1,
            Severity::Note => summary.note += 1,
        }
        match finding.change {
            Change::Introduced => summary.introduced += 1,
            _ => summary.standing += 1,
        }
        if scale.approval.is_some() && needs_approval(finding) {
            asks = true;
        } else if is_shown(finding, scale.show)
            && scale.fail_on.is_some_and(|level| finding.severity >= level)
        {
            blocking.insert(finding.fingerprint.clone());
        }
    }
    summary.exit_code = match () {
        () if !outcome.failures.is_empty() => 2,
        () if !blocking.is_empty() => 1,
        () if asks => 3,
        () => 0,
    };
    outcome.summary = summary;
    outcome.blocking = blocking;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::{Category, Failure, FailureKind, Place};

    fn finding(
        rule: &'static str,
        severity: Severity,
        verdict: Verdict,
        change: Change,
    ) -> Finding {
        Finding {
            rule: rule.into(),
            severity,
            verdict,
            category: Category::Security,
            change,
            place: Place::default(),
            deposed: None,
            message: String::new(),
            help: None,
            related: Vec::new(),
            peers: Vec::new(),
            fingerprint_before: None,
            written: None,
            actions: Vec::new(),
            cause: None,
            loss: None,
            source: None,
            excerpt: None,
            picture: Vec::new(),
            fingerprint: String::new(),
        }
    }

    #[test]
    fn codes() {
        use {Change::*, Severity::*, Verdict::*};
        let both = [Show::Introduced, Show::Standing];
        let of = |finding: Finding, fail_on, show: &[Show], approval| {
            let mut outcome = Outcome { findings: vec![finding], ..Outcome::default() };
            let reviewers = Reviewers::new();
            let approval = bool::then_some(approval, &reviewers);
            decide(&mut outcome, &Scale { fail_on, show, approval });
            outcome.summary.exit_code
        };
        let error = || finding("x", Error, Definite, Introduced);
        let destroys = |level| finding("chg-destroys-data", level, Definite, Introduced);
        assert_eq!(of(error(), Some(Error), &both, false), 1);
        assert_eq!(of(error(), None, &both, false), 0);
        assert_eq!(of(error(), Some(Error), &[Show::Standing], false), 0);
        assert_eq!(of(finding("x", Warning, Definite, Standing), Some(Error), &both, false), 0);
        assert_eq!(of(finding("x", Error, Possible, Introduced), Some(Note), &both, false), 0);
        assert_eq!(of(finding("x", Error, Definite, Fixed), Some(Note), &both, false), 0);
        assert_eq!(of(destroys(Error), Some(Error), &both, false), 1);
        assert_eq!(of(destroys(Error), Some(Error), &both, true), 3);
        assert_eq!(of(destroys(Warning), None, &both, true), 3);
    }

    #[test]
    fn a_failure_outweighs_every_finding() {
        let findings = vec![finding("x", Severity::Error, Verdict::Definite, Change::Introduced)];
        let failures = vec![Failure {
            unit: String::new(),
            rule: None,
            kind: FailureKind::Input,
            message: String::new(),
            script: None,
        }];
        let mut outcome = Outcome { findings, failures, ..Outcome::default() };
        let approval = Some(&Reviewers::new());
        let scale = Scale { fail_on: Some(Severity::Error), show: &[Show::Introduced], approval };
        decide(&mut outcome, &scale);
        assert_eq!((outcome.summary.exit_code, outcome.summary.error), (2, 1));
    }
}
