//! Follows values through a script as far as it is plain what they are: the resource that `check`
//! is given, lists of resources, what stands below them, through variables, closures and helpers.
//!
//! Nothing runs. Where a value may be anything, nothing is said of it; where it may be one of
//! several things, all of them are kept.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use rhai::{AST, ASTFlags, ASTNode, Dynamic, Expr, FnCallExpr, FnPtr, Position, Stmt, StmtBlock};

use crate::script::{absent::names_of, load::is_test};

/// A place in a resource: its type, `data.` in front of a data source's, and names from the top. A
/// list and its elements are one place.
pub(super) type Place = (String, Vec<String>);

/// The places that a value may be; none where it may be anything. Null is no place.
type Value = Option<BTreeSet<Place>>;

/// A function by name and number of parameters.
type Function = (String, usize);

/// How often functions are gone through, so that what one hands to another gets there.
const ROUNDS: usize = 8;

/// What a script asks for.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Names asked of places, each with where that is written.
    pub(super) names: Vec<(BTreeSet<Place>, String, Position)>,
    /// Types of resources as written, each with the function that is given it.
    pub(super) types: Vec<(&'static str, String, Position)>,
    /// Values given in place of the name of an attribute: the method, and the attribute.
    pub(super) unquoted: Vec<(String, String, Position)>,
    /// Texts given as messages.
    pub(super) messages: Vec<(String, Position)>,
}

/// What the functions of a script ask for, if `check` is given these types.
pub(super) fn follow(ast: &AST, on: &[impl AsRef<str>]) -> Asked {
    let functions = functions(ast);
    let mut flow = Flow {
        functions: &functions,
        given: BTreeMap::new(),
        returns: BTreeMap::new(),
        asked: Asked::default(),
        has_changed: false,
    };
    let subject = on.iter().map(|type_| (type_.as_ref().to_owned(), Vec::new())).collect();
    flow.give("check", vec![Some(subject)]);
    for _ in 0..ROUNDS {
        flow.asked = Asked::default();
        flow.has_changed = false;
        flow.round();
        if !flow.has_changed {
            break;
        }
    }
    if flow.has_changed {
        // A helper that goes down and down: what it is given is not all known.
        flow.asked.names.clear();
    }
    flow.asked
}

struct Body {
    params: Vec<String>,
    statements: Vec<Stmt>,
}

struct Flow<'a> {
    functions: &'a BTreeMap<Function, Body>,
    /// What each function that is called is given.
    given: BTreeMap<Function, Vec<Value>>,
    returns: BTreeMap<Function, Value>,
    asked: Asked,
    has_changed: bool,
}

/// Variables of a function.
#[derive(Clone)]
struct Variables<'a> {
    values: BTreeMap<&'a str, Value>,
    /// Those that change. In the next turn of a loop they are seen before they are set, so they may
    /// be anything.
    change: Rc<BTreeSet<String>>,
    function: Function,
}

impl Variables<'_> {
    fn get(&self, name: &str) -> Value {
        if self.change.contains(name) { None } else { self.values.get(name).cloned().flatten() }
    }
}

fn changing(statements: &[Stmt]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for statement in statements {
        statement.walk(&mut Vec::new(), &mut |path: &[ASTNode<'_>]| {
            if let Some(ASTNode::Stmt(Stmt::Assignment(it))) = path.last()
                && let Expr::Variable(it, ..) = &it.1.lhs
            {
                names.insert(it.1.to_string());
            }
            true
        });
    }
    names
}

/// The functions of a script that are no tests, closures included.
fn functions(ast: &AST) -> BTreeMap<Function, Body> {
    let all = ast.iter_fn_def().filter(|it| !is_test(&it.name));
    all.map(|it| {
        // The one way to the statements of a function.
        let mut only = ast.clone();
        only.retain_functions(|_, _, name, count| name == it.name && count == it.params.len());
        let mut statements = Vec::new();
        only.walk(&mut |path| {
            // Constants stand outside.
            let is_outside = |it: &Stmt| matches!(it, Stmt::Var(_, flags, _) if flags.contains(ASTFlags::CONSTANT));
            if let [ASTNode::Stmt(statement)] = path
                && !is_outside(statement)
            {
                statements.push((*statement).clone());
            }
            true
        });
        let params = it.params.iter().map(ToString::to_string).collect();
        ((it.name.to_string(), it.params.len()), Body { params, statements })
    })
    .collect()
}

