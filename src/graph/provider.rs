//! Provider configurations: which block a resource uses, and which region it speaks to.

use std::sync::{Arc, OnceLock, PoisonError};

use rustc_hash::FxHashMap;

use crate::{
    aws::Arn,
    facts::{self, provider_levels},
    plan::{ConfigResource, Mode, ModulePath, Provider, Step, steps},
};

use super::{
    Expr, Given, Graph, Res,
    eval::{Eval, Scene},
    made::Made,
    resolve::{End, Hit},
    seen,
};

/// The provider block that a resource uses.
#[derive(Clone, Copy, Debug)]
pub struct ProviderBlock<'a> {
    graph: &'a Graph,
    /// Terraform's key, `aws.dr` or `module.a:aws`.
    pub key: &'a str,
    /// The block.
    pub block: &'a Provider,
}

/// What was found out of arguments of provider blocks, by the key of the block and the name of the
/// argument: whatever uses a block asks the same of it.
pub(super) type Told = FxHashMap<String, FxHashMap<String, Arc<Argument>>>;

/// What was found out of one.
#[derive(Debug, Default)]
pub(super) struct Argument {
    constant: OnceLock<Option<String>>,
    hits: OnceLock<Arc<[Hit]>>,
}

impl Graph {
    /// The provider block of a resource; none where the plan has none (configured by environment).
    pub fn provider_of<'a>(&'a self, resource: &'a ConfigResource) -> Option<ProviderBlock<'a>> {
        self.provider(&resource.provider_key)
    }

    /// The provider block of a key. Terraform up to 1.1 writes keys that match no entry: then the
    /// block of the root with the name behind the colon is taken.
    pub fn provider<'a>(&'a self, key: &str) -> Option<ProviderBlock<'a>> {
        let all = &self.plan.config.providers;
        let name = key.rsplit(':').next().unwrap_or(key);
        let (key, block) = all.get_key_value(key).or_else(|| all.get_key_value(name))?;
        Some(ProviderBlock { graph: self, key, block })
    }

    /// Every provider block, by key.
    pub fn providers(&self) -> impl Iterator<Item = ProviderBlock<'_>> {
        let all = self.plan.config.providers.iter();
        all.map(|(key, block)| ProviderBlock { graph: self, key, block })
    }

    /// A value that an expression of a module has for certain: a literal, or a variable that was
    /// handed a literal, looked up through the calls. None for everything else.
    fn constant(&self, module: usize, expression: Expr<'_>, depth: usize) -> Option<String> {
        match expression {
            Expr::Constant(value) => value.scalar().map(Into::into),
            Expr::References(_) if depth < 20 => {
                let references = expression.references();
                let [only] = references.as_slice() else { return None };
                let path = steps(only);
                let (Some("var"), Some(name)) = (path.first()?.name(), path.get(1)?.name()) else {
                    return None;
                };
                self.variable_constant(module, name, &path[2..], depth)
            }
            _ => None,
        }
    }

    /// The same of a variable, or of what lies in it.
    pub(super) fn variable_constant(
        &self,
        module: usize,
        name: &str,
        rest: &[Step],
        depth: usize,
    ) -> Option<String> {
        let config = self.plan.config.modules.get(module)?;
        let Some(call) = &config.call else {
            let mut value = self.plan.variable(name)?;
            for step in rest {
                value = match step {
                    Step::Name(name) | Step::Key(crate::plan::Key::Text(name)) => {
                        value.get(name)?
                    }
                    Step::Key(crate::plan::Key::Int(index)) => {
                        value.at(usize::try_from(*index).ok()?)?
                    }
                };
            }
            return value.scalar().map(Into::into);
        };
        if !rest.is_empty() {
            return None;
        }
        match self.value(&call.arguments).and_then(|arguments| arguments.get(name)) {
            Some(value) => self.constant(call.parent, Expr::of(value), depth + 1),
            None => {
                let default = config.variables.get(name)?.default.as_ref()?;
                self.value(default)?.scalar().map(Into::into)
            }
        }
    }
}

