//! The form of an item: an XLSForm workbook converted to the XForm that rules run on, and the pages a window draws.

use std::collections::BTreeMap;

use domain::answer::Answers;
use domain::form::{Choice, Field, FieldClass, FieldKind, FormDef, FormLogic as _, Page, Part, Repeat};
use jiff::civil::Date;
use rxform::model::{Item, Question, Section, SectionKind, SelectKind, Survey, Translated};

use super::finding::{At, Report};
use super::sources::ItemSource;
use super::sources::rxform_trouble::Trouble;

/// Survey column that carries [`FieldClass`]; a `bind::` column, so that every XLSForm program passes it through.
const CLASS: &str = "daiban:class";
/// More fields than this on one page are hard to read at a kitchen table.
const LONG_PAGE: usize = 12;

/// Converts and checks the form; an empty one when the workbook is no XLSForm.
pub(super) fn form(source: &ItemSource, report: &mut Report) -> FormDef {
    let nothing = FormDef::new(String::new(), Vec::new());
    let parsed = source.form.clone().and_then(|book| {
        let survey = rxform::parser::parse(&book, &source.slug).map_err(Trouble::from)?;
        let xform = rxform::xform::generate(&survey).map_err(Trouble::from)?;
        Ok((survey, xform))
    });
    let (survey, xform) = match parsed {
        Ok(parsed) => parsed,
        Err(trouble) => {
            conversion(source, trouble, report);
            return nothing;
        }
    };
    let mut drawing = Drawing { survey: &survey, file: &source.file, report };
    let pages = drawing.pages();
    drawing.names();
    drawing.lists();
    drawing.repeat_references();
    let form = FormDef::new(xform, pages);
    run(source, &form, &survey, report);
    form
}

fn conversion(source: &ItemSource, trouble: Trouble, report: &mut Report) {
    let sheet = trouble.sheet.unwrap_or_else(|| "survey".to_owned());
    let at = At { file: source.file.clone(), sheet, row: trouble.row, column: trouble.column };
    let hint = trouble.hint.unwrap_or_default();
    report.error(at, "form-conversion", &[("reason", &trouble.message), ("hint", &hint)]);
}

/// Lets the engine that desks use open the blank form, and asks what will not travel to other XLSForm programs.
fn run(source: &ItemSource, form: &FormDef, survey: &Survey, report: &mut Report) {
    let survey_at = |row| At { file: source.file.clone(), sheet: "survey".to_owned(), row, column: None };
    let rows: BTreeMap<String, usize> =
        survey.walk().into_iter().map(|(path, question)| (path, question.row)).collect();
    let opened = domain::form::open(form, &Answers::default(), Date::constant(2026, 1, 5));
    match opened {
        Err(error) => {
            let reason = error.to_string();
            let (row, column) = blamed(&reason, &rows).unzip();
            let at = At { column: column.map(str::to_owned), ..survey_at(row) };
            report.error(at, "form-engine", &[("reason", &reason)]);
        }
        Ok(filled) => {
            if filled.outcome().findings.iter().any(|finding| finding.code == "form_broken") {
                report.error(survey_at(None), "form-broken", &[]);
            }
        }
    }
    for issue in rxeval::check_form(&form.xform).unwrap_or_default() {
        let at = At { column: Some(issue.rule.clone()), ..survey_at(rows.get(&issue.path).copied()) };
        let reason = issue.describe();
        match issue.breaks {
            rxeval::Breaks::Everywhere => report.error(at, "form-dead", &[("reason", &reason)]),
            _ => report.warning(at, "form-portability", &[("reason", &reason)]),
        }
    }
}

/// The row and column of an expression that the engine cannot read; it says `constraint of /data/page/question: …`.
fn blamed(reason: &str, rows: &BTreeMap<String, usize>) -> Option<(usize, &'static str)> {
    let columns = [
        ("relevant", "relevant"),
        ("calculate", "calculation"),
        ("constraint", "constraint"),
        ("readonly", "readonly"),
        ("required", "required"),
    ];
    columns.into_iter().find_map(|(rule, column)| {
        let named =
            |(path, row): (&String, &usize)| reason.contains(&format!("{rule} of {path}: ")).then_some(*row);
        Some((rows.iter().find_map(named)?, column))
    })
}

struct Drawing<'a> {
    survey: &'a Survey,
    file: &'a str,
    report: &'a mut Report,
}

