//! What kind of expression stands somewhere: data for those who resolve it.

use std::collections::BTreeSet;

use hcl_edit::{
    expr::{Expression, ObjectKey, Traversal, TraversalOperator},
    template::{Directive, Element, Strip, Template},
};

use crate::plan::{Key, Step};

use super::scan::Syntax;

/// An expression, as far as its form goes. Parentheses are gone, and so are the quotes around a
/// lone `"${…}"`.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A string without interpolation.
    Text(String),
    /// A number, as written.
    Number(String),
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
    /// A reference: `var.a["k"].id`, `aws_x.y[each.key].id`.
    Reference {
        /// Its first name.
        root: String,
        /// What follows.
        path: Vec<Hop>,
    },
    /// A string with interpolations: its literal parts are [`Shape::Text`]. `%{ if }` is a
    /// [`Shape::Conditional`], `%{ for }` a call of `join` on a [`Shape::For`].
    Template(Vec<Shape>),
    /// `condition ? then : otherwise`.
    Conditional {
        /// The condition.
        condition: Box<Shape>,
        /// The value where it holds.
        then: Box<Shape>,
        /// The value where it does not.
        otherwise: Box<Shape>,
    },
    /// A function call; `provider::aws::f` by its full name.
    Call {
        /// The function.
        name: String,
        /// Its arguments.
        arguments: Vec<Shape>,
        /// The last argument is expanded, by `...`.
        expands: bool,
    },
    /// Something of what is no reference: `split("/", x)[1]`.
    Access {
        /// What is looked into.
        of: Box<Shape>,
        /// `[1]`, `.name`.
        path: Vec<Hop>,
    },
    /// A `for` expression.
    For(Box<For>),
    /// `[a, b]`.
    List(Vec<Shape>),
    /// `{ a = b }`; keys without quotes are [`Shape::Text`].
    Object(Vec<(Shape, Shape)>),
    /// `!a`, `-a`.
    Unary {
        /// `!` or `-`.
        operator: &'static str,
        /// What it is applied to.
        of: Box<Shape>,
    },
    /// `a == b`, `a + b`, `a && b`.
    Binary {
        /// The operator, as written.
        operator: &'static str,
        /// What stands before it.
        left: Box<Shape>,
        /// What stands behind it.
        right: Box<Shape>,
    },
    /// Put together from these in a way that is not told: strings with strip markers (`${~ x ~}`).
    Other(Vec<Shape>),
    /// What could not be read, or is too long to be anything but data.
    Unread,
}

/// A step into a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Hop {
    /// `.name`.
    Name(String),
    /// `["key"]`, `[0]`, `.0`, or `[each.key]`.
    Index(Shape),
    /// `[*]`: what follows is applied to each element.
    Splat,
    /// `.*`: the names that follow are applied to each element.
    AttributeSplat,
}

/// A `for` expression.
#[derive(Clone, Debug, PartialEq)]
pub struct For {
    /// Name of the key, where one is given.
    pub key: Option<String>,
    /// Name of the value.
    pub value: String,
    /// What is gone through.
    pub collection: Shape,
    /// The keys made, where it makes an object.
    pub makes_key: Option<Shape>,
    /// The values made.
    pub makes: Shape,
    /// The filter.
    pub condition: Option<Shape>,
    /// Values of one key are put into a list, by `...`.
    pub groups: bool,
}

/// Longer expressions are data. The parser's time grows with the square of an object's size: 9 s for
/// 60,000 members, 0.1 s for as many as fit in here.
const MAX_BYTES: usize = 64 << 10;

/// The expression in `text`.
pub(super) fn shape(text: &str, syntax: Syntax) -> Shape {
    if text.len() > MAX_BYTES {
        return Shape::Unread;
    }
    if syntax == Syntax::Json {
        return serde_json::from_str(text).map_or(Shape::Unread, |value| of_json(&value));
    }
    // hcl-edit takes only line feeds for granted behind `for` and heredoc markers.
    let text = text.replace("\r\n", "\n");
    text.parse::<Expression>().map_or(Shape::Unread, |expression| of(&expression))
}

/// The text of an expression that is a plain string.
pub(super) fn plain(text: &str, syntax: Syntax) -> Option<String> {
    match shape(text, syntax) {
        Shape::Text(text) => Some(text),
        _ => None,
    }
}

