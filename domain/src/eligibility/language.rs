//! Reads a rule as it stands in the workbook: an XPath expression in which `${name}` is a question.

use std::collections::BTreeSet;

use rxeval::parser::{Expr, parse};

use super::RuleError;

/// A rule that was read.
pub(super) struct Rule {
    pub(super) expr: Expr,
}

/// Longest rule in characters; keeps the depth of the expression bounded as well.
const LONGEST: usize = 2000;

/// Functions of the language and the numbers of arguments they take.
const FUNCTIONS: &[(&str, &[usize])] = &[
    ("age", &[1, 2]),
    ("months_between", &[2]),
    ("collect_date", &[0]),
    ("today", &[0]),
    ("county", &[0]),
    ("in_region", &[2]),
    ("param", &[1]),
    ("fact", &[1]),
    ("exists", &[1]),
    ("selected", &[2]),
    ("count-selected", &[1]),
    ("sum", &[1]),
    ("count", &[1]),
    ("id_valid", &[1]),
    ("luhn", &[1]),
    ("not", &[1]),
    ("true", &[0]),
    ("false", &[0]),
    ("if", &[3]),
    ("number", &[1]),
    ("string-length", &[1]),
    ("substr", &[2, 3]),
    ("starts-with", &[2]),
    ("contains", &[2]),
];

impl Rule {
    /// Reads a rule.
    pub(super) fn read(text: &str) -> Result<Rule, RuleError> {
        if text.chars().count() > LONGEST {
            return Err(RuleError::TooLong { limit: LONGEST });
        }
        let expr = parse(&with_variables(text)?).map_err(|reason| RuleError::Syntax { reason })?;
        Ok(Rule { expr })
    }

    /// Whether every function exists and nothing outside the language is used.
    pub(super) fn check_functions(&self) -> Result<(), RuleError> {
        let mut wrong = Ok(());
        visit(&self.expr, &mut |expr| {
            let this = match expr {
                Expr::Path { .. } | Expr::Filter { .. } | Expr::Union(..) => Err(RuleError::NotInLanguage),
                Expr::Function { name, args } if !takes(name, args.len()) => {
                    Err(RuleError::NoSuchFunction { name: name.clone(), arguments: args.len() })
                }
                _ => Ok(()),
            };
            if wrong.is_ok() {
                wrong = this;
            }
        });
        wrong
    }

    /// Names of the questions it reads.
    pub(super) fn questions(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        visit(&self.expr, &mut |expr| {
            if let Expr::Variable(name) = expr {
                names.insert(name.clone());
            }
        });
        names
    }

    /// Names of the parameters it reads.
    pub(super) fn params(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        visit(&self.expr, &mut |expr| {
            if let Expr::Function { name, args } = expr
                && let ("param", [Expr::Literal(param)]) = (name.as_str(), args.as_slice())
            {
                names.insert(param.clone());
            }
        });
        names
    }
}

fn takes(name: &str, arguments: usize) -> bool {
    FUNCTIONS.iter().any(|(known, counts)| *known == name && counts.contains(&arguments))
}

/// `${name}` becomes the variable `$name`, except inside quotes.
fn with_variables(text: &str) -> Result<String, RuleError> {
    let mut out = String::new();
    let mut quote = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            None if c == '$' && chars.peek() == Some(&'{') => {
                chars.next();
                let mut name = String::new();
                loop {
                    match chars.next() {
                        Some('}') => break,
                        Some(c) => name.push(c),
                        None => return Err(RuleError::Syntax { reason: "${ without }".to_owned() }),
                    }
                }
                out.push('$');
                out.push_str(name.trim());
                out.push(' ');
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    Ok(out)
}

fn visit(expr: &Expr, see: &mut dyn FnMut(&Expr)) {
    see(expr);
    match expr {
        Expr::Function { args, .. } => args.iter().for_each(|arg| visit(arg, see)),
        Expr::Binary { left, right, .. } | Expr::Union(left, right) => {
            visit(left, see);
            visit(right, see);
        }
        Expr::Negate(inner) => visit(inner, see),
        Expr::Filter { base, .. } => visit(base, see),
        Expr::Number(_) | Expr::Literal(_) | Expr::Variable(_) | Expr::Path { .. } => {}
    }
}
