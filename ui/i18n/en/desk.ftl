# Frame, unlocking, first screens, catalogue, sync, settings
mark = 代办
door-promise = Saved as you type, sent when connected.
back = Back
close = Close
cancel = Cancel
change = Change
remove = Remove
undo = Undo
print = Print
lock = Lock
reason = Reason
yuan = yuan
yesterday = yesterday
month-day = { $month }/{ $day }
please-wait = Please wait
skip-to-content = Skip to content
problem-no-key = Please open this page from the Daiban program again.
problem-database-damaged = What this computer keeps is damaged; nothing was deleted. Give your password and press “Rescue the data”, or ask the county administrator.
problem-desk-gone = The program was closed or is restarting. Everything is saved on this computer; please open Daiban again.

rail-label = Main places
rail-home = Home
rail-items = Items
rail-cases = Cases
rail-sync = Sync
rail-catalogue = Catalogue
rail-settings = Settings

unlock-title = Your password
unlock-who = Who are you
unlock = Open
unlock-offline = Works without a network.
unlock-add-person = To add a person to this computer, somebody who works here opens it first and adds them under Settings.
unlock-attempts = { $count } wrong passwords in a row. Nobody but its owner knows a password; whoever forgot theirs is let in by a colleague and enrolled again with a new code.
unlock-waits = As soon as the county renews it, you get in without entering your password again.
unlock-release = Catalogue release { $number }
password = Password

enrol-title = Enrol this computer
enrol-words = Paste the whole code you got from the county and choose a password.
enrol-code = Enrolment code
enrol-password = Password
enrol-password-help = At least 8 characters. It is used on this computer only; if it is lost, ask the county admin.
enrol-repeat = Password again
enrol-differs = The two passwords differ.
enrol-offline = No network? Enrol by file
enrol-online = There is a network? Enrol at once
enrol-words-offline = Without a network two files do it: take a request file to the county and open the answer it gives you.
enrol-offline-request = First: take the request file to the county
enrol-offline-request-words = Paste the code, save the request file to a stick and take it to the county.
enrol-request = Save the request file
enrol-request-name = enrolment-request.daiban
enrol-request-saved = The request file is saved. The county answers it with another file.
enrol-offline-reply = Then: open the county's answer
enrol-offline-reply-words = Once you have the answer, choose a password and open it. The program may be closed in between.
enrol-reply = Open the answer
enrol = Enrol

