//! Values that stand in the configuration itself, where everybody who reads the code sees them.

use std::collections::BTreeSet;

use crate::plan::{ConfigResource, ConfigVariable, Key, Step, Value, steps};

use super::{Expr, Graph, ProviderBlock, View, made::below, resolve::is_handed_in, view::Written};

/// A literal of the configuration.
#[derive(Clone)]
pub struct Literal<'a> {
    /// What it is.
    pub value: Value<'a>,
    /// The name of the variable that the argument takes, or of the member of it; none where it stands in
    /// the argument.
    pub variable: Option<String>,
    /// The address of the variable whose default it is, as `module.a.var.x`.
    pub default_of: Option<String>,
    /// The expression is the literal for certain. Of a reference plan JSON shows no more than the
    /// name, so a default may be one part of the value, or only decide about it.
    pub is_whole: bool,
}

/// What a value takes of a root variable.
#[derive(Clone)]
pub struct RootPart<'a> {
    /// The name of the variable.
    pub variable: String,
    /// The name nearest to the value: of the variable, or of the member of it.
    pub name: String,
    /// The variable is declared sensitive.
    pub is_sensitive: bool,
    /// The value in this plan.
    pub value: Value<'a>,
}

impl<'a> RootPart<'a> {
    /// The member that a reference to another variable names, `password` of `var.db.password`, where the
    /// value has it; else the value as it is.
    fn member_of(self, reference: &str) -> RootPart<'a> {
        let path = steps(reference);
        let is_output = path.first().and_then(Step::name) == Some("module");
        let rest = path.iter().skip(if is_output { 3 } else { 2 });
        let member = rest.clone().try_fold(self.value, |value, step| value.get(step.name()?));
        match (member, rest.last().and_then(Step::name)) {
            (Some(value), Some(name)) => RootPart { name: name.to_owned(), value, ..self },
            _ => self,
        }
    }
}

/// What an expression names that is known or may be, and may decide which of several things a value is.
#[derive(Clone)]
pub enum Decider<'a> {
    /// A root variable, or a member of one.
    Root(RootPart<'a>),
    /// A local, by the name nearest to the value.
    Local(String),
    /// An argument or an output that is a constant, in the same way.
    Constant(String),
    /// A key, a count, what of several a module hands on.
    Other,
}

const DEPTH: usize = 20;

impl Graph {
    /// The literal that an expression of a module is, or a lone variable behind it, or a member of one:
    /// handed in by a call, or its default, whatever value it is given in this plan.
    fn literal<'a>(
        &'a self,
        module: usize,
        expression: Expr<'a>,
        depth: usize,
    ) -> Option<Literal<'a>> {
        if let Expr::Constant(value) = expression {
            return Some(Literal { value, variable: None, default_of: None, is_whole: depth == 0 });
        }
        let references = match expression {
            Expr::References(_) if depth < DEPTH => expression.references(),
            _ => return None,
        };
        let [only] = references.as_slice() else { return None };
        let path = steps(only);
        let [Step::Name(first), Step::Name(name), rest @ ..] = path.as_slice() else { return None };
        let config = self.plan.config.modules.get(module).filter(|_| first == "var")?;
        let member = |value: Value<'a>| rest.iter().try_fold(value, below);
        let variable = Some(rest.iter().rev().find_map(text).unwrap_or(name).to_owned());
        if let Some(call) = &config.call
            && let Some(argument) = self.value(&call.arguments).and_then(|all| all.get(name))
        {
            let handed = self.literal(call.parent, Expr::of(argument), depth + 1)?;
            let value = member(handed.value)?;
            return Some(Literal { value, variable, ..handed });
        }
        let value = member(self.default_of(config.variables.get(name)?)?)?;
        let modules = config.path.iter().map(|name| format!("module.{name}."));
        let default_of = Some(format!("{}var.{name}", modules.collect::<String>()));
        Some(Literal { value, variable, default_of, is_whole: false })
    }
}

/// The name or the key that a step is.
fn text(step: &Step) -> Option<&str> {
    match step {
        Step::Name(name) | Step::Key(Key::Text(name)) => Some(name),
        Step::Key(Key::Int(_)) => None,
    }
}

/// The name nearest to what a reference leads to: `user` of `local.db.user`.
fn last_name(reference: &str) -> String {
    steps(reference).iter().rev().find_map(text).unwrap_or_default().to_owned()
}

