//! A case goes to another village or clerk: it is hidden at once, and gone when everything entered here has arrived.

use domain::id::CaseId;
use store::table::{act, case_index, document, draft_buffer, file, leaving, outbox, summary, upload, writer};

use super::Taking;
use crate::fault::Fault;
use crate::{clock, draft, index, tally};

impl Taking<'_, '_> {
    /// A case this desk may no longer see is hidden. What was typed and not saved yet is saved first, so that it leaves
    /// with what waits.
    pub(super) fn withdraw(&mut self, case: CaseId) -> Result<(), Fault> {
        self.taken.touched.insert(case);
        self.left.insert(case);
        self.changed.remove(&case);
        if document::heads(self.w, case)?.is_some() {
            self.save_typing(case)?;
        }
        case_index::remove(self.w, case)?;
        leaving::put(self.w, case, clock::device())?;
        self.leave(case)
    }

    /// Takes everything of a case away that is leaving, once nothing of it waits to be sent.
    pub(super) fn leave(&mut self, case: CaseId) -> Result<(), Fault> {
        let w = self.w;
        if !outbox::of_case(w, case)?.is_empty() || upload::waits(w, case)? {
            return Ok(());
        }
        self.papers.remove(&case);
        self.changed.remove(&case);
        case_index::remove(w, case)?;
        draft_buffer::remove_of_case(w, case)?;
        act::remove_of_case(w, case)?;
        // Its share lies with the document: what is leaving counts no more.
        tally::note(w, [case])?;
        document::remove(w, case)?;
        summary::remove(w, case)?;
        writer::remove(w, case)?;
        upload::remove_of_case(w, case)?;
        for named in file::of_case(w, case)? {
            file::detach(w, case, &named.slot, &named.key)?;
            if file::forget(w, named.sha256)? {
                self.taken.forgotten.push(named.sha256);
            }
        }
        leaving::remove(w, case)?;
        Ok(())
    }

    fn save_typing(&mut self, case: CaseId) -> Result<(), Fault> {
        let (w, open, desk) = (self.w, self.open, self.desk);
        if draft_buffer::of_case(w, case)?.is_empty() {
            return Ok(());
        }
        let paper = self.paper(case)?;
        if let Some(item) = index::item_of(w, open, paper)? {
            let typed = draft::planned(w, paper, &item, &[])?;
            if paper.write(w, &typed, clock::device())? {
                paper.queue(w, open, &desk.clock, None)?;
            }
        }
        Ok(draft_buffer::remove_of_case(w, case)?)
    }
}
