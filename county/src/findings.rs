//! Holds every form that was handed in against its rules once more, after the county acknowledged it and while nothing else
//! is to be done (ruling 14). A desk checks before it hands in: what is found here tells of a desk that does not.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::eligibility::Context;
use domain::form::{Finding, FormLogic as _, open};
use domain::material::material_findings;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;
use sync::document::Document;
use sync::item::{Actor, Item};

use crate::county::County;
use crate::database::{audit, case, item, meta};
use crate::error::Error;
use crate::server::blocking;

/// Forms checked in one go.
const AT_ONCE: u32 = 20;
/// So long nothing must have arrived.
const QUIET: Duration = Duration::from_millis(500);
/// However much arrives, the forms are checked this often.
const AT_LEAST: Duration = Duration::from_secs(30);
/// The last entry that was checked, by name.
const CHECKED: &str = "forms_checked";
/// Reading needs a writer's name, too; nothing is ever written under it.
const READER: Actor = Actor([0xff; 16]);

/// Checks what arrives, until the county closes.
pub async fn watch(county: Arc<County>) {
    let mut changes = county.news.listen();
    loop {
        let checking = county.clone();
        match blocking(move || next(&checking)).await {
            Ok(found) if found > 0 => continue,
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "forms cannot be checked; it is tried again"),
        }
        tokio::select! {
            _ = tokio::time::timeout(AT_LEAST, changes.changed()) => {}
            () = county.closing() => return,
        }
        let patience = tokio::time::Instant::now() + AT_LEAST;
        while let Ok(Ok(())) = tokio::time::timeout(QUIET, changes.changed()).await {
            if tokio::time::Instant::now() > patience || county.is_closed() {
                break;
            }
        }
    }
}

/// Checks the next forms that were handed in. Gives how many.
///
/// # Errors
/// The database's; nothing counts as checked then.
pub fn next(county: &County) -> Result<usize, Error> {
    let (entries, last) = county.database.read::<_, Error>(|view| {
        let checked = meta::get(view, CHECKED)?.and_then(|text| text.parse().ok()).unwrap_or(0);
        Ok((item::handed_in(view, checked, AT_ONCE)?, checked))
    })?;
    let Some(newest) = entries.last().map(|entry| entry.entry).filter(|newest| *newest > last) else {
        return Ok(0);
    };
    let mut told = Vec::new();
    for entry in &entries {
        let findings = check(county, entry)?;
        for finding in &findings {
            metrics::counter!("daiban_form_findings_total", "code" => finding.code.clone()).increment(1);
        }
        let wrong: Vec<_> = findings.iter().filter(|finding| finding.is_error()).map(place).collect();
        if !wrong.is_empty() {
            told.push(json!({ "case": entry.case, "seq": entry.seq, "findings": wrong }));
        }
    }
    county.database.write::<_, Error>(|write| {
        for body in &told {
            audit::append(write, county.now(), "form_findings", body)?;
        }
        Ok(meta::set(write, CHECKED, &newest.to_string())?)
    })?;
    Ok(entries.len())
}

/// What and where, never the answer itself.
fn place(finding: &Finding) -> serde_json::Value {
    json!({ "code": finding.code, "field": finding.field, "slot": finding.slot })
}

/// The findings of the version that was handed in. A form this county does not have gives none.
fn check(county: &County, entry: &item::HandedIn) -> Result<Vec<Finding>, Error> {
    let found = county.database.read::<_, Error>(|view| Ok(case::get(view, entry.case)?))?;
    let Some(known) = found else { return Ok(Vec::new()) };
    let Some(item) = county.forms.item(county, known.release, &known.item) else { return Ok(Vec::new()) };
    let key = county.vault.case(known.id, &known.key)?;
    let Ok(Item::Act(signed)) = Item::from_bytes(&key.open("item", &entry.sealed)?) else {
        return Ok(Vec::new());
    };
    let unreadable = |_| Error::Lacking("a document that can be read");
    let body = signed.body().map_err(|_| Error::Lacking("an act that can be read"))?;
    let document = Document::load(&key.open("document", &known.sealed)?, READER).map_err(unreadable)?;
    let document = document.at(&body.heads).map_err(unreadable)?;
    let today =
        Timestamp::from_millisecond(county.now()).unwrap_or_default().to_zoned(TimeZone::system()).date();
    let Ok(filled) = open(&item.form, &document.answers(), today) else { return Ok(Vec::new()) };
    let outcome = filled.outcome();
    let mut attached = BTreeMap::<String, usize>::new();
    for key in document.materials().into_keys() {
        let slot = key.split_once('/').map_or(key.as_str(), |(slot, _)| slot);
        if item.materials.iter().any(|known| known.key == slot) {
            *attached.entry(slot.to_owned()).or_default() += 1;
        }
    }
    let context = Context { collect_date: today, county: county.region.clone() };
    let mut findings = outcome.findings;
    findings.extend(material_findings(&item, &outcome.values, &attached, Some(&context)));
    Ok(findings)
}
