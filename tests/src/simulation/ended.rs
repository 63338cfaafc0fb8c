//! Ended cases in the simulation: they shrink to a summary, and at the end of every life all of them are fetched whole again.

use desk::dispatch::ask;
use domain::id::{CaseId, Digest};
use domain::moment::Millis;
use ipc::summary::CaseFetch;
use store::StoreError;
use store::table::{change, document, summary};
use sync::document::Document;
use sync::item::Actor;

use super::world::World;

/// Whenever a case ended, it was before that.
const ALWAYS: Millis = Millis::MAX;

impl World {
    /// A day begins on which every ended case of a desk is due to shrink.
    pub(super) async fn shrink(&mut self, at: usize) -> String {
        if let Err(problem) = self.seats[at].on(&self.road).await {
            return problem.code;
        }
        match self.seats[at].drive.as_ref().map(|drive| drive.shrink(ALWAYS)) {
            Some(Err(problem)) => problem.code,
            _ => format!("{} lie as a summary", self.summaries(at).len()),
        }
    }

    /// Cases of which only a summary lies at a desk.
    fn summaries(&self, at: usize) -> Vec<CaseId> {
        let found = self.seats[at].look(|r| {
            let mut found = Vec::new();
            for row in document::list(r, None, 10_000)? {
                if summary::get(r, row.case)?.is_some() {
                    found.push(row.case);
                }
            }
            Ok(found)
        });
        found.unwrap_or_default()
    }

    /// Every desk asks for the whole of every case it let shrink, and must get it: all that was there, as the county has it.
    pub(super) async fn all_whole_again(&mut self) -> Vec<String> {
        let mut broken = Vec::new();
        for at in 0..self.seats.len() {
            let shrunk = self.summaries(at);
            if shrunk.is_empty() || self.seats[at].is_out() || !self.seats[at].is_up_to_date() {
                continue;
            }
            let Some(desk) = self.seats[at].desk.clone() else { continue };
            for case in &shrunk {
                if let Err(problem) = ask(&desk, CaseFetch { case: *case }).await {
                    broken.push(format!("desk {at} cannot ask for a case: {}", problem.code));
                }
            }
            self.link(at, 400).await;
            for case in shrunk {
                let ordinal = self.ledger.ordinal(case);
                match self.seats[at].look(|r| whole(r, case)).flatten() {
                    Some(here) if self.county_has(case, &here) => {}
                    Some(_) => broken
                        .push(format!("case {ordinal} came back to desk {at} with something else in it")),
                    None => broken.push(format!("case {ordinal} does not come back whole to desk {at}")),
                }
            }
        }
        self.gather();
        broken
    }
}

/// Where the document of a case really stands; nothing when it is not here, or not what is said of it.
fn whole(r: &store::Read<'_>, case: CaseId) -> Result<Option<Vec<Digest>>, StoreError> {
    let Some(row) = document::get(r, case)? else { return Ok(None) };
    let Ok(mut document) = Document::load(&row.snapshot, Actor([0; 16])) else { return Ok(None) };
    if document.apply(&change::tail(r, case)?).is_err() {
        return Ok(None);
    }
    let mut said: Vec<Digest> = row.heads.into_iter().map(Digest).collect();
    said.sort_unstable();
    Ok((document.heads() == said).then_some(said))
}
