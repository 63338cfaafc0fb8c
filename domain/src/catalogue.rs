//! Service items as the county published them: name, guide, materials, rules, form. Data, never constants in code.
//!
//! A release is immutable and signed (a TUF repository). Its targets are `release.json` ([`Release`]),
//! `regions.json` ([`RegionEntry`] list), `calendar.json` ([`crate::workday::Calendar`]) and one
//! `items/<code>.json` ([`ServiceItem`]) for each item. A case stays on the release it began on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::form::FormDef;
use crate::id::Digest;
use crate::region::RegionCode;

/// The table of contents of one catalogue release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Number of the release; a later release has a higher one.
    pub number: u64,
    /// Day of publication, `YYYY-MM-DD`.
    pub issued: String,
    /// What changed, in a sentence for the desks.
    #[serde(default)]
    pub note: String,
    /// The county.
    pub region: RegionCode,
    /// The items it holds.
    pub items: Vec<ReleaseItem>,
}

/// One line of a release's table of contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseItem {
    /// Catalogue code of the item.
    pub code: String,
    /// Name of the item.
    pub name: String,
    /// SHA-256 of `items/<code>.json`.
    pub digest: Digest,
}

/// A region with the time it was valid; codes die, cases keep the code of their date (domain facts 2.8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionEntry {
    /// The code.
    pub code: RegionCode,
    /// The name.
    pub name: String,
    /// First day of validity, `YYYY-MM-DD`, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<String>,
    /// Last day of validity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<String>,
    /// The code that took over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<RegionCode>,
}

/// One service item (政务服务事项) with everything a village point needs to take it in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceItem {
    /// Catalogue code, 12 digits (domain facts 2.1).
    pub code: String,
    /// National task code, 31 characters, if the county has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_code: Option<String>,
    /// Official name.
    pub name: String,
    /// Names people use.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Item type code of GB/T 39046 table A.1, for example `05`.
    pub item_type: String,
    /// Department that decides.
    pub department: String,
    /// Unified social credit code of that department.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department_code: Option<String>,
    /// Topic for browsing, for example care for the old.
    #[serde(default)]
    pub topic: String,
    /// One or two sentences: who gets what.
    pub summary: String,
    /// Whether it is done without leaving the village (办理不出村).
    pub village_complete: bool,
    /// Visits the applicant has to make.
    pub visits: u8,
    /// Time limit set by law.
    pub statutory_limit: Limit,
    /// Time limit promised.
    pub promised_limit: Limit,
    /// The guide.
    pub guide: Guide,
    /// Material slots in order.
    pub materials: Vec<MaterialSlot>,
    /// Eligibility rules in order.
    pub rules: Vec<Rule>,
    /// Amounts and thresholds by name.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// Where the applicant's name, id number, region and phone stand in the form.
    pub subject: Subject,
    /// The form.
    pub form: FormDef,
}

/// Question names that tell who a case is about, for lists, search and scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Question holding the applicant's name.
    pub name: String,
    /// Question holding the applicant's identity number.
    pub id_no: String,
    /// Question holding the village of the applicant's household registration.
    pub region: String,
    /// Question holding the phone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// A time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// How many.
    pub amount: u16,
    /// Of what.
    pub unit: LimitUnit,
}

/// Unit of a time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitUnit {
    /// Working days of the catalogue's calendar.
    WorkingDays,
    /// Days as they come.
    CalendarDays,
    /// Done on the spot.
    OnTheSpot,
}

/// The service guide (办事指南), printable and readable without a network.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Guide {
    /// Legal basis; an item without one cannot be published.
    pub basis: Vec<LegalBasis>,
    /// Conditions in plain words.
    pub conditions: Vec<String>,
    /// Steps in order.
    pub steps: Vec<Step>,
    /// What it costs; empty means free of charge.
    #[serde(default)]
    pub fee: String,
    /// What the applicant gets, with amounts.
    pub result: String,
    /// Telephone for questions.
    pub phone: String,
    /// Telephone for complaints.
    pub complaint_phone: String,
    /// Questions people ask.
    #[serde(default)]
    pub faq: Vec<Faq>,
}

/// A law, regulation or document an item rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegalBasis {
    /// Title.
    pub title: String,
    /// Document number and article.
    #[serde(default)]
    pub clause: String,
}

/// One step of the process with its step code (domain facts 3.0.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Step code, for example `S20`.
    pub code: String,
    /// Name.
    pub name: String,
    /// Who does it.
    pub who: String,
    /// How long it takes, in words.
    #[serde(default)]
    pub time: String,
}

/// A question people ask, and the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faq {
    /// Question.
    pub question: String,
    /// Answer.
    pub answer: String,
}

/// A named place for papers. Slots with the same key mean the same paper in every item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaterialSlot {
    /// Key of the material dictionary, for example `M-ID`.
    pub key: String,
    /// Name shown.
    pub name: String,
    /// How it is obtained and how it should look.
    #[serde(default)]
    pub note: String,
    /// Whether it must be there.
    pub necessity: Necessity,
    /// Condition in the rule language under which the slot applies; empty means always.
    #[serde(default)]
    pub when: String,
    /// How it comes into being.
    pub origin: MaterialOrigin,
    /// Whether the original has to be looked at.
    #[serde(default)]
    pub check_original: bool,
    /// Legal or document basis for asking.
    #[serde(default)]
    pub basis: String,
    /// How many files at most.
    #[serde(default = "MaterialSlot::default_max_files")]
    pub max_files: u8,
}

impl MaterialSlot {
    fn default_max_files() -> u8 {
        6
    }
}

/// Whether a material must be there when the case is handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Necessity {
    /// Must be there; its absence is a finding.
    Required,
    /// May follow against a promise (容缺后补).
    Deferrable,
    /// May be there.
    Optional,
    /// Never asked for: checked by data sharing after sync.
    Shared,
}

/// How a material comes into being.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaterialOrigin {
    /// The applicant brings it.
    Applicant,
    /// An authority issued it.
    Authority,
    /// Made by this program and signed on the screen.
    Generated,
    /// Fetched from a platform.
    Share,
}

/// How hard a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleLevel {
    /// False means: not eligible as entered (the applicant may insist).
    Hard,
    /// False means: somebody must look.
    Soft,
    /// Only told.
    Info,
}

/// One eligibility rule. `when` and `check` are in the rule language of [`crate::eligibility`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Short id, for example `R1`.
    pub id: String,
    /// How hard.
    pub level: RuleLevel,
    /// Applies only when this is true; empty means always.
    #[serde(default)]
    pub when: String,
    /// What must hold.
    pub check: String,
    /// The reason in plain words, told when it does not hold or cannot be known.
    pub message: String,
    /// Where the rule comes from.
    #[serde(default)]
    pub basis: String,
}