fn nothing() -> Value {
    Some(BTreeSet::new())
}

fn join(a: Value, b: Value) -> Value {
    let (mut a, b) = (a?, b?);
    a.extend(b);
    Some(a)
}

fn text(expression: Option<&Expr>) -> Option<(&str, Position)> {
    match expression? {
        Expr::StringConstant(text, position) => Some((text.as_str(), *position)),
        _ => None,
    }
}

impl<'a> Flow<'a> {
    /// Hands values to a function, beside those of its other calls.
    fn give(&mut self, name: &str, values: Vec<Value>) {
        let function = (name.to_owned(), values.len());
        if !self.functions.contains_key(&function) {
            return;
        }
        let known = self.given.entry(function).or_insert_with(|| vec![nothing(); values.len()]);
        let joined: Vec<Value> =
            known.iter().cloned().zip(values).map(|(a, b)| join(a, b)).collect();
        self.has_changed |= *known != joined;
        *known = joined;
    }

    fn round(&mut self) {
        let reached: Vec<Function> = self.given.keys().cloned().collect();
        for key in reached {
            let (Some(function), Some(given)) = (self.functions.get(&key), self.given.get(&key))
            else {
                continue;
            };
            let names = function.params.iter().map(String::as_str);
            let mut variables = Variables {
                values: names.zip(given.iter().cloned()).collect(),
                change: changing(&function.statements).into(),
                function: key.clone(),
            };
            let value = self.block(&function.statements, &mut variables);
            self.finish(key, value);
        }
    }

    fn finish(&mut self, function: Function, value: Value) {
        let known = self.returns.entry(function).or_insert_with(nothing);
        let joined = join(known.clone(), value);
        self.has_changed |= *known != joined;
        *known = joined;
    }

    /// The value of the last statement.
    fn block(&mut self, statements: &'a [Stmt], variables: &mut Variables<'a>) -> Value {
        let mut last = nothing();
        for statement in statements {
            last = self.statement(statement, variables);
        }
        last
    }

    fn scoped(&mut self, block: &'a StmtBlock, variables: &Variables<'a>) -> Value {
        self.block(block.statements(), &mut variables.clone())
    }

    fn statement(&mut self, statement: &'a Stmt, variables: &mut Variables<'a>) -> Value {
        match statement {
            Stmt::Var(it, ..) => {
                let value = self.expression(&it.1, variables);
                variables.values.insert(it.0.name.as_str(), value);
                nothing()
            }
            Stmt::If(flow, _) => {
                self.expression(&flow.expr, variables);
                let value = self.scoped(&flow.body, variables);
                join(value, self.scoped(&flow.branch, variables))
            }
            Stmt::For(it, _) => {
                let elements = self.expression(&it.2.expr, variables);
                let mut inner = variables.clone();
                inner.values.insert(it.0.name.as_str(), elements);
                self.block(it.2.body.statements(), &mut inner);
                nothing()
            }
            Stmt::While(flow, _) | Stmt::Do(flow, ..) => {
                self.expression(&flow.expr, variables);
                self.scoped(&flow.body, variables);
                nothing()
            }
            Stmt::Assignment(it) => {
                self.expression(&it.1.rhs, variables);
                self.expression(&it.1.lhs, variables);
                nothing()
            }
            Stmt::Return(value, ..) => {
                let value =
                    value.as_ref().map_or_else(nothing, |it| self.expression(it, variables));
                self.finish(variables.function.clone(), value);
                nothing()
            }
            Stmt::Expr(it) => self.expression(it, variables),
            Stmt::FnCall(it, _) => self.call(it, variables),
            Stmt::Block(it) => self.scoped(it, variables),
            _ => nothing(),
        }
    }

