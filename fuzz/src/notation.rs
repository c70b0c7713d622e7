use std::fmt::Debug;

use bricklint::{
    aws::policy::{Document, Effect, Given, Request, Text, Who},
    databricks::{git, policy::Policy, problems, quartz},
    plan::Tri,
};

/// A policy document, and the requests that rules ask about.
///
/// Nothing may be surer of a document in which less can be seen: what a text says is hidden, or a
/// part may be missing.
pub fn policy(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some(document) = Document::parse(text) else { return };
    let hidden = |which: usize| {
        let mut hidden = document.clone();
        let mut at = 0;
        hidden.replace_texts(|text| {
            at += 1;
            vec![if which == 0 || at == which { Text::hidden() } else { text.clone() }]
        });
        hidden
    };
    let partial = Document { is_partial: true, ..document.clone() };
    for request in requests() {
        let ask = |it: &Document| [it.allows(&request), it.denies(&request), it.permits(&request)];
        let known = ask(&document);
        for (at, blurred) in (0..4).map(|which| ask(&hidden(which))).enumerate() {
            check_blurred(known, blurred, &(at, &request));
        }
        check_blurred(known, ask(&partial), &request);
    }
    let mut all = document.clone();
    all.replace_by(document.clone());
    all.append(hidden(0));
    let mut texts = Vec::new();
    all.texts(&mut texts);
    for name in ["sts:AssumeRole", ""] {
        let _ = (all.admitted(name), all.hints_at(&[name.to_owned()]));
    }
    let _ = all.any(|it| it.is(Effect::Deny) & it.is_unconditional());
}

/// Answers with less knowledge are the same, or `Maybe`.
fn check_blurred(known: [Tri; 3], blurred: [Tri; 3], about: &dyn Debug) {
    for (known, blurred) in known.into_iter().zip(blurred) {
        assert!(
            blurred == known || blurred == Tri::Maybe,
            "{known:?} became {blurred:?}: {about:?}"
        );
    }
}

fn requests() -> Vec<Request<'static>> {
    let bucket = || ["arn:aws:s3:::acme-root".to_owned(), "acme-root".to_owned()];
    let role = || vec!["arn:aws:iam::123456789012:role/cross-account".to_owned()];
    vec![
        Request::to("sts:AssumeRole")
            .by(Who::Account("414351767826".to_owned()))
            .with("sts:ExternalId", Given::Is("0f0f".to_owned())),
        Request::to("sts:AssumeRole").by(Who::Role(role())).with("sts:ExternalId", Given::Foreign),
        Request::to("sts:AssumeRole").by(Who::Service("ec2.amazonaws.com".to_owned())),
        Request::to("s3:GetObject").on(bucket()).with("aws:SecureTransport", Given::Right),
        Request::to("s3:PutObject").below(["arn:aws:s3:::acme-root/".to_owned()]),
        Request::to("kms:Decrypt").by(Who::Role(role())).on(["*".to_owned()]),
        Request::to("iam:PassRole").on(role()).with("iam:PassedToService", Given::Foreign),
    ]
}

/// What Databricks reads in texts: a definition of a cluster policy, or one line of it a schedule, a
/// time zone, a repository.
pub fn databricks(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for is_whole in [true, false] {
        for problem in problems::problems(text, is_whole) {
            assert!(!problem.what.is_empty(), "{problem:?}");
        }
    }
    if let Some(policy) = Policy::parse(text) {
        for (path, element) in policy.elements() {
            assert!(policy.element(path).is_some());
            let own = element.default.as_deref().unwrap_or(path);
            for value in [own, "", "true", "20", "-1e400", "SINGLE_USER"] {
                let _ = element.limit.admits(value);
            }
            assert!(!element.limit.words().is_empty());
        }
    }
    let line = text.lines().next().unwrap_or_default();
    let problem = quartz::problem(line);
    assert_eq!(problem, quartz::problem(&line.to_ascii_lowercase()), "its case does not matter");
    let _ = (quartz::is_no_zone(line), quartz::closest_zone(line), git::tells_its_provider(line));
}
