//! The blank record of a form, and where in it each question and each row has its place.

use std::collections::{BTreeMap, BTreeSet};

use rxeval::tree::{Instance, NodeId};

use super::logic::FormError;
use super::{Field, FormDef, Part};
use crate::answer::FieldPath;
use crate::id::RowId;

/// The blank record with its rows taken out, and the questions by name.
pub(super) struct Sheet {
    blank: Instance,
    fields: Vec<Place>,
    by_name: BTreeMap<String, usize>,
    repeats: BTreeMap<String, RepeatPlace>,
    pages: Vec<PagePlace>,
    /// Paths of fields whose choices depend on other answers.
    filtered: BTreeSet<String>,
    calculated: BTreeSet<String>,
}

struct Place {
    field: Field,
    repeat: Option<String>,
}

/// A repeated group: the blank row, and after which part of the record its rows stand.
pub(super) struct RepeatPlace {
    pub(super) name: String,
    pub(super) path: String,
    row: Instance,
    parent: NodeId,
    after: Option<NodeId>,
}

/// A page and what stands on it.
pub(super) struct PagePlace {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) fields: Vec<String>,
    pub(super) repeats: Vec<String>,
}

/// One question of one row, laid out.
pub(super) struct Spot {
    pub(super) path: FieldPath,
    pub(super) node: NodeId,
    pub(super) computed: bool,
}

impl Sheet {
    /// Reads the blank record out of the form. `calculated`: paths that have a calculation.
    pub(super) fn read(form: &FormDef, calculated: &BTreeSet<String>) -> Result<Self, FormError> {
        let document = Instance::from_xml(&form.xform).map_err(FormError::Form)?;
        let mut blank =
            primary(&document).ok_or_else(|| FormError::Form("no primary instance".to_owned()))?;
        let mut sheet = Sheet {
            blank: Instance::new(),
            fields: Vec::new(),
            by_name: BTreeMap::new(),
            repeats: BTreeMap::new(),
            pages: Vec::new(),
            filtered: filtered(&document),
            calculated: calculated.clone(),
        };
        for page in &form.pages {
            let mut place = PagePlace {
                name: page.name.clone(),
                path: page.path.clone(),
                fields: Vec::new(),
                repeats: Vec::new(),
            };
            for part in &page.parts {
                match part {
                    Part::Field(field) => {
                        place.fields.push(field.name.clone());
                        sheet.add(field, None);
                    }
                    Part::Repeat(repeat) => {
                        place.repeats.push(repeat.name.clone());
                        let taken = take_rows(&mut blank, &repeat.name, &repeat.path)
                            .ok_or_else(|| FormError::NoPlace(repeat.path.clone()))?;
                        sheet.repeats.insert(repeat.name.clone(), taken);
                        repeat.fields.iter().for_each(|field| sheet.add(field, Some(repeat.name.clone())));
                    }
                }
            }
            sheet.pages.push(place);
        }
        blank.reindex();
        sheet.blank = blank;
        sheet.add_unseen_calculations();
        let probe = sheet.lay_out(&sheet.with_probe_rows(&BTreeMap::new())).0;
        match sheet.fields.iter().find(|place| Sheet::find(&probe, &place.field.path).is_none()) {
            Some(lost) => Err(FormError::NoPlace(lost.field.path.clone())),
            None => Ok(sheet),
        }
    }

    fn add(&mut self, field: &Field, repeat: Option<String>) {
        self.by_name.insert(field.name.clone(), self.fields.len());
        self.fields.push(Place { field: field.clone(), repeat });
    }

    /// Calculations that stand on no page still have a name that rules use.
    fn add_unseen_calculations(&mut self) {
        let seen: BTreeSet<&String> = self.fields.iter().map(|place| &place.field.path).collect();
        let unseen: Vec<String> =
            self.calculated.iter().filter(|path| !seen.contains(path)).cloned().collect();
        for path in unseen {
            let name = path.rsplit('/').next().unwrap_or_default().to_owned();
            let plain = Sheet::find(&self.blank, &path).is_some();
            if plain && !self.by_name.contains_key(&name) {
                self.add(&Field::computed_unseen(name, path), None);
            }
        }
    }

    /// The question of that name, if the path names it where it stands (inside or outside its repeated group).
    pub(super) fn field(&self, path: &FieldPath) -> Option<&Field> {
        let place = self.by_name.get(&path.question).and_then(|at| self.fields.get(*at))?;
        let repeat = path.row.as_ref().map(|(repeat, _)| repeat);
        (place.repeat.as_ref() == repeat).then_some(&place.field)
    }

    pub(super) fn computes(&self, field: &Field) -> bool {
        field.computed || self.calculated.contains(&field.path)
    }

    pub(super) fn repeat(&self, name: &str) -> Option<&RepeatPlace> {
        self.repeats.get(name)
    }

    pub(super) fn repeats(&self) -> impl Iterator<Item = &RepeatPlace> {
        self.repeats.values()
    }

    pub(super) fn pages(&self) -> &[PagePlace] {
        &self.pages
    }

    pub(super) fn filtered_fields(&self) -> impl Iterator<Item = &Field> {
        let plain = self.fields.iter().filter(|place| place.repeat.is_none());
        plain.map(|place| &place.field).filter(|field| self.filtered.contains(&field.path))
    }

    /// Whether a repeated group has no row.
    pub(super) fn lacks_rows(&self, rows: &BTreeMap<String, Vec<RowId>>) -> bool {
        self.repeats.keys().any(|name| rows.get(name).is_none_or(Vec::is_empty))
    }

