//! Fields to type into that leave pinyin typing alone: nothing is read or redrawn while characters are being chosen.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement, HtmlInputElement, HtmlTextAreaElement, Node};
use yew::prelude::*;

/// Key code that engines report for a key that went to the input method.
pub const TO_INPUT_METHOD: u32 = 229;

/// What a field is given.
#[derive(Clone, PartialEq, Properties)]
pub struct InputProps {
    /// Element id.
    pub id: AttrValue,
    /// What stands in it.
    pub value: AttrValue,
    /// Something was typed.
    #[prop_or_default]
    pub ontype: Callback<String>,
    /// The field was left.
    #[prop_or_default]
    pub onleave: Callback<()>,
    /// Enter was pressed, not meant for the input method.
    #[prop_or_default]
    pub onenter: Callback<()>,
    /// `text`, `password` or `search`.
    #[prop_or(AttrValue::Static("text"))]
    pub kind: AttrValue,
    /// Which keyboard a touch screen shows.
    #[prop_or_default]
    pub mode: Option<AttrValue>,
    /// Said by screen readers where no label is seen.
    #[prop_or_default]
    pub label: Option<AttrValue>,
    /// Faint words in the empty field.
    #[prop_or_default]
    pub placeholder: Option<AttrValue>,
    /// Ids of help and findings.
    #[prop_or_default]
    pub described: Option<AttrValue>,
    /// Must be put right.
    #[prop_or_default]
    pub wrong: bool,
    /// Must be answered.
    #[prop_or_default]
    pub required: bool,
    /// Shown, not to be changed.
    #[prop_or_default]
    pub locked: bool,
    /// Takes the keyboard when it appears.
    #[prop_or_default]
    pub eager: bool,
    /// Style classes.
    #[prop_or_default]
    pub class: Classes,
    /// Name of the question, for going from field to field.
    #[prop_or_default]
    pub field: Option<AttrValue>,
    /// `current-password`, `new-password`; nothing is remembered otherwise.
    #[prop_or(AttrValue::Static("off"))]
    pub remember: AttrValue,
    /// Stands over a list of choices.
    #[prop_or_default]
    pub combo: Option<Combo>,
}

/// The list of choices below a field, as screen readers are told of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Combo {
    /// Element id of the list while it is open.
    pub list: Option<AttrValue>,
    /// Element id of the marked choice while the list is open.
    pub active: Option<AttrValue>,
    /// Name of the picked choice.
    pub picked: AttrValue,
}

/// One line of text.
#[component]
pub fn Input(props: &InputProps) -> Html {
    let (node, on) = use_hands::<HtmlInputElement>(props);
    let combo = props.combo.as_ref();
    html! {
        <span class={classes!("pf-v6-c-form-control", "input", props.class.clone(), props.wrong.then_some("pf-m-error"), props.locked.then_some("pf-m-readonly"))}>
            <input
                ref={node}
                id={props.id.clone()}
                type={props.kind.clone()}
                inputmode={props.mode.clone()}
                autocomplete={props.remember.clone()}
                autocapitalize="off"
                spellcheck="false"
                placeholder={props.placeholder.clone()}
                autofocus={props.eager}
                aria-label={props.label.clone()}
                aria-describedby={props.described.clone()}
                aria-invalid={props.wrong.then_some("true")}
                aria-required={props.required.then_some("true")}
                readonly={props.locked}
                data-field={props.field.clone()}
                role={combo.map(|_| "combobox")}
                aria-autocomplete={combo.map(|_| "list")}
                aria-expanded={combo.map(|combo| combo.list.is_some().to_string())}
                aria-controls={combo.and_then(|combo| combo.list.clone())}
                aria-activedescendant={combo.and_then(|combo| combo.active.clone())}
                data-picked={combo.map(|combo| combo.picked.clone())}
                oninput={on.input}
                onkeydown={on.key}
                onblur={on.leave}
            />
        </span>
    }
}

/// Several lines of text; Ctrl+Enter goes on.
#[component]
pub fn Area(props: &InputProps) -> Html {
    let (node, on) = use_hands::<HtmlTextAreaElement>(props);
    let key = {
        let forward = on.key;
        Callback::from(move |event: KeyboardEvent| {
            if event.ctrl_key() {
                forward.emit(event);
            }
        })
    };
    html! {
        <span class={classes!("pf-v6-c-form-control", "input", "pf-m-textarea", "pf-m-resize-vertical", props.class.clone(), props.wrong.then_some("pf-m-error"))}>
            <textarea
                ref={node}
                id={props.id.clone()}
                rows="3"
                aria-label={props.label.clone()}
                placeholder={props.placeholder.clone()}
                aria-describedby={props.described.clone()}
                aria-invalid={props.wrong.then_some("true")}
                aria-required={props.required.then_some("true")}
                readonly={props.locked}
                data-field={props.field.clone()}
                oninput={on.input}
                onkeydown={key}
                onblur={on.leave}
            />
        </span>
    }
}

