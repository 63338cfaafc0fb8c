//! Finding a service item by characters, pinyin, initials or code, and reading its guide.

use std::sync::Arc;

use domain::catalogue::ServiceItem;
use domain::search;
use ipc::item::{ItemCard, ItemList, ItemSearch, ItemShow, ItemView};
use ipc::problem::{self, Problem};
use store::Read;
use store::table::catalogue;

use crate::fault::Fault;
use crate::open::Open;
use crate::{Desk, blocking};

/// Finds items; no words list everything.
pub(crate) async fn search(desk: &Arc<Desk>, ask: ItemSearch) -> Result<ItemList, Problem> {
    let open = desk.unlocked()?;
    blocking::run(move || {
        open.store.read::<_, Fault>(|r| {
            let words = search::query(&ask.words);
            let mut found: Vec<(usize, ItemCard)> = Vec::new();
            for item in items(r, &open)? {
                if let Some(rank) = rank(&item, &words) {
                    found.push((rank, card(&item)));
                }
            }
            found.sort_by(|(a, left), (b, right)| (a, &left.code).cmp(&(b, &right.code)));
            Ok(ItemList { items: found.into_iter().map(|(_, card)| card).collect() })
        })
    })
    .await
}

/// One item of the newest release.
pub(crate) async fn show(desk: &Arc<Desk>, ask: ItemShow) -> Result<ItemView, Problem> {
    let open = desk.unlocked()?;
    blocking::run(move || {
        open.store.read::<_, Fault>(|r| {
            let release = catalogue::current(r)?.ok_or_else(|| Fault::told(problem::NO_CATALOGUE))?;
            let item = open.item(r, release, &ask.code)?.ok_or_else(|| Fault::told(problem::NO_SUCH_ITEM))?;
            Ok(ItemView { item: (*item).clone(), release })
        })
    })
    .await
}

/// All items of the newest release as cards.
///
/// # Errors
/// The store's.
pub(crate) fn cards(r: &Read<'_>, open: &Open) -> Result<Vec<ItemCard>, Fault> {
    Ok(items(r, open)?.iter().map(|item| card(item)).collect())
}

fn items(r: &Read<'_>, open: &Open) -> Result<Vec<Arc<ServiceItem>>, Fault> {
    let Some(release) = catalogue::current(r)? else { return Ok(Vec::new()) };
    let mut items = Vec::new();
    for row in catalogue::items(r, release)? {
        items.extend(open.item(r, release, &row.code)?);
    }
    Ok(items)
}

/// How well an item fits: by code, by name, by another name, by what it is about; `None` when it does not.
fn rank(item: &ServiceItem, words: &[String]) -> Option<usize> {
    let code = vec![item.code.clone()];
    let aliases = item.aliases.iter().flat_map(|alias| search::keys(alias)).collect();
    let about = [&item.topic, &item.department].into_iter().flat_map(|text| search::keys(text)).collect();
    let groups: [Vec<String>; 4] = [code, search::keys(&item.name), aliases, about];
    groups.iter().position(|keys| search::found(keys, words))
}

fn card(item: &ServiceItem) -> ItemCard {
    ItemCard {
        code: item.code.clone(),
        name: item.name.clone(),
        department: item.department.clone(),
        topic: item.topic.clone(),
        summary: item.summary.clone(),
        village_complete: item.village_complete,
        visits: item.visits,
    }
}
