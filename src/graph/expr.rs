//! Expressions of the configuration, as plan JSON shows them: constants, references, or nothing.

use crate::plan::{Cut, Value, cuts};

/// What plan JSON tells of an expression.
#[derive(Clone, Copy, Debug)]
pub enum Expr<'a> {
    /// A literal.
    Constant(Value<'a>),
    /// Names that the expression mentions; its shape is not in the JSON.
    References(Value<'a>),
    /// `{}`: a function of constants, such as `jsonencode({…})` or `file("…")`.
    Opaque,
    /// A nested block, or several: objects of expressions.
    Block(Value<'a>),
}

impl<'a> Expr<'a> {
    /// Reads an expression node. A block is an object with other keys than these two.
    pub fn of(node: Value<'a>) -> Expr<'a> {
        if node.is_array() {
            return Expr::Block(node);
        }
        let (mut references, mut constant) = (None, None);
        for (key, value) in node.entries() {
            match key {
                "references" => references = references.or(Some(value)),
                "constant_value" => constant = constant.or(Some(value)),
                _ => return Expr::Block(node),
            }
        }
        match (references, constant) {
            (Some(references), _) => Expr::References(references),
            (None, Some(constant)) => Expr::Constant(constant),
            (None, None) => Expr::Opaque,
        }
    }

    /// Every reference at or below this expression, without the prefixes that Terraform repeats.
    pub fn references(self) -> Vec<&'a str> {
        let mut out = Vec::new();
        self.collect(&mut out);
        out
    }

    fn collect(self, out: &mut Vec<&'a str>) {
        match self {
            Expr::Constant(_) | Expr::Opaque => {}
            Expr::References(list) => {
                add_maximal(list.items().filter_map(Value::as_str), out);
            }
            Expr::Block(node) => {
                node.items().for_each(|item| Expr::of(item).collect(out));
                node.entries().for_each(|(_, item)| Expr::of(item).collect(out));
            }
        }
    }

    /// Whether the expression is a literal null.
    pub fn is_null(self) -> bool {
        matches!(self, Expr::Constant(value) if value.is_null())
    }
}

/// Adds references without the prefixes that follow each full one: `aws_x.y.id`, `aws_x.y` is one
/// reference.
fn add_maximal<'a>(references: impl Iterator<Item = &'a str>, out: &mut Vec<&'a str>) {
    let mut last = None;
    for reference in references {
        if !last.is_some_and(|last| is_prefix(reference, last)) {
            last = Some(reference);
            out.push(reference);
        }
    }
}

/// `aws_x.y` of `aws_x.y["k"].id`, and `module.c` of `module.c[0].out`.
fn is_prefix(short: &str, long: &str) -> bool {
    // Cheap test first: nearly all prefixes are textual ones.
    if let Some(rest) = long.strip_prefix(short)
        && (rest.starts_with('.') || rest.starts_with('['))
    {
        return true;
    }
    if !long.contains('[') {
        return false;
    }
    let (short, long): (Vec<Cut<'_>>, Vec<Cut<'_>>) = (cuts(short).collect(), cuts(long).collect());
    let names = long.iter().filter(|step| step.name().is_some());
    short.len() < long.len()
        && short.iter().zip(names).all(|(a, b)| a == b)
        && short.iter().all(|s| s.name().is_some())
}

#[cfg(test)]
mod tests {
    use super::add_maximal;

    fn maximal<'a>(references: &[&'a str]) -> Vec<&'a str> {
        let mut out = Vec::new();
        add_maximal(references.iter().copied(), &mut out);
        out
    }

    #[test]
    fn prefixes_go_repetitions_stay() {
        assert_eq!(
            maximal(&["aws_x.y.id", "aws_x.y", "aws_x.y.arn", "aws_x.y"]),
            ["aws_x.y.id", "aws_x.y.arn"]
        );
        assert_eq!(
            maximal(&["module.m[\"a.b\"].out", "module.m[\"a.b\"]", "module.m"]),
            ["module.m[\"a.b\"].out"]
        );
        assert_eq!(maximal(&["aws_x.y", "count.index"]), ["aws_x.y", "count.index"]);
        assert_eq!(maximal(&["aws_x.yz.id", "aws_x.yz", "aws_x.y"]), ["aws_x.yz.id", "aws_x.y"]);
        assert_eq!(maximal(&["aws_x.y[0].id", "aws_x.y[0]", "aws_x.y"]), ["aws_x.y[0].id"]);
    }
}
