//! What kind of expression stands somewhere: data for those who resolve it.

use std::ops::Range;

use hcl_edit::{
    Span as _,
    expr::{Expression, ObjectKey, Traversal, TraversalOperator},
    template::{Element, Template},
};

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
    /// A reference as written, without white space: `var.a["k"].id`, `aws_x.y[each.key].id`.
    Reference(String),
    /// A string with interpolations: its literal parts are [`Shape::Text`]. Directives such as
    /// `%{ if }` are [`Shape::Other`].
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
        /// `[1]`, `.name`, as written.
        path: String,
    },
    /// A `for` expression.
    For(Box<For>),
    /// `[a, b]`.
    List(Vec<Shape>),
    /// `{ a = b }`; keys without quotes are [`Shape::Text`].
    Object(Vec<(Shape, Shape)>),
    /// Operators, directives, and what could not be read; as written.
    Other(String),
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
}

/// Longer expressions are data. The parser's time grows with the square of an object's size: 9 s for
/// 60,000 members, 0.1 s for as many as fit in here.
const MAX_BYTES: usize = 64 << 10;

/// The expression in `text`.
pub(super) fn shape(text: &str, syntax: Syntax) -> Shape {
    if text.len() > MAX_BYTES {
        return Shape::Other(String::new());
    }
    if syntax == Syntax::Json {
        return serde_json::from_str(text)
            .map_or_else(|_| Shape::Other(text.to_owned()), |value| of_json(&value));
    }
    // hcl-edit takes only line feeds for granted behind `for` and heredoc markers.
    let text = text.replace("\r\n", "\n");
    match text.parse::<Expression>() {
        Ok(expression) => of(&expression, &text),
        Err(_) => Shape::Other(text),
    }
}

/// The text of an expression that is a plain string.
pub(super) fn plain(text: &str, syntax: Syntax) -> Option<String> {
    match shape(text, syntax) {
        Shape::Text(text) => Some(text),
        _ => None,
    }
}

/// The parser bounds the depth, and with it this recursion and the next.
fn of(expression: &Expression, text: &str) -> Shape {
    match expression {
        Expression::Null(_) => Shape::Null,
        Expression::Bool(value) => Shape::Bool(*value.value()),
        Expression::Number(number) => Shape::Number(number.value().to_string()),
        Expression::String(value) => Shape::Text(value.value().clone()),
        Expression::Variable(name) => Shape::Reference(name.value().to_string()),
        Expression::Array(items) => Shape::List(items.iter().map(|item| of(item, text)).collect()),
        Expression::Object(object) => {
            let member = |key: &ObjectKey| match key {
                ObjectKey::Ident(name) => Shape::Text(name.value().to_string()),
                ObjectKey::Expression(key) => of(key, text),
            };
            Shape::Object(object.iter().map(|(k, v)| (member(k), of(v.expr(), text))).collect())
        }
        Expression::StringTemplate(it) => of_template(it, text),
        Expression::HeredocTemplate(it) => of_template(&it.template, text),
        Expression::Parenthesis(inner) => of(inner.inner(), text),
        Expression::Conditional(it) => Shape::Conditional {
            condition: Box::new(of(&it.cond_expr, text)),
            then: Box::new(of(&it.true_expr, text)),
            otherwise: Box::new(of(&it.false_expr, text)),
        },
        Expression::FuncCall(call) => {
            let mut name: String =
                call.name.namespace.iter().map(|part| format!("{}::", part.value())).collect();
            name.push_str(call.name.name.value());
            let arguments = call.args.iter().map(|argument| of(argument, text)).collect();
            Shape::Call { name, arguments, expands: call.args.expand_final() }
        }
        Expression::Traversal(traversal) => of_traversal(traversal, text),
        Expression::ForExpr(it) => Shape::For(Box::new(For {
            key: it.intro.key_var.as_ref().map(|name| name.value().to_string()),
            value: it.intro.value_var.value().to_string(),
            collection: of(&it.intro.collection_expr, text),
            makes_key: it.key_expr.as_ref().map(|key| of(key, text)),
            makes: of(&it.value_expr, text),
            condition: it.cond.as_ref().map(|condition| of(&condition.expr, text)),
        })),
        Expression::UnaryOp(_) | Expression::BinaryOp(_) => {
            Shape::Other(written(expression.span(), text))
        }
    }
}

fn of_traversal(traversal: &Traversal, text: &str) -> Shape {
    let path: String =
        traversal.operators.iter().map(|step| operator(step.value(), text)).collect();
    match &traversal.expr {
        Expression::Variable(name) => Shape::Reference(format!("{}{path}", name.value().as_str())),
        other => Shape::Access { of: Box::new(of(other, text)), path },
    }
}

fn operator(step: &TraversalOperator, text: &str) -> String {
    match step {
        TraversalOperator::AttrSplat(_) => ".*".to_owned(),
        TraversalOperator::FullSplat(_) => "[*]".to_owned(),
        TraversalOperator::GetAttr(name) => format!(".{}", name.value().as_str()),
        TraversalOperator::LegacyIndex(index) => format!("[{}]", index.value()),
        TraversalOperator::Index(index) => format!("[{}]", written(index.span(), text).trim()),
    }
}

fn written(span: Option<Range<usize>>, text: &str) -> String {
    span.and_then(|span| text.get(span)).unwrap_or_default().to_owned()
}

fn of_template(template: &Template, text: &str) -> Shape {
    let mut parts: Vec<Shape> = Vec::new();
    for element in template.iter() {
        parts.push(match element {
            Element::Literal(literal) => Shape::Text(literal.value().clone()),
            Element::Interpolation(it) => of(&it.expr, text),
            Element::Directive(_) => Shape::Other(written(element.span(), text)),
        });
    }
    let lone = template.as_single_element().is_some_and(|it| !it.is_directive());
    match parts.pop() {
        None => Shape::Text(String::new()),
        Some(only) if lone => only,
        Some(last) => {
            parts.push(last);
            Shape::Template(parts)
        }
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
    match text.parse::<Template>() {
        Ok(template) => of_template(&template, text),
        Err(_) => Shape::Other(text.to_owned()),
    }
}
