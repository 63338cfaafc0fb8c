//! A group of questions that may have many rows, for example the members of a household.

use domain::form::Repeat;
use domain::id::RowId;
use yew::prelude::*;

use crate::kit::{Glyph, Press, Weight};
use crate::text::{t, tr};

/// What a list of rows is given.
#[derive(Clone, PartialEq, Properties)]
pub struct RowsProps {
    /// The group.
    pub repeat: Repeat,
    /// Its rows.
    pub rows: Vec<RowId>,
    /// The questions of each row, drawn.
    pub drawn: Vec<Html>,
    /// Cannot be changed now.
    #[prop_or_default]
    pub locked: bool,
    /// Another row is wanted.
    pub onadd: Callback<()>,
    /// A row is to go.
    pub onremove: Callback<RowId>,
}

/// A list of rows.
#[component]
pub fn Rows(props: &RowsProps) -> Html {
    let title = &props.repeat.title;
    let rows = props.rows.iter().zip(&props.drawn).enumerate().map(|(at, (row, drawn))| {
        let onpress = {
            let (onremove, row) = (props.onremove.clone(), *row);
            Callback::from(move |()| onremove.emit(row))
        };
        html! {
            <section key={row.to_string()} class="rows-one" aria-label={tr("filling-row", &[("number", &(at + 1))])}>
                <header>
                    <h3>{ tr("filling-row", &[("number", &(at + 1))]) }</h3>
                    if !props.locked {
                        <Press label={t("remove")} glyph={Glyph::Remove} weight={Weight::Link} {onpress} />
                    }
                </header>
                { drawn.clone() }
            </section>
        }
    });
    html! {
        <section class="rows" aria-label={title.clone()}>
            <h2>{ title }</h2>
            { for rows }
            if !props.locked {
                <Press label={tr("filling-add-row", &[("title", title)])} glyph={Glyph::Add} onpress={props.onadd.clone()} />
            }
        </section>
    }
}
