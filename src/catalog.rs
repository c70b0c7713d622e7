//! Which rules exist, and which of them a run uses. The only place where the two kinds meet.

use std::{collections::BTreeSet, path::PathBuf};

use crate::{
    builtin::BUILTIN,
    engine::Job,
    lint::{BuiltinRule, Category, Params, Profile, Rule, RuleMeta},
    script::{self, ScriptRule},
};

pub use crate::script::LoadError;

/// Rules, ordered by id.
pub type Catalog = Vec<Box<dyn Rule>>;

/// The rules inside the binary.
pub fn shipped() -> Catalog {
    let mut rules = builtin();
    rules.extend(script::shipped().into_iter().map(boxed));
    rules.sort_by(|a, b| a.meta().id.cmp(&b.meta().id));
    rules
}

/// The rules inside the binary without the policies, which take longer to read than a small plan
/// takes to judge: for a run that names no rule and configures none but these.
pub fn builtin() -> Catalog {
    BUILTIN.iter().map(|rule| Box::new(BuiltinRule::new(rule)) as Box<dyn Rule>).collect()
}

fn boxed(rule: ScriptRule) -> Box<dyn Rule> {
    Box::new(rule)
}

/// The shipped rules, and the scripts of the user's directories (`--rules DIR`). Where they are
/// `strict`, a misspelt attribute in one of these is a failure.
///
/// # Errors
/// When a directory cannot be read or holds no script, a script is not right, or two rules have
/// one id.
pub fn with_scripts(dirs: &[PathBuf], strict: bool) -> Result<Catalog, LoadError> {
    let mut rules = shipped();
    let mut seen = BTreeSet::new();
    // A directory may stand in the configuration and on the command line.
    let mut is_new =
        |dir: &PathBuf| seen.insert(dir.canonicalize().unwrap_or_else(|_| dir.clone()));
    for dir in dirs.iter().filter(|dir| is_new(dir)) {
        for rule in script::directory(dir)? {
            let meta = rule.meta();
            if let Some(other) = rules.iter().find(|other| other.meta().id == meta.id) {
                let file = &other.meta().file;
                let message = format!("the id `{}` is taken by {file}: choose another", meta.id);
                return Err(LoadError::whole(&meta.file, message));
            }
            rules.push(boxed(if strict { rule.strict() } else { rule }));
        }
    }
    rules.sort_by(|a, b| a.meta().id.cmp(&b.meta().id));
    Ok(rules)
}

/// What the user wants to run.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Rule ids, families, categories; replaces the profiles where it is not empty.
    pub select: Vec<String>,
    /// Rule ids, families, categories; comes last.
    pub ignore: Vec<String>,
    /// Profiles beside `default`; `all` stands for each of them.
    pub profiles: Vec<ProfileName>,
    /// Rules switched on by their own settings.
    pub enabled: BTreeSet<String>,
    /// Rules switched off by their own settings.
    pub disabled: BTreeSet<String>,
}

/// A profile on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ProfileName {
    /// The rules that are on unless ignored
    Default,
    /// Adds stricter ones
    Strict,
    /// Adds those for disaster recovery
    Dr,
    /// All three
    All,
}

/// Why a rule does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Idle {
    /// `ignore` names it.
    #[error("`ignore` leaves it out")]
    Ignored,
    /// `select` names others.
    #[error("`select` does not name it")]
    NotSelected,
    /// Its own settings say so.
    #[error("it is not `enabled`")]
    Disabled,
    /// Nothing asks for its profile, and its own settings do not switch it on.
    #[error("{}", waits(*.0))]
    OfProfile(Profile),
}

fn waits(profile: Profile) -> String {
    match profile {
        Profile::Policy => "a policy waits for a parameter, or for `enabled = true`".to_owned(),
        _ => format!(
            "it is of the profile `{}`; add that to `profile`, or `enabled = true` to the settings",
            profile.as_str()
        ),
    }
}

/// A name that no rule, family or category has.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("no rule, family or category is called `{name}`{}", suggestion(.close))]
pub struct UnknownName {
    /// The name as given.
    pub name: String,
    /// The closest name there is.
    pub close: Option<String>,
}

