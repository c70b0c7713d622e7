//! Paths of cloud storage, and which lies in which. A path ends at a separator: `s3://lake/a` holds
//! `s3://lake/a/b`, and not `s3://lake/ab`.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::facts::buckets;

/// `s3://bucket/a/b`, as Unity Catalog compares it: `s3a` and `s3n` are `s3`, a slash at the end says
/// nothing, and `%20` is a blank.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoragePath {
    /// Scheme and bucket: `s3://bucket`; what stands for them in other clouds.
    root: String,
    /// Names between separators.
    segments: Vec<String>,
}

impl StoragePath {
    /// Reads a URL; none where it has no scheme or no bucket.
    pub fn parse(url: &str) -> Option<StoragePath> {
        let (scheme, rest) = url.trim().split_once("://")?;
        let mut segments = rest.split('/').filter(|name| !name.is_empty()).map(decoded);
        let bucket = segments.next().filter(|_| !rest.starts_with('/'))?;
        let scheme = match scheme.to_ascii_lowercase() {
            scheme if buckets::is_s3(&scheme) => "s3".to_owned(),
            scheme => scheme,
        };
        Some(StoragePath { root: format!("{scheme}://{bucket}"), segments: segments.collect() })
    }

    /// Whether another path is this one or lies below it.
    pub fn covers(&self, other: &StoragePath) -> bool {
        self.root == other.root && other.segments.starts_with(&self.segments)
    }

    /// Whether one of two covers the other.
    pub fn overlaps(&self, other: &StoragePath) -> bool {
        self.covers(other) || other.covers(self)
    }

    /// The bucket that it lies in.
    pub fn bucket(&self) -> StoragePath {
        StoragePath { root: self.root.clone(), segments: Vec::new() }
    }

    /// The names below the bucket.
    pub fn segments(&self) -> &[String] {
        &self.segments
    }

    /// The path below it.
    pub fn join(&self, name: &str) -> StoragePath {
        let segments = self.segments.iter().cloned().chain([name.to_owned()]).collect();
        StoragePath { root: self.root.clone(), segments }
    }
}

/// `%20` as the blank that it stands for; what is no escape stays.
fn decoded(name: &str) -> String {
    percent_decode_str(name).decode_utf8().map_or_else(|_| name.to_owned(), Cow::into_owned)
}

/// Things by their paths, so that those which hold one another stand together: each path that lies
/// in no other, with all that lie in it. Paths alone are left out.
pub fn nested<T>(mut all: Vec<(StoragePath, T)>) -> Vec<Vec<(StoragePath, T)>> {
    // What lies in a path follows it, before anything else.
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    let mut groups: Vec<Vec<(StoragePath, T)>> = Vec::new();
    for (path, thing) in all {
        match groups.last_mut() {
            Some(group) if group.first().is_some_and(|(outer, _)| outer.covers(&path)) => {
                group.push((path, thing));
            }
            _ => groups.push(vec![(path, thing)]),
        }
    }
    groups.retain(|group| group.len() > 1);
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(url: &str) -> StoragePath {
        StoragePath::parse(url).unwrap()
    }

    #[test]
    fn a_path_ends_at_a_separator() {
        for (outer, inner, wanted) in [
            ("s3://lake", "s3://lake/", true),
            ("s3://lake/", "S3A://lake/raw", true),
            ("s3n://lake/raw/", "s3://lake//raw/x", true),
            ("s3://lake/my%20data", "s3://lake/my data/x", true),
            ("s3://lake/a", "s3://lake/ab", false),
            ("s3://lake/a/b", "s3://lake/a", false),
            ("s3://lake", "s3://lake2/a", false),
            ("s3://lake", "gs://lake/a", false),
            ("abfss://c@acme.dfs.core.windows.net/", "abfss://c@acme.dfs.core.windows.net/a", true),
        ] {
            assert_eq!(path(outer).covers(&path(inner)), wanted, "{outer} {inner}");
        }
        for url in ["", "lake/raw", "s3:///raw", "s3://"] {
            assert_eq!(StoragePath::parse(url), None, "{url}");
        }
        assert_eq!(decoded("100%"), "100%");
        assert_eq!(decoded("%zz%41"), "%zzA");
        assert_eq!(path("s3://lake/a").join("b"), path("s3://lake/a/b"));
    }

    #[test]
    fn what_lies_in_one_path_stands_together() {
        let urls =
            ["s3://b/x/y", "s3://a-b/x", "s3://b", "s3://a", "s3://b/x", "s3://a/1", "s3://c"];
        let groups = nested(urls.iter().map(|url| (path(url), *url)).collect());
        let names: Vec<Vec<&str>> =
            groups.iter().map(|group| group.iter().map(|(_, url)| *url).collect()).collect();
        assert_eq!(names, [vec!["s3://a", "s3://a/1"], vec!["s3://b", "s3://b/x", "s3://b/x/y"]]);
    }
}
