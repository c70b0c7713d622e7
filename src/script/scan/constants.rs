//! What a script asks of its constants: of a map, which is a literal, a key that is not there reads
//! as null wherever it is asked for.

use std::collections::BTreeSet;

use rhai::{AST, ASTFlags, ASTNode, Dynamic, Expr, Position, Stmt};

/// Keys that are asked of constants.
#[derive(Debug, Default)]
pub(in super::super) struct Members {
    /// A constant, a key that it lacks, and where that is written.
    pub(in super::super) missing: Vec<(String, String, Position)>,
    /// Constants and keys that are asked for.
    used: BTreeSet<(String, String)>,
    /// Constants that are handed on as they are, or asked for a key that is computed.
    whole: BTreeSet<String>,
}

impl Members {
    /// Reads a script with its constants. A name that a variable has, too, may mean that.
    pub(in super::super) fn of(ast: &AST, constants: &[(String, Dynamic)]) -> Members {
        let hidden = variables(ast);
        let mut members = Members::default();
        ast.walk(&mut |path| {
            if let Some(ASTNode::Expr(Expr::Variable(it, _, position))) = path.last()
                && let Some((name, value)) =
                    constants.iter().find(|(name, _)| *name == it.1.as_str())
                && let Ok(map) = value.as_map_ref()
                && !hidden.contains(name)
            {
                let key = key(path.iter().nth_back(1), *position);
                match key {
                    None => drop(members.whole.insert(name.clone())),
                    Some((key, position)) => {
                        if !map.contains_key(key) {
                            members.missing.push((name.clone(), key.to_owned(), position));
                        }
                        members.used.insert((name.clone(), key.to_owned()));
                    }
                }
            }
            true
        });
        members
    }

    /// Whether anything asks for a key of a constant.
    pub(super) fn uses(&self, constant: &str, key: &str) -> bool {
        self.whole.contains(constant) || self.used.contains(&(constant.to_owned(), key.to_owned()))
    }
}

/// The key that is asked of the variable that stands there.
fn key<'a>(parent: Option<&ASTNode<'a>>, variable: Position) -> Option<(&'a str, Position)> {
    let Some(ASTNode::Expr(Expr::Dot(it, options, _) | Expr::Index(it, options, _))) = parent
    else {
        return None;
    };
    if it.lhs.position() != variable {
        return None;
    }
    let first = match &it.rhs {
        Expr::Dot(it, ..) | Expr::Index(it, ..) if !options.contains(ASTFlags::BREAK) => &it.lhs,
        only => only,
    };
    match first {
        Expr::Property(property, position) => Some((property.2.as_str(), *position)),
        Expr::StringConstant(text, position) => Some((text.as_str(), *position)),
        _ => None,
    }
}

/// The names of all variables and parameters.
fn variables(ast: &AST) -> BTreeSet<String> {
    let params = ast.iter_functions().filter(|it| !it.name.starts_with("anon$"));
    let mut names: BTreeSet<String> = params.flat_map(|it| it.params).map(str::to_owned).collect();
    ast.walk(&mut |path| {
        match path.last() {
            Some(ASTNode::Stmt(Stmt::Var(it, flags, _))) if !flags.contains(ASTFlags::CONSTANT) => {
                names.insert(it.0.name.to_string());
            }
            Some(ASTNode::Stmt(Stmt::For(it, _))) => drop(names.insert(it.0.name.to_string())),
            _ => {}
        }
        true
    });
    names
}
