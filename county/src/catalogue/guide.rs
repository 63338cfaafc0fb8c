//! The service guide of an item: legal basis, conditions, steps, fee, result, telephones, questions people ask.

use std::collections::BTreeSet;

use domain::catalogue::{Faq, Guide, LegalBasis, Step};

use super::finding::Report;
use super::workbook::Workbook;

/// Item type of a licence; licences need the full set of steps and at least one question (check 9).
const LICENCE: &str = "01";

/// Reads and checks the sheets `guide` and `faq`.
pub(super) fn guide(sheets: &Workbook, item_type: &str, report: &mut Report) -> Guide {
    let table = sheets.sheet("guide");
    report.headers(&table, &["kind", "title", "text"], &["code", "who", "time"]);
    let mut guide = Guide::default();
    let mut codes = BTreeSet::new();
    for row in &table.rows {
        let text = row.text("text").to_owned();
        match row.text("kind") {
            "basis" => {
                let title = report.needed(&table, row, "title").to_owned();
                guide.basis.push(LegalBasis { title, clause: text });
            }
            "condition" => guide.conditions.push(report.needed(&table, row, "text").to_owned()),
            "step" => {
                let code = report.needed(&table, row, "code").to_owned();
                if !codes.insert(code.clone()) {
                    report.error(table.cell(row, "code"), "step-twice", &[("code", &code)]);
                }
                guide.steps.push(Step {
                    code,
                    name: report.needed(&table, row, "title").to_owned(),
                    who: report.needed(&table, row, "who").to_owned(),
                    time: row.text("time").to_owned(),
                });
            }
            "fee" => guide.fee = text,
            "result" => guide.result = text,
            "phone" => guide.phone = phone(text, &table, row, report),
            "complaint_phone" => guide.complaint_phone = phone(text, &table, row, report),
            other => {
                let allowed = "basis, condition, step, fee, result, phone, complaint_phone";
                report.error(
                    table.cell(row, "kind"),
                    "word-unknown",
                    &[("value", other), ("allowed", allowed)],
                );
            }
        }
    }
    guide.faq = faq(sheets, report);
    check(&guide, &table, item_type, report);
    guide
}

fn faq(sheets: &Workbook, report: &mut Report) -> Vec<Faq> {
    let table = sheets.sheet("faq");
    report.headers(&table, &["question", "answer"], &[]);
    let rows = table.rows.iter();
    rows.map(|row| Faq {
        question: report.needed(&table, row, "question").to_owned(),
        answer: report.needed(&table, row, "answer").to_owned(),
    })
    .collect()
}

/// A telephone needs its area code, because people call from mobiles (check 6).
fn phone(
    text: String,
    table: &super::workbook::Table,
    row: &super::workbook::Row,
    report: &mut Report,
) -> String {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let whole =
        (text.starts_with('0') && digits >= 10) || (text.starts_with('1') && digits == 11) || digits == 5;
    if !whole {
        report.error(table.cell(row, "text"), "phone-area", &[("value", &text)]);
    }
    text
}

fn check(guide: &Guide, table: &super::workbook::Table, item_type: &str, report: &mut Report) {
    if !table.present {
        return;
    }
    // nothing outside the list of powers.
    if guide.basis.is_empty() {
        report.error(table.whole(), "no-basis", &[]);
    }
    let missing = [
        (guide.conditions.is_empty(), "condition"),
        (guide.steps.is_empty(), "step"),
        (guide.result.is_empty(), "result"),
        (guide.phone.is_empty(), "phone"),
        (guide.complaint_phone.is_empty(), "complaint_phone"),
    ];
    for (_, kind) in missing.into_iter().filter(|(missing, _)| *missing) {
        report.error(table.whole(), "guide-missing", &[("kind", kind)]);
    }
    if !guide.phone.is_empty() && guide.phone == guide.complaint_phone {
        report.error(table.whole(), "phones-same", &[]);
    }
    if item_type == LICENCE {
        if guide.faq.is_empty() {
            report.warning(table.whole(), "licence-faq", &[]);
        }
        // Acceptance, review, decision, hand-over (domain facts 3.0.4).
        for code in ["S20", "S60", "S80", "S90"]
            .iter()
            .filter(|code| !guide.steps.iter().any(|step| step.code == **code))
        {
            report.warning(table.whole(), "licence-step", &[("code", code)]);
        }
    }
}