/// The parser bounds the depth, and with it this recursion and those below.
fn of(expression: &Expression) -> Shape {
    match expression {
        Expression::Null(_) => Shape::Null,
        Expression::Bool(value) => Shape::Bool(*value.value()),
        Expression::Number(number) => Shape::Number(number.value().to_string()),
        Expression::String(value) => Shape::Text(value.value().clone()),
        Expression::Variable(name) => {
            Shape::Reference { root: name.value().to_string(), path: Vec::new() }
        }
        Expression::Array(items) => Shape::List(items.iter().map(of).collect()),
        Expression::Object(object) => {
            let member = |key: &ObjectKey| match key {
                ObjectKey::Ident(name) => Shape::Text(name.value().to_string()),
                ObjectKey::Expression(key) => of(key),
            };
            Shape::Object(object.iter().map(|(k, v)| (member(k), of(v.expr()))).collect())
        }
        Expression::StringTemplate(it) => of_template(it),
        Expression::HeredocTemplate(it) => of_template(&it.template),
        Expression::Parenthesis(inner) => of(inner.inner()),
        Expression::Conditional(it) => Shape::Conditional {
            condition: Box::new(of(&it.cond_expr)),
            then: Box::new(of(&it.true_expr)),
            otherwise: Box::new(of(&it.false_expr)),
        },
        Expression::FuncCall(call) => {
            let mut name: String =
                call.name.namespace.iter().map(|part| format!("{}::", part.value())).collect();
            name.push_str(call.name.name.value());
            let arguments = call.args.iter().map(of).collect();
            Shape::Call { name, arguments, expands: call.args.expand_final() }
        }
        Expression::Traversal(traversal) => of_traversal(traversal),
        Expression::ForExpr(it) => Shape::For(Box::new(For {
            key: it.intro.key_var.as_ref().map(|name| name.value().to_string()),
            value: it.intro.value_var.value().to_string(),
            collection: of(&it.intro.collection_expr),
            makes_key: it.key_expr.as_ref().map(of),
            makes: of(&it.value_expr),
            condition: it.cond.as_ref().map(|condition| of(&condition.expr)),
            groups: it.grouping,
        })),
        Expression::UnaryOp(it) => {
            Shape::Unary { operator: it.operator.as_str(), of: Box::new(of(&it.expr)) }
        }
        Expression::BinaryOp(it) => Shape::Binary {
            operator: it.operator.value().as_str(),
            left: Box::new(of(&it.lhs_expr)),
            right: Box::new(of(&it.rhs_expr)),
        },
    }
}

fn of_traversal(traversal: &Traversal) -> Shape {
    let path: Vec<Hop> = traversal.operators.iter().map(|step| hop(step.value())).collect();
    match &traversal.expr {
        Expression::Variable(name) => Shape::Reference { root: name.value().to_string(), path },
        other => Shape::Access { of: Box::new(of(other)), path },
    }
}

fn hop(step: &TraversalOperator) -> Hop {
    match step {
        TraversalOperator::AttrSplat(_) => Hop::AttributeSplat,
        TraversalOperator::FullSplat(_) => Hop::Splat,
        TraversalOperator::GetAttr(name) => Hop::Name(name.value().to_string()),
        TraversalOperator::LegacyIndex(index) => {
            Hop::Index(Shape::Number(index.value().to_string()))
        }
        TraversalOperator::Index(index) => Hop::Index(of(index)),
    }
}

fn of_template(template: &Template) -> Shape {
    let mut strips = false;
    let mut parts: Vec<Shape> = template.iter().map(|it| of_element(it, &mut strips)).collect();
    if strips {
        return Shape::Other(parts);
    }
    // The value of a lone interpolation is no string, but what it is.
    match parts.pop() {
        None => Shape::Text(String::new()),
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            Shape::Template(parts)
        }
    }
}

fn of_element(element: &Element, strips: &mut bool) -> Shape {
    let mut note = |strip: Strip| *strips |= strip != Strip::None;
    match element {
        Element::Literal(literal) => Shape::Text(literal.value().clone()),
        Element::Interpolation(it) => {
            note(it.strip);
            of(&it.expr)
        }
        Element::Directive(it) => match &**it {
            Directive::If(it) => {
                note(it.if_expr.strip);
                note(it.endif_expr.strip);
                it.else_expr.iter().for_each(|it| note(it.strip));
                let otherwise = it.else_expr.as_ref().map(|it| of_template(&it.template));
                Shape::Conditional {
                    condition: Box::new(of(&it.if_expr.cond_expr)),
                    then: Box::new(of_template(&it.if_expr.template)),
                    otherwise: Box::new(otherwise.unwrap_or(Shape::Text(String::new()))),
                }
            }
            Directive::For(it) => {
                note(it.for_expr.strip);
                note(it.endfor_expr.strip);
                let each = For {
                    key: it.for_expr.key_var.as_ref().map(|name| name.value().to_string()),
                    value: it.for_expr.value_var.value().to_string(),
                    collection: of(&it.for_expr.collection_expr),
                    makes_key: None,
                    makes: of_template(&it.for_expr.template),
                    condition: None,
                    groups: false,
                };
                let arguments = vec![Shape::Text(String::new()), Shape::For(Box::new(each))];
                Shape::Call { name: "join".to_owned(), arguments, expands: false }
            }
        },
    }
}

