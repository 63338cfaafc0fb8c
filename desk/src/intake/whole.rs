//! A case of which only a summary lies here: what comes for it, and how it becomes whole again.

use domain::id::CaseId;
use store::table::document;
use store::table::summary::{self, State, Summary};
use sync::document::Document;
use sync::item::CaseMeta;
use sync::wire::to_cbor;

use super::Taking;
use crate::fault::Fault;
use crate::paper::raw;

impl Taking<'_, '_> {
    /// What others entered in a case that ended long ago. Whether it is new cannot be told from a summary: of what comes in the
    /// county's order, sums and comparison say so; what was found lacking is, and the whole is fetched next. Gives whether
    /// something is new.
    ///
    /// # Errors
    /// The store's.
    pub(super) fn for_summary(
        &mut self,
        case: CaseId,
        kept: &Summary,
        whole: Option<(CaseMeta, Document)>,
    ) -> Result<bool, Fault> {
        if !self.comparing {
            return Ok(false);
        }
        let w = self.w;
        match whole {
            Some((meta, doc)) if kept.state == State::Wanted && !self.behind.contains(&case) => {
                let heads = raw(&doc.heads());
                let row = document::Document {
                    case,
                    release: meta.release,
                    meta: to_cbor(&meta),
                    snapshot: doc.save(),
                    acked_heads: heads.clone(),
                    heads,
                };
                document::restore(w, &row, self.desk.clock.now())?;
                summary::remove(w, case)?;
                self.papers.remove(&case);
                self.whole.insert(case);
                Ok(false)
            }
            _ => {
                summary::set_state(w, case, State::Wanted)?;
                Ok(self.behind.insert(case))
            }
        }
    }

    /// The county told how it knows a case that is a summary here. Gives whether it is one: its document is then no part of
    /// putting right what differs.
    ///
    /// # Errors
    /// The store's.
    pub(super) fn is_summary(&mut self, case: CaseId) -> Result<bool, Fault> {
        let Some(kept) = summary::get(self.w, case)? else { return Ok(false) };
        if kept.state == State::Wanted && !self.behind.contains(&case) {
            // It was asked for and did not come: asking the same again would never end.
            summary::set_state(self.w, case, State::Lacking)?;
        }
        Ok(true)
    }
}
