//! What an object loses of its protection from one world to another.

use crate::{
    aws::policy::{Document, Effect, Given, Principal, Request, Statement, bare},
    facts::{
        policies::{ASSUME_ROLE, EXTERNAL_ID, SECURE_TRANSPORT},
        protections,
    },
    graph::{Val, View},
    plan::Tri,
};

use super::policies;

/// A protection that is taken off.
#[derive(Debug)]
pub struct Weaker<'a> {
    /// Where.
    pub at: View<'a>,
    /// Whether it is.
    pub tri: Tri,
    /// What of it, as the start of a sentence.
    pub words: String,
}

/// Every protection that an object has before and loses, by its values in both worlds. What rules of
/// groups let pass is asked of [`super::openings`].
pub fn of<'a>(before: &View<'a>, after: &View<'a>) -> Vec<Weaker<'a>> {
    let type_ = after.res().type_();
    let mut all: Vec<Weaker<'a>> = Vec::new();
    let counts = |path: &str| !protections::SHOWS_OTHERS.contains(&type_) || is_own(after, path);
    for (_, path, guards) in protections::FLAGS.iter().filter(|it| it.0 == type_) {
        all.extend(flag(before.get(path), after.get(path), *guards).filter(|_| counts(path)));
    }
    for (_, path, ranks) in protections::RANKS.iter().filter(|it| it.0 == type_) {
        all.extend(rank(before.get(path), after.get(path), ranks).filter(|_| counts(path)));
    }
    for (_, path) in protections::BOUNDS.iter().filter(|it| it.0 == type_ && counts(it.1)) {
        // Another algorithm without a key takes the key with it: that is one loss.
        let is_said =
            all.iter().any(|known| known.at.path().split('.').next() == path.split('.').next());
        all.extend(bound(before.get(path), after.get(path)).filter(|_| !is_said));
    }
    match type_ {
        "aws_s3_bucket_policy" => all.extend(transport(before, after)),
        "aws_iam_role" => {
            all.extend(trust(before.get("assume_role_policy"), after.get("assume_role_policy")))
        }
        _ => {}
    }
    all
}

/// What is no longer kept out or held to anything where an object is gone, as the end of a sentence. What
/// protects a bucket is of [`protections::OF_BUCKETS`].
pub fn gone_with(before: &View<'_>) -> Option<String> {
    match before.res().type_() {
        "aws_s3_bucket_policy" => denied(before),
        "databricks_ip_access_list" => kept_out(before),
        type_ if protections::ONLY_PROTECTING.contains(&type_) => held(before, type_),
        _ => None,
    }
}

fn denied(before: &View<'_>) -> Option<String> {
    let policy = policies::of(&before.get("policy")).filter(|it| !it.is_partial)?;
    let denies = policy.statements.iter().any(|it| it.is(Effect::Deny) == Tri::Yes);
    denies.then(|| {
        format!("its policy denied what is done with bucket {}", before.get("bucket").show())
    })
}

/// What a list of who may come in lets in is less without it, unless it is the last: nobody sees that here.
fn kept_out(before: &View<'_>) -> Option<String> {
    let is_block = before.get("list_type").text()?.eq_ignore_ascii_case("BLOCK");
    let ranges: Vec<String> = before.get("ip_addresses").items().map(|it| it.show()).collect();
    let counts = is_block && before.get("enabled").flag(true) == Tri::Yes;
    (counts && !ranges.is_empty()).then(|| format!("it kept out {}", ranges.join(", ")))
}

fn held(before: &View<'_>, type_: &str) -> Option<String> {
    let flags =
        protections::FLAGS.iter().filter(|it| it.0 == type_).filter_map(|(_, path, guards)| {
            let at = before.get(path);
            (at.known().is_some() && guarded(&at, *guards) == Tri::Yes).then_some(at)
        });
    let ranks = protections::RANKS.iter().filter(|it| it.0 == type_);
    let ranks = ranks.filter_map(|(_, path, ranks)| {
        let at = before.get(path);
        place(ranks, at.text()?).filter(|place| place + 1 < ranks.len()).map(|_| at)
    });
    let set = |it: View<'_>| format!("{} to {}", it.attribute(), it.show());
    let all: Vec<String> = flags.chain(ranks).map(set).collect();
    (!all.is_empty()).then(|| format!("it set {}", all.join(" and ")))
}

