//! The steps of handing a case in: the pages of the form, then papers, signature, and a last look.

use domain::catalogue::{MaterialOrigin, ServiceItem};

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A page of the form, by its place.
    Page(usize),
    /// Attaching papers.
    Materials,
    /// Signing on the screen.
    Signature,
    /// The last look before handing in.
    Check,
}

/// The slot in which the signed form lies, if the item asks for one.
pub fn signature_slot(item: &ServiceItem) -> Option<&str> {
    item.materials.iter().find(|slot| slot.origin == MaterialOrigin::Generated).map(|slot| slot.key.as_str())
}

/// All steps of an item; `shown` tells whether a page has anything to ask now.
pub fn all(item: &ServiceItem, shown: impl Fn(usize) -> bool) -> Vec<Step> {
    let mut steps: Vec<Step> =
        (0..item.form.pages.len()).filter(|page| shown(*page)).map(Step::Page).collect();
    if item.materials.iter().any(|slot| slot.origin != MaterialOrigin::Generated) {
        steps.push(Step::Materials);
    }
    if signature_slot(item).is_some() {
        steps.push(Step::Signature);
    }
    steps.push(Step::Check);
    steps
}

impl Step {
    /// Its name in an address.
    pub fn name(&self, item: &ServiceItem) -> String {
        match self {
            Step::Page(place) => {
                item.form.pages.get(*place).map_or_else(String::new, |page| page.name.clone())
            }
            Step::Materials => "materials".to_owned(),
            Step::Signature => "signature".to_owned(),
            Step::Check => "check".to_owned(),
        }
    }

    /// The step of that name.
    pub fn from_name(name: &str, item: &ServiceItem) -> Option<Step> {
        match name {
            "materials" => Some(Step::Materials),
            "signature" => Some(Step::Signature),
            "check" => Some(Step::Check),
            _ => item.form.pages.iter().position(|page| page.name == name).map(Step::Page),
        }
    }
}
