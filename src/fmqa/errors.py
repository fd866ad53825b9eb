"""The one exception tree. The class says whose turn it is to act; exit codes follow sysexits.h."""


class FmqaError(Exception):
    """Base of every error that fmqa reports to a user. Its message never holds the text of a question."""

    slug = "internal"
    title = "Internal error"
    status = 500
    exit_code = 70


class BadQuestion(FmqaError):
    """The question cannot be taken as it is; the asker changes it."""

    slug, title, status, exit_code = "bad-question", "The question cannot be used", 422, 64


class NotFound(FmqaError):
    """A conversation, document or passage that does not exist (any more)."""

    slug, title, status, exit_code = "not-found", "Not found", 404, 66


class BadSettings(FmqaError):
    """A setting has a value that it cannot have, or there is no such setting; the message names the variable."""

    slug, title, status, exit_code = "bad-settings", "The settings cannot be used", 500, 78


class BadCorpus(FmqaError):
    """The corpus breaks a rule; the message names the file and, where known, the line."""

    slug, title, status, exit_code = "bad-corpus", "The corpus has faults", 500, 65


class BadTopics(FmqaError):
    """The evaluation set breaks its format or does not fit the corpus; the message names file and line."""

    slug, title, status, exit_code = "bad-topics", "The evaluation set has faults", 500, 65


class GateBroken(FmqaError):
    """A gate of the benchmark does not hold; the report names it, and the rows the items."""

    slug, title, status, exit_code = "gate-broken", "A gate of the benchmark does not hold", 500, 70


class BadFile(FmqaError):
    """A file that cannot be added as it is; the message says what is wrong with it and, where known, what to do."""

    slug, title, status, exit_code = "bad-file", "The file cannot be added", 422, 65


class IndexUnusable(FmqaError):
    """The index is missing, stale, damaged, or built with another encoder; a developer rebuilds it."""

    slug, title, status, exit_code = "index-unusable", "The index cannot be used", 503, 78


class IndexBusy(FmqaError):
    """Another process is building the same index; wait for it."""

    slug, title, status, exit_code = "index-busy", "The index is being built", 503, 75


class Unavailable(FmqaError):
    """A part that the request needs is out of reach for now (database, encoder files)."""

    slug, title, status, exit_code = "unavailable", "Not available", 503, 69
