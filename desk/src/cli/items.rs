//! Finding a service item and reading its guide in the terminal.

use std::sync::Arc;

use desk::Desk;
use desk::dispatch::ask;
use domain::catalogue::LimitUnit;
use ipc::item::{ItemSearch, ItemShow};
use ipc::problem::Problem;
use serde_json::json;

use super::End;
use super::line::Item;
use super::speak::Mouth;

pub async fn run(desk: &Arc<Desk>, mouth: &Mouth, what: &Item) -> Result<End, Problem> {
    match what {
        Item::Search { words } => search(desk, mouth, words.join(" ")).await,
        Item::Show { code } => show(desk, mouth, code).await,
    }
}

async fn search(desk: &Arc<Desk>, mouth: &Mouth, words: String) -> Result<End, Problem> {
    let found = ask(desk, ItemSearch { words }).await?;
    if mouth.json {
        let line = |item: &ipc::item::ItemCard| json!({"code": item.code, "name": item.name, "department": item.department});
        mouth.object(&json!({ "items": found.items.iter().map(line).collect::<Vec<_>>() }));
    }
    if found.items.is_empty() {
        mouth.say("items-none", &[]);
    }
    for item in &found.items {
        mouth.line(&format!("{}  {}  {}", item.code, item.name, item.department));
    }
    Ok(End::Done)
}

async fn show(desk: &Arc<Desk>, mouth: &Mouth, code: &str) -> Result<End, Problem> {
    let view = ask(desk, ItemShow { code: code.to_owned() }).await?;
    if mouth.json {
        mouth.object(&view);
        return Ok(End::Done);
    }
    let item = &view.item;
    let unit = match item.promised_limit.unit {
        LimitUnit::WorkingDays => "working_days",
        LimitUnit::CalendarDays => "calendar_days",
        LimitUnit::OnTheSpot => "on_the_spot",
    };
    let (release, amount) = (view.release.to_string(), item.promised_limit.amount.to_string());
    mouth.line(&format!("{}  {}", item.code, item.name));
    mouth.line(&item.summary);
    mouth.say("item-department", &[("department", &item.department)]);
    mouth.say("item-limit", &[("amount", &amount), ("unit", unit)]);
    mouth.say("item-conditions", &[]);
    item.guide.conditions.iter().for_each(|condition| mouth.line(&format!("  · {condition}")));
    mouth.say("item-materials", &[]);
    item.materials.iter().for_each(|slot| mouth.line(&format!("  · {}  {}", slot.key, slot.name)));
    mouth.say("item-questions", &[]);
    item.form.fields().for_each(|field| mouth.line(&format!("  · {}  {}", field.name, field.label)));
    mouth.say("item-release", &[("release", &release)]);
    Ok(End::Done)
}
