//! Nothing that was typed is lost, whatever became of the case meanwhile.

use domain::answer::FieldPath;
use domain::id::CaseId;
use domain::lifecycle::Status;
use ipc::case::{CaseBuffer, CaseOpen, CaseResolve, CaseSave, CaseStart, CaseSubmit, CaseUnsaved, Edit};
use ipc::problem;
use sync::document::DocEdit;
use sync::item::Actor;

use super::desk::{ITEM, answers, open, unlock, unlocked};
use crate::dispatch::ask;
use crate::entry::{Creation, create};
use crate::fault::Fault;
use crate::paper::Paper;
use crate::{Desk, clock};

fn id_no() -> FieldPath {
    FieldPath::plain("applicant_id_no")
}

fn account() -> FieldPath {
    FieldPath::plain("pay_account")
}

async fn typed(desk: &std::sync::Arc<Desk>, case: CaseId, field: FieldPath, text: &str) {
    ask(desk, CaseBuffer { case, field, text: text.to_owned() }).await.unwrap();
}

fn set(field: FieldPath, value: &str) -> Edit {
    Edit::Set { field, value: value.to_owned(), source: Default::default(), original_seen: false }
}

#[tokio::test]
async fn what_was_typed_into_a_case_that_was_handed_in_meanwhile_is_shown_beside_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    let creation = Creation {
        item: ITEM.to_owned(),
        answers: answers(),
        attach: Vec::new(),
        submit: true,
        insist: false,
    };
    let case = create(&desk, creation).await.unwrap().case;
    typed(&desk, case, FieldPath::plain("applicant_name"), "张秀兰").await;
    typed(&desk, case, account(), "6217000000000000020").await;
    // The program ends and is started again.
    drop(desk);
    let desk = open(folder.path());
    unlock(&desk).await.unwrap();
    let view = ask(&desk, CaseOpen { case }).await.unwrap();
    assert_eq!(view.answers.text("applicant_name"), "张秀英", "the answer is what was handed in");
    let texts: Vec<(String, &str, bool)> =
        view.unsaved.iter().map(|one| (one.field.to_string(), one.text.as_str(), one.may_take)).collect();
    let covered = "***************0020";
    assert_eq!(
        texts,
        [("applicant_name".to_owned(), "张秀兰", false), ("pay_account".to_owned(), covered, false)]
    );
    let settle = |request: &str, take| CaseUnsaved {
        request: request.to_owned(),
        case,
        field: FieldPath::plain("applicant_name"),
        take,
    };
    assert_eq!(ask(&desk, settle("t1", true)).await.unwrap_err().code, problem::READ_ONLY);
    let view = ask(&desk, settle("t2", false)).await.unwrap();
    assert_eq!((view.unsaved.len(), view.status), (1, Status::Collected));
}

/// Somebody else wrote another account, not knowing of the first one.
fn differs(desk: &Desk, case: CaseId, value: &str) {
    let open = desk.unlocked().unwrap();
    let write = open.store.write::<_, Fault>(|w| {
        let mut paper = Paper::load(w, &open, case)?;
        let mut other = sync::document::Document::load(&paper.doc.save(), Actor([7; 16]))?;
        let answer = domain::answer::Answer::stated(value);
        paper.write(
            w,
            &[DocEdit::SetAnswer { field: account(), answer: answer.clone() }],
            clock::device(),
        )?;
        let here = paper.doc.heads();
        let theirs = domain::answer::Answer::stated("6217000000000000012");
        other.edit(&[DocEdit::SetAnswer { field: account(), answer: theirs }], clock::device())?;
        paper.doc.merge(&other)?;
        paper.keep(w, &here)?;
        Ok(())
    });
    write.unwrap();
}

#[tokio::test]
async fn typing_in_a_field_that_got_two_values_stays_until_somebody_takes_or_drops_it() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    let start = CaseStart { request: "r1".to_owned(), item: ITEM.to_owned(), village: None };
    let case = ask(&desk, start).await.unwrap().case;
    typed(&desk, case, account(), "621700000000000").await;
    typed(&desk, case, id_no(), "131099194003150021").await;
    differs(&desk, case, "6217000000000000020");

    // Another answer is saved: what can be saved is, what cannot stays.
    let edits = vec![set(FieldPath::plain("applicant_name"), "张秀英")];
    let view = ask(&desk, CaseSave { request: "r2".to_owned(), case, edits }).await.unwrap();
    assert_eq!(view.answers.text("applicant_id_no"), "131099194003150021");
    let left = |view: &ipc::case::CaseView| -> Vec<(String, String, bool)> {
        view.unsaved.iter().map(|one| (one.field.to_string(), one.text.clone(), one.may_take)).collect()
    };
    assert_eq!(left(&view), [("pay_account".to_owned(), "621700000000000".to_owned(), true)]);
    // Handing in is stopped by the two values, not by the typing; and it is still there.
    let submit = CaseSubmit { request: "r3".to_owned(), case, insist: false };
    assert_eq!(ask(&desk, submit).await.unwrap_err().code, problem::HAS_FINDINGS);
    // A protected field is not overwritten by taking it; it is decided.
    let take = CaseUnsaved { request: "r4".to_owned(), case, field: account(), take: true };
    assert_eq!(ask(&desk, take).await.unwrap_err().code, problem::TWO_VALUES);
    assert_eq!(left(&ask(&desk, CaseOpen { case }).await.unwrap()).len(), 1);
    let choose = CaseResolve {
        request: "r5".to_owned(),
        case,
        field: account(),
        value: "6217000000000000012".to_owned(),
        reason: "核对存折".to_owned(),
    };
    let view = ask(&desk, choose).await.unwrap();
    assert!(view.unsaved.is_empty() && view.conflicts.is_empty(), "{:?}", view.unsaved);
}
