//! Whether an applicant qualifies: yes, no, or not known yet. What is not known is checked later and holds nothing up.
//!
//! The rule language is XPath expressions (the county writes them in the workbook): `${question}` is an answer,
//! `fact('name')` something verified elsewhere, `param('name')` an amount or threshold of the catalogue.
//! Anything missing is *unknown* and spreads by Kleene's logic: `unknown and false` is false, `unknown or true` is
//! true, all else about it is unknown. A rule that cannot be read or computes nonsense is unknown too, never "no".
//!
//! | function | gives |
//! |---|---|
//! | `age(d)`, `age(d, on)` | full years on a day, by default the day of collection |
//! | `months_between(a, b)` | full months from a to b |
//! | `collect_date()`, `today()` | the day of collection |
//! | `county()` | the county's region code |
//! | `in_region(code, region)` | whether `code` is or lies in `region` |
//! | `exists(${x})` | whether x was answered; never unknown |
//! | `selected(${x}, 'a')`, `count-selected(${x})` | about several choices |
//! | `sum(${x})`, `count(${x})` | over the rows of a repeated group; `count` never unknown |
//! | `id_valid(x)`, `luhn(x)` | checks of numbers |
//! | `not`, `true`, `false`, `if`, `number`, `string-length`, `substr`, `starts-with`, `contains` | as in XForms |

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::answer::{Answers, FieldPath};
use crate::catalogue::{RuleLevel, ServiceItem};
use crate::form::{FormDef, Part};
use crate::region::RegionCode;

mod language;
mod walk;

use language::Rule;
use walk::Scope;

/// True, false, or not known (yet).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It holds.
    Yes,
    /// It does not hold.
    No,
    /// A fact is missing.
    Unknown,
}

/// What one rule came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleOutcome {
    /// Id of the rule.
    pub id: String,
    /// How hard it is.
    pub level: RuleLevel,
    /// Whether it holds.
    pub verdict: Verdict,
    /// The catalogue's words for when it does not hold or cannot be known.
    pub message: String,
}

/// What all rules of an item came to. Rules that do not apply are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// `No` when a hard rule is false, else `Unknown` when a hard rule is unknown, else `Yes`.
    pub verdict: Verdict,
    /// Rule by rule, in catalogue order.
    pub rules: Vec<RuleOutcome>,
}

/// When and where a case was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The day the papers were received.
    pub collect_date: Date,
    /// The county.
    pub county: RegionCode,
}

/// Why a rule is not usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "error", rename_all = "snake_case")]
pub enum RuleError {
    /// It is no expression.
    #[error("the rule cannot be read: {reason}")]
    Syntax {
        /// What the parser says.
        reason: String,
    },
    /// Longer than any rule a person can check.
    #[error("the rule is longer than {limit} characters")]
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// It names a question the form does not have.
    #[error("the form has no question ${{{name}}}")]
    NoSuchQuestion {
        /// The name.
        name: String,
    },
    /// It names a parameter the item does not have.
    #[error("the item has no parameter {name}")]
    NoSuchParam {
        /// The name.
        name: String,
    },
    /// It calls a function the language does not have, or with another number of arguments.
    #[error("there is no function {name} with {arguments} argument(s)")]
    NoSuchFunction {
        /// The name.
        name: String,
        /// How many arguments it was given.
        arguments: usize,
    },
    /// It uses something of XPath that rules may not use, such as paths.
    #[error("rules name questions as ${{name}}; paths and unions are not part of the language")]
    NotInLanguage,
}

impl Answers {
    /// The answers as rules see them, without the form's computed values (those are in [`crate::form::Outcome::values`]).
    pub fn values(&self) -> BTreeMap<FieldPath, String> {
        let filled = self.fields.iter().filter(|(_, answer)| !answer.value.trim().is_empty());
        filled.map(|(path, answer)| (path.clone(), answer.value.clone())).collect()
    }
}

/// Judges all rules of an item.
///
/// `values`: [`crate::form::Outcome::values`], so that computed values count and hidden answers do not.
/// `facts`: what was verified outside the form, by name.
pub fn assess(
    item: &ServiceItem,
    values: &BTreeMap<FieldPath, String>,
    facts: &BTreeMap<String, String>,
    context: &Context,
) -> Assessment {
    let scope = Scope { values, facts, params: &item.params, context: Some(context) };
    let mut rules = Vec::new();
    for rule in &item.rules {
        let applies = holds(&rule.when, &scope);
        let verdict = match (applies, holds(&rule.check, &scope)) {
            (Verdict::No, _) => continue,
            (Verdict::Unknown, Verdict::No) => Verdict::Unknown,
            (_, verdict) => verdict,
        };
        rules.push(RuleOutcome {
            id: rule.id.clone(),
            level: rule.level,
            verdict,
            message: rule.message.clone(),
        });
    }
    let hard: Vec<Verdict> =
        rules.iter().filter(|rule| rule.level == RuleLevel::Hard).map(|rule| rule.verdict).collect();
    let verdict = match () {
        () if hard.contains(&Verdict::No) => Verdict::No,
        () if hard.contains(&Verdict::Unknown) => Verdict::Unknown,
        () => Verdict::Yes,
    };
    Assessment { verdict, rules }
}

/// Judges one condition; an empty one always holds.
pub fn condition(
    rule: &str,
    item: &ServiceItem,
    values: &BTreeMap<FieldPath, String>,
    facts: &BTreeMap<String, String>,
    context: Option<&Context>,
) -> Verdict {
    holds(rule, &Scope { values, facts, params: &item.params, context })
}

fn holds(rule: &str, scope: &Scope<'_>) -> Verdict {
    if rule.trim().is_empty() {
        return Verdict::Yes;
    }
    Rule::read(rule).map_or(Verdict::Unknown, |rule| walk::verdict(&rule, scope))
}

/// Whether a rule can be read and every question and function in it exists. Parameters: see [`lint_item`].
pub fn lint(rule: &str, form: &FormDef) -> Result<(), RuleError> {
    let rule = Rule::read(rule)?;
    rule.check_functions()?;
    let repeats = form.pages.iter().flat_map(|page| &page.parts).filter_map(|part| match part {
        Part::Repeat(repeat) => Some(repeat.name.as_str()),
        Part::Field(_) => None,
    });
    let repeats: BTreeSet<&str> = repeats.collect();
    let unknown = |name: &String| form.field(name).is_none() && !repeats.contains(name.as_str());
    match rule.questions().into_iter().find(unknown) {
        Some(name) => Err(RuleError::NoSuchQuestion { name }),
        None => Ok(()),
    }
}

/// Everything wrong with the rules and conditions of an item: where (`rule R1 check`, `material M-LOW when`) and what.
pub fn lint_item(item: &ServiceItem) -> Vec<(String, RuleError)> {
    let rules = item.rules.iter().flat_map(|rule| {
        [(format!("rule {} when", rule.id), &rule.when), (format!("rule {} check", rule.id), &rule.check)]
    });
    let slots = item.materials.iter().map(|slot| (format!("material {} when", slot.key), &slot.when));
    let mut wrong = Vec::new();
    for (place, text) in rules.chain(slots).filter(|(_, text)| !text.trim().is_empty()) {
        let params = Rule::read(text).map(|rule| rule.params()).unwrap_or_default();
        let no_param = params.into_iter().find(|name| !item.params.contains_key(name));
        let no_param = no_param.map(|name| RuleError::NoSuchParam { name });
        if let Some(error) = lint(text, &item.form).err().or(no_param) {
            wrong.push((place, error));
        }
    }
    wrong
}

#[cfg(test)]
mod tests;