/// Whether a clause of a constraint, such as `~> 1.60.0`, admits a version or a later one. One that cannot
/// be read does.
///
/// Source: developer.hashicorp.com/terraform/language/expressions/version-constraints.
fn admits_from(clause: &str, version: (u64, u64, u64)) -> bool {
    let clause = clause.trim();
    let at = clause.find(|c: char| c.is_ascii_digit()).unwrap_or(clause.len());
    let (operator, rest) = clause.split_at(at);
    // Of `1.60.0-beta1` the number.
    let number = rest.split(['-', '+']).next().unwrap_or_default();
    let parts: Option<Vec<u64>> = number.split('.').map(|part| part.parse().ok()).collect();
    let Some(parts) = parts else { return true };
    let part = |at: usize| parts.get(at).copied().unwrap_or(0);
    let named = (part(0), part(1), part(2));
    match (operator.trim(), parts.len()) {
        ("" | "=" | "<=", _) => named >= version,
        ("<", _) => named > version,
        ("~>", 3) => (part(0), part(1).saturating_add(1), 0) > version,
        ("~>", 2) => (part(0).saturating_add(1), 0, 0) > version,
        _ => true,
    }
}

impl<'a> ProviderBlock<'a> {
    /// The plan that it belongs to.
    pub(super) fn graph(self) -> &'a Graph {
        self.graph
    }

    /// Whether a version of the provider, or a later one, may be in use: no module's constraint on it
    /// excludes them all.
    pub fn admits_from(self, version: (u64, u64, u64)) -> bool {
        let same = self.graph.providers().filter(|it| it.block.name == self.block.name);
        let mut all = same.filter_map(|it| it.block.version_constraint.as_deref());
        all.all(|constraint| constraint.split(',').all(|clause| admits_from(clause, version)))
    }

    /// The other blocks of the same provider, by key.
    pub fn siblings(self) -> impl Iterator<Item = ProviderBlock<'a>> {
        self.graph
            .providers()
            .filter(move |it| it.block.name == self.block.name && it.key != self.key)
    }

    /// How an argument is written; none where it is not.
    pub fn argument(self, name: &str) -> Option<Expr<'a>> {
        let arguments = self.graph.value(&self.block.arguments)?;
        arguments.get(name).map(Expr::of)
    }

    /// Whether the block has any arguments: one without gets them from the environment.
    pub fn is_empty(self) -> bool {
        self.graph.value(&self.block.arguments).is_none_or(|value| value.entries().len() == 0)
    }

    /// An argument's value, where it is a literal, a variable that was handed one, or, by its form, what a
    /// data source answered and the plan does not mask. With source
    /// also what conditions, templates and locals make of known values; without, a template around
    /// a variable looks like the variable: check what you get. Never an empty text, which providers take for
    /// an argument that is left out.
    pub fn constant(self, name: &str) -> Option<String> {
        let find = || self.find_constant(name).filter(|it| !it.is_empty());
        self.told(name).constant.get_or_init(find).clone()
    }

    fn told(self, name: &str) -> Arc<Argument> {
        let mut all = self.graph.told.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get(self.key).and_then(|block| block.get(name)) {
            return Arc::clone(known);
        }
        let block = all.entry(self.key.to_owned()).or_default();
        Arc::clone(block.entry(name.to_owned()).or_default())
    }

    fn find_constant(self, name: &str) -> Option<String> {
        let expression = self.argument(name)?;
        if let Some(made) = self.made(name, expression) {
            return self.graph.plain(&made).scalar().map(Into::into);
        }
        let module = self.graph.plan.config.find(self.block.module.iter().map(String::as_str))?;
        let constant = self.graph.constant(module, expression, 0);
        constant
            .or_else(|| self.read(name).filter(|(_, is_masked)| !is_masked).map(|(text, _)| text))
    }

    /// What a data source answered that an argument takes, and whether the plan masks it. What an author makes
    /// of an answer, by a template, a condition or a map, looks the same: so it has to be a whole value, and
    /// no other block of the provider may take it, as nobody writes two of one setting.
    fn read(self, name: &str) -> Option<(String, bool)> {
        let hit = self.read_from(name)?;
        if self.siblings().any(|it| it.read_from(name).as_ref() == Some(&hit)) {
            return None;
        }
        let (made, is_masked) = self.graph.known_at(&hit)?;
        let text = made.scalar().filter(|text| provider_levels::is_whole(name, text))?;
        Some((text.into_owned(), is_masked))
    }

    /// The answer of a data source that an argument hangs on alone; of one that tells of another block.
    fn read_from(self, name: &str) -> Option<Hit> {
        let hits = self.hits(name);
        let [hit] = &*hits else { return None };
        let End::Resource(id) = hit.end else { return None };
        let res = self.graph.plan.resource(id);
        let is_read = res.mode == Mode::Data
            && !provider_levels::is_about_itself(self.graph.plan.str(res.type_));
        is_read.then(|| hit.clone())
    }

    /// A value that a data source answered and that the plan masks: to be compared, and not to be shown.
    pub fn masked(self, name: &str) -> Option<String> {
        let (text, is_masked) = self.read(name)?;
        (is_masked && !text.is_empty()).then_some(text)
    }

    /// What the source tells of an argument that is no literal.
    fn made(self, name: &str, expression: Expr<'a>) -> Option<Made> {
        if !matches!(expression, Expr::References(_) | Expr::Opaque) {
            return None;
        }
        let path = self.path();
        let shape = self.graph.provider_shape(&path, self.key, name, expression)?;
        Eval::new(self.graph).answer(&shape, &Scene::of_module(path))
    }

    fn path(self) -> ModulePath {
        self.block.module.iter().map(|name| (name.clone(), None)).collect()
    }

    /// The output of another Terragrunt unit that an argument is, or stands in for.
    pub fn given(self, name: &str) -> Option<Given> {
        if self.graph.unit().given.is_empty() {
            return None;
        }
        let text = self.constant(name).filter(|text| !text.is_empty())?;
        self.graph.given_as(&self.references(name), &text, false)
    }

    /// Whether an argument has a value: not where it is left out, null, or handed a variable that
    /// is null. What comes from anything else is taken to have one.
    pub fn is_set(self, name: &str) -> bool {
        let Some(expression) = self.argument(name) else { return false };
        if let Some(made) = self.made(name, expression) {
            return !matches!(made, Made::Null);
        }
        let is_lone_variable =
            matches!(expression.references().as_slice(), [only] if only.starts_with("var."));
        let is_null_variable = is_lone_variable
            && self.constant(name).is_none()
            && self.hits(name).iter().all(|hit| matches!(hit.end, End::Known | End::Given(_)));
        !expression.is_null() && !is_null_variable
    }

    /// Where an argument's references lead by the plan alone: those too that lead to nothing now.
    pub fn references(self, name: &str) -> Vec<Hit> {
        let Some(expression) = self.argument(name) else { return Vec::new() };
        self.graph.resolve_in_module(&self.path(), expression)
    }

    /// Where an argument's references lead.
    pub fn hits(self, name: &str) -> Arc<[Hit]> {
        let told = self.told(name);
        let find = || self.find_hits(name).into();
        Arc::clone(told.hits.get_or_init(find))
    }

    fn find_hits(self, name: &str) -> Vec<Hit> {
        let Some(expression) = self.argument(name) else { return Vec::new() };
        let hits = self.references(name);
        match self.made(name, expression) {
            Some(made) if !seen::is_plain(&hits) => made.hits(),
            _ => hits,
        }
    }
}

