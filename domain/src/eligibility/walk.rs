//! Works a rule out with three truth values: what is missing stays unknown all the way up.

use std::collections::BTreeMap;

use jiff::Unit;
use jiff::civil::Date;
use rxeval::parser::{BinaryOp, Expr};

use super::language::Rule;
use super::{Context, Verdict};
use crate::answer::FieldPath;
use crate::form::FieldKind;
use crate::form::normalise;
use crate::number::luhn;
use crate::person::{ResidentId, age};
use crate::region::RegionCode;

/// What a rule may look at.
pub(super) struct Scope<'a> {
    pub(super) values: &'a BTreeMap<FieldPath, String>,
    pub(super) facts: &'a BTreeMap<String, String>,
    pub(super) params: &'a BTreeMap<String, String>,
    /// Absent where only answers matter; dates and places are then unknown.
    pub(super) context: Option<&'a Context>,
}

/// A value on the way; `Option<Value>` with `None` for unknown.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Truth(bool),
    Number(f64),
    Text(String),
}

/// What the whole rule comes to.
pub(super) fn verdict(rule: &Rule, scope: &Scope<'_>) -> Verdict {
    match truth(eval(&rule.expr, scope)) {
        Some(true) => Verdict::Yes,
        Some(false) => Verdict::No,
        None => Verdict::Unknown,
    }
}

fn eval(expr: &Expr, scope: &Scope<'_>) -> Option<Value> {
    match expr {
        Expr::Number(number) => Some(Value::Number(*number)),
        Expr::Literal(text) => Some(Value::Text(text.clone())),
        Expr::Variable(name) => answer(name, scope).map(Value::Text),
        Expr::Negate(inner) => number(eval(inner, scope)?).map(|number| Value::Number(-number)),
        Expr::Binary { op, left, right } => binary(*op, left, right, scope),
        Expr::Function { name, args } => function(name, args, scope),
        Expr::Path { .. } | Expr::Filter { .. } | Expr::Union(..) => None,
    }
}

fn answer(name: &str, scope: &Scope<'_>) -> Option<String> {
    scope.values.get(&FieldPath::plain(name)).filter(|text| !text.trim().is_empty()).cloned()
}

/// The answers to a question of a repeated group, row by row.
fn in_rows<'a>(name: &'a str, scope: &'a Scope<'_>) -> impl Iterator<Item = &'a String> {
    let of_name = move |(path, _): &(&FieldPath, &String)| path.row.is_some() && path.question == name;
    scope.values.iter().filter(of_name).map(|(_, text)| text)
}

fn binary(op: BinaryOp, left: &Expr, right: &Expr, scope: &Scope<'_>) -> Option<Value> {
    let (left, right) = (eval(left, scope), eval(right, scope));
    match op {
        BinaryOp::And => match (truth(left), truth(right)) {
            (Some(false), _) | (_, Some(false)) => Some(Value::Truth(false)),
            (Some(true), Some(true)) => Some(Value::Truth(true)),
            _ => None,
        },
        BinaryOp::Or => match (truth(left), truth(right)) {
            (Some(true), _) | (_, Some(true)) => Some(Value::Truth(true)),
            (Some(false), Some(false)) => Some(Value::Truth(false)),
            _ => None,
        },
        BinaryOp::Equal => equal(left?, right?).map(Value::Truth),
        BinaryOp::NotEqual => equal(left?, right?).map(|same| Value::Truth(!same)),
        BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => {
            ordered(op, left?, right?).map(Value::Truth)
        }
        BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Modulo => {
            let (left, right) = (number(left?)?, number(right?)?);
            let result = match op {
                BinaryOp::Add => left + right,
                BinaryOp::Subtract => left - right,
                BinaryOp::Multiply => left * right,
                BinaryOp::Divide => left / right,
                _ => left % right,
            };
            result.is_finite().then_some(Value::Number(result))
        }
    }
}

fn equal(left: Value, right: Value) -> Option<bool> {
    match (left, right) {
        (Value::Truth(truth_value), other) | (other, Value::Truth(truth_value)) => {
            truth(Some(other)).map(|other| other == truth_value)
        }
        (Value::Number(known), other) | (other, Value::Number(known)) => {
            number(other).map(|other| other == known)
        }
        (Value::Text(left), Value::Text(right)) => Some(left == right),
    }
}

