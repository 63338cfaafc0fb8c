//! Does the applicant qualify? Three answers: yes, no, not known yet; with a reason for each rule.
