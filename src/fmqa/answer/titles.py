"""The words that terminal and page put above the parts of an answer, so that both say the same."""

from typing import Final

from fmqa.types import NoticeKind, Status

REPORT_STATUS: Final = {
    Status.PARTIAL: "Answered in part",
    Status.GUIDELINE_SILENT: "There is evidence, but no guideline position",
    Status.NEEDS_CLARIFICATION: "Which of these do you mean?",
    Status.NOT_IN_CORPUS: "Not in the corpus",
    Status.OUT_OF_SCOPE: "Out of scope",
    Status.URGENT: "Urgent",
}
# These change how the answer is read, so they stand before it; all others follow it.
LEADING: Final = frozenset(
    {
        NoticeKind.EMERGENCY,
        NoticeKind.INTERACTION,
        NoticeKind.PERSONAL_ADVICE,
        NoticeKind.MISSING_SOURCE,
        NoticeKind.RETRACTED,
    }
)
NOTICE_TITLES: Final = {
    NoticeKind.EMERGENCY: "EMERGENCY",
    NoticeKind.INTERACTION: "Interaction",
    NoticeKind.PERSONAL_ADVICE: "No personal advice",
    NoticeKind.MISSING_SOURCE: "Missing source",
    NoticeKind.NOT_STATED: "Not stated",
    NoticeKind.RETRACTED: "RETRACTED",
    NoticeKind.EXPIRED: "Expired",
    NoticeKind.SUPERSEDED: "Superseded",
    NoticeKind.OFF_LABEL: "Off-label",
    NoticeKind.GUIDELINE_SILENT: "Guidelines are silent",
    NoticeKind.UNSUPPORTED_CLAIM: "Claim without support",
    NoticeKind.NOT_CURATED: "Not curated",
    NoticeKind.WITHHELD: "Withheld",
    NoticeKind.NOT_STORED: "Not stored",
    NoticeKind.PENDING_REVIEW: "Review pending",
}
RELATIONS: Final = {"agree": "sources agree", "differ": "sources differ", "silent": "a source is silent"}
