//! What two regions have, without what differs from region to region by its nature: so that only what was
//! meant to be alike is compared.

use std::collections::BTreeSet;

use crate::{
    databricks::policy,
    facts::{buckets::is_s3, environments::names_production, twins::differs_in_regions},
};

use super::{credentials, twins};

/// A line for each element of a definition. Of one that differs from region to region it says what kind
/// of limit it is, not the values.
pub fn definition(text: &str) -> String {
    let is_open = |line: &String| {
        let (path, value) = line.split_once('=').unwrap_or((line, ""));
        !may_be_secret(path, value)
    };
    let lines = policy::lines(text, differs_in_regions);
    let open = lines.map(|lines| lines.into_iter().filter(is_open).collect::<Vec<_>>());
    open.map_or_else(|| text.to_owned(), |it| it.join("; "))
}

/// Whether a value may be a secret, which nobody is shown.
pub fn may_be_secret(path: &str, value: &str) -> bool {
    let name = path.rsplit(['.', ' ']).next().unwrap_or_default();
    credentials::promises(name) || !credentials::tokens(value).is_empty()
}

/// Whether a text of many parts, such as arguments or JSON, may hold a secret: by a name in it, or by what a
/// part is like.
pub fn may_hold_secret(text: &str) -> bool {
    let is_of_part = |c: char| c.is_ascii_alphanumeric() || "_-+/".contains(c);
    let mut parts = text.split(|c: char| !is_of_part(c)).map(|part| part.trim_start_matches('-'));
    parts.any(|part| credentials::promises(part) || credentials::is_secret_like(part))
}

/// A value as both regions have it: without their names and those of their buckets.
pub fn common(text: &str, region: Option<&str>, buckets: &BTreeSet<&str>) -> String {
    let lines = text.split("; ").map(|line| match line.rsplit_once('=') {
        Some((name, value)) if buckets.contains(value) => format!("{name}=bucket"),
        _ => without_buckets(line),
    });
    let text = lines.collect::<Vec<_>>().join("; ");
    let text = region.map_or(text.clone(), |region| text.replace(region, "region"));
    twins::common_name(&text)
}

/// Whether two values are the same in both regions, as [`common`] has them. In one of the standby, the word
/// for what stands by may take the place of that for production: `dr_sales` of `prod_sales`.
pub fn is_alike(ours: &str, theirs: &str, of_standby: &str) -> bool {
    let rest = |text: &str| {
        let words = text.split('/').filter(|word| !names_production(word));
        words.map(str::to_owned).collect::<Vec<_>>()
    };
    ours == theirs || (twins::says_standby(of_standby) && rest(ours) == rest(theirs))
}

/// A text without the names of buckets in its URLs.
fn without_buckets(text: &str) -> String {
    let mut parts = text.split("://");
    let mut left = parts.next().unwrap_or_default().to_owned();
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    for part in parts {
        let scheme = left.rsplit(|c: char| !c.is_ascii_alphanumeric()).next();
        let rest =
            if scheme.is_some_and(is_s3) { part.trim_start_matches(is_of_name) } else { part };
        left = format!("{left}://{rest}");
    }
    left
}

/// What of one value the other does not have, short enough to be read.
pub fn apart(one: &str, other: &str) -> String {
    const LONGEST: usize = 200;
    let others: BTreeSet<&str> = other.split("; ").collect();
    let own: Vec<&str> = one.split("; ").filter(|part| !others.contains(part)).collect();
    let mut text = own.join("; ");
    if text.trim().is_empty() {
        return "nothing".to_owned();
    }
    if text.chars().count() > LONGEST {
        text = text.chars().take(LONGEST).chain(['…']).collect();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether two values are the same in Frankfurt and in Ireland.
    fn is_same(there: &str, here: &str) -> bool {
        let buckets = BTreeSet::from(["acme-lake", "acme-copy"]);
        common(there, Some("eu-central-1"), &buckets) == common(here, Some("eu-west-1"), &buckets)
    }

    #[test]
    fn regions_and_buckets_are_no_difference() {
        for (there, here, wanted) in [
            ("a: x.region=eu-central-1", "a: x.region=eu-west-1", true),
            ("a: x.source=acme-lake; b: y=1", "a: x.source=acme-copy; b: y=1", true),
            ("a: x.source=acme-lake", "a: x.source=acme-else", false),
            ("a: x=--in=s3://one/raw/", "a: x=--in=s3://two/raw/", true),
            ("a: x=s3a://one/raw", "a: x=s3a://two/clean", false),
            ("a: x=https://one/raw", "a: x=https://two/raw", false),
        ] {
            assert_eq!(is_same(there, here), wanted, "{there} {here}");
        }
        for (there, here, wanted) in [
            ("mode=full", "mode=full", true),
            ("catalog=prod_sales; mode=full", "catalog=dr_sales; mode=full", true),
            ("catalog=prod_sales; mode=full", "catalog=dr_sales; mode=inc", false),
            ("catalog=prod_sales", "catalog=sales", false),
        ] {
            let [ours, theirs] = [there, here].map(|text| common(text, None, &BTreeSet::new()));
            assert_eq!(is_alike(&ours, &theirs, here), wanted, "{there} {here}");
        }
    }

    #[test]
    fn sizes_and_ids_of_definitions_are_no_difference() {
        let of = |path: &str, element: &str| definition(&format!(r#"{{"{path}":{{{element}}}}}"#));
        for (path, there, here, wanted) in [
            (
                "instance_pool_id",
                r#""type":"fixed","value":"a""#,
                r#""value":"b","type":"fixed""#,
                true,
            ),
            (
                "autoscale.max_workers",
                r#""type":"range","maxValue":9"#,
                r#""type":"range","maxValue":4"#,
                true,
            ),
            (
                "autoscale.max_workers",
                r#""type":"range","maxValue":9"#,
                r#""type":"unlimited""#,
                false,
            ),
            ("num_workers", r#""type":"range","isOptional":true"#, r#""type":"range""#, false),
            (
                "node_type_id",
                r#""type":"fixed","value":"a""#,
                r#""type":"fixed","value":"b""#,
                false,
            ),
            ("data_security_mode", r#""type":"fixed","value":"a""#, r#""type":"unlimited""#, false),
        ] {
            assert_eq!(of(path, there) == of(path, here), wanted, "{path} {there} {here}");
        }
    }
}