    /// The same rows, and a row of no one's where a group has none.
    pub(super) fn with_probe_rows(
        &self,
        rows: &BTreeMap<String, Vec<RowId>>,
    ) -> BTreeMap<String, Vec<RowId>> {
        let mut rows = rows.clone();
        for name in self.repeats.keys() {
            let of_group = rows.entry(name.clone()).or_default();
            if of_group.is_empty() {
                of_group.push(RowId(uuid::Uuid::nil()));
            }
        }
        rows
    }

    /// The record with these rows, blank but for the form's defaults, and where each question stands in it.
    pub(super) fn lay_out(&self, rows: &BTreeMap<String, Vec<RowId>>) -> (Instance, Vec<Spot>) {
        let mut record = self.blank.clone();
        let mut row_nodes: BTreeMap<&str, Vec<(RowId, NodeId)>> = BTreeMap::new();
        for (name, repeat) in &self.repeats {
            let mut after = repeat.after;
            for row in rows.get(name).into_iter().flatten() {
                let Some(root) = repeat.row.root() else { continue };
                let node = record.adopt(&repeat.row, root);
                match after {
                    Some(sibling) if record.parent(sibling).is_some() => record.insert_after(sibling, node),
                    _ => record.append_child(repeat.parent, node),
                }
                after = Some(node);
                row_nodes.entry(name).or_default().push((*row, node));
            }
        }
        record.reindex();
        let mut spots = Vec::new();
        for place in &self.fields {
            let computed = self.computes(&place.field);
            let Some(repeat) = place.repeat.as_deref().and_then(|name| self.repeats.get(name)) else {
                let node = Sheet::find(&record, &place.field.path);
                spots.extend(node.map(|node| Spot {
                    path: FieldPath::plain(&place.field.name),
                    node,
                    computed,
                }));
                continue;
            };
            let inside = place.field.path.strip_prefix(&repeat.path).unwrap_or_default();
            for (row, node) in row_nodes.get(repeat.name.as_str()).into_iter().flatten() {
                let path = FieldPath::in_row(&repeat.name, *row, &place.field.name);
                spots.extend(below(&record, *node, inside).map(|node| Spot { path, node, computed }));
            }
        }
        (record, spots)
    }

    /// The node at an absolute path without positions; the first row of a repeated group.
    pub(super) fn find(record: &Instance, path: &str) -> Option<NodeId> {
        let root = record.root()?;
        let inside = path.strip_prefix('/')?.strip_prefix(record.node(root).name.as_str())?;
        below(record, root, inside)
    }

    /// Every node by the path the engine reports it under.
    pub(super) fn places(record: &Instance) -> BTreeMap<String, NodeId> {
        let nodes = record.root().map(|root| record.descendants(root)).unwrap_or_default();
        nodes.into_iter().map(|node| (record.path_of(node), node)).collect()
    }
}

fn below(record: &Instance, from: NodeId, path: &str) -> Option<NodeId> {
    path.split('/').filter(|step| !step.is_empty()).try_fold(from, |node, step| {
        record.children(node).into_iter().find(|child| record.node(*child).name == step)
    })
}

/// The first instance of the model is the record to be filled.
fn primary(document: &Instance) -> Option<Instance> {
    let mut nodes = document.descendants(document.root()?).into_iter();
    let wrapper = nodes.find(|node| document.node(*node).name == "instance")?;
    let template = document.children(wrapper).into_iter().next()?;
    let mut blank = Instance::new();
    let root = blank.adopt(document, template);
    blank.set_root(root);
    blank.reindex();
    Some(blank)
}

/// Takes a group's rows out of the blank record and keeps one of them, the marked template if there is one.
fn take_rows(blank: &mut Instance, name: &str, path: &str) -> Option<RepeatPlace> {
    let first = Sheet::find(blank, path)?;
    let parent = blank.parent(first)?;
    let own_name = blank.node(first).name.clone();
    let siblings = blank.children(parent);
    let rows: Vec<NodeId> =
        siblings.iter().copied().filter(|node| blank.node(*node).name == own_name).collect();
    let after = siblings.iter().copied().take_while(|node| *node != first).last();
    let is_template =
        |node: &&NodeId| blank.attributes(**node).iter().any(|mark| blank.node(*mark).name == "template");
    let model = *rows.iter().find(is_template).unwrap_or(&first);
    let mut row = Instance::new();
    let root = row.adopt(blank, model);
    row.set_root(root);
    row.node_mut(root).attributes.clear();
    rows.into_iter().for_each(|node| blank.detach(node));
    Some(RepeatPlace { name: name.to_owned(), path: path.to_owned(), row, parent, after })
}

/// Paths of selects whose list of choices has a filter.
fn filtered(document: &Instance) -> BTreeSet<String> {
    let attribute = |node: NodeId, name: &str| {
        let found = document.attributes(node).into_iter().find(|at| document.node(*at).name == name);
        found.map(|at| document.node(at).value.trim().to_owned())
    };
    let nodes = document.root().map(|root| document.descendants(root)).unwrap_or_default();
    let itemsets = nodes.into_iter().filter(|node| document.node(*node).name == "itemset");
    itemsets
        .filter(|node| attribute(*node, "nodeset").is_some_and(|nodeset| nodeset.contains('[')))
        .filter_map(|node| document.parent(node).and_then(|control| attribute(control, "ref")))
        .collect()
}
