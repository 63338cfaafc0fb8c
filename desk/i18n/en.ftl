# What the command line says.
items-none = Nothing found.
item-department = Department: { $department }
item-limit = { $unit ->
    [working_days] Promised: { $amount } working days
    [calendar_days] Promised: { $amount } days
   *[on_the_spot] Done on the spot
}
item-conditions = Conditions:
item-materials = Materials:
item-questions = Questions:
item-release = Catalogue release { $release }
enrolled = { $name } can work on this computer now (unit { $unit }).
enrol-requested = The request is in { $file }. Take it to the county, and open the answer with enrol --reply.
password-changed = The password of { $name } was changed.
enrolled-without-catalogue = The catalogue did not come yet: { $why }
serving = The desk is at { $address }. Open { $file } in your browser. Ctrl+C ends it.
no-browser = No browser could be started. Open { $file } yourself.
case-made = Case { $case }, receipt { $receipt }
case-stands = Case { $case }: { $status }
finding-line = { $field }: { $message }
import-line = Line { $line }, { $column }: { $message }
imported = { $created } cases made, { $refused } refused.
sync-refused = { $item }: { $message }
pack-made = Courier file written to { $file }: { $items } items, { $files } files, { $boxes } carried for others.
pack-taken = Taken in: { $new } items new, { $known } known, { $files } files, { $boxes } courier files for others.
pack-carried = This courier file is for somebody else. It is kept and goes on with the next courier file or exchange.
pack-waits = An earlier courier file has to be taken in first; this one is kept until then.
pack-refused = Not taken: { $item }: { $message }
pack-line = { $sha256 }  { $unit }  from { $from }  to { $to }  { $bytes } bytes
sync-held = { $files } attached files wait: the line is metered, or this computer is set so. Add --pictures to send them now.
synced = { $sent } items sent, { $received } received, { $waiting } waiting.
status =
    Desk { $desk }, unit { $unit }
    Waiting: { $items } items, { $files } files; refused: { $quarantined }
    Last exchange: { $last }; catalogue release { $release }
verified = { $cases } cases, { $acts } official steps and { $files } files were read.
verify-wrong = Not in order: { $what }
rebuilt = Lists of { $cases } cases were built anew.
backed-up = Copied to { $file }.
restored = { $file } was put back. Log in with the password of then; with a network everything is checked against the county.

# What is wrong with an answer or a paper.
finding-unknown-field = The form has no such field.
finding-bad-type = This value cannot be an answer here.
finding-required = An answer is needed.
finding-constraint = The answer does not fit.
finding-bad-choice = This is not one of the choices.
finding-acknowledge = This must be confirmed.
finding-date-format = A date is needed, for example 2026-03-15.
finding-integer-format = A whole number is needed.
finding-number-format = A number is needed.
finding-money-format = An amount is needed, with at most two decimals.
finding-region-format = A region code is needed.
finding-id-length = An identity number has 18 characters; these are { $count }.
finding-id-old = This is an old number of 15 digits. Enter the one of 18.
finding-id-characters = Character { $position } does not belong into an identity number.
finding-id-date = The birth date in this number does not exist.
finding-id-year = The birth year in this number cannot be.
finding-id-check-digit = The last character does not fit; it would be { $expected }. Compare with the card.
finding-id-prefix = The region at the beginning of this number is not known. Compare with the card.
finding-name-length = A name has two to fifty characters.
finding-name-characters = A name has only characters, letters and the middle dot.
finding-phone-format = This is no telephone number.
finding-account-length = An account number has 12 to 19 digits.
finding-account-characters = An account number has only digits.
finding-account-luhn = The last digit does not fit. Compare with the card.
finding-uscc-length = A credit code has 18 characters.
finding-uscc-characters = This character does not belong into a credit code.
finding-uscc-check-digit = The last character of the credit code does not fit.
finding-uscc-inner = The organisation code inside does not fit. Compare with the certificate.
finding-material-missing = This material is missing.
finding-material-deferrable = This material is missing; it may be brought later.
finding-material-too-many = Too many files for this material.
finding-material-unknown-slot = The item does not ask for this material.
finding-not-eligible = The rules say no. The applicant may insist.
finding-two-values = There are two different values. Choose one.

# Why the county did not take something.
refusal-bad-signature = The seal does not fit.
refusal-unknown-device = The county does not know this computer.
refusal-revoked = This computer was revoked.
refusal-unknown-person = The county does not know this person, or the person was disabled.
refusal-not-your-actor = The change claims somebody else as its author.
refusal-out-of-scope = The case does not belong to your villages.
refusal-wrong-status = This step was not possible any more: the case had moved on.
refusal-not-your-role = Your position does not allow this step.
refusal-too-large = It is too large.
refusal-too-many-ops = It holds too many changes at once.
refusal-missing-parents = Earlier changes are missing at the county.
refusal-guarded-conflict = A protected field had two values; choose one first.
refusal-lease-ended = The period of use had ended.
refusal-unknown-form = The county does not know this form.
refusal-malformed = It was damaged.
refusal-payload-missing = The step lacks something it must carry.
refusal-unknown-kind = The county does not know this kind of step.
refusal-side-branch = Somebody entered this for a unit that had handed the case on; compare it with the case.
refusal-other-county = It belongs to another county.
refusal-group-refused = What belongs to it was refused.
refusal-case-meta-differs = The facts of the case differ from those at the county.
backup-lacks-files = { $count } attached files should be on this computer and are not; the backup lacks them.
salvaged = Everything was rescued: { $cases } cases. The damaged database is kept. Please log in again.
salvaged-with-holes = { $cases } cases were rescued. Some of the rest could not be read; what was ever sent comes again with the next exchange. The damaged database is kept.
hint-people = { "  " }→ Not enrolled yet: daiban-desk enrol --code CODE. If the key file is damaged, put a backup into an empty folder: daiban-desk restore FILE
hint-county = { "  " }→ The county cannot be reached: check the network. Go on working; everything is sent when it is back
hint-database = { "  " }→ The database is damaged: run daiban-desk salvage. What can be read is rescued, the damaged one is kept
hint-disk = { "  " }→ The disk is almost full: delete what is not needed, or move to a larger disk
hint-unlock = { "  " }→ Could not log in, so the database was not looked at: check the password; if it is said to be damaged, run daiban-desk salvage
hint-verify = { "  " }→ What "is not on its way" is queued again by daiban-desk rebuild. Files and cases that are not in order come again from the county with the next exchange; if not, put a backup back