impl Drawing<'_> {
    fn at(&self, row: usize, column: &str) -> At {
        At {
            file: self.file.to_owned(),
            sheet: "survey".to_owned(),
            row: Some(row),
            column: Some(column.to_owned()),
        }
    }

    fn text(&self, words: &Translated) -> Option<String> {
        let wanted = self.survey.settings.default_language.as_deref().unwrap_or(rxform::model::DEFAULT_LANG);
        words
            .get(wanted)
            .or_else(|| words.get(rxform::model::DEFAULT_LANG))
            .or_else(|| words.values().next())
            .cloned()
    }

    fn pages(&mut self) -> Vec<Page> {
        let root = format!("/{}", self.survey.name);
        let mut pages = Vec::new();
        for item in &self.survey.items {
            match item {
                Item::Section(section) if section.kind == SectionKind::Group => {
                    let mut parts = Vec::new();
                    let prefix = Survey::child_prefix(section, &root);
                    self.fill(&section.children, &prefix, &mut parts);
                    self.page_length(section, &parts);
                    let title = self.title(section);
                    pages.push(Page { name: section.name.clone(), path: prefix, title, parts });
                }
                Item::Section(section) => {
                    self.report.error(
                        self.at(section.row, "type"),
                        "form-outside",
                        &[("name", &section.name)],
                    );
                }
                Item::Question(question) if seen(question) => {
                    self.report.error(
                        self.at(question.row, "type"),
                        "form-outside",
                        &[("name", &question.name)],
                    );
                }
                Item::Question(_) => {}
            }
        }
        pages
    }

    fn page_length(&mut self, section: &Section, parts: &[Part]) {
        let (code, count) = match parts.len() {
            0 => ("page-empty", 0),
            count if count > LONG_PAGE => ("page-long", count),
            _ => return,
        };
        let given = [("name", section.name.as_str()), ("count", &count.to_string())];
        self.report.warning(self.at(section.row, "name"), code, &given);
    }

    fn title(&mut self, section: &Section) -> String {
        let title = self.text(&section.label);
        if title.is_none() {
            self.report.error(self.at(section.row, "label"), "page-title", &[("name", &section.name)]);
        }
        title.unwrap_or_default()
    }

    /// Groups inside a page are laid flat; their condition stays in the XForm and hides what stands in them.
    fn fill(&mut self, items: &[Item], prefix: &str, parts: &mut Vec<Part>) {
        for item in items {
            match item {
                Item::Question(question) => parts.extend(self.field(question, prefix).map(Part::Field)),
                Item::Section(section) if section.kind == SectionKind::Repeat => {
                    let path = Survey::child_prefix(section, prefix);
                    let mut inner = Vec::new();
                    self.fill(&section.children, &path, &mut inner);
                    let mut fields = Vec::new();
                    for part in inner {
                        match part {
                            Part::Field(field) => fields.push(field),
                            Part::Repeat(repeat) => {
                                self.report.error(
                                    self.at(section.row, "type"),
                                    "repeat-nested",
                                    &[("name", &repeat.name)],
                                );
                            }
                        }
                    }
                    let title = self.title(section);
                    parts.push(Part::Repeat(Repeat { name: section.name.clone(), path, title, fields }));
                }
                Item::Section(section) => {
                    self.fill(&section.children, &Survey::child_prefix(section, prefix), parts)
                }
            }
        }
    }

    fn field(&mut self, question: &Question, prefix: &str) -> Option<Field> {
        if !seen(question) {
            return None;
        }
        let kind = self.kind(question)?;
        let label = self.text(&question.label).unwrap_or_default();
        if label.contains("${") {
            self.report.warning(
                self.at(question.row, "label"),
                "label-reference",
                &[("name", &question.name)],
            );
        }
        let computed = question.calculation.is_some() && question.trigger.is_none();
        let read_only = question.readonly.as_deref() == Some("true()") || computed || kind == FieldKind::Note;
        Some(Field {
            name: question.name.clone(),
            path: format!("{prefix}/{}", question.name),
            label,
            hint: self.text(&question.hint),
            kind,
            class: self.class(question),
            computed,
            read_only,
            choices: self.choices(question),
        })
    }

    fn kind(&mut self, question: &Question) -> Option<FieldKind> {
        let looks: Vec<&str> =
            question.appearance.as_deref().unwrap_or_default().split_whitespace().collect();
        let special = looks.iter().find_map(|look| match *look {
            "person-name" => Some(FieldKind::PersonName),
            "resident-id" => Some(FieldKind::ResidentId),
            "phone" => Some(FieldKind::Phone),
            "bank-account" => Some(FieldKind::BankAccount),
            "region" => Some(FieldKind::Region),
            "uscc" => Some(FieldKind::Uscc),
            "money" => Some(FieldKind::Money),
            _ => None,
        });
        let base = match (&question.select, question.qtype.as_str()) {
            (Some((SelectKind::One, _)), _) => FieldKind::SelectOne,
            (Some((SelectKind::Multiple, _)), _) => FieldKind::SelectMultiple,
            (None, "text" | "string" | "calculate") if looks.contains(&"multiline") => FieldKind::LongText,
            (None, "text" | "string" | "calculate") => FieldKind::Text,
            (None, "integer" | "int") => FieldKind::Integer,
            (None, "decimal") => FieldKind::Decimal,
            (None, "date") => FieldKind::Date,
            (None, "acknowledge" | "trigger") => FieldKind::Acknowledge,
            (None, "note") => FieldKind::Note,
            (_, other) => {
                self.report.error(self.at(question.row, "type"), "type-unsupported", &[("value", other)]);
                return None;
            }
        };
        match (special, base) {
            (None, base) => Some(base),
            (Some(FieldKind::Money), FieldKind::Decimal | FieldKind::Integer) => Some(FieldKind::Money),
            (Some(special), FieldKind::Text) if special != FieldKind::Money => Some(special),
            (Some(_), base) => {
                let look = question.appearance.as_deref().unwrap_or_default();
                self.report.error(self.at(question.row, "appearance"), "appearance-type", &[("value", look)]);
                Some(base)
            }
        }
    }

    fn class(&mut self, question: &Question) -> FieldClass {
        match question.bind_extra.get(CLASS).map(String::as_str) {
            None | Some("plain") => FieldClass::Plain,
            Some("personal") => FieldClass::Personal,
            Some("guarded") => FieldClass::Guarded,
            Some(other) => {
                let at = self.at(question.row, "bind::daiban:class");
                self.report.error(
                    at,
                    "word-unknown",
                    &[("value", other), ("allowed", "plain, personal, guarded")],
                );
                FieldClass::Guarded
            }
        }
    }

    fn choices(&self, question: &Question) -> Vec<Choice> {
        let list = question.select.as_ref().and_then(|(_, list)| self.survey.choice_list(list));
        let choices = list.map(|list| list.choices.as_slice()).unwrap_or_default();
        let choices = choices.iter().map(|choice| Choice {
            name: choice.name.clone(),
            label: self.text(&choice.label).unwrap_or_else(|| choice.name.clone()),
            extra: choice.extras.iter().cloned().collect(),
        });
        choices.collect()
    }

    /// Question names name answers all over the product, so a form may use each once, groups included.
    fn names(&mut self) {
        let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
        let mut twice = Vec::new();
        each(&self.survey.items, &mut |item| {
            let (name, row) = match item {
                Item::Question(question) => (question.name.as_str(), question.row),
                Item::Section(section) => (section.name.as_str(), section.row),
            };
            if let Some(first) = rows.insert(name, row) {
                twice.push((name, row, first));
            }
        });
        for (name, row, first) in twice {
            self.report.error(
                self.at(row, "name"),
                "name-twice",
                &[("name", name), ("row", &first.to_string())],
            );
        }
    }

    fn lists(&mut self) {
        let walked = self.survey.walk();
        for list in &self.survey.choice_lists {
            let used = |(_, question): &(String, &Question)| {
                question.select.as_ref().is_some_and(|(_, name)| *name == list.name)
            };
            if !walked.iter().any(used) {
                let row = list.choices.first().map(|choice| choice.row);
                let at = At { sheet: "choices".to_owned(), row, ..self.at(0, "list_name") };
                self.report.warning(at, "list-unused", &[("name", &list.name)]);
            }
        }
    }

    /// `${q}` inside a repeated group means all rows; the row's own answer is `../q`.
    fn repeat_references(&mut self) {
        let mut wrong = Vec::new();
        each(&self.survey.items, &mut |item| {
            let Item::Section(section) = item else { return };
            if section.kind != SectionKind::Repeat {
                return;
            }
            let mut inside = Vec::new();
            each(&section.children, &mut |item| {
                if let Item::Question(question) = item {
                    inside.push(question.as_ref());
                }
            });
            for question in &inside {
                let rules =
                    [&question.relevant, &question.constraint, &question.required, &question.calculation];
                let columns = ["relevant", "constraint", "required", "calculation"];
                for (rule, column) in rules.into_iter().zip(columns) {
                    let text = rule.as_deref().unwrap_or_default();
                    let named = inside.iter().find(|other| text.contains(&format!("${{{}}}", other.name)));
                    wrong.extend(named.map(|other| (question.row, column, other.name.clone())));
                }
            }
        });
        for (row, column, name) in wrong {
            self.report.error(self.at(row, column), "repeat-reference", &[("name", &name)]);
        }
    }
}

/// Whether the window has anything to show: calculations without a text and metadata stay behind the scenes.
fn seen(question: &Question) -> bool {
    match question.qtype.as_str() {
        "calculate" => !question.label.is_empty(),
        "hidden" | "start" | "end" | "today" | "audit" | "deviceid" | "username" => false,
        _ => true,
    }
}

fn each<'i>(items: &'i [Item], visit: &mut dyn FnMut(&'i Item)) {
    for item in items {
        visit(item);
        if let Item::Section(section) = item {
            each(&section.children, visit);
        }
    }
}
