//! Every question of the window finds its answer here; the compiler finds a forgotten one.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use ipc::problem::{self, Problem};
use ipc::{Call, Command};
use serde::Serialize;
use serde_json::Value;

use crate::{
    Desk, account, act, case, catalogue, conflict, draft, enrol, home, item, material, metered, quarantine,
    receipt, renew, rescue, reveal, summary, syncing, typing, worklist,
};

/// An answer that is a file to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bytes {
    /// Media type.
    pub mime: String,
    /// The bytes.
    pub body: Vec<u8>,
}

enum Answer {
    Data(Value),
    Bytes(Bytes),
}

/// Answers a question that is answered with data.
///
/// # Errors
/// The problem to be told; `internal` when something inside broke.
pub async fn call(desk: &Arc<Desk>, command: &str, args: Value) -> Result<Value, Problem> {
    data(answer(desk, command, args, Vec::new()).await?)
}

/// Answers a question that brings bytes along.
///
/// # Errors
/// As [`call`].
pub async fn put(desk: &Arc<Desk>, command: &str, args: Value, body: Vec<u8>) -> Result<Value, Problem> {
    data(answer(desk, command, args, body).await?)
}

/// Answers a question that is answered with bytes.
///
/// # Errors
/// As [`call`].
pub async fn get(desk: &Arc<Desk>, command: &str, args: Value) -> Result<Bytes, Problem> {
    match answer(desk, command, args, Vec::new()).await? {
        Answer::Bytes(bytes) => Ok(bytes),
        Answer::Data(_) => Err(Problem::new(problem::BAD_QUESTION)),
    }
}

/// Asks in Rust what the window asks in JSON; for the command line and for tests.
///
/// # Errors
/// As [`call`].
pub async fn ask<C: Command>(desk: &Arc<Desk>, question: C) -> Result<C::Reply, Problem> {
    let inside = |_| Problem::new(problem::INTERNAL);
    let args = serde_json::to_value(question).map_err(inside)?;
    serde_json::from_value(call(desk, C::NAME, args).await?).map_err(inside)
}

fn data(answer: Answer) -> Result<Value, Problem> {
    match answer {
        Answer::Data(value) => Ok(value),
        Answer::Bytes(_) => Err(Problem::new(problem::BAD_QUESTION)),
    }
}

async fn answer(desk: &Arc<Desk>, command: &str, args: Value, body: Vec<u8>) -> Result<Answer, Problem> {
    let call = Call::parse(command, args, body)?;
    match AssertUnwindSafe(route(desk, call)).catch_unwind().await {
        Ok(result) => result,
        Err(_) => {
            tracing::error!(command, "answering a question failed inside");
            Err(Problem::new(problem::INTERNAL))
        }
    }
}

fn told<T: Serialize>(reply: T) -> Result<Answer, Problem> {
    serde_json::to_value(reply).map(Answer::Data).map_err(|_| Problem::new(problem::INTERNAL))
}

async fn route(desk: &Arc<Desk>, call: Call) -> Result<Answer, Problem> {
    match call {
        Call::DeskState(_) => told(account::state(desk).await?),
        Call::Enrol(ask) => told(enrol::enrol(desk, ask).await?),
        Call::Unlock(ask) => told(account::unlock(desk, ask).await?),
        Call::Salvage(ask) => told(rescue::salvage(desk, ask).await?),
        Call::PasswordPut(ask) => told(account::password_put(desk, ask).await?),
        Call::Lock(_) => told(account::lock(desk).await?),
        Call::SettingsPut(ask) => told(account::settings_put(desk, ask).await?),
        Call::Home(_) => told(home::home(desk).await?),
        Call::ItemSearch(ask) => told(item::search(desk, ask).await?),
        Call::ItemShow(ask) => told(item::show(desk, ask).await?),
        Call::CaseStart(ask) => told(draft::start(desk, ask).await?),
        Call::CaseOpen(ask) => told(case::open(desk, ask.case).await?),
        Call::CaseFetch(ask) => told(summary::fetch(desk, ask.case).await?),
        Call::CaseBuffer(ask) => told(draft::buffer(desk, ask).await?),
        Call::CaseSave(ask) => told(draft::save(desk, ask).await?),
        Call::CaseCheck(ask) => told(draft::check(desk, ask).await?),
        Call::CaseSubmit(ask) => told(draft::submit(desk, ask).await?),
        Call::CaseList(ask) => told(worklist::list(desk, ask).await?),
        Call::CaseAct(ask) => told(act::act(desk, ask).await?),
        Call::CaseResolve(ask) => told(conflict::resolve(desk, ask).await?),
        Call::CaseReveal(ask) => told(reveal::reveal(desk, ask).await?),
        Call::CaseDiscard(ask) => told(draft::discard(desk, ask).await?),
        Call::CaseRestore(ask) => told(draft::restore(desk, ask).await?),
        Call::CaseUnsaved(ask) => told(typing::settle(desk, ask).await?),
        Call::CaseCompare(ask) => told(renew::compare(desk, ask).await?),
        Call::CaseRenew(ask) => told(renew::renew(desk, ask).await?),
        Call::Receipt(ask) => told(receipt::receipt(desk, ask).await?),
        Call::MaterialMark(ask) => told(material::mark(desk, ask).await?),
        Call::MaterialRemove(ask) => told(material::remove(desk, ask).await?),
        Call::MaterialRestore(ask) => told(material::restore(desk, ask).await?),
        Call::SyncNow(_) => told(syncing::now(desk).await?),
        Call::PicturesPut(ask) => told(metered::put(desk, ask).await?),
        Call::PicturesNow(ask) => told(metered::now(desk, ask).await?),
        Call::QuarantineList(_) => told(quarantine::list(desk).await?),
        Call::QuarantineSettle(ask) => told(quarantine::settle(desk, ask).await?),
        Call::Watch(ask) => told(syncing::watch(desk, ask).await?),
        Call::CatalogueShow(_) => told(catalogue::show(desk).await?),
        Call::CourierState(ask) => told(crate::courier::state(desk, ask).await?),
        Call::CourierImport(ask, body) => told(crate::courier::import_bytes(desk, ask, body).await?),
        Call::CourierExport(ask) => crate::courier::export_bytes(desk, ask).await.map(Answer::Bytes),
        Call::MaterialPut(ask, body) => told(material::put(desk, ask, body).await?),
        Call::SignaturePut(ask, body) => told(material::sign(desk, ask, body).await?),
        Call::CataloguePublish(ask, body) => told(catalogue::publish(desk, ask, body).await?),
        Call::EnrolFinish(ask, body) => told(enrol::finish_by_file(desk, body, ask.password).await?),
        Call::EnrolByFile(ask) => {
            let body = enrol::request_by_file(desk, &ask.code).await?;
            Ok(Answer::Bytes(Bytes { mime: "application/octet-stream".to_owned(), body }))
        }
        Call::MaterialGet(ask) => material::get(desk, ask).await.map(Answer::Bytes),
    }
}
