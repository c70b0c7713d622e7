use std::{path::Path, sync::LazyLock};

use bricklint::{
    catalog::{self, Catalog},
    config::Config,
    engine::Job,
    lint::Params,
    script,
    source::Origin,
};

/// `bricklint.toml`: settings, or a mistake on a line that the file has.
pub fn config(bytes: &[u8]) {
    static RULES: LazyLock<Catalog> = LazyLock::new(catalog::shipped);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let lines = text.matches('\n').count() + 1;
    let parsed = Config::parse(Path::new("bricklint.toml"), text.to_owned());
    let errors: Vec<_> = match parsed {
        Err(error) => vec![error],
        // The rules are read in parallel, by threads that must not wait for them meanwhile.
        Ok(config) => super::with_stack(|| {
            RULES.iter().filter_map(|rule| config.params(rule.meta()).err()).collect()
        }),
    };
    for error in errors {
        assert!((1..=lines).contains(&error.line) && error.column > 0, "{error}");
    }
}

/// A plan with a cluster, an instance profile and a role, and values that are not known yet.
const PLAN: &str = include_str!("../../fixtures/cmp-instance-profile-arn/bad-2/plan.json");

/// A script of a user: refused on a line that it has, or run.
///
/// Whatever it does, it ends by the sandbox's limits: in the time that the fuzzer gives an input.
pub fn script(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    super::with_stack(|| match script::load("rules/fuzz.rhai", text) {
        Err(error) => {
            // To Rhai a carriage return alone ends a line as well.
            let lines = text.split(['\n', '\r']).count();
            assert!((error.at.line as usize) <= lines, "{error}");
        }
        Ok(rule) => {
            let params = Params::defaults(&bricklint::lint::Rule::meta(&rule).params);
            let job = Job { rule: Box::new(rule), severity: None, params };
            if let Some(plan) = super::parsed(PLAN) {
                super::judged(plan, &[job], Origin::none());
            }
        }
    });
}