impl<'a> Res<'a> {
    /// Whether its block in the configuration has an argument, or a block of that name. There is one
    /// configuration for both worlds.
    pub fn has_argument(self, name: &str) -> bool {
        self.written_blocks(name) > 0
    }

    /// How many blocks of a name its block in the configuration has, `dynamic` ones not counted; one for an
    /// argument.
    pub fn written_blocks(self, name: &str) -> usize {
        let arguments = self.block().and_then(|block| self.scope().graph.value(&block.arguments));
        match arguments.and_then(|arguments| arguments.get(name)) {
            Some(blocks) if blocks.is_array() => blocks.items().len(),
            Some(_) => 1,
            None => 0,
        }
    }

    /// The provider block that it uses.
    pub fn provider(self) -> Option<ProviderBlock<'a>> {
        self.scope().graph.provider_of(self.block()?)
    }

    /// The AWS region it lives in: its own `region` (AWS provider 6 and `databricks_metastore`),
    /// its ARN, its availability zone, or its provider's region. None where the plan does not show it.
    pub fn region(self) -> Option<String> {
        let own = |name| self.get(name).text().filter(|text| facts::regions::is_region(text));
        if let Some(region) = own("region").or_else(|| own("aws_region")) {
            return Some(region.to_owned());
        }
        let arn = self.get("arn").text().and_then(Arn::parse);
        if let Some(region) = arn.and_then(|arn| arn.region) {
            return Some(region.to_owned());
        }
        if let Some(region) = self.get("availability_zone").text().and_then(facts::regions::of_zone)
        {
            return Some(region.to_owned());
        }
        let region = self.provider()?.constant("region")?;
        facts::regions::is_region(&region).then_some(region)
    }
}