fn suggestion(close: &Option<String>) -> String {
    close.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

impl Selection {
    /// The rules of a catalog that run, with their default parameters.
    ///
    /// # Errors
    /// When a name of `select` or `ignore` matches nothing.
    pub fn apply(&self, catalog: Catalog) -> Result<Vec<Job>, UnknownName> {
        for name in self.select.iter().chain(&self.ignore) {
            if !catalog.iter().any(|rule| rule.meta().is_called(name)) {
                return Err(UnknownName { name: name.clone(), close: closest(name, &catalog) });
            }
        }
        let jobs = catalog.into_iter().filter(|rule| self.wants(rule.meta())).map(|rule| {
            let params = Params::defaults(&rule.meta().params);
            Job { rule, severity: None, params }
        });
        Ok(jobs.collect())
    }

    /// Profiles that are asked for and add no rule: none is of them, or `select` replaces them.
    pub fn idle_profiles(&self, catalog: &Catalog) -> Vec<ProfileName> {
        let adds = |profile| catalog.iter().any(|rule| rule.meta().profile == profile);
        let is_idle = |name: &&ProfileName| match name {
            // Whoever asks for all asks for what there is.
            ProfileName::Default | ProfileName::All => false,
            _ if !self.select.is_empty() => true,
            ProfileName::Strict => !adds(Profile::Strict),
            ProfileName::Dr => !adds(Profile::Dr),
        };
        self.profiles.iter().filter(is_idle).copied().collect()
    }

    fn wants(&self, meta: &RuleMeta) -> bool {
        self.idle(meta).is_none()
    }

    /// Why a rule does not run; none where it does.
    pub fn idle(&self, meta: &RuleMeta) -> Option<Idle> {
        let named = |names: &[String]| names.iter().any(|name| meta.is_called(name));
        if named(&self.ignore) {
            return Some(Idle::Ignored);
        }
        if !self.select.is_empty() {
            return (!named(&self.select)).then_some(Idle::NotSelected);
        }
        if self.disabled.contains(&*meta.id) {
            return Some(Idle::Disabled);
        }
        let runs = self.enabled.contains(&*meta.id) || self.in_profile(meta.profile);
        (!runs).then_some(Idle::OfProfile(meta.profile))
    }

    fn in_profile(&self, profile: Profile) -> bool {
        let asked =
            |name| self.profiles.contains(&name) || self.profiles.contains(&ProfileName::All);
        match profile {
            Profile::Default => true,
            Profile::Strict => asked(ProfileName::Strict),
            Profile::Dr => asked(ProfileName::Dr),
            // Shipped policies wait for their settings, whatever the profile.
            Profile::Policy => false,
        }
    }
}

/// The closest of all names, for a suggestion.
pub fn closest(name: &str, catalog: &Catalog) -> Option<String> {
    let mut names: BTreeSet<String> =
        Category::ALL.iter().map(|it| it.as_str().to_owned()).collect();
    for rule in catalog {
        names.insert(rule.meta().id.to_string());
        names.insert(rule.meta().family().to_owned());
    }
    close_to(name, names.iter().map(String::as_str))
}

/// The closest of some names, if one is close at all.
pub fn close_to<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    let names: Vec<&str> = names.collect();
    if let Some(same) = names.iter().find(|it| it.eq_ignore_ascii_case(name)) {
        return Some((*same).to_owned());
    }
    similar::get_close_matches(name, &names, 1, 0.6).first().map(|name| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_in_capitals_are_close() {
        let close = |name| close_to(name, ["s3", "sec", "net-sg-open-ingress"].into_iter());
        assert_eq!(close("S3").as_deref(), Some("s3"));
        assert_eq!(close("net-sg-open-ingres").as_deref(), Some("net-sg-open-ingress"));
        assert_eq!(close("zz"), None);
    }

    /// A run that names only families and rules of the others does not read them.
    #[test]
    fn policies_have_a_family_of_their_own() {
        let families = |catalog: &Catalog| -> BTreeSet<String> {
            catalog.iter().map(|rule| rule.meta().family().to_owned()).collect()
        };
        let builtin = families(&builtin());
        let policies = script::shipped().into_iter().map(boxed).collect();
        assert!(families(&policies).is_disjoint(&builtin), "{builtin:?}");
    }
}
