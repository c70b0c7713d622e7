//! What changed outside Terraform, without what providers change by themselves.

use std::collections::BTreeSet;

use crate::{
    facts::{
        drift::{IDENTITY, PERPETUAL, is_noise, is_noise_of},
        schema,
    },
    plan::{Actions, Mode, Resource, Value, Values},
};

use super::{Graph, Res, Scope, Side, View, differ::differ};

/// One object that is no longer as Terraform left it.
#[derive(Clone, Copy, Debug)]
pub struct Drift<'a> {
    graph: &'a Graph,
    resource: &'a Resource,
}

impl Graph {
    /// Objects that were deleted outside Terraform, or of which something differs: an entry in
    /// which null became `{}`, or a time moved on, is left out.
    pub fn drift(&self) -> impl Iterator<Item = Drift<'_>> {
        self.refreshed().filter(|drift| drift.is_deleted() || !drift.differing().is_empty())
    }

    /// Objects of which nothing differs but one thing that the provider is known to give back otherwise
    /// each time; with its path.
    pub fn perpetual_drift(&self) -> impl Iterator<Item = (Drift<'_>, &'static str)> {
        let known = |drift: Drift<'_>| {
            let mut paths = PERPETUAL.iter().filter(move |(type_, _)| *type_ == drift.type_());
            paths.find(|(_, path)| drift.differs_only_at(path)).map(|(_, path)| *path)
        };
        self.refreshed().filter(|it| !it.is_deleted()).filter_map(move |it| Some((it, known(it)?)))
    }

    fn refreshed(&self) -> impl Iterator<Item = Drift<'_>> {
        let managed = self.plan.drift().iter().filter(|resource| resource.mode == Mode::Managed);
        managed.map(|resource| Drift { graph: self, resource })
    }
}

impl<'a> Drift<'a> {
    /// Terraform's address.
    pub fn address(self) -> &'a str {
        self.graph.plan.str(self.resource.address)
    }

    /// Its type.
    pub fn type_(self) -> &'a str {
        self.graph.plan.str(self.resource.type_)
    }

    /// What happened to it, in the words for what happens to an instance.
    pub fn actions(self) -> Actions {
        self.resource.actions
    }

    /// The object is gone.
    pub fn is_deleted(self) -> bool {
        self.actions().delete
    }

    /// The instance of the plan at its address: what Terraform makes of it now. None where the plan has
    /// none, as one of a deleted object whose block is gone too.
    pub fn res(self, scope: &'a Scope<'a>) -> Option<Res<'a>> {
        self.graph.plan.by_address(self.address()).map(|id| scope.res(id))
    }

    /// Its values as Terraform left them, at the place of `res`, and as they are now.
    pub fn views(self, res: Res<'a>) -> [View<'a>; 2] {
        let plan = &self.graph.plan;
        let look = |values: Values<'a>| res.look(values, Side::Prior);
        [look(plan.prior(self.resource)), look(plan.planned(self.resource))]
    }

    /// The top-level attributes that differ, sorted.
    pub fn differing(self) -> Vec<&'a str> {
        let plan = &self.graph.plan;
        let before = plan.prior(self.resource).value;
        let after = plan.planned(self.resource).value;
        let names: BTreeSet<&str> = [before, after]
            .into_iter()
            .flatten()
            .flat_map(|value| value.entries().map(|(name, _)| name))
            .collect();
        let says_something = |name: &&str| {
            let (old, new) =
                (before.and_then(|it| it.get(name)), after.and_then(|it| it.get(name)));
            differ(old, new) && !changes_by_itself(self.type_(), name)
        };
        names.into_iter().filter(says_something).collect()
    }

    fn differs_only_at(self, path: &str) -> bool {
        let plan = &self.graph.plan;
        let names: Vec<&str> = path.split('.').collect();
        let (before, after) = (plan.prior(self.resource).value, plan.planned(self.resource).value);
        let is_other = |name: &&str| names.first() != Some(name);
        let within = |value| names.iter().try_fold(value, |it: Value<'a>, name| one(it).get(name));
        let [old, new] = [before, after].map(|value| value.and_then(within));
        differ(old, new)
            && !self.differing().iter().any(is_other)
            && (names.len() == 1 || !differs_beside(before, after, &names))
    }
}

/// The one element of a block, or the value itself.
fn one(value: Value<'_>) -> Value<'_> {
    value.items().next().unwrap_or(value)
}

/// Whether something differs on the way to a path that does not lie on it; of the attributes themselves
/// only the first name of the path is looked into.
fn differs_beside(before: Option<Value<'_>>, after: Option<Value<'_>>, path: &[&str]) -> bool {
    let [name, next, rest @ ..] = path else { return false };
    let [old, new] = [before, after].map(|value| value.and_then(|it| one(it).get(name)).map(one));
    let names = [old, new].into_iter().flatten().flat_map(|it| it.entries().map(|(name, _)| name));
    let mut others = names.filter(|name| name != next);
    let get = |value: Option<_>, name| value.and_then(|it: Value<'_>| it.get(name));
    others.any(|name| differ(get(old, name), get(new, name)))
        || (!rest.is_empty() && differs_beside(old, new, &path[1..]))
}

/// What only the provider sets changes by itself, but for what says that it is another object. An
/// attribute of a noisy name that the author alone sets, such as the `url` of an external
/// location, does not change by itself.
fn changes_by_itself(type_: &str, name: &str) -> bool {
    let is_the_authors =
        |it: schema::Attribute| it.required || (it.optional && !it.computed && !it.is_block());
    let declared = schema::attribute(type_, [name]);
    let is_computed = declared.is_some_and(schema::Attribute::is_computed_only);
    is_noise_of(type_, name)
        || (is_computed && !IDENTITY.contains(&name))
        || (is_noise(name) && !declared.is_some_and(is_the_authors))
}

#[cfg(test)]
mod tests {
    use super::changes_by_itself;

    #[test]
    fn what_the_author_sets_is_no_noise() {
        assert!(changes_by_itself("databricks_job", "url"));
        assert!(!changes_by_itself("databricks_external_location", "url"));
        assert!(changes_by_itself("databricks_catalog", "effective_predictive_optimization_flag"));
        assert!(!changes_by_itself("databricks_catalog", "owner"));
        assert!(changes_by_itself("no_such_type", "updated_at"));
        assert!(changes_by_itself("databricks_pipeline", "latest_updates"));
        assert!(changes_by_itself("databricks_mws_ncc_private_endpoint_rule", "rule_id"));
        assert!(!changes_by_itself("aws_s3_bucket", "arn"));
        assert!(!changes_by_itself("aws_iam_role", "unique_id"));
        assert!(changes_by_itself("aws_iam_role", "create_date"));
        assert!(!changes_by_itself("no_such_type", "full_name"));
    }
}
