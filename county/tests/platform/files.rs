//! Photographs on bad lines: half files go on, wrong files are refused, and nobody reads what is not theirs.

use sha2::{Digest as _, Sha256};
use sync::client::{FileFacts, LinkError};

use crate::town::{OTHER_VILLAGE, Paper, Town, random};
use domain::id::Digest;
use domain::role::Role;

fn photo() -> Vec<u8> {
    random::<200_000>().to_vec()
}

fn facts(paper: &Paper, bytes: &[u8]) -> FileFacts {
    FileFacts {
        case: paper.case,
        sha256: Digest(Sha256::digest(bytes).into()),
        size: bytes.len() as u64,
        mime: "image/jpeg".into(),
    }
}

fn read_from(bytes: &[u8]) -> impl FnMut(u64, usize) -> std::io::Result<Vec<u8>> {
    let bytes = bytes.to_vec();
    move |from, length| Ok(bytes[from as usize..from as usize + length].to_vec())
}

/// The file of a laptop that goes off after the first slice.
fn first_slice(bytes: &[u8]) -> impl FnMut(u64, usize) -> std::io::Result<Vec<u8>> {
    let bytes = bytes.to_vec();
    move |from, length| match from {
        0 => Ok(bytes[..length].to_vec()),
        _ => Err(std::io::ErrorKind::BrokenPipe.into()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_sent_file_goes_on_where_it_was_after_a_restart() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let paper = Paper::begin(&agent, "张大爷");
    agent.push(&[paper.whole()]).await;
    let bytes = photo();
    let file = facts(&paper, &bytes);
    let (upload, had) = agent.client.announce(&file).await.unwrap();
    assert_eq!(had, 0);
    // The line breaks after the first slice.
    let broken = agent.client.upload(&upload, file.size, first_slice(&bytes), |_| {});
    assert!(matches!(broken.await, Err(LinkError::Local(_))));
    let town = town.restart().await;
    agent.client = crate::town::line(&town, &agent.identity);
    let mut reported = Vec::new();
    agent.client.upload(&upload, file.size, read_from(&bytes), |had| reported.push(had)).await.unwrap();
    assert!(reported[0] > 0, "nothing that was acknowledged is sent again");
    assert_eq!(reported.last(), Some(&file.size));
    let mut back = Vec::new();
    agent
        .client
        .download(paper.case, file.sha256, 0, |part| {
            back.extend_from_slice(part);
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(back, bytes);
    let mut rest = bytes[..1000].to_vec();
    agent
        .client
        .download(paper.case, file.sha256, 1000, |part| {
            rest.extend_from_slice(part);
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(rest, bytes);
    // The same file again costs no bytes.
    assert_eq!(agent.client.announce(&file).await.unwrap().1, file.size);
    // Nothing of it lies readable on the disk.
    let clear = &bytes[5000..5032];
    for folder in ["files", "uploads"] {
        for path in walk(&town.dir.path().join(folder)) {
            let sealed = std::fs::read(&path).unwrap();
            assert!(!sealed.windows(32).any(|part| part == clear), "{}", path.display());
        }
    }
    town.running.stop().await;
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_what_was_announced_is_thrown_away() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let paper = Paper::begin(&agent, "张大爷");
    agent.push(&[paper.whole()]).await;
    let bytes = photo();
    let file = facts(&paper, &bytes);
    let (upload, _) = agent.client.announce(&file).await.unwrap();
    let mut other = bytes.clone();
    other[100_000] ^= 1;
    let wrong = agent.client.upload(&upload, file.size, read_from(&other), |_| {}).await.err().unwrap();
    assert_eq!(wrong.code(), "hash_differs");
    assert_eq!(agent.client.received(&upload).await.unwrap(), 0);
    assert!(agent.client.download(paper.case, file.sha256, 0, |_| Ok(())).await.is_err());
    agent.client.upload(&upload, file.size, read_from(&bytes), |_| {}).await.unwrap();
    assert!(town.audit().contains(&"file_refused".to_owned()));
    assert!(town.audit().contains(&"file_received".to_owned()));
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_announced_again_goes_on_where_it_was() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let paper = Paper::begin(&agent, "张大爷");
    agent.push(&[paper.whole()]).await;
    let bytes = photo();
    let file = facts(&paper, &bytes);
    let (upload, _) = agent.client.announce(&file).await.unwrap();
    let broken = agent.client.upload(&upload, file.size, first_slice(&bytes), |_| {});
    assert!(broken.await.is_err());
    let (again, had) = agent.client.announce(&file).await.unwrap();
    assert_eq!(again, upload);
    assert!(had > 0, "what arrived is not sent again");
    // A slice that two requests wrote at once, the longer one last: the file is not stuck, it is sent anew.
    let lost = walk(&town.dir.path().join("uploads")).pop().unwrap();
    std::fs::remove_file(lost).unwrap();
    let odd = agent.client.upload(&upload, file.size, read_from(&bytes), |_| {}).await.err().unwrap();
    assert_eq!(odd.code(), "hash_differs");
    agent.client.upload(&upload, file.size, read_from(&bytes), |_| {}).await.unwrap();
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_forgotten_a_month_after_it_last_went_on() {
    const DAY: i64 = 24 * 3600 * 1000;
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let paper = Paper::begin(&agent, "张大爷");
    agent.push(&[paper.whole()]).await;
    let bytes = photo();
    let file = facts(&paper, &bytes);
    let (upload, _) = agent.client.announce(&file).await.unwrap();
    town.later(29 * DAY);
    let broken = agent.client.upload(&upload, file.size, first_slice(&bytes), |_| {});
    assert!(broken.await.is_err());
    town.later(29 * DAY);
    county::files::sweep(town.county()).unwrap();
    assert_eq!(agent.client.announce(&file).await.unwrap().0, upload, "it went on four weeks ago");
    town.later(2 * DAY);
    county::files::sweep(town.county()).unwrap();
    assert!(walk(&town.dir.path().join("uploads")).is_empty(), "nothing of it is left on the disk");
    let (anew, had) = agent.client.announce(&file).await.unwrap();
    assert!(anew != upload && had == 0);
    agent.client.upload(&anew, file.size, read_from(&bytes), |_| {}).await.unwrap();
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_other_villages_do_not_exist_for_a_desk() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let neighbour = town.laptop("赵敏", OTHER_VILLAGE, &[Role::VillageAgent]).await;
    let paper = Paper::begin(&agent, "张大爷");
    agent.push(&[paper.whole()]).await;
    let bytes = photo();
    let file = facts(&paper, &bytes);
    let (upload, _) = agent.client.announce(&file).await.unwrap();
    agent.client.upload(&upload, file.size, read_from(&bytes), |_| {}).await.unwrap();
    let told = |error: LinkError| error.code().to_owned();
    assert_eq!(told(neighbour.client.announce(&file).await.err().unwrap()), "not_found");
    assert_eq!(told(neighbour.client.received(&upload).await.err().unwrap()), "not_found");
    assert_eq!(
        told(neighbour.client.download(paper.case, file.sha256, 0, |_| Ok(())).await.err().unwrap()),
        "not_found"
    );
    let huge = FileFacts { size: 21 * 1024 * 1024, ..file };
    assert_eq!(told(agent.client.announce(&huge).await.err().unwrap()), "too_large");
    town.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_attached_before_a_case_was_handed_on_still_arrives() {
    let town = Town::begin().await;
    let mut agent = town.agent().await;
    let paper = Paper::begin(&agent, "张大爷");
    agent.push(&[paper.whole()]).await;
    let bytes = photo();
    let file = facts(&paper, &bytes);
    let (upload, _) = agent.client.announce(&file).await.unwrap();
    // The case goes to somebody else while the photograph is on its way.
    let scopes = town
        .county()
        .database
        .read::<_, county::Error>(|view| Ok(county::database::case::scopes(view, paper.case)?));
    let left = town.county().database.write::<_, county::Error>(|write| {
        for scope in scopes.unwrap() {
            county::database::index::leave(write, paper.case, &scope)?;
        }
        Ok(())
    });
    left.unwrap();
    agent.client.upload(&upload, file.size, read_from(&bytes), |_| {}).await.unwrap();
    assert!(county::files::is_there(town.county(), paper.case, &file.sha256));
    // Asked again after a lost answer, it is known to have come from here; it is not read back, and what others attach meanwhile
    // is not told.
    assert_eq!(agent.client.announce(&file).await.unwrap().1, file.size);
    let read = agent.client.download(paper.case, file.sha256, 0, |_| Ok(())).await;
    assert!(matches!(read, Err(LinkError::Refused(_))), "{read:?}");
    town.running.stop().await;
}
