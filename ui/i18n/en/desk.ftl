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
unlock-add-person = Add a person to this computer
unlock-release = Catalogue release { $number }
password = Password

enrol-title = Enrol this computer
enrol-words = Paste the whole code you got from the county and choose a password. Enrolling needs the network.
enrol-code = Enrolment code
enrol-password = Password
enrol-password-help = At least 8 characters. It is used on this computer only; if it is lost, ask the county admin.
enrol-repeat = Password again
enrol-differs = The two passwords differ.
enrol = Enrol

sync-saved = Saved on this computer
sync-all-sent = nothing waiting
sync-some-waiting = something is waiting
sync-waiting = { $count } waiting
sync-stuck = { $count } need attention
sync-working = exchanging now
sync-last = last sync { $at }
sync-never = never synced
sync-title = Sending and receiving
sync-now = Exchange now
sync-safe = Everything is on this computer; work goes on without a network.
sync-facts = How it stands
sync-fact-cases = Cases waiting
sync-fact-items = Records waiting
sync-fact-files = Files waiting
sync-fact-files-words = { $count }, { $size }
sync-fact-last = Last complete exchange
sync-fact-next = Next try
sync-next-soon = as soon as there is something
sync-stuck-title = { $count } not accepted by the county
sync-stuck-words = Other cases go on. Please open each one.
link-offline = The county cannot be reached; sending goes on by itself
link-idle = Same as the county
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
settings-desk = This computer
settings-version = Program version
settings-release = Catalogue
settings-desk-id = Device number
language-zh = 中文
language-en = English

catalogue-title = Catalogue
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