    fn expression(&mut self, expression: &'a Expr, variables: &Variables<'a>) -> Value {
        match expression {
            Expr::Unit(_) => nothing(),
            Expr::Variable(it, ..) => variables.get(it.1.as_str()),
            Expr::Dot(it, options, _) => {
                let value = self.expression(&it.lhs, variables);
                self.chain(value, true, (&it.rhs, is_end(*options)), variables)
            }
            Expr::Index(it, options, _) => {
                let value = self.expression(&it.lhs, variables);
                self.chain(value, false, (&it.rhs, is_end(*options)), variables)
            }
            Expr::FnCall(it, _) => self.call(it, variables),
            Expr::Stmt(block) => self.scoped(block, variables),
            Expr::Coalesce(all, _) => {
                let values = all.iter().map(|it| self.expression(it, variables));
                values.collect::<Vec<_>>().into_iter().fold(nothing(), join)
            }
            Expr::Array(all, _) => {
                let values = all.iter().map(|it| self.expression(it, variables));
                values.collect::<Vec<_>>().into_iter().fold(nothing(), join)
            }
            Expr::And(all, _) | Expr::Or(all, _) => {
                all.iter().for_each(|it| drop(self.expression(it, variables)));
                None
            }
            Expr::InterpolatedString(all, _) => {
                all.iter().for_each(|it| drop(self.expression(it, variables)));
                None
            }
            Expr::Map(all, _) => {
                all.0.iter().for_each(|(_, it)| drop(self.expression(it, variables)));
                None
            }
            _ => None,
        }
    }

