//! Whether one policy is about everything that another is about.

use crate::{aws::Range, facts::policies::UNIQUE_ID_PREFIXES, plan::Tri};

use super::{
    Condition, Document, Effect, List, Principal, Statement, Text,
    condition::Compares,
    pattern::{Case, covers, may_meet},
};

impl Document {
    /// Whether its statements of an effect hold whatever those of another document do: each action on each
    /// resource by each principal, under the same conditions or more. It does not matter how either is cut
    /// into statements. `Maybe` where conditions or unknown texts cannot be compared.
    pub fn holds_all_of(&self, other: &Document, effect: Effect) -> Tri {
        let of = |document: &'_ Document| -> Vec<Statement> {
            let all = document.statements.iter().filter(|it| it.effect == Some(effect));
            all.cloned().collect()
        };
        let (wide, narrow) = (of(self), of(other));
        if items(&wide).saturating_mul(items(&narrow)) > MOST_PAIRS {
            return Tri::Maybe;
        }
        Tri::all(narrow.iter().map(|narrow| is_held(narrow, &wide)))
    }
}

/// So many combinations are looked at: no policy that AWS takes has more, a text in a plan may.
const MOST: usize = 10_000;
/// And so many pairs of actions, resources and principals of both documents.
const MOST_PAIRS: usize = 1_000_000;

/// How many actions, resources and principals statements list.
fn items(statements: &[Statement]) -> usize {
    let of = |it: &Statement| {
        let texts =
            [&it.actions, &it.resources].map(|list| list.as_ref().map_or(0, |it| it.items.len()));
        texts.iter().sum::<usize>() + it.principals.as_ref().map_or(0, |it| it.items.len())
    };
    statements.iter().map(of).sum()
}

/// For each of several statements whether it is about something.
type Held = Vec<Tri>;

/// Whether each combination of a statement's parts is held by one of these statements.
fn is_held(narrow: &Statement, wide: &[Statement]) -> Tri {
    let conditions: Held = wide.iter().map(|it| is_implied(&it.conditions, narrow)).collect();
    let star = |it: &Text| Tri::from(it.is_star());
    let everybody = |it: &Principal| Tri::from(is_everybody(it));
    let actions = {
        let meets = |a: &Text, b: &Text| may_meet(a, b, Case::Ignored);
        held_parts(&narrow.actions, wide, |it| &it.actions, covers_action, meets, star)
    };
    let resources = {
        let meets = |a: &Text, b: &Text| may_meet(a, b, Case::Kept);
        held_parts(&narrow.resources, wide, |it| &it.resources, covers_resource, meets, star)
    };
    let principals = {
        // A principal holds no wildcards: two of which neither takes in the other are apart.
        let meets = |a: &Principal, b: &Principal| covers_principal(a, b) | covers_principal(b, a);
        let living = living(&narrow.principals);
        held_parts(&living, wide, |it| &it.principals, covers_principal, meets, everybody)
    };
    if [&actions, &resources, &principals].map(Vec::len).iter().product::<usize>() > MOST {
        return Tri::Maybe;
    }
    let on = crossed(&crossed(&[conditions], &actions), &resources);
    Tri::all(crossed(&on, &principals).into_iter().map(Tri::any))
}

