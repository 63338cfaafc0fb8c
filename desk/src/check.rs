//! What is missing or wrong in a case, and whether the applicant qualifies: the same answers the window computes.

use std::collections::BTreeMap;

use domain::answer::Answers;
use domain::catalogue::{RuleLevel, ServiceItem};
use domain::eligibility::{self, Context, Verdict};
use domain::form::{self, Finding, FormLogic};
use domain::material::material_findings;
use domain::region::RegionLevel;
use ipc::case::{CheckView, FindingView, RuleView};
use jiff::civil::Date;

use crate::Desk;
use crate::fault::Fault;
use crate::material;
use crate::paper::Paper;

/// What checking found, and which papers may follow.
pub struct Checked {
    /// As the window shows it.
    pub view: CheckView,
    /// Slots whose papers are missing and may follow (容缺).
    pub gaps: Vec<String>,
}

/// Checks answers and papers of a case.
///
/// # Errors
/// A published form that cannot be run.
pub fn check(desk: &Desk, paper: &Paper, item: &ServiceItem, answers: &Answers) -> Result<Checked, Fault> {
    let today: Date = desk.clock.today().parse().map_err(|_| Fault::Broken("today is no date"))?;
    let outcome = form::open(&item.form, answers, today)?.outcome();
    let county = paper.meta.village.at(RegionLevel::County).unwrap_or_else(|| paper.meta.village.clone());
    let context = Context { collect_date: today, county };
    let attached = material::counts(paper);
    let mut findings: Vec<FindingView> = outcome.findings.iter().map(view).collect();
    let papers = material_findings(item, &outcome.values, &attached, Some(&context));
    let missing = papers
        .iter()
        .filter(|finding| ["material_missing", "material_deferrable"].contains(&finding.code.as_str()));
    let gaps = missing.filter_map(|finding| finding.slot.clone()).collect();
    findings.extend(papers.iter().map(view));
    for conflict in paper.doc.conflicts() {
        let protected = item
            .form
            .field(&conflict.field.question)
            .is_some_and(|field| field.class == form::FieldClass::Guarded);
        findings.push(FindingView {
            field: Some(conflict.field),
            slot: None,
            code: "two_values".to_owned(),
            message: String::new(),
            stops: protected,
            args: BTreeMap::new(),
        });
    }
    findings.sort_by_key(|finding| !finding.stops);
    let assessed = eligibility::assess(item, &outcome.values, &BTreeMap::new(), &context);
    let rules = assessed.rules.into_iter().filter(|rule| rule.verdict != Verdict::Yes).map(|rule| RuleView {
        id: rule.id,
        level: level(rule.level).to_owned(),
        verdict: verdict(rule.verdict).to_owned(),
        message: rule.message,
    });
    let ready = !findings.iter().any(|finding| finding.stops);
    let view =
        CheckView { findings, ready, eligible: verdict(assessed.verdict).to_owned(), rules: rules.collect() };
    Ok(Checked { view, gaps })
}

/// A finding in the window's words.
pub fn view(finding: &Finding) -> FindingView {
    FindingView {
        field: finding.field.clone(),
        slot: finding.slot.clone(),
        code: finding.code.clone(),
        message: finding.message.clone(),
        stops: finding.is_error(),
        args: finding.args.clone(),
    }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Yes => "yes",
        Verdict::No => "no",
        Verdict::Unknown => "unknown",
    }
}

fn level(level: RuleLevel) -> &'static str {
    match level {
        RuleLevel::Hard => "hard",
        RuleLevel::Soft => "soft",
        RuleLevel::Info => "info",
    }
}