sync-saved = Saved on this computer
sync-all-sent = nothing waiting
sync-some-waiting = something is waiting
sync-waiting = { $count } waiting
sync-stuck = { $count } need attention
sync-held = pictures held back
sync-working = exchanging now
sync-last = last sync { $at }
sync-never = never synced
sync-title = Sending and receiving
sync-now = Exchange now
sync-safe = Everything is on this computer; work goes on without a network.
sync-going = To be sent next
sync-going-none = Nothing has to be sent.
sync-going-left = { $cases } cases and { $files } files have not arrived yet, about { $size }.
sync-arrived = Lately arrived at the county
sync-arrived-words = The county has acknowledged them; its number stands in the history of each case.
sync-arrived-none = No case has arrived yet.
sync-facts = How sending stands
lanes-title = Not arrived yet
lane-texts = What was filled in, and steps
lane-small = Small attachments
lane-large = Large attachments
lane-fetch = Attachments to be fetched
lane-cases = { $count ->
    [one] 1 case
   *[other] { $count } cases
}
lane-files = { $count ->
    [one] 1 file
   *[other] { $count } files
}
lane-now = going now
lane-queued = comes later
lane-held = held back
lane-offline = waits for the network
lane-stuck = cannot leave now
lane-again = the county asks to wait until { $at }
held-title = { $files } pictures and papers ({ $size }) stay on this computer for now
held-metered = This network is paid for by the byte, like a telephone's. What is filled in and official steps go as usual; pictures and papers follow by themselves on another network. If they are urgent, send them now.
held-chosen = This computer is set to hold pictures and papers back. What is filled in and official steps go as usual. Press “Send pictures now” when they are needed, or change the setting below.
pictures-now = Send pictures now
pictures-going = Pictures and papers are on their way
pictures-title = When pictures and papers wait
pictures-metered = While the network is paid for by the byte (a telephone's, for example)
pictures-always = Always, until somebody presses “Send pictures now”
pictures-never = Never
pictures-line-metered = This network is paid for by the byte.
pictures-line-free = This network is not paid for by the byte, or this computer does not know.
stuck-title = { $count } could not be sent and need attention
stuck-words = All other cases go on as usual. Nothing listed here is lost.
stuck-yours = You
stuck-anybody = Anybody who works at this computer
stuck-theirs = { $name }, after logging in at this computer
stuck-fact-what = What
stuck-fact-why = Why
stuck-fact-who = Who acts
stuck-fact-when = When
stuck-no-case = A case that is not on this computer
stuck-what-document = The whole case
stuck-what-changes = Changes to the answers
stuck-what-act = The step “{ $act }”
stuck-what-other = A record
stuck-what-material = The material “{ $name }”
stuck-what-file = An attachment
stuck-file-next = Please open the case, take it out and attach it anew; once handed in, ask the township for a notice of correction first.
stuck-from-county = { $what }, from the county
stuck-again = Send again
stuck-aside = Put aside, do not send
stuck-seen = Checked, put aside
stuck-sent-again = Queued to be sent again
stuck-put-aside = Put aside; it stays on this computer
stuck-field = Content
stuck-here = In the case now
stuck-there = Not sent
sync-fact-last = Last complete exchange
sync-fact-next = Next try
sync-next-soon = as soon as there is something
link-offline = The county cannot be reached; sending goes on by itself
link-idle = Same as the county
link-idle-but = In step with the county but for what follows
link-working = Exchanging with the county
link-stuck = Exchanging met a problem

home-hello = Hello, { $name }
home-village-items = Done without leaving the village
home-all-items = All items
home-all = All
home-drafts = Not finished
home-waiting = Waiting to be sent
home-came-back = For you to look at
home-nothing = Nothing to do
home-nothing-next = Choose an item to begin.
home-no-items = The catalogue is not here yet
home-no-items-next = Sync once to get it.
queue-title = To do
queue-empty = All done
queue-empty-township = New cases from the villages appear here by themselves.
queue-empty-county = Forwarded cases appear here by themselves.
queue-news = Changed lately

items-title = Find an item
items-search = Find an item
items-search-example = Name, pinyin or initials, for example glbt
items-none = Nothing found for “{ $words }”
items-none-next = Try other words or only the initials.
items-village = In the village
items-visits = { $count ->
    [one] 1 visit
   *[other] { $count } visits
}

guide-begin = Begin
guide-promise = Promised: { $limit }
guide-conditions = Who may apply
guide-materials = What to bring
guide-faq = Questions people ask
guide-facts = Good to know
guide-steps = How it goes
guide-result = Result
guide-fee = Fee
guide-free = Free of charge
guide-visits = Visits
guide-no-visit = No visit needed
guide-statutory = Limit set by law
guide-phone = Questions
guide-complaints = Complaints
guide-basis = Legal basis
limit-working-days = { $count ->
    [one] 1 working day
   *[other] { $count } working days
}
limit-days = { $count ->
    [one] 1 day
   *[other] { $count } days
}
limit-on-the-spot = on the spot

settings-title = Settings
settings-zoom = Size
settings-sight = Easier to see
settings-large = Large text (20 px)
settings-contrast = High contrast
settings-language = Language
settings-password = Change password
settings-password-old = Password so far
settings-password-new = New password
settings-password-change = Change
settings-password-changed = The password was changed. Use the new one next time.
settings-people = People of this computer
settings-people-words = Everybody has their own password and sees the cases of their own unit only. Whoever forgot their password is enrolled again here with a new code.
settings-add-person = Add a person
settings-person-added = Enrolled. Lock the desk to choose that person.
settings-desk = This computer
settings-version = Program version
settings-release = Catalogue
settings-desk-id = Device number
language-zh = 中文
language-en = English

catalogue-title = Catalogue
catalogue-words = Items are written in Excel. Choose a changed workbook here; it is checked first, then published.
catalogue-current = In use
catalogue-choose = Choose a workbook
catalogue-choose-other = Choose another file
catalogue-publish = Publish
catalogue-published = Release { $number } is out; every desk gets it at its next sync.
catalogue-note = What changed
catalogue-note-example = For example: monthly amount adjusted
catalogue-note-help = Every agent sees this sentence. Drafts keep the release they began on.
catalogue-sound = Checked, nothing wrong
catalogue-errors = { $count ->
    [one] 1 error; correct it to publish
   *[other] { $count } errors; correct them to publish
}
catalogue-warnings = Can be published; please read the notes
catalogue-none = No catalogue yet
catalogue-none-next = Choose a workbook, check and publish it.
lint-level = Kind
lint-sheet = Sheet
lint-row = Row
lint-column = Column
lint-message = Words
lint-error = Error
lint-warning = Note

courier-title = Send and receive by USB stick
courier-safe = The file is encrypted; nobody else can open it. Everything stays on this computer as well.
courier-save = Save what waits as a file
courier-out = Sending
courier-out-none = Nothing waits to be sent. A file may still be saved, to fetch answers and updates with.
courier-out-some = { $cases } cases and { $files } attachments wait, about { $size }.
courier-out-never = This computer cannot save a file yet; let it reach the county once first.
courier-out-words = Save it to a stick, take it to a township or the county, and let any Daiban there take it in. Until the answer comes back it is shown as waiting.
courier-out-last = Last saved: { $at }
courier-in = Receiving
courier-in-words = Choose a file somebody brought, or drop it here. Taking one in twice or out of order does no harm.
courier-in-last = Last taken in: { $at }
file-drop = or drop files here
courier-choose = Choose a file
courier-carried = Files carried for others ({ $count })
courier-carried-words = They are not for this computer. They go on by themselves with the network, or can be saved to a stick again.
courier-carried-county = For the county
courier-carried-desk = For another computer
courier-carried-county-of = From { $unit } for the county
courier-carried-desk-of = From the county for { $unit }
courier-carried-waits = For this computer, waiting for an earlier file
courier-carried-save = Save to a stick
courier-saved = The file is saved
courier-saved-next = Please take it to a place with a network and let it be taken in.
courier-coming = Taking in { $place } of { $count }: { $name } ({ $size })
courier-taken = Taken in: { $items } records and { $files } attachments
courier-taken-arrived = The county's answer is here: { $cases } cases have arrived there
courier-taken-known = Everything in this file was here already; nothing is there twice
courier-taken-carried = This file is for somebody else and is kept for them
courier-taken-waits = Kept until the earlier file has come
courier-refused = { $count } could not be taken in:

rescue = Rescue the data
rescue-done = { $cases } cases are rescued
rescue-copies = { $count } records come from a copy of an earlier day.
rescue-whole = Everything is there. Please unlock again.
rescue-rest = Some could not be read; what had reached the county comes back by itself. Please unlock again.
