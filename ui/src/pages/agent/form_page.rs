//! One page of the form.

use std::rc::Rc;

use domain::answer::{Answer, FieldPath};
use domain::form::{Field, Part, Repeat};
use domain::id::{CaseId, RowId};
use ipc::case::{CaseSave, CaseView, Edit};
use yew::prelude::*;

use super::filling::Work;
use super::keeping::save;
use crate::browser;
use crate::components::field::{Pace, Question};
use crate::components::repeat::Rows;
use crate::hooks::{Desk, use_desk};
use crate::state::filling::{Event, Filling};
use crate::state::sheet::about;
use crate::text::t;

/// What the page is given.
#[derive(Clone, PartialEq, Properties)]
pub struct FormPageProps {
    /// What the steps share.
    pub work: Work,
    /// Which page.
    pub page: usize,
    /// Enter was pressed in the last question.
    pub onlast: Callback<()>,
}

/// The page.
#[component]
pub fn FormPage(props: &FormPageProps) -> Html {
    let desk = use_desk();
    let filling = props.work.filling.clone();
    let next = use_next(&filling, props.onlast.clone());
    let Some(page) = filling.case.item.form.pages.get(props.page) else { return html! {} };
    let parts = page.parts.iter().map(|part| match part {
        Part::Field(field) => question(props, &next, field, FieldPath::plain(&field.name)),
        Part::Repeat(repeat) if filling.sheet.hidden_repeats.contains(&repeat.name) => html! {},
        Part::Repeat(repeat) => rows(&desk, props, &next, repeat),
    });
    html! {
        <section class="form-page" aria-labelledby="page-title">
            <h2 id="page-title">{ &page.title }</h2>
            { for parts }
        </section>
    }
}

/// Where Enter was pressed, and how quickly to go on from there.
type Next = Callback<(String, Pace)>;

/// Leads from question to question. What a choice hides or shows is waited for; typing never waits, and is led on
/// when the question it went to has gone away meanwhile.
#[hook]
fn use_next(filling: &UseReducerHandle<Filling>, onlast: Callback<()>) -> Next {
    let from = use_mut_ref(|| None::<(String, Pace)>);
    let judged = filling.is_judged();
    let go = Callback::from(move |id: String| {
        if !browser::focus_next(&id) {
            onlast.emit(());
        }
    });
    {
        let (from, go) = (from.clone(), go.clone());
        use_effect_with(judged, move |judged| {
            if !*judged {
                return;
            }
            match from.take() {
                Some((id, Pace::OnceJudged)) => go.emit(id),
                Some((id, Pace::AtOnce)) if browser::focus_lost() => go.emit(id),
                _ => {}
            }
        });
    }
    Callback::from(move |(id, pace): (String, Pace)| {
        *from.borrow_mut() = (!judged).then(|| (id.clone(), pace));
        if judged || pace == Pace::AtOnce {
            go.emit(id);
        }
    })
}

fn question(props: &FormPageProps, next: &Next, field: &Field, path: FieldPath) -> Html {
    let filling = &props.work.filling;
    if !filling.sheet.asks(&path) {
        return html! {};
    }
    let ontype = {
        let filling = filling.dispatcher();
        Callback::from(move |(path, text)| filling.dispatch(Event::Typed(path, text)))
    };
    let onleave = {
        let filling = filling.dispatcher();
        Callback::from(move |path| filling.dispatch(Event::Left(path)))
    };
    let findings: Vec<_> = about(&filling.sheet, &path).cloned().collect();
    let required = findings.iter().any(|finding| finding.code == "required");
    let findings = if filling.tells(&path) { findings } else { Vec::new() };
    let differing = filling.case.conflicts.iter().any(|conflict| conflict.field == path);
    let (key, text) = (path.to_string(), filling.text(&path));
    let offered = filling.sheet.choices.get(&path).cloned();
    let correction = correction(filling, &path);
    html! {
        <Question {key} field={field.clone()} {text} {findings} {required} {differing} {offered} {correction}
            {ontype} {onleave} onnext={next.clone()} path={path} />
    }
}

fn correction(filling: &Filling, path: &FieldPath) -> Option<String> {
    let point = filling.case.corrections.iter().find(|point| point.field.as_ref() == Some(path));
    point.map(|point| point.reason.clone())
}

fn rows(desk: &Desk, props: &FormPageProps, next: &Next, repeat: &Repeat) -> Html {
    let filling = &props.work.filling;
    let ids = filling.case.answers.rows.get(&repeat.name).cloned().unwrap_or_default();
    let drawn: Vec<Html> = ids
        .iter()
        .map(|row| {
            let questions = repeat.fields.iter();
            let questions = questions.map(|field| {
                question(props, next, field, FieldPath::in_row(&repeat.name, *row, &field.name))
            });
            html! { <>{ for questions }</> }
        })
        .collect();
    let edit = {
        let (desk, filling, page) = (desk.clone(), filling.clone(), props.page);
        move |edit: Edit| {
            let mut edits = filling.edits(page);
            edits.push(edit);
            save(&desk, filling.dispatcher(), filling.case.case, edits);
        }
    };
    let onadd = {
        let (edit, repeat) = (edit.clone(), repeat.name.clone());
        Callback::from(move |()| edit(Edit::AddRow { repeat: repeat.clone() }))
    };
    let onremove = {
        let (desk, filling, repeat) = (desk.clone(), filling.clone(), repeat.name.clone());
        Callback::from(move |row: RowId| {
            let removed = Removed::remember(&filling, &repeat, row);
            edit(Edit::RemoveRow { repeat: repeat.clone(), row });
            let (after, filling) = (desk.clone(), filling.dispatcher());
            let undo = Callback::from(move |()| removed.bring_back(&after, &filling));
            desk.say_with_undo(t("row-removed"), undo);
        })
    };
    html! { <Rows repeat={repeat.clone()} rows={ids} {drawn} {onadd} {onremove} /> }
}

/// A row that was taken away, with what stood in it.
struct Removed {
    case: CaseId,
    repeat: String,
    values: Vec<(String, Answer)>,
}

impl Removed {
    fn remember(filling: &Filling, repeat: &str, row: RowId) -> Self {
        let of_row = |path: &FieldPath| path.row.as_ref().is_some_and(|(_, id)| *id == row);
        let answers = filling.answers().fields;
        let values = answers.into_iter().filter(|(path, _)| of_row(path));
        Removed {
            case: filling.case.case,
            repeat: repeat.to_owned(),
            values: values.map(|(path, answer)| (path.question, answer)).collect(),
        }
    }

    /// A fresh row gets the old values: rows have ids of their own and an id that was taken away never returns.
    fn bring_back(&self, desk: &Desk, filling: &UseReducerDispatcher<Filling>) {
        let add = vec![Edit::AddRow { repeat: self.repeat.clone() }];
        let question = CaseSave { request: browser::request_id(), case: self.case, edits: add };
        let (after, filling, repeat, values) =
            (desk.clone(), filling.clone(), self.repeat.clone(), self.values.clone());
        desk.ask(question, move |answer: Result<CaseView, _>| {
            let Ok(view) = answer else { return };
            let row = view.answers.rows.get(&repeat).and_then(|rows| rows.last()).copied();
            let case = view.case;
            filling.dispatch(Event::Recorded(Rc::new(view), Vec::new()));
            let Some(row) = row else { return };
            let set = |(question, answer): (String, Answer)| Edit::Set {
                field: FieldPath::in_row(&repeat, row, question),
                value: answer.value,
                source: answer.source,
                original_seen: answer.original_seen,
            };
            save(&after, filling, case, values.into_iter().map(set).collect());
        });
    }
}