impl Graph {
    /// What the expression of a root output names; none where the configuration lacks it.
    pub fn output_references(&self, name: &str) -> Option<Vec<&str>> {
        let output = self.plan.config.modules.first()?.outputs.get(name)?;
        Some(Expr::of(self.value(&output.expression)?).references())
    }

    /// What an argument of a block names.
    pub fn argument_references<'a>(
        &'a self,
        block: &'a ConfigResource,
        name: &str,
    ) -> Vec<&'a str> {
        let argument = self.value(&block.arguments).and_then(|all| all.get(name));
        argument.map(|it| Expr::of(it).references()).unwrap_or_default()
    }

    /// What references of a module lead to, through the arguments of calls and the outputs of called
    /// modules: each with the module in which it stands.
    pub fn origins<'a>(
        &'a self,
        module: usize,
        references: Vec<&'a str>,
    ) -> BTreeSet<(usize, &'a str)> {
        let mut open = located(module, references);
        let (mut found, mut seen) = (BTreeSet::new(), BTreeSet::new());
        while let Some((at, reference)) = open.pop() {
            if !seen.insert((at, reference)) {
                continue;
            }
            match self.origin(at, reference) {
                Some((module, expression)) => open.extend(located(module, expression.references())),
                None => {
                    found.insert((at, reference));
                }
            }
        }
        found
    }

    /// What an expression of a module names, or the one that it hands on as it is, and the module in which
    /// that stands.
    pub(super) fn handed_by<'a>(
        &'a self,
        mut module: usize,
        expression: Expr<'a>,
    ) -> (usize, Vec<&'a str>) {
        let mut references = expression.references();
        for _ in 0..DEPTH {
            let [only] = references.as_slice() else { break };
            let Some((at, expression)) = self.origin(module, only) else { break };
            (module, references) = (at, expression.references());
        }
        (module, references)
    }

    /// The expression of another module that a reference stands for.
    fn origin<'a>(&'a self, module: usize, reference: &str) -> Option<(usize, Expr<'a>)> {
        let config = self.plan.config.modules.get(module)?;
        let names = steps(reference);
        let mut names = names.iter().filter_map(Step::name);
        match (names.next()?, names.next()?) {
            ("var", name) => {
                let call = config.call.as_ref()?;
                Some((call.parent, Expr::of(self.value(&call.arguments)?.get(name)?)))
            }
            ("module", name) => {
                let child = *config.children.get(name)?;
                let output = self.plan.config.modules.get(child)?.outputs.get(names.next()?)?;
                Some((child, Expr::of(self.value(&output.expression)?)))
            }
            _ => None,
        }
    }

    /// What a reference of a module names that is known; none where that is an object.
    fn decider<'a>(&'a self, module: usize, reference: &'a str) -> Option<Decider<'a>> {
        let origins: Vec<(usize, &str)> =
            self.origins(module, vec![reference]).into_iter().collect();
        let [(at, origin)] = origins.as_slice() else {
            return Some(match origins.is_empty() {
                true => Decider::Constant(last_name(reference)),
                false => Decider::Other,
            });
        };
        match (at, self.root_part(origin)) {
            (0, Some(part)) => Some(Decider::Root(part)),
            _ if origin.starts_with("local.") => Some(Decider::Local(last_name(origin))),
            _ => is_handed_in(origin).then_some(Decider::Other),
        }
    }

    fn root_part(&self, reference: &str) -> Option<RootPart<'_>> {
        let path = steps(reference);
        let [Step::Name(first), Step::Name(variable), rest @ ..] = path.as_slice() else {
            return None;
        };
        let root = self.plan.config.modules.first().filter(|_| first == "var")?;
        let value = rest.iter().try_fold(self.plan.variable(variable)?, below)?;
        let name = rest.iter().rev().find_map(text).unwrap_or(variable).to_owned();
        let is_sensitive = root.variables.get(variable)?.sensitive;
        Some(RootPart { variable: variable.clone(), name, is_sensitive, value })
    }

    /// The default of a variable, where it has one that is not null.
    pub fn default_of<'a>(&'a self, variable: &'a ConfigVariable) -> Option<Value<'a>> {
        self.value(variable.default.as_ref()?).filter(|value| !value.is_null())
    }
}