fn changes(before: &View<'_>, after: &View<'_>) -> String {
    format!("{} changes from {} to {}", after.attribute(), before.show(), after.show())
}

/// Some types show as their own what resources beside it set, whose change is theirs.
fn is_own(after: &View<'_>, path: &str) -> bool {
    let block = path.split('.').next().unwrap_or_default();
    after.res().after().get(block).is_written() == Tri::Yes
}

/// What the provider computes of what nobody set is no change of anybody's.
fn is_omitted(after: &View<'_>) -> bool {
    matches!(after.val(), Val::Omitted)
}

fn flag<'a>(before: View<'a>, after: View<'a>, guards: bool) -> Option<Weaker<'a>> {
    // Nothing guards that was not there.
    if before.known().is_none() || guarded(&before, guards) != Tri::Yes || is_omitted(&after) {
        return None;
    }
    let tri = !guarded(&after, guards);
    (tri != Tri::No).then(|| Weaker { words: changes(&before, &after), tri, at: after })
}

fn guarded(view: &View<'_>, guards: bool) -> Tri {
    if guards { view.flag(false) } else { !view.flag(false) }
}

fn place(ranks: &[&str], text: &str) -> Option<usize> {
    ranks.iter().position(|it| it.eq_ignore_ascii_case(text))
}

fn rank<'a>(before: View<'a>, after: View<'a>, ranks: &[&str]) -> Option<Weaker<'a>> {
    let was = before.text().and_then(|text| place(ranks, text))?;
    // The last protects least: nothing can take more off.
    if was + 1 == ranks.len() || is_omitted(&after) {
        return None;
    }
    let tri = after.test_text(|text| place(ranks, text).is_some_and(|now| now > was));
    (tri != Tri::No).then(|| Weaker { words: changes(&before, &after), tri, at: after })
}

fn bound<'a>(before: View<'a>, after: View<'a>) -> Option<Weaker<'a>> {
    let was = before.text().is_some_and(|text| !text.is_empty());
    let is_gone = after.known().is_none_or(|value| value.is_hollow());
    let is_known = matches!(after.val(), Val::Known(_) | Val::Null);
    (was && is_gone && is_known).then(|| Weaker {
        words: format!("{} {} is taken away", after.attribute(), before.show()),
        tri: Tri::Yes,
        at: after,
    })
}

/// Both policies, where each is known as a whole.
fn documents(before: &View<'_>, after: &View<'_>) -> Option<[Document; 2]> {
    let known = |view: &View<'_>| policies::of(view).filter(|it| !it.is_partial);
    let Some(after) = known(after) else {
        after.note_unknown();
        return None;
    };
    Some([known(before)?, after])
}

/// A bucket's policy that no longer denies what comes without TLS, for anything or for the objects of the
/// bucket.
fn transport<'a>(before: &View<'a>, after: &View<'a>) -> Option<Weaker<'a>> {
    let policy = after.get("policy");
    let [old, new] = documents(&before.get("policy"), &policy)?;
    let plain =
        || Request::to("s3:GetObject").with(SECURE_TRANSPORT, Given::Is("false".to_owned()));
    let bucket = before.get("bucket");
    let objects = bucket.text().map(|name| plain().on([bare("s3", &format!("{name}/*"))]));
    let lost = [plain()]
        .into_iter()
        .chain(objects)
        .any(|request| old.denies(&request) == Tri::Yes && new.denies(&request) == Tri::No);
    lost.then(|| Weaker {
        words: format!("{} no longer denies requests without TLS", policy.attribute()),
        tri: Tri::Yes,
        at: policy,
    })
}

