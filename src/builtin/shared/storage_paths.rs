//! Paths of cloud storage, and which lies in which. A path ends at a separator: `s3://lake/a` holds
//! `s3://lake/a/b`, and not `s3://lake/ab`.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::{
    estate::{Cell, Row, masked},
    facts::buckets,
    graph::View,
};

use super::masks::Masks;

/// The cell that [`put`] makes.
const PARTS: &str = "parts";

/// Puts into a row by what its path is compared with others, masked or not: the cell `parts`, the path and each
/// above it from the bucket on.
pub fn put<'r>(row: &'r mut Row, view: &View<'_>) -> &'r mut Row {
    let cell = match view.has_sensitive() {
        true => |text: String| Cell::Masked(masked(&text)),
        false => Cell::Known,
    };
    let path = view.text().and_then(StoragePath::parse);
    let parts = path.map(|path| path.parts().into_iter().map(cell).collect());
    row.with(PARTS, parts.map_or(Cell::Unset, Cell::List))
}

/// The path of that name right below another, as a cell to be compared with those of [`put`].
pub fn below(view: &View<'_>, name: &str) -> Option<Cell> {
    let text = StoragePath::parse(view.text()?)?.join(name).parts().pop()?;
    Some(if view.has_sensitive() { Cell::Masked(masked(&text)) } else { Cell::Known(text) })
}

/// The paths of rows, to be held against one another.
#[derive(Debug)]
pub struct Paths<'a>(Masks<'a>);

impl<'a> Paths<'a> {
    /// Of rows with the cell of [`put`].
    pub fn of(rows: impl IntoIterator<Item = &'a Row>) -> Paths<'a> {
        let cells = |row: &'a Row| parts(row).iter().chain([row.cell("folder")]);
        Paths(Masks::of(rows.into_iter().flat_map(cells)))
    }

    /// The path in a cell of a row for which [`put`] took it. It is there to be compared with others of these
    /// rows, and not to be shown.
    pub fn get(&self, row: &'a Row, cell: &str) -> Option<StoragePath> {
        matches!(row.cell(cell), Cell::Known(_) | Cell::Masked(_)).then_some(())?;
        let parts: Option<Vec<&str>> = parts(row).iter().map(|part| self.0.key(part)).collect();
        let mut parts = parts?.into_iter().map(str::to_owned);
        Some(StoragePath { root: parts.next()?, segments: parts.collect() })
    }

    /// Whether one of these lies at or below a path that [`below`] made.
    pub fn lies_in(&self, path: &StoragePath, folder: &'a Cell) -> bool {
        self.0.key(folder).is_some_and(|key| path.segments.iter().any(|part| part == key))
    }
}

fn parts(row: &Row) -> &[Cell] {
    match row.cell(PARTS) {
        Cell::List(parts) => parts,
        _ => &[],
    }
}

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

    /// It and each path above it, the bucket first.
    fn parts(&self) -> Vec<String> {
        let mut parts = vec![self.root.clone()];
        for name in &self.segments {
            parts.push(format!("{}/{name}", parts.last().map_or("", String::as_str)));
        }
        parts
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
    use serde_json::json;

    use crate::{
        builtin::shared::testing::{estate, graph},
        estate::Estate,
    };

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
    fn what_is_masked_is_compared_with_what_is_shown() {
        let locations = [
            ("databricks_external_location.a", json!({"url": "s3://lake/raw/"})),
            ("databricks_external_location.b", json!({"url": "s3://lake/raw/x"})),
            ("databricks_external_location.c", json!({"url": "s3://lake/rawer"})),
        ];
        let mut estate = estate(&[graph("unit", &locations, &json!({}))], |cx, rows| {
            for it in cx.of("databricks_external_location") {
                let url = it.get("url");
                put(rows.add("location", it), &url).with("url", &url);
            }
        });
        let of = |estate: &Estate| -> Vec<StoragePath> {
            let paths = Paths::of(estate.of("location"));
            estate.of("location").map(|row| paths.get(row, "url").unwrap()).collect()
        };
        let relations = |all: &[StoragePath]| {
            let bucket = all.iter().all(|it| it.bucket() == all[0].bucket());
            (all[0].covers(&all[1]), all[1].covers(&all[0]), all[0].overlaps(&all[2]), bucket)
        };
        let shown = of(&estate);
        assert_eq!(relations(&shown), (true, false, false, true));
        for at in 0..3 {
            estate = masking(estate, at);
            let all = of(&estate);
            assert_eq!(relations(&all), relations(&shown), "{at}");
            assert!(!format!("{:?}", all[at]).contains("lake"));
        }
    }

    /// The same with a mask on the row at that place.
    fn masking(estate: Estate, at: usize) -> Estate {
        let mut rows: Vec<Row> = estate.of("location").cloned().collect();
        let hide = |cell: &Cell| match cell {
            Cell::Known(text) => Cell::Masked(masked(text)),
            cell => cell.clone(),
        };
        let parts = parts(&rows[at]).iter().map(hide).collect();
        let url = hide(rows[at].cell("url"));
        rows[at].with(PARTS, Cell::List(parts)).with("url", url);
        Estate::new(rows)
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
