//! Lets the rules of a form compare and subtract dates, which the rule engine by itself cannot.
//!
//! The engine compares `<` and `>` as numbers only, and a date such as `2026-03-15` is no number to it: a rule like
//! `. <= today()` would always be false. Each rule is therefore rewritten once when a form is opened: where a date is
//! compared in order or reckoned with, it is replaced by its count of days since 1970-01-01, spelled out in functions
//! the engine has. `date(x)` is `x`. An empty date gives no number, so that a comparison with it is false.

use std::collections::BTreeSet;

use rxeval::parser::{BinaryOp, Expr};
use rxeval::rules::{Binding, referenced_paths};

/// Rewrites all rules of one question. `dates` holds the paths of the form's date questions.
pub(super) fn teach(binding: &mut Binding, dates: &BTreeSet<String>) {
    let at = binding.path.clone();
    let rules = [
        &mut binding.relevant,
        &mut binding.calculate,
        &mut binding.constraint,
        &mut binding.required,
        &mut binding.readonly,
    ];
    for rule in rules.into_iter().flatten() {
        *rule = rewrite(rule, &at, dates);
    }
}

fn rewrite(expr: &Expr, at: &str, dates: &BTreeSet<String>) -> Expr {
    let again = |inner: &Expr| rewrite(inner, at, dates);
    match expr {
        Expr::Function { name, args } => match (name.as_str(), args.as_slice()) {
            ("date", [only]) => again(only),
            ("decimal-date-time", [only]) => days(again(only)),
            _ => call(name, args.iter().map(again).collect()),
        },
        Expr::Binary { op, left, right } => {
            let (is_left, is_right) = (is_date(left, at, dates), is_date(right, at, dates));
            let reckons = |op: &BinaryOp| {
                use BinaryOp::*;
                matches!(op, Less | LessEqual | Greater | GreaterEqual | Add | Subtract)
            };
            let against_sum = matches!(op, BinaryOp::Equal | BinaryOp::NotEqual)
                && ((is_left && is_sum(right)) || (is_right && is_sum(left)));
            let side = |inner: &Expr, date: bool| {
                let inner = again(inner);
                if date && (reckons(op) || against_sum) { days(inner) } else { inner }
            };
            binary(*op, side(left, is_left), side(right, is_right))
        }
        Expr::Negate(inner) => Expr::Negate(Box::new(again(inner))),
        other => other.clone(),
    }
}

fn is_sum(expr: &Expr) -> bool {
    matches!(expr, Expr::Binary { op: BinaryOp::Add | BinaryOp::Subtract, .. })
}

fn is_date(expr: &Expr, at: &str, dates: &BTreeSet<String>) -> bool {
    match expr {
        Expr::Literal(text) => super::kinds::read_date(text).is_some(),
        Expr::Path { .. } => matches!(referenced_paths(expr, at).as_slice(), [only] if dates.contains(only)),
        Expr::Function { name, args } => match (name.as_str(), args.as_slice()) {
            ("today" | "now", []) | ("date", [_]) => true,
            ("if", [_, one, other]) | ("coalesce", [one, other]) => {
                is_date(one, at, dates) || is_date(other, at, dates)
            }
            _ => false,
        },
        _ => false,
    }
}

/// Days since 1970-01-01 of the date `text` (proleptic Gregorian, years counted from March as in the Julian day number).
fn days(text: Expr) -> Expr {
    use BinaryOp::*;
    let part = |from: f64, to: f64| {
        call("number", vec![call("substr", vec![text.clone(), Expr::Number(from), Expr::Number(to)])])
    };
    let number = Expr::Number;
    let (year, month, day) = (part(0., 4.), part(5., 7.), part(8., 10.));
    let early =
        call("floor", vec![binary(Divide, binary(Subtract, number(14.), month.clone()), number(12.))]);
    let year = binary(Subtract, binary(Add, year, number(4800.)), early.clone());
    let month = binary(Subtract, binary(Add, month, binary(Multiply, number(12.), early)), number(3.));
    let whole = |above: Expr, below: f64| call("floor", vec![binary(Divide, above, Expr::Number(below))]);
    let months = whole(binary(Add, binary(Multiply, number(153.), month), number(2.)), 5.);
    [
        months,
        binary(Multiply, number(365.), year.clone()),
        whole(year.clone(), 4.),
        whole(year.clone(), 400.),
        Expr::Negate(Box::new(whole(year, 100.))),
        // The Julian day number of 1970-01-01 is 2440588; the formula counts from 32045 before it.
        number(-(32_045. + 2_440_588.)),
    ]
    .into_iter()
    .fold(day, |sum, term| binary(Add, sum, term))
}

fn call(name: &str, args: Vec<Expr>) -> Expr {
    Expr::Function { name: name.to_owned(), args }
}

fn binary(op: BinaryOp, left: Expr, right: Expr) -> Expr {
    Expr::Binary { op, left: Box::new(left), right: Box::new(right) }
}
