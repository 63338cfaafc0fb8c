//! Makes one small style sheet out of PatternFly's many: only the parts on a fixed list, without the themes,
//! the directions of writing and the variables that nothing in the window uses.

use anyhow::{Context, Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The most the style sheet may weigh, in bytes as served without compression.
pub const BUDGET: usize = 250 * 1024;

/// What the list file asks for.
#[derive(Debug, Default, PartialEq)]
struct Wanted {
    /// Style sheets, relative to the package.
    sheets: Vec<String>,
    /// Words that mark selectors the window never meets.
    dropped: Vec<String>,
    /// Font files, by name; a font face with another file is left out.
    fonts: Vec<String>,
    /// Names of the icons that may be shown; a rule that shows another is left out.
    icons: Vec<String>,
}

/// One style sheet and the font files it mentions, by name.
pub struct Style {
    /// The sheet's text.
    pub sheet: String,
    /// Font files: name and content.
    pub fonts: BTreeMap<String, Vec<u8>>,
}

/// Reads the list, puts the listed sheets of `package` into one and leaves out the classes and variables that
/// `users` (the compiled program, and style sheets of our own) never name. Fails above [`BUDGET`].
pub fn bundle(list: &str, package: &Path, users: &[Vec<u8>]) -> Result<Style> {
    let wanted = read_list(list)?;
    let mut whole = Vec::new();
    for name in &wanted.sheets {
        let css =
            fs::read_to_string(package.join(name)).with_context(|| format!("patternfly has no {name}"))?;
        whole.extend(parse(&css));
    }
    let users = users.iter().flat_map(|text| names_in(text)).collect::<Vec<_>>().join("\n");
    let mut rules = keep(whole, &wanted, &users);
    drop_unused_variables(&mut rules, &users);
    let mut sheet = String::from("/* PatternFly 6, MIT licence */\n");
    rules.iter().for_each(|rule| write(rule, &mut sheet));
    if sheet.len() > BUDGET {
        bail!(
            "PatternFly's style sheet weighs {} bytes, {BUDGET} are allowed: shorten the list",
            sheet.len()
        );
    }
    let mut fonts = BTreeMap::new();
    for name in &wanted.fonts {
        let path = package.join("assets/fonts").join(name);
        let content = fs::read(&path).with_context(|| format!("patternfly has no font {name}"))?;
        let short = Path::new(name).file_name().and_then(|name| name.to_str()).unwrap_or(name);
        fonts.insert(short.to_owned(), content);
    }
    Ok(Style { sheet, fonts })
}

fn read_list(list: &str) -> Result<Wanted> {
    let mut wanted = Wanted::default();
    for (number, line) in list.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        match line.split_once(' ') {
            None if line.is_empty() => {}
            Some(("sheet", name)) => wanted.sheets.push(name.trim().to_owned()),
            Some(("drop", word)) => wanted.dropped.push(word.trim().to_owned()),
            Some(("font", name)) => wanted.fonts.push(name.trim().to_owned()),
            Some(("icon", name)) => wanted.icons.push(format!(".fa-{}::before", name.trim())),
            _ => bail!("line {} of the PatternFly list says neither sheet, drop, font nor icon", number + 1),
        }
    }
    Ok(wanted)
}

/// A rule of a style sheet: what stands before the brace, and either declarations or further rules.
#[derive(Debug, Clone, PartialEq)]
enum Rule {
    Plain { selectors: Vec<String>, declarations: Vec<String> },
    Group { condition: String, rules: Vec<Rule> },
}

fn parse(css: &str) -> Vec<Rule> {
    let css = without_comments(css);
    let mut rules = Vec::new();
    let mut rest = css.as_str();
    while let Some((prelude, after)) = cut(rest, '{') {
        let Some((body, after)) = cut_block(after) else { break };
        // What stands before the last semicolon is a statement such as @charset, which one sheet of ours needs not.
        let prelude = prelude.rsplit(';').next().unwrap_or_default().trim().to_owned();
        let groups = ["@media", "@supports", "@layer", "@container", "@keyframes"];
        if groups.iter().any(|group| prelude.starts_with(group)) {
            rules.push(Rule::Group { condition: squeeze(&prelude), rules: parse(body) });
        } else {
            rules.push(Rule::Plain { selectors: split(&prelude, ','), declarations: split(body, ';') });
        }
        rest = after;
    }
    rules
}

/// Longest name of a class or variable that is looked for.
const LONGEST: usize = 120;

/// What follows each `pf-` in a text or a compiled program, where names lie side by side without a border.
fn names_in(text: &[u8]) -> Vec<String> {
    let starts = text.windows(3).enumerate().filter(|(_, letters)| *letters == b"pf-").map(|(at, _)| at);
    starts
        .filter_map(|at| text.get(at..text.len().min(at + LONGEST)))
        .map(|name| {
            name.iter().take_while(|byte| byte.is_ascii_graphic()).map(|byte| char::from(*byte)).collect()
        })
        .collect()
}

