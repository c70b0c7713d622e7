//! Operators.

use crate::plan::Tri;

use super::{
    super::{
        Graph,
        made::{Made, same_text},
    },
    each_combination, is_set, truth,
};

/// `!a`, `-a`.
pub(in super::super) fn unary(graph: &Graph, operator: &str, of: &Made) -> Made {
    of.map(|of| match (operator, graph.plain(of)) {
        (_, Made::Error) => Made::Error,
        ("!", Made::Bool(flag)) => Made::Bool(!flag),
        ("-", known @ Made::Number(_)) => match known.int() {
            Some(value) => Made::Number(value.wrapping_neg().to_string().into()),
            None => Made::from_all([of]),
        },
        _ => Made::from_all([of]),
    })
}

/// `a == b`, `a && b`, `a + b`.
pub(in super::super) fn binary(graph: &Graph, operator: &str, left: &Made, right: &Made) -> Made {
    let both = [left.clone(), right.clone()];
    each_combination(&both, &|both| {
        let [left, right] = both else { return Made::Error };
        let (a, b) = (graph.plain(left), graph.plain(right));
        if matches!(a, Made::Error) || matches!(b, Made::Error) {
            return Made::Error;
        }
        let is = |made: &Made, wanted| matches!(made, Made::Bool(flag) if *flag == wanted);
        let result = match operator {
            "==" => truth(equal(graph, &a, &b)),
            "!=" => truth(!equal(graph, &a, &b)),
            "&&" if is(&a, false) || is(&b, false) => Some(Made::Bool(false)),
            "&&" if is(&a, true) && is(&b, true) => Some(Made::Bool(true)),
            "||" if is(&a, true) || is(&b, true) => Some(Made::Bool(true)),
            "||" if is(&a, false) && is(&b, false) => Some(Made::Bool(false)),
            _ => arithmetic(operator, &a, &b),
        };
        result.unwrap_or_else(|| Made::from_all(both))
    })
}

fn arithmetic(operator: &str, a: &Made, b: &Made) -> Option<Made> {
    let (Made::Number(_), Made::Number(_)) = (a, b) else { return None };
    let (a, b) = (a.int()?, b.int()?);
    let number = |value: Option<i64>| value.map(|it| Made::Number(it.to_string().into()));
    match operator {
        "+" => number(a.checked_add(b)),
        "-" => number(a.checked_sub(b)),
        "*" => number(a.checked_mul(b)),
        "<" => Some(Made::Bool(a < b)),
        "<=" => Some(Made::Bool(a <= b)),
        ">" => Some(Made::Bool(a > b)),
        ">=" => Some(Made::Bool(a >= b)),
        _ => None,
    }
}

/// Whether two values are equal for Terraform, which never takes `"1"` for `1`. Types decide that of
/// collections, and types are not followed.
pub(super) fn equal(graph: &Graph, a: &Made, b: &Made) -> Tri {
    match (a, b) {
        (Made::Null, Made::Null) => Tri::Yes,
        (Made::Null, other) | (other, Made::Null) => {
            let is_there = is_set(graph, other)
                || matches!(other, Made::Text(_) | Made::Template(_) | Made::Instance(_))
                || matches!(other, Made::List(_) | Made::Set(_) | Made::Object(_));
            if is_there { Tri::No } else { Tri::Maybe }
        }
        (Made::Bool(a), Made::Bool(b)) => Tri::from(a == b),
        (Made::Number(_), Made::Number(_)) => match (a.int(), b.int()) {
            (Some(a), Some(b)) => Tri::from(a == b),
            _ => Tri::Maybe,
        },
        (Made::Bool(_) | Made::Number(_), _) | (_, Made::Bool(_) | Made::Number(_)) => Tri::Maybe,
        _ => match (graph.pieces(a), graph.pieces(b)) {
            (Some(a), Some(b)) => same_text(&a, &b),
            _ => Tri::Maybe,
        },
    }
}
