//! Attaching papers, taking them away and back, the signature.

use ipc::case::{CaseOpen, CaseSubmit};
use ipc::material::{FileState, MaterialMark, MaterialRemove, MaterialRestore};
use ipc::problem;
use serde_json::json;

use super::desk::{ITEM, answers, unlocked};
use crate::dispatch::{ask, get, put};
use crate::entry::{Attachment, Creation, Rejected, create};

pub(super) fn picture() -> Vec<u8> {
    let mut bytes = Vec::new();
    let image = image::RgbImage::from_pixel(64, 48, image::Rgb([200, 210, 220]));
    image.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
    bytes
}

fn creation() -> Creation {
    Creation { item: ITEM.to_owned(), answers: answers(), attach: Vec::new(), submit: false, insist: false }
}

#[tokio::test]
async fn a_photograph_is_attached_shown_taken_away_and_brought_back() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    let case = create(&desk, creation()).await.unwrap().case;
    let args = json!({"request": "p1", "case": case, "slot": "M-ID", "name": "正面.png"});
    put(&desk, "material_put", args.clone(), picture()).await.unwrap();
    put(&desk, "material_put", args, picture()).await.unwrap();
    let view = ask(&desk, CaseOpen { case }).await.unwrap();
    assert_eq!(view.materials.len(), 1, "the repeated request attached nothing more");
    let file = view.materials[0].file.clone();
    assert_eq!((view.materials[0].mime.as_str(), view.materials[0].state), ("image/jpeg", FileState::Saved));
    let shown = get(&desk, "material_get", json!({"case": case, "file": file})).await.unwrap();
    assert_eq!(shown.mime, "image/jpeg");
    assert_eq!(image::load_from_memory(&shown.body).unwrap().width(), 64);
    let mark = MaterialMark { request: "p2".to_owned(), case, file: file.clone(), original_seen: true };
    assert!(ask(&desk, mark).await.unwrap().materials[0].original_seen);
    let remove = MaterialRemove { request: "p3".to_owned(), case, file: file.clone() };
    assert!(ask(&desk, remove).await.unwrap().materials.is_empty());
    let restore = MaterialRestore { request: "p4".to_owned(), case, file };
    assert_eq!(ask(&desk, restore).await.unwrap().materials.len(), 1);
}

#[tokio::test]
async fn what_cannot_be_attached_is_told_by_its_own_code() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    let case = create(&desk, creation()).await.unwrap().case;
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec();
    let mut large = b"%PDF-1.7".to_vec();
    large.resize(11 * 1024 * 1024, b' ');
    let tries = [
        ("M-ID", b"a letter".to_vec(), problem::NOT_A_PICTURE),
        ("M-ID", heic, problem::HEIC_PICTURE),
        ("M-ID", large, problem::FILE_TOO_LARGE),
        ("M-NONE", picture(), problem::NO_SUCH_SLOT),
    ];
    for (number, (slot, bytes, code)) in tries.into_iter().enumerate() {
        let args = json!({"request": format!("t{number}"), "case": case, "slot": slot, "name": "x"});
        assert_eq!(put(&desk, "material_put", args, bytes).await.unwrap_err().code, code);
    }
    for number in 0..3 {
        let args = json!({"request": format!("f{number}"), "case": case, "slot": "M-ID", "name": "x"});
        let attached = put(&desk, "material_put", args, picture()).await;
        assert_eq!(
            attached.err().map(|problem| problem.code).as_deref(),
            (number == 2).then_some(problem::SLOT_FULL)
        );
    }
}

#[tokio::test]
async fn a_case_with_a_bad_file_is_not_made_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    let attach = vec![
        Attachment { slot: "M-ID".to_owned(), name: "a.png".to_owned(), bytes: picture() },
        Attachment { slot: "M-NONE".to_owned(), name: "b.png".to_owned(), bytes: picture() },
    ];
    let Err(Rejected::Problem(problem)) = create(&desk, Creation { attach, ..creation() }).await else {
        panic!("made")
    };
    assert_eq!(problem.code, problem::NO_SUCH_SLOT);
    let list = ask(&desk, ipc::case::CaseList::default()).await.unwrap();
    assert_eq!(list.total, 0);
}

#[tokio::test]
async fn a_signature_counts_for_the_form_that_was_signed_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let desk = unlocked(folder.path()).await;
    let sign =
        |request: &str, case| json!({"request": request, "case": case, "strokes": [[{"x": 1, "y": 2}]]});
    let signed = create(&desk, creation()).await.unwrap().case;
    put(&desk, "signature_put", sign("s1", signed), picture()).await.unwrap();
    let view =
        ask(&desk, CaseSubmit { request: "s2".to_owned(), case: signed, insist: false }).await.unwrap();
    assert!(view.timeline[1].payload.signed_form.is_some());

    let changed = create(&desk, creation()).await.unwrap().case;
    put(&desk, "signature_put", sign("s3", changed), picture()).await.unwrap();
    crate::entry::edit(&desk, changed, json!({"pay_account": "6217000000000000012"})).await.unwrap();
    let view =
        ask(&desk, CaseSubmit { request: "s4".to_owned(), case: changed, insist: false }).await.unwrap();
    assert_eq!(view.timeline[1].payload.signed_form, None);
}
