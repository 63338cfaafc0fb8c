//! The receipt the applicant takes home: number, what was handed in, what is still to come, whom to call.

use std::sync::Arc;

use domain::mask;
use fast_qr::convert::Builder;
use fast_qr::convert::svg::SvgBuilder;
use fast_qr::{ECL, QRBuilder};
use ipc::case::{Receipt, ReceiptView};
use ipc::problem::{self, Problem};
use store::Read;

use crate::fault::Fault;
use crate::open::Open;
use crate::paper::Paper;
use crate::{Desk, blocking, identity, index, material};

/// The receipt of a case that was handed in.
pub(crate) async fn receipt(desk: &Arc<Desk>, ask: Receipt) -> Result<ReceiptView, Problem> {
    let open = desk.unlocked()?;
    blocking::run(move || open.store.read::<_, Fault>(|r| view(r, &open, &Paper::load(r, &open, ask.case)?)))
        .await
}

fn view(r: &Read<'_>, open: &Open, paper: &Paper) -> Result<ReceiptView, Fault> {
    let item = index::item_of(r, open, paper)?.ok_or_else(|| Fault::told(problem::NO_CATALOGUE))?;
    let refused = || Fault::from(Problem::new(problem::ACT_REFUSED).with("reason", "wrong_status"));
    let number = paper.number().ok_or_else(refused)?.to_owned();
    let handed_in =
        paper.counting().find(|step| step.body.act.payload.provisional_no.is_some()).ok_or_else(refused)?;
    let me = open.me();
    let agent = match &handed_in.official {
        Some(official) => official.name.clone(),
        None if handed_in.body.act.by == me.person => me.name,
        // A colleague at this desk handed it in, and the county has not said anything yet.
        None => {
            identity::staff(r, handed_in.body.act.by)?.map(|staff| staff.official.name).unwrap_or_default()
        }
    };
    let unit = open.unit();
    let attached = material::counts(paper);
    let here = |key: &str| attached.get(key).is_some_and(|count| *count > 0);
    let gaps = &handed_in.body.act.payload.gaps;
    let names = |wanted: &dyn Fn(&str) -> bool| {
        item.materials.iter().filter(|slot| wanted(&slot.key)).map(|slot| slot.name.clone()).collect()
    };
    Ok(ReceiptView {
        qr: svg(&number)?,
        number,
        item: item.name.clone(),
        applicant: mask::name(paper.doc.answers().text(&item.subject.name)),
        unit: if unit.code == paper.meta.unit { unit.name } else { paper.meta.unit.to_string() },
        agent,
        at: handed_in.body.moment.device,
        materials: names(&here),
        gaps: names(&|key| gaps.iter().any(|gap| gap == key) && !here(key)),
        promised: item.promised_limit,
        phone: item.guide.phone.clone(),
    })
}

fn svg(number: &str) -> Result<String, Fault> {
    let code = QRBuilder::new(number)
        .ecl(ECL::M)
        .build()
        .map_err(|_| Fault::Broken("the number makes no QR code"))?;
    Ok(SvgBuilder::default().margin(4).to_str(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_becomes_a_picture() {
        let drawn = svg("131099100201-7KQ-20260315-0042Z").unwrap();
        assert!(drawn.starts_with("<svg") && drawn.ends_with("</svg>"), "{drawn}");
    }
}