/// A role that no longer asks for an external id of whom it asked before.
fn trust<'a>(before: View<'a>, after: View<'a>) -> Option<Weaker<'a>> {
    let [old, new] = documents(&before, &after)?;
    let (asked, was_free) = trusted(&old);
    let (_, free) = trusted(&new);
    let was_free = |who: &Principal| was_free.iter().any(|it| it.0.covers(who) == Tri::Yes);
    let tri = Tri::any(free.iter().filter(|it| !was_free(it.0)).map(|(who, statement)| {
        let covered = Tri::any(asked.iter().map(|(other, _)| who.covers(other)));
        let is_same = asked.iter().any(|(other, _)| who == other);
        // Another condition may hold off those whom it did not name before.
        let is_plain = is_same || statement.conditions.is_empty();
        covered & if is_plain { Tri::Yes } else { Tri::Maybe }
    }));
    // A denial of those who have none asks for it as well.
    let denials = new.statements.iter().any(|it| it.is(Effect::Deny) != Tri::No);
    let tri = if denials { tri & Tri::Maybe } else { tri };
    (tri != Tri::No).then(|| Weaker {
        words: format!("{} no longer asks for {EXTERNAL_ID}", after.attribute()),
        tri,
        at: after,
    })
}

type Trusted<'a> = Vec<(&'a Principal, &'a Statement)>;

/// Whom a trust policy lets assume the role: those whom it asks for an external id, and the others.
fn trusted(trust: &Document) -> (Trusted<'_>, Trusted<'_>) {
    let asks = |it: &Statement| {
        it.conditions.iter().any(|it| it.is_about(EXTERNAL_ID) && it.demands_a_value() == Tri::Yes)
    };
    let trusting = trust
        .statements
        .iter()
        .filter(|it| it.is(Effect::Allow) == Tri::Yes && it.covers_action(ASSUME_ROLE) == Tri::Yes);
    let named = trusting.flat_map(|it| {
        let lists = it.principals.iter().filter(|list| !list.is_not);
        lists.flat_map(|list| &list.items).map(move |who| (who, it))
    });
    named.partition(|(_, it)| asks(it))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::of;
    use crate::{builtin::shared::testing::ask, plan::Tri};

    fn lost(type_: &'static str, before: Value, after: &Value) -> Vec<Tri> {
        ask(type_, before, |was| {
            ask(type_, after.clone(), |is| {
                of(&was.root(), &is.root()).into_iter().map(|it| it.tri).collect()
            })
        })
    }

    #[test]
    fn external_ids() {
        let role = |statements: Value| json!({"assume_role_policy": json!({"Statement": statements}).to_string()});
        let trust = |who: Value, condition: Value| {
            json!({
                "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": who, "Condition": condition
            })
        };
        let asks = json!({"StringEquals": {"sts:ExternalId": "x"}});
        let root = json!({"AWS": "arn:aws:iam::111122223333:root"});
        let one = json!({"AWS": "arn:aws:iam::111122223333:role/x"});
        let (none, own) = (json!({}), json!({"ArnEquals": {"aws:PrincipalArn": "x"}}));
        let service = json!({"Service": "ec2.amazonaws.com"});
        for (who, after, condition, wanted) in [
            (&root, json!({"AWS": "111122223333"}), &none, vec![Tri::Yes]),
            (&root, json!("*"), &none, vec![Tri::Yes]),
            (&one, root.clone(), &none, vec![Tri::Yes]),
            (&one, root.clone(), &own, vec![Tri::Maybe]),
            (&one, root.clone(), &asks, vec![]),
            (&root, service, &none, vec![]),
            (&root, json!({"AWS": "arn:aws:iam::999900001111:root"}), &none, vec![]),
        ] {
            let before = role(json!([trust(who.clone(), asks.clone())]));
            let after = role(json!([trust(after, condition.clone())]));
            assert_eq!(lost("aws_iam_role", before, &after), wanted, "{after}");
        }
    }

    #[test]
    fn requests_without_tls() {
        let policy = |resource: &str| {
            let statement = json!({
                "Effect": "Deny", "Action": "s3:*", "Principal": "*", "Resource": resource,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            });
            json!({"bucket": "b", "policy": json!({"Statement": [statement]}).to_string()})
        };
        let before = || policy("arn:aws:s3:::b/*");
        for (resource, wanted) in
            [("arn:aws:s3:::b", 1), ("arn:aws:s3:::other/*", 1), ("*", 0), ("arn:aws:s3:::b*", 0)]
        {
            let found = lost("aws_s3_bucket_policy", before(), &policy(resource));
            assert_eq!(found.len(), wanted, "{resource}");
        }
    }
}
