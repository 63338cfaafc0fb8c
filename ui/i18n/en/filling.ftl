# Filling, papers, signature, last look, receipt
filling-required = required
filling-choose = Please choose
picker-look = Look by name, pinyin or initials
picker-empty = Nothing to choose from
village-title = Which village is the applicant from?
village-words = This service point serves several villages. Please choose the applicant's village first.
filling-date-shape = like 1940-03-15
filling-computed-later = Follows from the answers above
filling-acknowledge = I know this and agree
filling-acknowledged = Known and agreed
filling-correct-this = To correct: { $reason }
filling-two-values = Two values; choose one on the case page first.
filling-row = Entry { $number }
filling-add-row = Add: { $title }
row-removed = One entry removed

steps-label = Steps
steps-count = Step { $place } of { $count }
step-materials = Papers
step-signature = Signature
step-check = Check and hand in
step-next = Next
step-later = Go on anyway
step-back = Back
safety-safe = Saved on this computer
safety-saving = Saving…
draft-discard = Discard this draft
draft-discarded = Draft discarded

materials-words = Photographs, scans or PDF files. Missing papers may follow later.
materials-shared = Checked by the departments, not to be brought:
slot-required = required
slot-deferrable = may follow
slot-optional = if there is one
slot-shared = not needed, checked by the department
slot-there = attached
slot-choose = Choose a photo or file
slot-choose-more = Add another
slot-choose-for = Choose a photo or file for “{ $name }”
slot-remove = Remove { $name }
slot-removed = File removed
slot-original-seen = Original seen
slot-original-was-seen = original seen
picture-open = Open
picture-cannot-show = This file cannot be shown here
pdf-back = Previous page
pdf-next = Next page
pdf-place = Page { $page } of { $count }
pdf-smaller = Smaller
pdf-larger = Larger
pdf-locked = This PDF has a password and cannot be opened. Please hand in a file without one.
pdf-damaged = This PDF is damaged and cannot be opened. Please scan or photograph the paper again.

signature-words = The applicant reads the form and signs below.
signature-pad = Place to sign
signature-here = Sign here
signature-clear = Again
signature-keep = Done
signature-empty = Nothing was signed yet.
signature-there = Signed
signature-again = Sign again

check-ready = Ready to hand in
check-left = { $count ->
    [one] 1 thing to correct
   *[other] { $count } things to correct
}
check-fix = Correct it
check-submit = Hand in
check-submit-again = Hand in corrections
check-stops = { $count ->
    [one] 1 thing must be corrected
   *[other] { $count } things must be corrected
}
check-other = Please note; nothing is held up
check-sheet = Application: { $item }
check-papers = Papers
check-form = The form
paper-empty = empty
paper-none = not attached
eligible-yes = First look: conditions are met
eligible-no = First look: conditions are not met
eligible-unknown = First look: some conditions must be verified
eligible-insist = The applicant knows this and still wants to hand in

receipt-title = Receipt
receipt-done = Taken in
receipt-waits = Saved on this computer; goes to the county with the next connection.
receipt-sent = The county has it.
receipt-slip = Receipt
receipt-number = Number
receipt-qr = QR code of number { $number }
receipt-item = Item
receipt-applicant = Applicant
receipt-agent = Agent
receipt-materials = Papers taken
receipt-gaps = Papers to follow
receipt-promise = Promised time
receipt-phone = Questions
receipt-foot = This slip says that papers were taken, not that the case was accepted. The service is free of charge.
receipt-villager = Show the applicant
receipt-case = Open the case
receipt-next = Next house

villager-title = Your application
villager-item = You apply for: { $item }
villager-handed = You handed in:
villager-promise = Promised: { $limit }.
villager-number = Your number:
villager-phone = Questions? Call { $phone }
villager-sign = Please sign here:
villager-sign-here = Sign
villager-rate = How do you find the service?
villager-thanks = Thank you for your answer
villager-back = Back to the case

unsaved-title = { $count } texts are not part of the case
unsaved-words = The case had been handed in or had two values. Nothing is lost; please choose.
unsaved-gone = A question that is gone
unsaved-take = Fill in
unsaved-dropped = Left out
unsaved-drop = Let go
renewal-title = There is a new form of this item (no. { $number })
renewal-words = This draft uses the earlier form. Finish it as it is, or move it to the new one.
renewal-look = See what changes
renewal-compare = What the new form changes
renewal-go = Go on with the new form
renewal-stay = Keep the earlier one
renewal-done = Moved to the new form; the earlier draft is put away
renewal-kept = { $count } answers carry over as they are.
renewal-changed = Asked differently now, please look again
renewal-new = New
renewal-gone = No longer needed
renewal-was = { $label } (was: { $value })
