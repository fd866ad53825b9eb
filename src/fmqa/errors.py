"""The exceptions of fmqa, in one tree.

The class of an error says who has to act on it. Each class has a title, an HTTP status and an exit code; exit codes
follow sysexits.h.
"""


class FmqaError(Exception):
    """Base of every error that fmqa reports to a user. Its message never holds the text of a question.

    A message may name files of the machine, for its operator. Who asks over the network reads ``outside`` instead,
    where a class has one.
    """

    slug = "internal"
    title = "Internal error"
    status = 500
    exit_code = 70
    outside: str | None = None
    retry_after: int | None = None
    """Seconds after which it is worth asking again; None where that does not help."""


class BadQuestion(FmqaError):
    """The question cannot be taken as it is; the asker changes it."""

    slug, title, status, exit_code = "bad-question", "The question cannot be used", 422, 64


class NotFound(FmqaError):
    """A conversation, document or passage that does not exist (any more)."""

    slug, title, status, exit_code = "not-found", "Not found", 404, 66


class BadSettings(FmqaError):
    """A setting has a value that it cannot have, or there is no such setting; the message names the variable."""

    slug, title, status, exit_code = "bad-settings", "The settings cannot be used", 500, 78
    outside = "the service is not set up rightly; its log tells the operator what is wrong"


class BadCorpus(FmqaError):
    """The corpus breaks a rule; the message names the file and, where known, the line."""

    slug, title, status, exit_code = "bad-corpus", "The corpus has faults", 500, 65
    outside = "the corpus has faults; 'fmqa corpus check' on the machine lists them"


class BadTopics(FmqaError):
    """The evaluation set breaks its format or does not fit the corpus; the message names file and line."""

    slug, title, status, exit_code = "bad-topics", "The evaluation set has faults", 500, 65


class GateBroken(FmqaError):
    """A gate of the benchmark does not hold; the report names it, and the rows the items."""

    slug, title, status, exit_code = "gate-broken", "A gate of the benchmark does not hold", 500, 70


class NoGain(FmqaError):
    """An encoder was fitted, but does not find more held-out questions' statements than before: it is not kept."""

    slug, title, status, exit_code = "no-gain", "Nothing was gained", 409, 70


class BadFile(FmqaError):
    """A file that cannot be added as it is; the message says what is wrong with it and, where known, what to do."""

    slug, title, status, exit_code = "bad-file", "The file cannot be added", 422, 65


class TooLarge(FmqaError):
    """What was sent is more than is taken at once; the message says how much is."""

    slug, title, status, exit_code = "too-large", "That is more than is taken at once", 413, 65


class Conflict(FmqaError):
    """It cannot be done as things stand; the message says what is in the way."""

    slug, title, status, exit_code = "conflict", "That cannot be done as things stand", 409, 65


class IndexUnusable(FmqaError):
    """The index is missing, stale, damaged, or built with another encoder; a developer rebuilds it."""

    slug, title, status, exit_code = "index-unusable", "The index cannot be used", 503, 78
    outside = "there is no index that verifies; the operator runs 'fmqa index build'"


class IndexBusy(FmqaError):
    """Another process is building the same index; wait for it."""

    slug, title, status, exit_code = "index-busy", "The index is being built", 503, 75
    outside = "the index is being built; try again later"
    retry_after = 30


class Unavailable(FmqaError):
    """A part that the request needs is out of reach for now (database, encoder files)."""

    slug, title, status, exit_code = "unavailable", "Not available", 503, 69
    outside = "a part of the service is out of reach; its log tells the operator which"


class NoModel(Unavailable):
    """The language model that is set up does not answer in time or as it should; answers are made without it."""

    slug, title = "no-model", "The language model does not answer"


class DatabaseBusy(Unavailable):
    """Another process writes to the database; nothing is lost, and it can be tried again at once."""

    slug, title, exit_code = "database-busy", "The database is busy", 75
    outside = "another process is writing to the stored conversations; try again"
    retry_after = 1


class DatabaseFull(Unavailable):
    """The database has no room to grow; whoever runs the machine makes room. What is stored is whole."""

    slug, title, exit_code = "database-full", "The database is full", 74
    outside = "there is no room to store more; the operator has to make some"


class DatabaseDamaged(Unavailable):
    """The database, or something stored in it, is not as it was written; whoever runs the machine restores it."""

    slug, title, exit_code = "database-damaged", "The database is damaged", 74
    outside = "what is stored is damaged; the operator restores it from a copy"


class Busy(FmqaError):
    """More is asked than can be answered in time; come back a little later."""

    slug, title, status, exit_code = "busy", "Too much is asked at once", 503, 75
    retry_after = 2


class Misdirected(FmqaError):
    """The request is addressed to a name that is not this service's."""

    slug, title, status, exit_code = "misdirected", "This is not the service that was addressed", 421, 64


class NoKey(FmqaError):
    """The request comes without a key, or with one that is not known."""

    slug, title, status, exit_code = "no-key", "A key is needed", 401, 77


class NotAcceptable(FmqaError):
    """What the Accept header asks for is no form of what lies at the address; the message names the forms."""

    slug, title, status, exit_code = "not-acceptable", "Not to be had in this form", 406, 64


class KeyReused(FmqaError):
    """An Idempotency-Key came before with another question; every question has a key of its own."""

    slug, title, status, exit_code = "key-reused", "The Idempotency-Key was used before", 422, 64


class NotAllowed(FmqaError):
    """The key, or the site that the request comes from, may not do this."""

    slug, title, status, exit_code = "not-allowed", "Not allowed", 403, 77


class TooOften(FmqaError):
    """More requests came than the limit for one key allows."""

    slug, title, status, exit_code = "too-often", "Too many requests", 429, 75


class HeadersTooLarge(FmqaError):
    """The headers of the request are longer or more than are read."""

    slug, title, status, exit_code = "headers-too-large", "The headers are too large", 431, 64