impl<'a> Res<'a> {
    /// The AWS account it lives in: that of its ARN, now or before the apply, of its permissions
    /// boundary, or the one that its provider block is bound to (`allowed_account_ids`, the role it
    /// assumes, what `aws_caller_identity` answers to it). None where the plan does not show it.
    pub fn account(self) -> Option<String> {
        let own = [self.after(), self.before()];
        let of_arn = |text: &str| Arn::parse(text)?.account.map(str::to_owned);
        if let Some(account) = own.iter().find_map(|view| of_arn(view.get("arn").text()?)) {
            return Some(account);
        }
        // A boundary is a policy of the same account (docs.aws.amazon.com/IAM/latest/UserGuide/
        // access_policies_boundaries.html); one of AWS's own has none.
        if let Some(account) = self.get("permissions_boundary").text().and_then(of_arn) {
            return Some(account);
        }
        let provider = self.provider()?;
        if let Some(role) = provider.constant_in("assume_role", "role_arn") {
            return of_arn(&role);
        }
        if let Some(account) = provider.only_allowed_account() {
            return Some(account);
        }
        let mut callers = self.scope().data("aws_caller_identity");
        let same = |it: &Res<'_>| it.block().is_some_and(|it| it.provider_key == provider.key);
        callers.find(same).and_then(|it| it.get("account_id").text().map(str::to_owned))
    }
}

impl ProviderBlock<'_> {
    /// A literal, or a variable that was handed one, in a nested block.
    fn constant_in(self, block: &str, name: &str) -> Option<String> {
        let Expr::Block(node) = self.argument(block)? else { return None };
        let first = if node.is_array() { node.at(0)? } else { node };
        let module = self.graph.plan.config.find(self.block.module.iter().map(String::as_str))?;
        self.graph.constant(module, Expr::of(first.get(name)?), 0)
    }

    fn only_allowed_account(self) -> Option<String> {
        let Expr::Constant(list) = self.argument("allowed_account_ids")? else { return None };
        let mut all = list.items().filter_map(|item| item.scalar());
        let only = all.next()?.into_owned();
        all.next().is_none().then_some(only)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_admit_what_is_not_older() {
        let admits = |clause| admits_from(clause, (1, 94, 0));
        for clause in [
            ">= 1.50",
            "~> 1.60",
            "~> 1.94.0",
            "1.94.0",
            "< 1.94.1",
            "<= 1.94",
            "!= 1.95.0",
            "~> 1",
            "?",
            "~> 18446744073709551615.0",
            "~> 1.18446744073709551615.0",
        ] {
            assert!(admits(clause), "{clause}");
        }
        for clause in [
            "~> 1.60.0",
            "< 1.94.0",
            "= 1.93.9",
            "1.85.0",
            "<= 1.93",
            "~> 0.9",
            "< 1.94",
            "1.60.0-beta1",
        ] {
            assert!(!admits(clause), "{clause}");
        }
    }
}