/// Each of some with each of others, what comes out alike once.
fn crossed(some: &[Held], others: &[Held]) -> Vec<Held> {
    let pair = |a: &Held, b: &Held| a.iter().zip(b).map(|(a, b)| *a & *b).collect();
    let mut all: Vec<Held> =
        some.iter().flat_map(|a| others.iter().map(move |b| pair(a, b))).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The parts of a list, by which statements hold each; those that the same ones hold stand once, so that
/// few combinations are left.
fn held_parts<T: Clone + PartialEq>(
    narrow: &Option<List<T>>,
    wide: &[Statement],
    of: impl Fn(&Statement) -> &Option<List<T>>,
    covers: impl Fn(&T, &T) -> Tri,
    meets: impl Fn(&T, &T) -> Tri,
    is_star: impl Fn(&T) -> Tri,
) -> Vec<Held> {
    let parts: Vec<Option<List<T>>> = match narrow {
        Some(list) if !list.is_not => {
            list.items.iter().map(|it| Some(List::of(vec![it.clone()]))).collect()
        }
        whole => vec![whole.clone()],
    };
    let held = |part: &Option<List<T>>| -> Held {
        wide.iter().map(|it| list_covers(of(it), part, &covers, &meets, &is_star)).collect()
    };
    let mut all: Vec<Held> = parts.iter().map(held).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn list_covers<T: PartialEq>(
    wide: &Option<List<T>>,
    narrow: &Option<List<T>>,
    covers: impl Fn(&T, &T) -> Tri,
    meets: impl Fn(&T, &T) -> Tri,
    is_star: impl Fn(&T) -> Tri,
) -> Tri {
    // Without a list it is about what it is attached to.
    let Some(wide) = wide else { return Tri::Yes };
    let Some(narrow) = narrow else { return Tri::Maybe };
    let within = |wide: &[T], narrow: &[T]| {
        Tri::all(narrow.iter().map(|it| Tri::any(wide.iter().map(|by| covers(by, it)))))
    };
    match (wide.is_not, narrow.is_not) {
        (false, false) => within(&wide.items, &narrow.items),
        // Everything but some holds everything but others where it leaves out no more.
        (true, true) => within(&narrow.items, &wide.items),
        // Everything but some holds what meets none of these.
        (true, false) => Tri::all(
            narrow.items.iter().map(|it| Tri::all(wide.items.iter().map(|out| !meets(out, it)))),
        ),
        (false, true) => Tri::any(wide.items.iter().map(is_star)) | Tri::Maybe,
    }
}

fn covers_action(wide: &Text, narrow: &Text) -> Tri {
    covers(wide, narrow, Case::Ignored)
}

fn covers_resource(wide: &Text, narrow: &Text) -> Tri {
    covers(wide, narrow, Case::Kept)
}

impl Principal {
    /// Whether it takes in another: everybody, the same, or the account that the other is or lies in.
    pub fn covers(&self, other: &Principal) -> Tri {
        covers_principal(self, other)
    }
}

/// An account stands for everybody in it, by its number or its root's ARN.
fn covers_principal(wide: &Principal, narrow: &Principal) -> Tri {
    if is_everybody(wide) {
        return Tri::from(wide.kind == "*" || narrow.kind == "AWS" || is_everybody(narrow));
    }
    if wide.kind != narrow.kind {
        return Tri::No;
    }
    let (Some(own), Some(theirs)) = (wide.who.known(), narrow.who.known()) else {
        return if wide.who == narrow.who { Tri::Yes } else { Tri::Maybe };
    };
    let whole = wide.whole_account();
    Tri::from(own == theirs || (whole.is_some() && narrow.account() == whole))
}

fn is_everybody(it: &Principal) -> bool {
    it.kind == "*" || (it.kind == "AWS" && it.who.is_star())
}

/// Where a principal was deleted, AWS puts its unique id in the place of its ARN: nobody.
fn living(list: &Option<List<Principal>>) -> Option<List<Principal>> {
    let is_left_over = |it: &Principal| {
        it.who.known().is_some_and(|who| {
            let id = UNIQUE_ID_PREFIXES.iter().find_map(|prefix| who.strip_prefix(prefix));
            id.is_some_and(|rest| rest.chars().all(|it| it.is_ascii_alphanumeric()))
        })
    };
    let list = list.as_ref()?;
    let items = list.items.iter().filter(|it| list.is_not || !is_left_over(it));
    Some(List { is_not: list.is_not, items: items.cloned().collect() })
}

/// Whether all of these conditions hold wherever those of a statement do.
fn is_implied(wide: &[Condition], narrow: &Statement) -> Tri {
    // One on something else may come to the same: a VPC and its endpoints.
    let is_new = |other: &Condition| !wide.iter().any(|it| it.is_about(&other.key));
    let is_changed = Tri::from(narrow.conditions.iter().any(is_new)) & Tri::Maybe;
    Tri::all(
        wide.iter().map(|it| {
            Tri::any(narrow.conditions.iter().map(|other| implies(other, it))) | is_changed
        }),
    )
}

/// Whether wherever one condition holds another does.
fn implies(narrow: &Condition, wide: &Condition) -> Tri {
    if !narrow.is_about(&wide.key) {
        return Tri::No;
    }
    let (own, theirs) = (narrow.operator(), wide.operator());
    let is_comparable = own.quantifier == theirs.quantifier
        && own.if_exists <= theirs.if_exists
        && own.kind == theirs.kind
        && own.is_negated == theirs.is_negated;
    if !is_comparable {
        return Tri::Maybe;
    }
    // What is left out is less where more is named.
    match theirs.is_negated {
        true => values_hold((narrow, own.compares), (wide, theirs.compares)),
        false => values_hold((wide, theirs.compares), (narrow, own.compares)),
    }
}

/// Whether the values of one condition take in all of another's.
fn values_hold(wide: (&Condition, Compares), narrow: (&Condition, Compares)) -> Tri {
    if wide.1 == Compares::AsAddress {
        return addresses_hold(wide.0, narrow.0);
    }
    let is_pattern = |it: &Text| it.known().is_some_and(|text| text.contains(['*', '?']));
    let holds = |by: &Text, it: &Text| match (by.known(), it.known()) {
        _ if wide.1 == Compares::AsPattern => covers(by, it, Case::Kept),
        _ if narrow.1 == Compares::AsPattern && is_pattern(it) => Tri::No,
        (Some(by), Some(it)) if wide.1 == Compares::WithoutCase => {
            Tri::from(by.eq_ignore_ascii_case(it))
        }
        (Some(_), Some(_)) if wide.1 == Compares::Exactly => Tri::from(by == it),
        _ => Tri::from(by == it) | Tri::Maybe,
    };
    let of = |it: &Text| Tri::any(wide.0.values.iter().map(|by| holds(by, it)));
    Tri::all(narrow.0.values.iter().map(of))
}

fn addresses_hold(wide: &Condition, narrow: &Condition) -> Tri {
    let read = |it: &Condition| -> Option<Vec<Range>> {
        it.values.iter().map(|it| Range::parse_any(it.known()?)).collect()
    };
    match (read(wide), read(narrow)) {
        (Some(wide), Some(narrow)) => {
            Tri::from(narrow.iter().all(|it| Range::cover_together(&wide, *it)))
        }
        _ => Tri::from(narrow.values == wide.values) | Tri::Maybe,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Document, Effect, Tri};

    /// A policy of one statement for each change of `base`.
    fn document(effect: &str, changes: &[serde_json::Value]) -> Document {
        let statements: Vec<serde_json::Value> = changes
            .iter()
            .map(|change| {
                let mut statement = json!({
                    "Effect": effect, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*",
                    "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
                });
                for (key, value) in change.as_object().unwrap() {
                    statement[key] = value.clone();
                }
                for name in ["Action", "Principal"] {
                    if change.get(format!("Not{name}")).is_some() {
                        statement.as_object_mut().unwrap().remove(name);
                    }
                }
                statement
            })
            .collect();
        Document::parse(&json!({"Statement": statements}).to_string()).unwrap()
    }

    fn holds(wide: &[serde_json::Value], narrow: &[serde_json::Value]) -> Tri {
        let held = ["Allow", "Deny"].map(|effect| {
            let effect_of = if effect == "Allow" { Effect::Allow } else { Effect::Deny };
            document(effect, wide).holds_all_of(&document(effect, narrow), effect_of)
        });
        assert_eq!(held[0], held[1]);
        held[0]
    }

    fn not(action: &str) -> serde_json::Value {
        json!({"NotAction": action})
    }

    /// The first holds the second, and not the other way round.
    #[test]
    fn wider_and_narrower() {
        let org = |operator: &str, values: serde_json::Value| json!({"Condition": {operator: {"aws:PrincipalOrgID": values}}});
        for (wide, narrow) in [
            (json!({"Action": "s3:*"}), json!({"Action": ["s3:Get*", "S3:PUTOBJECT"]})),
            (json!({"Action": "s3:Get*"}), json!({"Action": "s3:GetObject*"})),
            (json!({"Action": "s3:Get*"}), json!({"Action": "s3:GetObject?"})),
            (json!({"Action": "s3:Get*"}), json!({"Action": "s3:Get?"})),
            (json!({"Resource": "*"}), json!({})),
            (json!({}), json!({"Resource": "arn:aws:s3:::b/${aws:username}/*"})),
            (json!({"Principal": "*"}), json!({})),
            (json!({}), json!({"Principal": {"AWS": "arn:aws:iam::111111111111:role/x"}})),
            (json!({"Principal": "*"}), json!({"Principal": {"Service": "ec2.amazonaws.com"}})),
            (json!({}), org("StringEquals", json!("o-1"))),
            (org("StringEquals", json!(["o-1", "o-2"])), org("StringEquals", json!("o-1"))),
            (org("StringNotEquals", json!("o-1")), org("StringNotEquals", json!(["o-1", "o-2"]))),
            (org("stringnotequals", json!("o-1")), org("StringNotEquals", json!(["o-1", "o-2"]))),
            (org("StringLike", json!("o-*")), org("StringEquals", json!("o-1"))),
            (
                json!({"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}),
                json!({"Condition": {"IpAddress": {"aws:SourceIp": ["10.1.0.0/16", "10.2.0.1"]}}}),
            ),
            (json!({"NotPrincipal": {"AWS": "2"}}), json!({"NotPrincipal": {"AWS": ["2", "3"]}})),
        ] {
            let (wide, narrow) = ([wide], [narrow]);
            assert_eq!(holds(&wide, &narrow), Tri::Yes, "{wide:?} {narrow:?}");
            assert_eq!(holds(&narrow, &wide), Tri::No, "{narrow:?} {wide:?}");
        }
    }

    #[test]
    fn only_spelled_otherwise() {
        let key = |key: &str| json!({"Condition": {"StringEquals": {key: "o-1"}}});
        for (a, b) in [
            (vec![json!({"Action": "S3:getobject"})], vec![json!({})]),
            (vec![json!({"Principal": "*"})], vec![json!({"Principal": {"AWS": "*"}})]),
            (vec![json!({"Principal": {"AWS": "111111111111"}})], vec![json!({})]),
            (vec![key("aws:PrincipalOrgID")], vec![key("AWS:principalorgid")]),
            (
                vec![json!({"Action": ["a:B", "a:C"]})],
                vec![json!({"Action": "a:C"}), json!({"Action": "a:B"})],
            ),
        ] {
            assert_eq!((holds(&a, &b), holds(&b, &a)), (Tri::Yes, Tri::Yes), "{a:?} {b:?}");
        }
    }

    /// Patterns of which neither holds the other may be about the same all the same.
    #[test]
    fn patterns_that_meet() {
        for (out, narrow, wanted) in [
            ("s3:*Object", "s3:Get*", Tri::Maybe),
            ("s3:*Object", "s3:GetObject", Tri::No),
            ("s3:Put*", "s3:Get*", Tri::Yes),
            ("s3:*Object", "s3:*Bucket", Tri::Yes),
            ("s3:*Object", "s3:ListBucket", Tri::Yes),
            ("s3:*Object", "kms:De*", Tri::Yes),
            ("s3:*Object*", "s3:*Get*", Tri::Maybe),
        ] {
            let found = holds(&[not(out)], &[json!({"Action": narrow})]);
            assert_eq!(found, wanted, "{out} {narrow}");
        }
    }

    /// What cannot be compared is not said to be more.
    #[test]
    fn undecided() {
        let with = |operator: &str, key: &str, value: &str| {
            [json!({"Condition": {operator: {key: value}}})]
        };
        for (wide, narrow) in [
            (
                with("StringEquals", "aws:SourceVpc", "v"),
                with("StringEquals", "aws:SourceVpce", "e"),
            ),
            (
                with("NumericLessThan", "s3:max-keys", "9"),
                with("NumericLessThan", "s3:max-keys", "5"),
            ),
            (with("StringEquals", "aws:x", "v"), with("StringNotEquals", "aws:x", "w")),
        ] {
            assert_eq!(holds(&wide, &narrow), Tri::Maybe, "{wide:?} {narrow:?}");
        }
    }
}
