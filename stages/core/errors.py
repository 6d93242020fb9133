"""The error for bad input."""


class InputError(ValueError):
    """Something given to the study is wrong: a parameter, a file, a source.

    The message names the subject, what was expected and what was received; a stage prints it in
    place of a traceback and exits with 1.
    """
