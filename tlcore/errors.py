"""What a person reads when something they gave is wrong."""


class UserError(Exception):
    """A mistake that a person can mend: what is wrong, where, and what to do.

    Everything that a file, a name, a setting or a click can cause ends in one of these; any other
    exception is a defect and keeps its traceback.

    Args:
        title: what is wrong, in a few words, without a full stop.
        detail: where, naming the file or setting.
        hint: what to do about it.
    """

    def __init__(self, title: str, detail: str = "", hint: str = ""):
        super().__init__(title, detail, hint)
        self.title = title
        self.detail = detail
        self.hint = hint

    def __str__(self) -> str:
        return " ".join(f"{part.rstrip('.')}." for part in (self.title, self.detail, self.hint) if part)

    def to_dict(self) -> dict[str, str]:
        """The error as the command line's JSON has it."""
        return {"title": self.title, "detail": self.detail, "hint": self.hint}
