"""Every error litterwatch raises on purpose.

* LitterwatchError
    - ConfigError                 a setting, site file or argument is wrong: a person must change it
    - SourceError                 a camera or a video file
        + SourceUnavailable  (retryable)   cannot be reached or opened
        + SourceAuthFailed                 wrong name or password; not retried: accounts get locked
        + SourceUntrusted                  shows another certificate than the one it should
        + SourceStalled      (retryable)   was open and stopped giving frames
        + SourceKeyless      (retryable)   gives data and no key frame, so no picture can begin
        + SourceUnreadable                 is there and what it gives cannot be understood
        + SourceUnsupported                a camera that does not offer what was asked
    - ModelError                  a neural network
        + ModelMissing                     no such weights in the registry
        + ModelIntegrityError              weights do not match their manifest
    - EvidenceError               clips, stills, manifests
        + EvidenceUnavailable              the footage asked for is no longer there
        + EvidenceIntegrityError           a file does not match its recorded hash or size
        + EvidenceDiskFull   (retryable)   nothing was stored; what is stored is untouched
    - MemoryUnusable              what was learnt of a camera cannot be used again
    - StoreError                  the database
        + NotFound
        + Conflict                         the same thing exists with other content
        + NotAllowed
    - LabellingError              data sets, trainings, what is learned from verdicts
        + TooFewVerdicts                   people have not judged enough yet
        + DatasetDamaged                   a data set is not what its manifest says
        + FrozenForTesting                 a picture of a frozen test set was to be trained on
        + CandidateRefused                 the gate, or what must come before a promotion, says no
    - DeskError                   what somebody asked of the desk; nothing was changed
        + NotSignedIn                      no session, or it has ended
        + InvalidInput                     a form or a call says something that cannot be
        + TooManyAttempts  (retryable)     wait, then try again
        + ProviderUnavailable (retryable)  who proves people's identity elsewhere does not answer

The text of each error is one sentence for the person who meets it and says what to do. No text
holds a credential. `retryable` tells a supervisor whether trying again can help.
"""

from typing import ClassVar


class LitterwatchError(Exception):
    """Base of all errors raised on purpose."""

    retryable: ClassVar[bool] = False


class ConfigError(LitterwatchError):
    """A setting, site file or argument is wrong; nothing was started."""


class SourceError(LitterwatchError):
    """A camera or video file failed; what was read before stays valid."""


class SourceUnavailable(SourceError):
    """The camera or file cannot be reached or opened; nothing was read."""

    retryable = True


class SourceAuthFailed(SourceError):
    """The camera refused our credentials; it is not asked again until they change."""


class SourceUntrusted(SourceError):
    """The camera's certificate is not the one it should be; nothing was said to the camera."""


class SourceStalled(SourceError):
    """The source was open and stopped giving frames; frames given before are valid."""

    retryable = True


class SourceKeyless(SourceError):
    """The source gives data and no key frame for too long; frames given before are valid."""

    retryable = True


class SourceUnreadable(SourceError):
    """The file or camera gives no video that can be decoded, or the camera is not understood."""


class SourceUnsupported(SourceError):
    """The camera does not offer what was asked; it does something else or nothing, unchanged."""


class ModelError(LitterwatchError):
    """A neural network cannot be loaded or run."""


class ModelMissing(ModelError):
    """No such weights; the registry is unchanged."""


class ModelIntegrityError(ModelError):
    """Weights do not match their manifest and were not loaded."""


class EvidenceError(LitterwatchError):
    """Clips, stills or manifests; evidence stored before is untouched."""


class EvidenceUnavailable(EvidenceError):
    """The footage asked for is no longer there; nothing was stored."""


class EvidenceIntegrityError(EvidenceError):
    """A stored file does not match its recorded size or hash."""


class EvidenceDiskFull(EvidenceError):
    """No room: nothing was stored, nothing was deleted."""

    retryable = True


class MemoryUnusable(LitterwatchError):
    """What was learnt of a camera is torn, changed or of another version; it is not used."""


class StoreError(LitterwatchError):
    """The database refused; the transaction was rolled back."""


class NotFound(StoreError):
    """No such row."""


class Conflict(StoreError):
    """The same thing exists with other content, or somebody was faster."""


class NotAllowed(StoreError):
    """This person may not do this."""


class LabellingError(LitterwatchError):
    """Data sets, trainings, what is learned from verdicts; what is in use stays in use."""


class TooFewVerdicts(LabellingError):
    """People have not judged enough yet; nothing was written."""


class DatasetDamaged(LabellingError):
    """A data set is not what its manifest says; it was not used."""


class FrozenForTesting(LabellingError):
    """A picture of a frozen test set was to be trained on; nothing was written."""


class CandidateRefused(LabellingError):
    """The gate, or what must come before a promotion, says no; the model in use stays."""


class DeskError(LitterwatchError):
    """Somebody asked the desk for something it cannot do; nothing was changed."""


class NotSignedIn(DeskError):
    """No session, or it has ended."""


class InvalidInput(DeskError):
    """A form or a call says something that cannot be."""


class TooManyAttempts(DeskError):
    """Too many attempts in a short time; later ones are looked at again."""

    retryable = True


class ProviderUnavailable(DeskError):
    """The sign-in service of the settings does not answer, or not as one; passwords still work."""

    retryable = True