/// Knows while characters are being chosen, and reads the field when they were.
#[hook]
fn use_composition(node: &NodeRef, composing: &Rc<RefCell<bool>>, read: impl Fn() + 'static) {
    let latest = use_mut_ref(|| None::<Box<dyn Fn()>>);
    *latest.borrow_mut() = Some(Box::new(read));
    let (node, composing) = (node.clone(), composing.clone());
    use_effect_with((), move |()| {
        let begun = composing.clone();
        let begin = Closure::<dyn Fn()>::new(move || *begun.borrow_mut() = true);
        let end = Closure::<dyn Fn()>::new(move || {
            *composing.borrow_mut() = false;
            if let Some(read) = &*latest.borrow() {
                read();
            }
        });
        let field = node.cast::<Element>();
        let listeners = [("compositionstart", begin), ("compositionend", end)];
        for (name, listener) in &listeners {
            if let Some(field) = &field {
                let _deaf = field.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
            }
        }
        move || {
            for (name, listener) in listeners {
                if let Some(field) = &field {
                    let _gone =
                        field.remove_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
                }
            }
        }
    });
}

/// The element that is typed into, of one line or of several.
trait Sheet: AsRef<Node> + From<JsValue> {
    fn text(&self) -> String;
    fn write(&self, text: &str);
}

impl Sheet for HtmlInputElement {
    fn text(&self) -> String {
        self.value()
    }

    fn write(&self, text: &str) {
        self.set_value(text);
    }
}

impl Sheet for HtmlTextAreaElement {
    fn text(&self) -> String {
        self.value()
    }

    fn write(&self, text: &str) {
        self.set_value(text);
    }
}

/// What both kinds of field listen to.
struct Hands {
    input: Callback<InputEvent>,
    key: Callback<KeyboardEvent>,
    leave: Callback<FocusEvent>,
}

/// Keeps what stands in the field as it is told, save while characters are being chosen, and listens to it.
#[hook]
fn use_hands<E: Sheet + 'static>(props: &InputProps) -> (NodeRef, Hands) {
    let node = use_node_ref();
    let composing = use_mut_ref(|| false);
    {
        let (node, composing) = (node.clone(), composing.clone());
        use_effect_with(props.value.clone(), move |value| {
            if let Some(sheet) = node.cast::<E>()
                && !*composing.borrow()
                && sheet.text() != value.as_str()
            {
                sheet.write(value);
            }
        });
    }
    {
        let (node, eager) = (node.clone(), props.eager);
        use_effect_with((), move |()| {
            if let Some(field) = node.cast::<HtmlElement>().filter(|_| eager) {
                let _elsewhere = field.focus();
            }
        });
    }
    let read = {
        let (node, ontype) = (node.clone(), props.ontype.clone());
        move || {
            if let Some(sheet) = node.cast::<E>() {
                ontype.emit(sheet.text());
            }
        }
    };
    use_composition(&node, &composing, read.clone());
    let hands = Hands::new(props, composing, read);
    (node, hands)
}

impl Hands {
    fn new(props: &InputProps, composing: Rc<RefCell<bool>>, read: impl Fn() + Clone + 'static) -> Self {
        let input = {
            let (composing, read) = (composing.clone(), read.clone());
            Callback::from(move |event: InputEvent| {
                if !event.is_composing() && !*composing.borrow() {
                    read();
                }
            })
        };
        let key = {
            let (composing, onenter) = (composing.clone(), props.onenter.clone());
            Callback::from(move |event: KeyboardEvent| {
                // Some engines end the composition before they tell of the Enter that ended it.
                let chosen =
                    event.is_composing() || *composing.borrow() || event.key_code() == TO_INPUT_METHOD;
                if event.key() == "Enter" && !chosen {
                    event.prevent_default();
                    onenter.emit(());
                }
            })
        };
        let leave = {
            let (onleave, composing, read) = (props.onleave.clone(), composing, read);
            Callback::from(move |_: FocusEvent| {
                if composing.replace(false) {
                    read();
                }
                onleave.emit(());
            })
        };
        Hands { input, key, leave }
    }
}
