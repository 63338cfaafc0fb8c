# List of cases and case page
cases-title = Cases
cases-filters = Filter by status
cases-search = Find a case
cases-search-example = Name, number, item or initials
cases-total = { $count ->
    [one] 1 case
   *[other] { $count } cases
}
cases-newer = Newer
cases-older = Older
cases-pages = Pages
cases-keys = J K move, Enter opens, / searches
cases-none = No cases yet
cases-none-next = Choose an item to begin.
cases-none-here = No cases of this kind
cases-none-here-next = Look at all of them, or at another kind.
cases-none-arrived-next = What villages and townships send appears here by itself.
cases-none-found = Nothing found
cases-none-found-next = Try another name, number or initials, or look at “All”.
filter-all = All
filter-draft = Drafts
filter-waiting = Waiting
filter-came-back = To look at
filter-to-accept = To accept
filter-at-work = At work
filter-decided = Decided
filter-ended = Ended

case-no-name = No name yet
case-differing = { $count } differ
case-materials = Papers
case-timeline = What happened
timeline-receipt = {" "}(no. { $number })
case-receipt = Receipt
ended-title = This case has ended; only a summary is kept here
ended-at-county = Answers and papers lie at the county. They can be fetched when you need them, and appear here once this computer is online.
ended-on-its-way = The county was asked; it appears here once this computer is online. No need to stay on this page.
ended-lacking = The county did not find this case in full. Please ask the county service centre; you can also try again.
ended-fetch = Fetch it in full
case-change = Change
case-correct = Correct
corrections-title = { $count ->
    [one] 1 thing to correct
   *[other] { $count } things to correct
}

reveal = Show
reveal-now = Show
reveal-title = Show in full
reveal-words = This is personal information. Say why you need it; it is written to the log.

acts-none = Nothing for you to do here now
acts-more = More
act-noted = Noted: { $act }
act-opinion = Opinion (optional)
act-unit = Hand over to which village
act-unit-code = Hand over to (region code)
act-other-case = The other case of the same applicant
act-other-case-none = No other case of the same applicant was found, so this one cannot be marked.
act-gaps = Papers to follow
act-satisfaction = Satisfaction

correction-how = Tick what must be corrected and say for each what is wrong and how to put it right. One notice for everything.
correction-pick = to correct
correction-why = What is wrong with “{ $name }” and how to put it right
correction-example = What is wrong and how to put it right
correction-none = Tick what must be corrected
correction-reasons = Each one needs a reason
correction-ready = { $count ->
    [one] 1 thing to correct
   *[other] { $count } things to correct
}
correction-send = Send the notice
correction-sent = The notice is noted; the village gets it at its next sync

differing-title = { $count ->
    [one] 1 answer differs
   *[other] { $count } answers differ
}
differing-words = Both are kept. Choose one and say why; until then neither counts.
differing-reason = Why this one
differing-decide = Choose

findings-title = { $count } points of this case to look at
findings-next-village = They do not hold the case up. Have them ready for when the township asks for a correction.
findings-next-correcting = Please add them with this correction.
findings-next-office = Ask the village for what is needed with one request for correction.
differing-covered = This is personal. Say why you look at it first, then choose.