    /// What stands behind a dot or in brackets. Rhai nests a chain to the right: of `a.b[0].c` the
    /// rest behind `a` is `b[0].c`.
    fn chain(
        &mut self,
        value: Value,
        is_dot: bool,
        (rest, is_last): (&'a Expr, bool),
        variables: &Variables<'a>,
    ) -> Value {
        match rest {
            Expr::Dot(it, options, _) if !is_last => {
                let value = self.step(value, is_dot, &it.lhs, variables);
                self.chain(value, true, (&it.rhs, is_end(*options)), variables)
            }
            Expr::Index(it, options, _) if !is_last => {
                let value = self.step(value, is_dot, &it.lhs, variables);
                self.chain(value, false, (&it.rhs, is_end(*options)), variables)
            }
            last => self.step(value, is_dot, last, variables),
        }
    }

    fn step(
        &mut self,
        value: Value,
        is_dot: bool,
        link: &'a Expr,
        variables: &Variables<'a>,
    ) -> Value {
        match link {
            Expr::Property(it, position) if is_dot => self.member(value, &it.2, *position),
            Expr::MethodCall(it, _) if is_dot => self.method(value, it, variables),
            Expr::StringConstant(name, position) => self.member(value, name, *position),
            Expr::IntegerConstant(..) => value,
            index => {
                self.expression(index, variables);
                None
            }
        }
    }

    fn member(&mut self, value: Value, name: &str, position: Position) -> Value {
        let places = value?;
        self.asked.names.push((places.clone(), name.to_owned(), position));
        let below = |(type_, mut path): Place| {
            path.push(name.to_owned());
            (type_, path)
        };
        Some(places.into_iter().map(below).collect())
    }

    /// A path in quotes, such as that of `ref`.
    fn path(&mut self, value: Value, path: Option<(&str, Position)>) -> Value {
        let (path, position) = path?;
        names_of(path).iter().fold(value, |value, name| self.member(value, name, position))
    }

    fn call(&mut self, call: &'a FnCallExpr, variables: &Variables<'a>) -> Value {
        let values: Vec<Value> =
            call.args.iter().map(|it| self.expression(it, variables)).collect();
        let first = text(call.args.first());
        match (call.name.as_str(), first) {
            ("resources", Some(type_)) => self.of_type("resources", type_),
            ("data_sources", Some(type_)) => {
                self.of_type("data_sources", type_);
                Some(BTreeSet::from([(format!("data.{}", type_.0), Vec::new())]))
            }
            ("fail", _) => {
                if values.len() == 3 {
                    self.path(values.first().cloned().flatten(), text(call.args.get(1)));
                }
                let message = text(call.args.last());
                self.asked.messages.extend(message.map(|(text, at)| (text.to_owned(), at)));
                nothing()
            }
            (name, _) => {
                let function = (name.to_owned(), values.len());
                self.give(name, values);
                let is_own = self.functions.contains_key(&function);
                is_own.then(|| self.returns.get(&function).cloned().unwrap_or_else(nothing))?
            }
        }
    }

    fn method(&mut self, value: Value, call: &'a FnCallExpr, variables: &Variables<'a>) -> Value {
        let name = call.name.as_str();
        let made = match name {
            "some" | "all" | "find" | "filter" | "map" => {
                self.closure(call.args.first(), std::slice::from_ref(&value), variables)
            }
            "reduce" => self.closure(call.args.first(), &[None, value.clone()], variables),
            _ => {
                call.args.iter().for_each(|it| drop(self.expression(it, variables)));
                None
            }
        };
        match name {
            "find" | "filter" | "before" | "after" => value,
            "map" => made,
            "get" => {
                self.quoted(call, variables);
                self.path(value, text(call.args.first()))
            }
            "ref" => {
                self.quoted(call, variables);
                self.path(value, text(call.args.first()));
                self.of_type("ref", text(call.args.get(1))?)
            }
            "waits_for" => {
                self.of_type("waits_for", text(call.args.get(1))?);
                None
            }
            _ => None,
        }
    }

    /// Resources of a type.
    fn of_type(&mut self, function: &'static str, (type_, at): (&str, Position)) -> Value {
        self.asked.types.push((function, type_.to_owned(), at));
        Some(BTreeSet::from([(type_.to_owned(), Vec::new())]))
    }

    /// `r.ref(r.vpc_id)` asks for an attribute whose name is the value of another.
    fn quoted(&mut self, call: &'a FnCallExpr, variables: &Variables<'a>) {
        let Some(Expr::Dot(it, ..)) = call.args.first() else { return };
        // Where it is a parameter or the like, its value may be a name.
        let is_resource = self.expression(&it.lhs, variables).is_some_and(|it| !it.is_empty());
        if let Expr::Property(property, position) = &it.rhs
            && is_resource
        {
            let (method, name) = (call.name.to_string(), property.2.to_string());
            self.asked.unquoted.push((method, name, *position));
        }
    }

    /// Hands values to a closure, behind those that it captured; what it makes of them.
    fn closure(
        &mut self,
        closure: Option<&'a Expr>,
        values: &[Value],
        variables: &Variables<'a>,
    ) -> Value {
        let (name, captured) = closure_of(closure?)?;
        let captured = captured.iter().map(|it| self.expression(it, variables));
        let all: Vec<Value> =
            captured.collect::<Vec<_>>().into_iter().chain(values.to_vec()).collect();
        let function = (name, all.len());
        self.give(&function.0, all);
        self.returns.get(&function).cloned().unwrap_or_else(nothing)
    }
}

/// Whether a chain ends here: what follows is the index itself.
fn is_end(options: ASTFlags) -> bool {
    options.contains(ASTFlags::BREAK)
}

/// The function behind a closure, and the variables that it captured.
fn closure_of(expression: &Expr) -> Option<(String, &[Expr])> {
    let name = |value: &Dynamic| Some(value.read_lock::<FnPtr>()?.fn_name().to_owned());
    match expression {
        Expr::DynamicConstant(value, _) => Some((name(value)?, &[])),
        Expr::FnCall(call, _) if call.name == "curry" => match call.args.split_first()? {
            (Expr::DynamicConstant(value, _), captured) => Some((name(value)?, captured)),
            _ => None,
        },
        Expr::Stmt(block) => block.statements().iter().find_map(|statement| match statement {
            Stmt::Expr(it) => closure_of(it),
            Stmt::FnCall(call, _) if call.name == "curry" => match call.args.split_first()? {
                (Expr::DynamicConstant(value, _), captured) => Some((name(value)?, captured)),
                _ => None,
            },
            _ => None,
        }),
        _ => None,
    }
}
