//! Which village the citizen is from: asked where a point serves several, put into the form where it has that question.

use domain::catalogue::ServiceItem;
use domain::form::Choice;
use domain::region::{RegionCode, RegionLevel};
use domain::role::Unit;
use yew::prelude::*;

use crate::components::picker::Picker;
use crate::kit::{Dialog, InputProps, Press, Weight};
use crate::text::t;

/// Up to this many villages are shown as buttons.
const BUTTONS: usize = 12;

/// The villages a unit takes cases in from, its own first, by the names the item's form gives them.
pub fn served(unit: &Unit, item: &ServiceItem) -> Vec<Choice> {
    let named =
        item.form.field(&item.subject.region).map(|field| field.choices.as_slice()).unwrap_or_default();
    let serves =
        |code: &RegionCode| unit.code.contains(code) || unit.villages.iter().any(|one| one.contains(code));
    let known = named.iter().filter(|choice| choice.name.parse().is_ok_and(|code| serves(&code)));
    let mut villages: Vec<Choice> = known.cloned().collect();
    for code in std::iter::once(&unit.code).chain(&unit.villages) {
        let told = villages.iter().any(|choice| choice.name == code.as_str());
        if code.level() == RegionLevel::Village && !told {
            let label = if *code == unit.code { unit.name.clone() } else { code.to_string() };
            villages.push(Choice { name: code.to_string(), label, extra: Default::default() });
        }
    }
    villages.sort_by_key(|choice| choice.name != unit.code.as_str());
    villages
}

/// The answer that the item's form asks for the village, if it asks and offers that village.
pub fn asked_for<'a>(item: &'a ServiceItem, village: &RegionCode) -> Option<&'a str> {
    let field = item.form.field(&item.subject.region).filter(|field| !field.computed)?;
    field.choices.iter().any(|choice| choice.name == village.as_str()).then_some(field.name.as_str())
}

/// What the question is given.
#[derive(Clone, PartialEq, Properties)]
pub struct VillageProps {
    /// The villages.
    pub villages: Vec<Choice>,
    /// One was picked.
    pub onpick: Callback<RegionCode>,
    /// None after all.
    pub onclose: Callback<()>,
}

/// Asks for the village.
#[component]
pub fn AskVillage(props: &VillageProps) -> Html {
    let onpick = {
        let onpick = props.onpick.clone();
        Callback::from(move |name: String| name.parse().into_iter().for_each(|code| onpick.emit(code)))
    };
    let foot = html! { <Press label={t("cancel")} weight={Weight::Link} onpress={props.onclose.clone()} /> };
    let input = yew::props!(InputProps { id: "village", value: "", label: t("village-title"), eager: true });
    html! {
        <Dialog title={t("village-title")} onclose={props.onclose.clone()} {foot}>
            <p>{ t("village-words") }</p>
            if props.villages.len() > BUTTONS {
                <Picker {input} choices={props.villages.clone()} picked="" {onpick} />
            } else {
                <div class="villages">
                    { for props.villages.iter().map(|village| {
                        let (onpick, name) = (onpick.clone(), village.name.clone());
                        let onpress = Callback::from(move |()| onpick.emit(name.clone()));
                        html! { <Press key={village.name.clone()} label={village.label.clone()} {onpress} /> }
                    }) }
                </div>
            }
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn item() -> ServiceItem {
        let limit = json!({"amount": 1, "unit": "working_days"});
        let choices: Vec<_> =
            [("131099100201", "东村"), ("131099100202", "西村"), ("131099101201", "上河村")]
                .iter()
                .map(|(name, label)| json!({"name": name, "label": label}))
                .collect();
        let field = json!({"part": "field", "name": "region", "path": "/data/p/region", "label": "", "kind": "region", "choices": choices});
        let form =
            json!({"xform": "", "pages": [{"name": "p", "path": "/data/p", "title": "", "parts": [field]}]});
        let value = json!({
            "code": "1", "name": "", "item_type": "05", "department": "", "summary": "", "village_complete": true,
            "visits": 0, "statutory_limit": limit, "promised_limit": limit,
            "guide": {"basis": [], "conditions": [], "steps": [], "result": "", "phone": "", "complaint_phone": ""},
            "materials": [], "rules": [], "params": {}, "subject": {"name": "n", "id_no": "i", "region": "region"},
            "form": form,
        });
        serde_json::from_value(value).unwrap()
    }

    fn unit(code: &str, villages: &[&str]) -> Unit {
        let villages = villages.iter().map(|code| code.parse().unwrap()).collect();
        Unit { code: code.parse().unwrap(), name: "西村服务站".to_owned(), villages }
    }

    fn names(unit: &Unit) -> Vec<String> {
        served(unit, &item()).into_iter().map(|choice| choice.label).collect()
    }

    #[test]
    fn a_point_offers_its_own_village_first_and_those_it_serves_beyond_it() {
        assert_eq!(names(&unit("131099100202", &["131099100201"])), ["西村", "东村"]);
        assert_eq!(names(&unit("131099100", &[])), ["东村", "西村"]);
        assert_eq!(names(&unit("131099100202", &[])), ["西村"], "one village needs no question");
    }

    #[test]
    fn a_village_the_form_does_not_name_is_offered_all_the_same() {
        assert_eq!(names(&unit("131099100209", &["131099100208"])), ["西村服务站", "131099100208"]);
    }

    #[test]
    fn the_form_is_given_only_a_village_it_offers() {
        let item = item();
        assert_eq!(asked_for(&item, &"131099100201".parse().unwrap()), Some("region"));
        assert_eq!(asked_for(&item, &"131099100209".parse().unwrap()), None);
    }
}
