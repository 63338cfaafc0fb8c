//! Putting together one single notice of everything to correct.

use std::collections::BTreeMap;

use domain::act::CorrectionPoint;
use domain::answer::FieldPath;

/// What a point of the notice is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// An answer.
    Field(FieldPath),
    /// A paper.
    Slot(String),
}

/// The notice being written: what was picked, with the reason so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Notice(BTreeMap<About, String>);

impl Notice {
    /// Picks something, or puts it back.
    #[must_use]
    pub fn toggle(&self, about: About) -> Self {
        let mut next = self.clone();
        if next.0.remove(&about).is_none() {
            next.0.insert(about, String::new());
        }
        next
    }

    /// Writes the reason of something picked.
    #[must_use]
    pub fn because(&self, about: &About, reason: String) -> Self {
        let mut next = self.clone();
        if let Some(place) = next.0.get_mut(about) {
            *place = reason;
        }
        next
    }

    /// The reason of something, if it is picked.
    pub fn reason(&self, about: &About) -> Option<&str> {
        self.0.get(about).map(String::as_str)
    }

    /// How many points it has.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is picked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it can be sent: something is picked and each has a reason.
    pub fn ready(&self) -> bool {
        !self.0.is_empty() && self.0.values().all(|reason| !reason.trim().is_empty())
    }

    /// The points as the act carries them.
    pub fn points(&self) -> Vec<CorrectionPoint> {
        let point = |(about, reason): (&About, &String)| match about {
            About::Field(field) => {
                CorrectionPoint { field: Some(field.clone()), slot: None, reason: reason.trim().to_owned() }
            }
            About::Slot(slot) => {
                CorrectionPoint { field: None, slot: Some(slot.clone()), reason: reason.trim().to_owned() }
            }
        };
        self.0.iter().map(point).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_goes_out_only_when_each_point_says_what_is_wrong() {
        let account = About::Field(FieldPath::plain("pay_account"));
        let paper = About::Slot("M-BANK".to_owned());
        let notice = Notice::default().toggle(account.clone()).toggle(paper.clone());
        assert!(!notice.ready());
        let notice =
            notice.because(&account, "one digit is missing".to_owned()).because(&paper, "  ".to_owned());
        assert!(!notice.ready());
        let notice = notice.because(&paper, "blurred ".to_owned());
        assert!(notice.ready());
        let reasons: Vec<String> = notice.points().into_iter().map(|point| point.reason).collect();
        assert_eq!(reasons, ["one digit is missing", "blurred"]);
        assert_eq!(notice.toggle(paper).len(), 1);
    }
}
