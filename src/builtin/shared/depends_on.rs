//! What to write so that one object waits for others, in words.
//!
//! `depends_on` takes what its own module declares, whole: resources and calls of modules, never what lies
//! inside of a call
//! (<https://developer.hashicorp.com/terraform/language/meta-arguments/depends_on>).

use crate::plan::{ModulePath, module_path, seen_from};

/// How the object at the address `it` is made to wait for whichever of `others` is meant, all of one
/// configuration.
pub fn let_wait<'a>(it: &str, others: impl IntoIterator<Item = &'a str>) -> String {
    let others: Vec<&str> = others.into_iter().collect();
    let own = module_path(it);
    let shared = |other: &&str| common(&own, &module_path(other));
    let depth = others.iter().map(shared).min().unwrap_or_default();
    let mut wanted: Vec<String> = others.iter().map(|other| seen_from(other, depth)).collect();
    wanted.sort();
    wanted.dedup();
    let list = wanted.join(", ");
    match own.get(depth) {
        None => format!("let it wait: `depends_on = [{list}]`"),
        Some((call, _)) if wanted.contains(&format!("module.{call}")) => format!(
            "let it wait: instances of `module.{call}` cannot wait for each other, so take one of the two out \
             of the module"
        ),
        Some((call, _)) => {
            format!(
                "let its module wait: `depends_on = [{list}]` in `module \"{call}\"`; where that takes \
                 something back from it, take the two out of the circle first"
            )
        }
    }
}

/// How many calls lead to both.
fn common(a: &ModulePath, b: &ModulePath) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::let_wait;

    #[test]
    fn what_terraform_takes() {
        for (it, other, words) in [
            ("a.x", "b.y[\"k.z\"]", "let it wait: `depends_on = [b.y]`"),
            ("module.m[0].a.x", "module.m[0].b.y", "let it wait: `depends_on = [b.y]`"),
            ("a.x", "module.n[\"k\"].module.o.b.y", "let it wait: `depends_on = [module.n]`"),
            ("a.x", "data.b.y", "let it wait: `depends_on = [data.b.y]`"),
            (
                "module.m.a.x",
                "module.n.b.y",
                "let its module wait: `depends_on = [module.n]` in `module \"m\"`; ",
            ),
            (
                "module.p[\"k\"].module.m[1].a.x",
                "module.p[\"k\"].b.y[0]",
                "let its module wait: `depends_on = [b.y]` in `module \"m\"`; ",
            ),
        ] {
            let help = let_wait(it, [other]);
            assert!(help.starts_with(words), "{it} for {other}: {help}");
            assert_eq!(help.len() > words.len(), words.ends_with("; "), "{help}");
        }
        let siblings = let_wait("module.m[\"a\"].a.x", ["module.m[\"b\"].b.y"]);
        assert!(siblings.contains("instances of `module.m` cannot wait for each other"));
        assert_eq!(
            let_wait("a.x", ["b.y[\"k\"]", "b.y[\"l\"]", "module.n.b.y"]),
            "let it wait: `depends_on = [b.y, module.n]`"
        );
    }
}