/// Whether the window names all PatternFly classes that a selector needs; those in brackets are not asked about.
fn is_met(selector: &str, users: &str) -> bool {
    let mut depth = 0_i32;
    let mut open = String::new();
    for letter in selector.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            letter if depth == 0 => open.push(letter),
            _ => {}
        }
    }
    let part_of_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    open.split('.')
        .skip(1)
        .map(|class| class.split(|letter| !part_of_name(letter)).next().unwrap_or_default())
        .filter(|class| class.starts_with("pf-"))
        .all(|class| users.contains(class))
}

fn keep(rules: Vec<Rule>, wanted: &Wanted, users: &str) -> Vec<Rule> {
    let unwanted = |selector: &String| {
        let icon = selector.starts_with(".fa-") && selector.ends_with("::before");
        wanted.dropped.iter().any(|word| selector.contains(word.as_str()))
            || (icon && !wanted.icons.contains(selector))
            || !is_met(selector, users)
    };
    let mut kept = Vec::new();
    for rule in rules {
        match rule {
            Rule::Group { condition, rules } => {
                let rules = keep(rules, wanted, users);
                if !rules.is_empty() && !unwanted(&condition) {
                    kept.push(Rule::Group { condition, rules });
                }
            }
            Rule::Plain { mut selectors, mut declarations } => {
                if selectors.iter().any(|selector| selector == "@font-face") {
                    let listed = |font: &String| declarations.iter().any(|one| one.contains(font.as_str()));
                    if !wanted.fonts.iter().any(listed) {
                        continue;
                    }
                    for declaration in &mut declarations {
                        *declaration = with_flat_urls(declaration);
                    }
                }
                selectors.retain(|selector| !unwanted(selector));
                if !selectors.is_empty() && !declarations.is_empty() {
                    kept.push(Rule::Plain { selectors, declarations });
                }
            }
        }
    }
    kept
}

/// Leaves out variables that no value, directly or by way of other variables, and no user ever reads.
fn drop_unused_variables(rules: &mut Vec<Rule>, users: &str) {
    let mut defined: Vec<(String, Vec<String>)> = Vec::new();
    let mut used: BTreeSet<String> = mentioned(users).into_iter().collect();
    each(rules, &mut |declaration| match variable(declaration) {
        Some((name, value)) => defined.push((name.to_owned(), mentioned(value))),
        None => used.extend(mentioned(declaration)),
    });
    loop {
        let before = used.len();
        for (name, reads) in &defined {
            if used.contains(name) {
                used.extend(reads.iter().cloned());
            }
        }
        if used.len() == before {
            break;
        }
    }
    prune(rules, &used);
}

fn prune(rules: &mut Vec<Rule>, used: &BTreeSet<String>) {
    for rule in rules.iter_mut() {
        match rule {
            Rule::Group { rules, .. } => prune(rules, used),
            Rule::Plain { declarations, .. } => {
                declarations.retain(|one| variable(one).is_none_or(|(name, _)| used.contains(name)));
            }
        }
    }
    rules.retain(|rule| match rule {
        Rule::Group { rules, .. } => !rules.is_empty(),
        Rule::Plain { declarations, .. } => !declarations.is_empty(),
    });
}

fn each(rules: &[Rule], see: &mut impl FnMut(&str)) {
    for rule in rules {
        match rule {
            Rule::Group { rules, .. } => each(rules, see),
            Rule::Plain { declarations, .. } => declarations.iter().for_each(|one| see(one)),
        }
    }
}

fn variable(declaration: &str) -> Option<(&str, &str)> {
    let (name, value) = declaration.split_once(':')?;
    name.trim().starts_with("--").then(|| (name.trim(), value))
}

/// Names of the variables that a text mentions.
fn mentioned(text: &str) -> Vec<String> {
    let part_of_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    text.match_indices("pf-")
        .filter_map(|(at, _)| text.get(at..))
        .map(|name| "--".chars().chain(name.chars()).take_while(|letter| part_of_name(*letter)).collect())
        .collect()
}

fn write(rule: &Rule, sheet: &mut String) {
    match rule {
        Rule::Group { condition, rules } => {
            sheet.push_str(condition);
            sheet.push('{');
            rules.iter().for_each(|rule| write(rule, sheet));
            sheet.push_str("}\n");
        }
        Rule::Plain { selectors, declarations } => {
            sheet.push_str(&selectors.join(","));
            sheet.push('{');
            sheet.push_str(&declarations.join(";"));
            sheet.push_str("}\n");
        }
    }
}