/// References with their module, without what only leads to another of them: `module.a` beside
/// `module.a.id`.
fn located(module: usize, references: Vec<&str>) -> Vec<(usize, &str)> {
    let leads_on = |it: &str| {
        let mut rests = references.iter().filter_map(|other| other.strip_prefix(it));
        it.starts_with("module.") && rests.any(|rest| rest.starts_with(['.', '[']))
    };
    references.iter().filter(|it| !leads_on(it)).map(|it| (module, *it)).collect()
}

impl<'a> View<'a> {
    /// The literal that the configuration gives it, whatever the plan shows: write-only arguments
    /// are null there, and of some texts there is only a digest.
    pub fn literal(&self) -> Option<Literal<'a>> {
        let Written::By(expressions) = self.written() else { return None };
        let [only] = expressions.as_slice() else { return None };
        let graph = self.graph();
        let module = graph.plan.module(self.res().raw().module).config?;
        graph.literal(module, *only, 0)
    }

    /// What its expression names of root variables, through the arguments of calls and the outputs of
    /// modules. Plan JSON does not tell a part of the value from what only decides about it.
    pub fn root_parts(&self) -> Vec<RootPart<'a>> {
        let Written::By(expressions) = self.written() else { return Vec::new() };
        let graph = self.graph();
        let Some(module) = graph.plan.module(self.res().raw().module).config else {
            return Vec::new();
        };
        // Beside `var.db.user` stands `var.db`.
        let leads_on = |it: &str, other: &str| {
            other.strip_prefix(it).is_some_and(|rest| rest.starts_with(['.', '[']))
        };
        let all: Vec<&str> = expressions.iter().flat_map(|it| it.references()).collect();
        let leaves = all.iter().filter(|it| !all.iter().any(|other| leads_on(it, other)));
        let mut parts: BTreeSet<(&str, &str)> = BTreeSet::new();
        for leaf in leaves {
            let origins = graph.origins(module, vec![leaf]);
            parts.extend(origins.into_iter().filter(|it| it.0 == 0).map(|it| (it.1, *leaf)));
        }
        let ends: Vec<&str> = parts.iter().map(|it| it.0).collect();
        parts.retain(|(it, _)| !ends.iter().any(|other| leads_on(it, other)));
        let found = parts.into_iter().filter_map(|(it, leaf)| {
            let part = graph.root_part(it)?;
            // A call hands on the whole, of which the argument takes a member.
            Some(if it == leaf { part } else { part.member_of(leaf) })
        });
        found.collect()
    }

    /// What known things its expression names, which may be parts of the value or decide which of several
    /// things it is: plan JSON does not tell the two apart. None where nothing shows what it names.
    pub fn deciders(&self) -> Option<Vec<Decider<'a>>> {
        let Written::By(expressions) = self.written() else { return None };
        let graph = self.graph();
        let module = graph.plan.module(self.res().raw().module).config?;
        let all = expressions.iter().flat_map(|it| it.references());
        Some(all.filter_map(|reference| graph.decider(module, reference)).collect())
    }

    /// Whether the configuration gives it what a function makes of constants, of which plan JSON
    /// shows nothing.
    pub fn is_opaque(&self) -> bool {
        let Written::By(expressions) = self.written() else { return false };
        expressions.iter().any(|expression| matches!(expression, Expr::Opaque))
    }
}

impl<'a> ProviderBlock<'a> {
    /// The literal behind one of its expressions.
    pub fn literal(self, expression: Expr<'a>) -> Option<Literal<'a>> {
        let graph = self.graph();
        let module = graph.plan.config.find(self.block.module.iter().map(String::as_str))?;
        graph.literal(module, expression, 0)
    }

    /// Its arguments with their expressions, those of nested blocks by their path.
    pub fn arguments(self) -> Vec<(String, Expr<'a>)> {
        fn below<'a>(node: Value<'a>, path: &str, out: &mut Vec<(String, Expr<'a>)>) {
            for (name, inner) in node.entries() {
                let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                match Expr::of(inner) {
                    Expr::Block(block) if block.is_array() => {
                        block.items().for_each(|item| below(item, &path, out));
                    }
                    Expr::Block(block) => below(block, &path, out),
                    expression => out.push((path, expression)),
                }
            }
        }
        let mut out = Vec::new();
        if let Some(arguments) = self.graph().value(&self.block.arguments) {
            below(arguments, "", &mut out);
        }
        out
    }
}