fn ordered(op: BinaryOp, left: Value, right: Value) -> Option<bool> {
    let order = match (date(&left), date(&right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => number(left)?.partial_cmp(&number(right)?)?,
    };
    Some(match op {
        BinaryOp::Less => order.is_lt(),
        BinaryOp::LessEqual => order.is_le(),
        BinaryOp::Greater => order.is_gt(),
        _ => order.is_ge(),
    })
}

fn function(name: &str, args: &[Expr], scope: &Scope<'_>) -> Option<Value> {
    let arg = |at: usize| args.get(at).and_then(|arg| eval(arg, scope));
    let words = |at: usize| arg(at).map(text);
    let day = |at: usize| arg(at).and_then(|value| date(&value));
    let collected = || scope.context.map(|context| context.collect_date);
    let truth_of = |result: bool| Some(Value::Truth(result));
    let count = |count: usize| Some(Value::Number(f64::from(u32::try_from(count).ok()?)));
    match name {
        "age" => {
            let on = if args.len() > 1 { day(1)? } else { collected()? };
            Some(Value::Number(f64::from(age(day(0)?, on))))
        }
        "months_between" => {
            let span = day(0)?.until((Unit::Month, day(1)?)).ok()?;
            Some(Value::Number(f64::from(span.get_months())))
        }
        "collect_date" | "today" => collected().map(|day| Value::Text(day.to_string())),
        "county" => scope.context.map(|context| Value::Text(context.county.to_string())),
        "in_region" => {
            let code: RegionCode = words(0)?.parse().ok()?;
            let region: RegionCode = words(1)?.parse().ok()?;
            truth_of(region.contains(&code))
        }
        "param" => scope.params.get(&words(0)?).cloned().map(Value::Text),
        "fact" => scope.facts.get(&words(0)?).cloned().map(Value::Text),
        "exists" => match args.first()? {
            Expr::Variable(name) => {
                truth_of(answer(name, scope).is_some() || in_rows(name, scope).next().is_some())
            }
            other => truth_of(eval(other, scope).is_some()),
        },
        "selected" => {
            let wanted = words(1)?;
            truth_of(words(0)?.split_whitespace().any(|choice| choice == wanted))
        }
        "count-selected" => count(words(0)?.split_whitespace().count()),
        "sum" => match args.first()? {
            Expr::Variable(name) if answer(name, scope).is_none() => {
                let numbers: Option<Vec<f64>> =
                    in_rows(name, scope).map(|text| number(Value::Text(text.clone()))).collect();
                numbers
                    .filter(|numbers| !numbers.is_empty())
                    .map(|numbers| Value::Number(numbers.iter().sum()))
            }
            other => number(eval(other, scope)?).map(Value::Number),
        },
        "count" => match args.first()? {
            Expr::Variable(name) => {
                let mut rows: Vec<_> = scope.values.keys().filter_map(|path| path.row.as_ref()).collect();
                rows.retain(|(repeat, _)| repeat == name);
                rows.dedup();
                let answered = usize::from(answer(name, scope).is_some());
                count(rows.len().max(in_rows(name, scope).count()).max(answered))
            }
            _ => None,
        },
        "id_valid" => truth_of(ResidentId::parse(&words(0)?, collected()?).is_ok()),
        "luhn" => truth_of(luhn(&normalise(FieldKind::BankAccount, &words(0)?))),
        "not" => truth(arg(0)).map(|known| Value::Truth(!known)),
        "true" => truth_of(true),
        "false" => truth_of(false),
        "if" => arg(if truth(arg(0))? { 1 } else { 2 }),
        "number" => number(arg(0)?).map(Value::Number),
        "string-length" => count(words(0)?.chars().count()),
        "substr" => {
            substr(&words(0)?, number(arg(1)?)?, if args.len() > 2 { Some(number(arg(2)?)?) } else { None })
        }
        "starts-with" => truth_of(words(0)?.starts_with(&words(1)?)),
        "contains" => truth_of(words(0)?.contains(&words(1)?)),
        _ => None,
    }
}

/// Characters from `from` up to `to`, counted from zero as OpenRosa's `substr` does.
fn substr(text: &str, from: f64, to: Option<f64>) -> Option<Value> {
    let at = |place: f64| (0.0..=10_000.0).contains(&place).then_some(place as usize);
    let from = at(from)?;
    let to = to.map_or(Some(usize::MAX), at)?;
    Some(Value::Text(text.chars().skip(from).take(to.saturating_sub(from)).collect()))
}

/// Texts count as truth only when they plainly say so.
fn truth(value: Option<Value>) -> Option<bool> {
    match value? {
        Value::Truth(known) => Some(known),
        Value::Number(number) => Some(number != 0.0),
        Value::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Some(true),
            "false" | "no" | "0" => Some(false),
            _ => None,
        },
    }
}

fn number(value: Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(number),
        Value::Truth(known) => Some(f64::from(u8::from(known))),
        Value::Text(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
    }
}

fn text(value: Value) -> String {
    match value {
        Value::Text(text) => text,
        Value::Truth(known) => known.to_string(),
        Value::Number(number) => number.to_string(),
    }
}

fn date(value: &Value) -> Option<Date> {
    match value {
        Value::Text(text) => crate::form::read_date(text.trim()),
        _ => None,
    }
}