/// Strings of JSON are templates. serde_json bounds the depth.
fn of_json(value: &serde_json::Value) -> Shape {
    use serde_json::Value;
    match value {
        Value::Null => Shape::Null,
        Value::Bool(value) => Shape::Bool(*value),
        Value::Number(number) => Shape::Number(number.to_string()),
        Value::String(text) => of_json_text(text),
        Value::Array(items) => Shape::List(items.iter().map(of_json).collect()),
        Value::Object(members) => {
            let members = members.iter().filter(|(key, _)| *key != "//");
            Shape::Object(members.map(|(k, v)| (of_json_text(k), of_json(v))).collect())
        }
    }
}

fn of_json_text(text: &str) -> Shape {
    if !text.contains("${") && !text.contains("%{") {
        return Shape::Text(text.to_owned());
    }
    text.parse::<Template>().map_or(Shape::Unread, |template| of_template(&template))
}

impl Shape {
    /// The references in it, each as far as Terraform lists it in a plan: up to the first key that
    /// is no literal, or splat. Names that a `for` binds are none. None where a part of it could not
    /// be read.
    pub fn references(&self) -> Option<BTreeSet<Vec<Step>>> {
        let mut found = BTreeSet::new();
        self.collect(&mut Vec::new(), &mut found).then_some(found)
    }

    /// False where a part could not be read.
    fn collect<'a>(&'a self, bound: &mut Vec<&'a str>, out: &mut BTreeSet<Vec<Step>>) -> bool {
        match self {
            Shape::Text(_) | Shape::Number(_) | Shape::Bool(_) | Shape::Null => true,
            Shape::Unread => false,
            Shape::Reference { root, path } => {
                if !bound.contains(&root.as_str()) {
                    let mut steps = vec![Step::Name(root.clone())];
                    steps.extend(path.iter().map_while(Hop::step));
                    out.insert(steps);
                }
                path.iter().all(|hop| hop.collect(bound, out))
            }
            Shape::Access { of, path } => {
                of.collect(bound, out) && path.iter().all(|hop| hop.collect(bound, out))
            }
            Shape::Template(all) | Shape::List(all) | Shape::Other(all) => {
                all.iter().all(|it| it.collect(bound, out))
            }
            Shape::Call { arguments, .. } => arguments.iter().all(|it| it.collect(bound, out)),
            Shape::Object(members) => {
                members.iter().all(|(key, it)| key.collect(bound, out) && it.collect(bound, out))
            }
            Shape::Conditional { condition, then, otherwise } => {
                [condition, then, otherwise].into_iter().all(|it| it.collect(bound, out))
            }
            Shape::Unary { of, .. } => of.collect(bound, out),
            Shape::Binary { left, right, .. } => {
                left.collect(bound, out) && right.collect(bound, out)
            }
            Shape::For(it) => it.collect(bound, out),
        }
    }
}

impl For {
    fn collect<'a>(&'a self, bound: &mut Vec<&'a str>, out: &mut BTreeSet<Vec<Step>>) -> bool {
        let is_read = self.collection.collect(bound, out);
        let outside = bound.len();
        bound.extend(self.key.as_deref());
        bound.push(&self.value);
        let inner = [self.makes_key.as_ref(), Some(&self.makes), self.condition.as_ref()];
        let are_read = inner.into_iter().flatten().all(|it| it.collect(bound, out));
        bound.truncate(outside);
        is_read && are_read
    }
}

impl Hop {
    /// The step that it is, where that is written down.
    pub(super) fn step(&self) -> Option<Step> {
        match self {
            Hop::Name(name) => Some(Step::Name(name.clone())),
            Hop::Index(Shape::Text(key)) => Some(Step::Key(Key::Text(key.clone()))),
            Hop::Index(Shape::Number(number)) => {
                number.parse().ok().map(|index| Step::Key(Key::Int(index)))
            }
            Hop::Index(_) | Hop::Splat | Hop::AttributeSplat => None,
        }
    }

    fn collect<'a>(&'a self, bound: &mut Vec<&'a str>, out: &mut BTreeSet<Vec<Step>>) -> bool {
        match self {
            Hop::Index(index) => index.collect(bound, out),
            _ => true,
        }
    }
}