/// Fonts lie beside the sheet in one folder.
fn with_flat_urls(declaration: &str) -> String {
    let mut flat = String::new();
    for (index, part) in declaration.split("url(").enumerate() {
        if index == 0 {
            flat.push_str(part);
            continue;
        }
        let (address, after) = part.split_once(')').unwrap_or((part, ""));
        let name = address.trim_matches(['"', '\'']).rsplit('/').next().unwrap_or_default();
        flat.push_str(&format!("url(\"fonts/{name}\"){after}"));
    }
    flat
}

fn without_comments(css: &str) -> String {
    let mut kept = String::new();
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("/*") {
        kept.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept
}

/// Splits at the first `mark` outside of quotes and brackets.
fn cut(text: &str, mark: char) -> Option<(&str, &str)> {
    let mut quote = None;
    let mut depth = 0_i32;
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(letter),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') => depth -= 1,
            (None, letter) if letter == mark && depth <= 0 => {
                return Some((text.get(..at)?, text.get(at + letter.len_utf8()..)?));
            }
            _ => {}
        }
    }
    None
}

/// The text up to the brace that closes a block whose opening brace was just passed, and what follows.
fn cut_block(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    let mut depth = 1_i32;
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(letter),
            (None, '{') => depth += 1,
            (None, '}') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((text.get(..at)?, text.get(at + 1..)?));
        }
    }
    None
}

fn split(text: &str, mark: char) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((part, after)) = cut(rest, mark) {
        parts.push(squeeze(part));
        rest = after;
    }
    parts.push(squeeze(rest));
    parts.retain(|part| !part.is_empty());
    parts
}

/// One blank where there were many; none after the colon of a declaration.
fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(css: &str, list: &str, users: &str) -> String {
        let users = names_in(users.as_bytes()).join("\n");
        let mut rules = keep(parse(css), &read_list(list).unwrap(), &users);
        drop_unused_variables(&mut rules, &users);
        let mut sheet = String::new();
        rules.iter().for_each(|rule| write(rule, &mut sheet));
        sheet
    }

    #[test]
    fn dropped_themes_disappear_and_the_rest_of_a_selector_list_stays() {
        let css = "@charset \"UTF-8\";\n.a, .theme-dark .a { color: red; } .theme-dark { color: blue }";
        assert_eq!(made(css, "drop theme-dark", ""), ".a{color: red}\n");
    }

    #[test]
    fn variables_live_when_something_reads_them_by_way_of_others() {
        let css = ":root { --pf-a: 1px; --pf-b: var(--pf-a); --pf-c: 2px; --pf-d: 3px }\n.x { width: var(--pf-b); }";
        assert_eq!(
            made(css, "", "h1 { margin: var(--pf-d) }"),
            ":root{--pf-a: 1px;--pf-b: var(--pf-a);--pf-d: 3px}\n.x{width: var(--pf-b)}\n"
        );
    }

    #[test]
    fn braces_and_semicolons_in_quotes_are_text() {
        let css = "@media (min-width: 1px) { .a::before { content: \"};{\"; color: red; } }";
        assert_eq!(made(css, "", ""), "@media (min-width: 1px){.a::before{content: \"};{\";color: red}\n}\n");
    }

    #[test]
    fn only_listed_fonts_are_kept_and_they_lie_in_one_folder() {
        let css = "@font-face { font-family: A; src: url(\"../x/a.woff2\") format(\"woff2\") }\n\
                   @font-face { font-family: B; src: url(\"../x/b.woff2\") }";
        assert_eq!(
            made(css, "font x/a.woff2", ""),
            "@font-face{font-family: A;src: url(\"fonts/a.woff2\") format(\"woff2\")}\n"
        );
    }

    #[test]
    fn classes_that_the_program_never_names_disappear() {
        let css =
            ".pf-c-a { x: 1 } .pf-c-a.pf-m-b:hover { x: 2 } .pf-c-a:not(.pf-m-z) { x: 3 } .pf-c-d { x: 4 }";
        assert_eq!(
            made(css, "", "\u{0}gluedpf-c-apf-m-other"),
            ".pf-c-a{x: 1}\n.pf-c-a:not(.pf-m-z){x: 3}\n"
        );
    }

    #[test]
    fn only_listed_icons_are_kept() {
        let css = ".fa-check::before { content: \"a\" } .fa-abc::before { content: \"b\" } .fas { font-weight: 900 }";
        assert_eq!(
            made(css, "icon check", ""),
            ".fa-check::before{content: \"a\"}\n.fas{font-weight: 900}\n"
        );
    }

    #[test]
    fn a_line_that_asks_for_nothing_known_is_named() {
        let said = read_list("sheet a.css\nshet b.css").unwrap_err().to_string();
        assert!(said.contains("line 2"), "{said}");
    }
}
